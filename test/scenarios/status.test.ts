/** `wxop status`: what it shows, what it calls wrong, and what it ends with. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { accountOf, appIdOf, openHome } from '../support/prepared-homes.ts';
import { CTRL_C, hasPty, onTerminal } from '../support/pty.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';

const MINUTE = 60_000;

/** A component with two authorized accounts, one that cancelled, and a ticket of this age. */
async function homeOf({ ticketAge = 0, broken = false } = {}) {
  const cancelled = accountOf(3, { nickName: '老茶馆', revokedAt: Date.UTC(2024, 5, 1) });
  const incomplete = broken ? [accountOf(4, { refreshToken: undefined })] : [];
  const home = await openHome([accountOf(1), accountOf(2), cancelled, ...incomplete]);
  const ticket = { ticket: 'ticket@@@kept', createTime: 1, receivedAt: Date.now() - ticketAge };
  await home.store.write('ticket', ticket, 0, { durable: false });
  return { ...home, environment: { ...home.environment, WXOP_PORT: String(await freePort()) } };
}

const troublesOf = (stdout: string) => (JSON.parse(stdout) as { troubles: { part: string; code: string }[] }).troubles;

describe('wxop status', () => {
  it('ends with 0 and says so when all is well, and names who cancelled', async () => {
    const { environment } = await homeOf({ ticketAge: 5 * MINUTE });
    const { code, stdout, stderr } = await wxop(['status'], environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[1]).toBe('All is well.');
    expect(stdout).toContain('5 min ago, works for another 11 h 55 min');
    expect(stdout).toContain('2 authorized, 1 cancelled: 老茶馆');
    expect(stdout).not.toContain('ticket@@@kept');
  });

  it.each([
    ['TICKET_OVERDUE', 25 * MINUTE, 'came 25 min ago; one is due every ten minutes.'],
    ['TICKET_EXPIRED', 13 * 60 * MINUTE, 'came 13 h ago; it has expired.'],
  ])('puts %s on top with its next step, and ends with its code', async (code, ticketAge, words) => {
    const { environment } = await homeOf({ ticketAge, broken: true });
    const shown = await wxop(['status'], environment);
    expect(shown.code).toBe(4);
    const [, first, next, more] = shown.stdout.split('\n');
    expect(first).toContain(words);
    expect(next).toContain('→ Run `wxop listen`');
    expect(more).toBe('There is more: 1.');
    const json = await wxop(['status', '--json'], environment);
    expect([json.code, errorOf(json).code]).toEqual([4, code]);
    expect(troublesOf(json.stdout)).toMatchObject([
      { part: 'ticket', code },
      { part: 'accounts', code: 'NO_ACCOUNT' },
    ]);
    expect(json.stdout).toContain(appIdOf(4));
  });

  it('sees the listener of its own store, and another one on its port', async () => {
    const port = await freePort();
    const sandbox = await startSandbox({ pushUrl: `http://127.0.0.1:${port}/wechat/event` });
    onTestFinished(() => sandbox.close());
    const env = { ...sandbox.env, WXOP_PORT: String(port) };
    const listener = startWxop(['listen', '--json'], env);
    await listener.json('ticket');
    await sandbox.push({ event: 'authorized', appId: sandbox.state().accounts[0]?.appId });
    const well = await eventually(async () => {
      const { code, stdout } = await wxop(['status', '--json'], env);
      const status = JSON.parse(stdout) as { tokens: { valid: number }; pushes: { newest: { type: string } } };
      return code === 0 && status.tokens.valid === 1 ? status : undefined;
    });
    expect(well).toMatchObject({ ok: true, listener: { state: 'running' }, accounts: { authorized: 1 } });
    // Which of the two came last is WeChat's choice: the listener asked for a ticket when it started.
    expect(well.pushes.newest.type).toMatch(/^(?:authorized|component_verify_ticket)$/);
    const taken = async (ticketAge: number, port: string) => {
      const { environment } = await homeOf({ ticketAge });
      return wxop(['status', '--json'], { ...environment, WXOP_PORT: port });
    };
    const stranger = createServer((_, response) => response.end('another program')).listen(0, '127.0.0.1');
    onTestFinished(() => void stranger.close());
    await once(stranger, 'listening');
    for (const used of [env.WXOP_PORT, String((stranger.address() as AddressInfo).port)]) {
      const late = await taken(25 * MINUTE, used);
      expect([late.code, errorOf(late).code]).toEqual([5, 'PORT_TAKEN']);
      // Tickets come: the listener is elsewhere.
      expect((await taken(MINUTE, used)).code).toBe(0);
    }
  });

  it('says it in Chinese', async () => {
    const { environment } = await homeOf({ ticketAge: 25 * MINUTE });
    const { stdout } = await wxop(['status', '--lang', 'zh'], environment);
    expect(stdout).toContain('最新的 ticket 是 25 分钟前收到的；正常情况下每十分钟一次。');
    expect(stdout).toContain('已授权 2 个，1 个已取消：老茶馆');
  });

  it('--watch --json prints a line for each change and no other', async () => {
    const { environment, store } = await homeOf({ ticketAge: MINUTE });
    const watching = startWxop(['status', '--watch', '--interval', '20ms', '--json'], environment);
    await watching.json('status');
    await store.write(`account/${appIdOf(9)}`, accountOf(9), 0, { durable: false });
    await watching.json<{ accounts: { authorized: number } }>('status', ({ accounts }) => accounts.authorized === 3);
    expect((await watching.stop('SIGINT')).code).toBe(130);
    expect(watching.lines).toHaveLength(2);
  });

  it.skipIf(!hasPty)('--watch draws again in place, and gives the cursor back', async () => {
    const { environment, store } = await homeOf({ ticketAge: MINUTE });
    const terminal = onTerminal(['status', '--watch', '--interval', '20ms'], environment);
    await terminal.sees(/2 authorized/);
    await store.write(`account/${appIdOf(9)}`, accountOf(9), 0, { durable: false });
    await terminal.sees(/3 authorized/);
    terminal.type(CTRL_C);
    expect(await terminal.finished).toBe(130);
    const shown = terminal.shown();
    expect(shown.match(/All is well/g)).toHaveLength(1);
    expect(shown.split('\x1b[').some((sequence) => /^\d+A/.test(sequence))).toBe(true);
    expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l'));
  });
});
