/** Checks of certificates cannot be switched off. */
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { COMPONENT_APPID, TICKET } from '../support/prepared-homes.ts';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

/** Something on the way to WeChat, which counts who comes. */
async function openThief() {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined).end('no TLS');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((ready) => server.once('listening', ready));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {
    WXOP_HOME: temporaryFolder(),
    WXOP_COMPONENT_APPID: COMPONENT_APPID,
    WXOP_COMPONENT_APPSECRET: 'the-app-secret-itself',
    WXOP_API_URL: origin,
    WXOP_PUBLIC_URL: origin,
    WXOP_STORE: 'file',
  };
  await wxop(['ticket', 'set', '--yes'], environment, TICKET.ticket);
  return { environment, connections: () => connections };
}

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  it.each([
    ['token component', ['token', 'component']],
    ['accounts sync', ['accounts', 'sync']],
    ['doctor', ['doctor']],
    ['listen', ['listen', '--port', '0', '--until', 'ticket', '--timeout', '1s']],
    ['init', ['init', '--from-env']],
  ])('%s is refused, and connects to nobody', async (_name, argv) => {
    const { environment, connections } = await openThief();
    const finished = await wxop([...argv, '--json'], { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect([finished.code, finished.stdout]).toEqual([2, '']);
    expect(errorOf(finished)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(finished).message).toContain('NODE_TLS_REJECT_UNAUTHORIZED=0');
    expect(errorOf(finished).hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(connections()).toBe(0);
  });

  it('help and the version are there, and another value leaves the checks on', async () => {
    const { environment, connections } = await openThief();
    const off = { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect((await wxop(['token', '--help'], off)).code).toBe(0);
    expect((await wxop(['--version'], off)).code).toBe(0);
    const on = await wxop(['token', 'component', '--json'], { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '1' });
    expect(errorOf(on).code).toBe('NETWORK');
    expect(connections()).toBeGreaterThan(0);
  });
});
