/** The sandbox's HTTP: WeChat's API with its faults, the consent pages, and the control routes under /_sandbox. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { CONSENT_ACTION, consentPage } from './consent.ts';
import { AUDIT_ACTION, auditPage, AUDITS_PAGE, verdictIn } from './releases/audit-page.ts';
import type { ScriptedTemplate } from './releases/script/release-script.ts';
import { indexPage } from './sandbox-page.ts';
import { ERRMSG, ApiRefusal } from './api-refusal.ts';
import { Download, Late, type ApiCall } from './routes/route.ts';
import type { Simulation } from './simulation.ts';
import { type AuditVerdict, type Consent, type SandboxEvent, type SandboxOptions } from './sandbox-options.ts';

const BODY_LIMIT = 16 * 1024 * 1024;
/** Milliseconds of the faults `slow` and `late`. */
const SLOW = 3_000;

interface Reply {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

export async function serveSandbox(
  simulation: Simulation,
  options: SandboxOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { wechat, wait } = simulation;

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
    // The sandbox's own clock, which can be moved: a client that compares it with its own sees the difference.
    response.setHeader('date', new Date(wechat.seconds() * 1000).toUTCString());
    const bytes = await readBytes(request);
    const body = bytes.toString('utf8');
    // Browsers ask for it beside every page.
    if (pathname === '/favicon.ico') return write(response, { status: 404, type: 'text/plain', body: '' });
    if (pathname === '/') return write(response, html(indexPage()));
    if (pathname.startsWith('/_sandbox/')) return write(response, await control(request, pathname, body));
    const kind = PAGES[pathname];
    if (kind) {
      const redirectUri = searchParams.get('redirect_uri') ?? '';
      if (URL.canParse(redirectUri)) simulation.opened(searchParams.get('pre_auth_code') ?? '', redirectUri);
      const { domain } = options;
      return write(
        response,
        html(consentPage(wechat, { kind, query: searchParams, referer: request.headers.referer, domain })),
      );
    }
    if (pathname === WEB_LOGIN) return write(response, webLogin(searchParams));
    const { method = '', socket, headers } = request;
    const contentType = headers['content-type'] ?? '';
    const clientIp = socket.remoteAddress ?? '';
    return api({ method, path: pathname, query: searchParams, body: bytes, contentType, clientIp }, request, response);
  }

  function webLogin(query: URLSearchParams): Reply {
    try {
      return { status: 302, type: 'text/plain', body: '', headers: { location: simulation.webLogin(query) } };
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      const body = `${error.message} (${error.errcode})\n`;
      return { status: 200, type: 'text/plain; charset=utf-8', body };
    }
  }

