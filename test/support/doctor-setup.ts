/** A whole operation for the doctor to look at: sandbox, listener, and what may stand in front of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { CheckJson } from '../../src/commands/doctor/view.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { errorOf } from './error-line.ts';
import { here } from './here.ts';
import { eventually, freePort, startWxop, type Environment, type Started } from './processes.ts';
import { temporaryFolder } from './world.ts';

export interface Clinic {
  sandbox: Sandbox;
  environment: Environment;
  /** Where the listener is bound. */
  origin: string;
  listener: Started;
}

export interface ClinicOptions {
  sandbox?: SandboxOptions;
  /** Beside the sandbox's own. */
  environment?: Environment;
  /** False: none is pushed. */
  hasTicket?: boolean;
}

/** Sandbox and listener, one ticket stored; no other comes by itself. */
export async function openClinic(options: ClinicOptions = {}): Promise<Clinic> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const sandbox = await startSandbox({
    pushUrl: `${origin}/wechat/event`,
    messageUrl: `${origin}/wechat/message/$APPID$`,
    quiet: true,
    ...options.sandbox,
  });
  onTestFinished(() => sandbox.close());
  const environment = { ...sandbox.env, WXOP_PUBLIC_URL: origin, ...options.environment };
  const listener = startWxop(['listen', '--json', '--no-start-push'], environment);
  await listener.json('listening');
  if (options.hasTicket !== false) await sandbox.push({ event: 'component_verify_ticket' });
  return { sandbox, environment, origin, listener };
}

/** The merchant with this index, authorized. */
export async function admit({ sandbox, environment, listener }: Clinic, index = 0): Promise<string> {
  const before = sandbox.state().preAuthCodes.length;
  await here(['authorize', '--no-wait', '--json'], environment);
  const preAuthCode = await eventually(() => sandbox.state().preAuthCodes.slice(before)[0]);
  const { appId = '' } = sandbox.state().accounts[index] ?? {};
  sandbox.consent({ preAuthCode, appId });
  await listener.json<{ account: { appId: string } }>('authorized', ({ account }) => account.appId === appId);
  return appId;
}

export interface Diagnosis {
  code: number | null;
  ok: boolean;
  checks: CheckJson[];
  /** The check with this id. */
  of: (id: string) => CheckJson;
  /** The first failed check. */
  worst?: CheckJson;
  stdout: string;
  stderr: string;
}

export async function diagnose(environment: Environment, ...flags: string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await here(['doctor', '--json', ...flags], environment);
  return readDiagnosis({ code, stdout, stderr });
}

export function readDiagnosis(finished: { code: number | null; stdout: string; stderr: string }): Diagnosis {
  const { code, stdout, stderr } = finished;
  const document = JSON.parse(stdout || '{"ok":false,"checks":[]}') as { ok: boolean; checks: CheckJson[] };
  return {
    ...finished,
    ...document,
    of: (id) => {
      const found = document.checks.find((check) => check.id === id);
      if (!found) throw new Error(`no check ${id} in ${stdout}\n${stderr}`);
      return found;
    },
    worst: document.checks.find(({ verdict }) => verdict === 'failed'),
    code,
  };
}

/** The doctor names this check first, and ends with its exit code. */
export function expectWorst(diagnosis: Diagnosis, id: string, code: string, exitCode: number): CheckJson {
  const { worst } = diagnosis;
  expect({ worst: worst?.id, code: worst?.code, exit: diagnosis.code }, diagnosis.stdout).toEqual({
    worst: id,
    code,
    exit: exitCode,
  });
  expect(diagnosis.ok).toBe(false);
  expect(errorOf(diagnosis)).toMatchObject({ code, exitCode });
  expect(worst?.next ?? '').not.toBe('');
  return worst as CheckJson;
}

export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Issued {
  key: string;
  certificate: string;
  /** The file of the CA. */
  ca: string;
}

const openssl = (...argv: string[]): void => void execFileSync('openssl', argv, { stdio: 'ignore' });

/** A certificate for so many days: self-signed, or by an intermediate CA of a CA of the test's own. */
export function issue(
  days: number,
  by: 'itself' | 'intermediate',
  names = 'DNS:localhost,IP:127.0.0.1',
): Issued & { chain: string } {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  const named = ['-addext', `subjectAltName=${names}`];
  const fresh = (name: string): string[] => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`)];
  const isCa = ['-addext', 'basicConstraints=critical,CA:TRUE'];
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  if (by === 'itself') {
    openssl(
      'req',
      '-x509',
      ...fresh('leaf'),
      '-days',
      `${days}`,
      '-subj',
      '/CN=localhost',
      ...named,
      '-out',
      file('leaf.pem'),
    );
    return { key: read('leaf.key'), certificate: read('leaf.pem'), chain: read('leaf.pem'), ca: file('leaf.pem') };
  }
  openssl(
    'req',
    '-x509',
    ...fresh('root'),
    '-days',
    '30',
    '-subj',
    '/O=Root of the test',
    ...isCa,
    '-out',
    file('root.pem'),
  );
  const sign = (name: string, signer: string, forDays: number, ...request: string[]): void => {
    openssl('req', ...fresh(name), ...request, '-out', file(`${name}.csr`));
    const signed = ['-CA', file(`${signer}.pem`), '-CAkey', file(`${signer}.key`), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...signed,
      '-days',
      `${forDays}`,
      '-copy_extensions',
      'copy',
      '-out',
      file(`${name}.pem`),
    );
  };
  sign('middle', 'root', 30, '-subj', '/O=Middle of the test', ...isCa);
  sign('leaf', 'middle', days, '-subj', '/CN=localhost', ...named);
  return {
    key: read('leaf.key'),
    certificate: read('leaf.pem'),
    chain: read('leaf.pem') + read('middle.pem'),
    ca: file('root.pem'),
  };
}

/** Passes everything on to the listener, and changes what comes back. */
export function passOn(
  origin: string,
  change: (answer: Passed, path: string) => Passed = (answer) => answer,
): RequestListener {
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url = '/', headers } = incoming;
    const asked = request(`${origin}${url}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: given } = response;
        const { 'content-length': _length, ...kept } = given as Record<string, string>;
        const answer = change({ status, headers: kept, body: Buffer.concat(chunks) }, url);
        outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    asked.on('error', () => outgoing.writeHead(502, { server: 'nginx' }).end('bad gateway'));
    incoming.pipe(asked);
  };
}

export interface Passed {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export async function serveTls(issued: { key: string; cert: string }, listener: RequestListener): Promise<string> {
  const server = createTlsServer(issued, listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close().closeAllConnections());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}
