/** Statements 17 and 18 of what a good command-line tool does: the link, its QR code, and the wait for the merchant. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { ask } from '../support/listener.ts';
import { freePort, startWxop, wxop, type Environment } from '../support/processes.ts';
import { CTRL_C, ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { decodeShown, paintedLines, PALETTES } from '../support/screen.ts';

/** A sandbox that pushes nothing to anybody, and a home that has its ticket. */
async function open(): Promise<{ sandbox: Sandbox; env: Environment }> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const env = { ...sandbox.env, WXOP_PUBLIC_URL: 'http://127.0.0.1:7788' };
  expect((await wxop(['ticket', 'set'], env, sandbox.state().ticket)).code).toBe(0);
  return { sandbox, env };
}

/** The merchant says yes to the newest link: the address that the browser is sent to. */
function consent(sandbox: Sandbox, merchant = 0): URL {
  const { accounts, preAuthCodes } = sandbox.state();
  const appId = accounts[merchant]?.appId ?? '';
  return new URL(sandbox.consent({ preAuthCode: preAuthCodes.at(-1) ?? '', appId }).redirectUrl);
}

describe.skipIf(!hasPty)('on a terminal', () => {
  it('17. prints the link alone on its line and then its code, which any theme shows; 18. takes a pasted redirect', async () => {
    const { sandbox, env } = await open();
    const screen = onTerminal(['authorize', '--no-listen'], env);
    await screen.sees(/Waiting for the administrator/);
    const lines = screen.shown().split(/\r?\n/);
    const link = lines.findIndex((line) => /^http:\/\/127\.0\.0\.1:7788\/authorize\/[0-9a-f]{20}$/.test(line));
    const first = lines.indexOf(paintedLines(screen.shown())[0] ?? '');
    expect([link > 0, first > link]).toEqual([true, true]);
    for (const palette of Object.values(PALETTES)) {
      expect(await decodeShown(screen.shown(), palette)).toEqual([lines[link]]);
    }

    const redirect = consent(sandbox);
    const foreign = new URL(redirect);
    foreign.searchParams.set('attempt', '0'.repeat(20));
    screen.type(foreign.href + ENTER);
    await screen.sees(/does not belong to this attempt/);
    screen.type(redirect.href + ENTER);
    await screen.sees(/Authorized/);
    await screen.sees(new RegExp(sandbox.state().accounts[0]?.appId ?? ''));
    expect(await screen.finished).toBe(0);
  });

  it('17. that is too small for the code says what it needs, and leaves the link', async () => {
    const { env } = await open();
    const screen = onTerminal(['authorize', '--no-listen'], env, { columns: 40, rows: 12 });
    await screen.sees(/The QR code needs \d+ columns and \d+\s+rows/);
    const shown = stripVTControlCharacters(screen.shown());
    expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:7788\/authorize\/[0-9a-f]{20}\r?$/m);
    expect(shown).not.toMatch(/[▀▄█]/);
    screen.type(CTRL_C);
    expect(await screen.finished).toBe(130);
  });
});

/** WeChat, but a pre-auth code of it lives one second. */
async function withShortCodes(url: string): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      void fetch(url + request.url, { method: request.method, body: chunks.length > 0 ? Buffer.concat(chunks) : null })
        .then((answer) => answer.json() as Promise<object>)
        .then((answer) =>
          response.end(JSON.stringify('pre_auth_code' in answer ? { ...answer, expires_in: 1 } : answer)),
        );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('18. The wait for the merchant', () => {
  it('ends when the link expires, with 5, and says so without a word on stdout but the link', async () => {
    const { env } = await open();
    const short = await withShortCodes(env.WXOP_API_URL ?? '');
    const finished = await wxop(['authorize', '--json', '--no-listen'], { ...env, WXOP_API_URL: short });
    expect([finished.code, finished.stdout.trim().split('\n').length]).toEqual([5, 1]);
    expect(errorOf(finished)).toMatchObject({ code: 'TIMEOUT' });
  });

  it('a wrong attempt and a replayed one are refused at the redirect and as a paste, and the right paste works', async () => {
    const { sandbox, env } = await open();
    const url = `http://127.0.0.1:${await freePort()}`;
    const at = { ...env, WXOP_PUBLIC_URL: url, WXOP_PORT: new URL(url).port };
    await startWxop(['listen', '--json', '--no-start-push'], at).json('listening');
    expect((await wxop(['authorize', '--no-wait'], at)).code).toBe(0);
    // The sandbox was not told where this listener is.
    const { pathname, search } = consent(sandbox, 1);
    const redirect = new URL(pathname + search, url);
    const otherOf = (name: string, value: string): string => {
      const other = new URL(redirect);
      other.searchParams.set(name, value);
      return other.href;
    };
    const wrong = otherOf('attempt', '0'.repeat(20));
    expect((await ask(wrong)).status).toBe(404);
    expect((await wxop(['authorize', '--json', '--code', '-'], at, wrong)).code).toBe(2);

    const pasted = await wxop(['authorize', '--json', '--code', '-'], at, redirect.href);
    expect([pasted.code, pasted.stdout.includes(sandbox.state().accounts[1]?.appId ?? '?')]).toEqual([0, true]);
    const exchanged = (): number => sandbox.state().calls['/cgi-bin/component/api_query_auth'] ?? 0;
    const before = exchanged();
    const replayed = otherOf('auth_code', 'queryauthcode@@@another');
    expect((await ask(replayed)).status).toBe(409);
    expect((await wxop(['authorize', '--json', '--code', '-'], at, replayed)).code).toBe(2);
    // The same again is the same page, and no second exchange.
    expect((await ask(redirect.href)).status).toBe(200);
    expect(exchanged()).toBe(before);
  });
});