  async function api(call: ApiCall, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, clientIp } = call;
    const refuse = (errcode: number, text?: string): object =>
      simulation.refusalOf(call, (rid) => refusal(errcode, clientIp, rid, text));
    await wait(options.latency ?? 0);
    const fault = simulation.strike(call);
    // Faults of WeChat itself: nothing is processed.
    if (fault === 'hang') return simulation.count(path);
    if (fault === 'html' || fault === 'busy' || typeof fault === 'number') {
      simulation.count(path);
      const errcode = fault === 'busy' ? -1 : Number(fault);
      simulation.onCall(call, fault === 'html' ? 502 : errcode, fault);
      return write(response, fault === 'html' ? BAD_GATEWAY : json(200, refuse(errcode)));
    }
    if (fault === 'slow') await wait(SLOW);
    let document: object;
    try {
      document = simulation.call(call);
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      document = refuse(error.errcode, error.message);
    }
    simulation.onCall(call, (document as { errcode?: number }).errcode ?? 0, fault);
    // Faults of the way back: it was processed, and the answer is lost.
    if (fault === 'reset') return void request.socket.resetAndDestroy();
    if (fault === 'silent') return;
    if (fault === 'late') await wait(SLOW);
    if (fault === 'unsure') return write(response, json(200, refuse(-1)));
    if (document instanceof Late) {
      await wait(document.milliseconds);
      document = document.document;
    }
    write(response, document instanceof Download ? download(document) : json(200, document), fault === 'truncated');
  }

  async function control(request: IncomingMessage, path: string, body: string): Promise<Reply> {
    try {
      if (request.method === 'GET' && path === '/_sandbox/state') return json(200, simulation.state());
      if (request.method === 'GET' && path === AUDITS_PAGE) return html(auditPage(simulation.releases.submitted()));
      if (request.method !== 'POST') return json(405, { error: 'POST only' });
      if (path === CONSENT_ACTION) return consentForm(new URLSearchParams(body));
      if (path === AUDIT_ACTION) return auditForm(new URLSearchParams(body));
      const asked = JSON.parse(body || '{}') as Record<string, unknown>;
      switch (path) {
        case '/_sandbox/consent':
          return json(200, simulation.consent(asked as unknown as Consent));
        case '/_sandbox/push':
          return json(200, await simulation.push(asked as unknown as SandboxEvent));
        case '/_sandbox/fault':
          if (asked.fault === undefined) simulation.clearFaults();
          else simulation.addFault(asked.fault as string);
          return json(200, { ok: true });
        case '/_sandbox/audit':
          simulation.decideAudit(asked as unknown as AuditVerdict);
          return json(200, { ok: true });
        case '/_sandbox/registration':
          return json(200, await simulation.decideRegistration(asked));
        case '/_sandbox/draft':
          return json(200, { draftId: simulation.uploadDraft(asked as unknown as ScriptedTemplate) });
        case '/_sandbox/advance':
          simulation.advance(Number(asked.seconds) * 1000);
          return json(200, { now: simulation.state().now });
        default:
          return json(404, { error: 'no such control route' });
      }
    } catch (error) {
      if (error instanceof ApiRefusal) return json(400, { error: error.message, code: error.errcode });
      return json(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  function consentForm(form: URLSearchParams): Reply {
    const { redirectUrl } = simulation.consent({
      preAuthCode: form.get('pre_auth_code') ?? '',
      appId: form.get('appid') ?? '',
      redirectUri: form.get('redirect_uri') ?? undefined,
    });
    return { status: 302, type: 'text/plain', body: '', headers: { location: redirectUrl } };
  }

  function auditForm(form: URLSearchParams): Reply {
    simulation.decideAudit(verdictIn(form));
    return { status: 303, type: 'text/plain', body: '', headers: { location: AUDITS_PAGE } };
  }

  const port = options.port ?? 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(port) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const portTaken = (port: number): WxopError =>
  new WxopError('PORT_TAKEN', text(`Port ${port} is in use.`, `端口 ${port} 已被占用。`), {
    hint: text('Choose another with --port; 0 takes a free one.', '请用 --port 另选端口；0 表示自动选择。'),
  });

/** 网页授权, at open.weixin.qq.com. */
const WEB_LOGIN = '/connect/oauth2/authorize';

const PAGES: Record<string, 'pc' | 'mobile'> = {
  '/cgi-bin/componentloginpage': 'pc',
  '/wxaopen/safe/bindcomponent': 'mobile',
  '/safe/bindcomponent': 'mobile',
};

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('the body is larger than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const json = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json; encoding=utf-8',
  body: JSON.stringify(value),
});
const download = ({ type, fileName, content }: Download): Reply => ({
  status: 200,
  type,
  body: content,
  headers: { 'content-disposition': `attachment; filename="${encodeURIComponent(fileName)}"` },
});
const html = (body: string): Reply => ({ status: 200, type: 'text/html; charset=utf-8', body });
const BAD_GATEWAY: Reply = {
  status: 502,
  type: 'text/html',
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
};

/** WeChat's way to say no: HTTP 200, a number, a text with the address it saw, a request id. */
function refusal(errcode: number, clientIp: string, rid: string, text = ERRMSG[errcode]): object {
  const seen = errcode === 61004 ? ` requestIP: ${clientIp}` : '';
  return { errcode, errmsg: `${text ?? 'system error'}${seen} rid: ${rid}` };
}

/** `broken`: the head promises a whole body, and half of it comes. */
function write(response: ServerResponse, { status, type, body, headers }: Reply, broken = false): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers });
  if (!broken) {
    response.end(body);
    return;
  }
  response.write(Buffer.from(body).subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}
