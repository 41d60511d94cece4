/** SIGHUP, as `systemctl reload` sends it to a listener without a terminal. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  homeOf,
  keysOf,
  MESSAGE_PATH,
  pushTo,
  SCHOOL,
  SHOP,
  textMessage,
  ticketTo,
  told,
  valuesOf,
  writeProfiles,
  type Line,
} from '../support/components.ts';
import { BIN, eventually, freePort, startWxop, type Started } from '../support/processes.ts';
import { hasPty } from '../support/pty.ts';
import { sleep } from '../support/sleep.ts';
import { startTarget } from '../support/target.ts';

const said = (listener: Started, pattern: RegExp): Promise<true> =>
  eventually(() => pattern.test(listener.stderr()) || undefined);

async function listen(env: Record<string, string>, ...flags: string[]) {
  const listener = startWxop(['listen', '--json', '--no-start-push', ...flags], env);
  const { url = '' } = await listener.json<Line>('listening');
  return { ...listener, url };
}

describe('SIGHUP without a terminal', () => {
  it.each([[[]], [['--workers', '2']]])(
    'reads the profiles again, and no push is lost: new ones are served, changed ones anew, gone ones no more %j',
    async (flags) => {
      const port = await freePort();
      let release: () => void = () => undefined;
      const released = new Promise<void>((done) => (release = done));
      const target = await startTarget(async () => (await released, {}));
      const shop = valuesOf(SHOP, port);
      const env = homeOf({ shop: { ...shop, forwardTo: `${target.url}#type=image` } });
      const home = env.WXOP_HOME ?? '';
      const listener = await listen(env, '--all-profiles', ...flags);
      const { url } = listener;
      // One after the other, each over a connection of its own, all the while.
      const statuses: (number | string)[] = [];
      let isOver = false;
      const stream = (async () => {
        for (let id = 0; !isOver; id++, await sleep(10))
          statuses.push(
            await pushTo(url, textMessage(`m${id}`), { ...keysOf(SHOP), path: MESSAGE_PATH }).catch(String),
          );
      })();
      const image = { ...textMessage('slow'), MsgType: 'image', MediaId: '1' };
      const slow = pushTo(url, image, { ...keysOf(SHOP), path: MESSAGE_PATH });
      await eventually(() => target.got.length > 0 || undefined);

      writeProfiles(home, { shop: { ...shop, operatorName: 'Shop' }, school: valuesOf(SCHOOL, port) });
      listener.process.kill('SIGHUP');
      await said(listener, /^Profiles read again: new: school; changed: shop\.$/m);
      expect(told(listener, 'listening').map(({ profile }) => profile)).toEqual(['shop', 'shop', 'school']);
      expect(await ticketTo(url, SCHOOL, 'ticket@@@1')).toBe(200);
      release();
      expect(await slow).toBe(200);

      writeProfiles(home, { shop: { ...shop, operatorName: 'Shop' }, school: valuesOf(SCHOOL, 1) });
      listener.process.kill('SIGHUP');
      await said(
        listener,
        /^warning: The profiles were read again, and nothing is changed\. Profiles shop and school differ/m,
      );
      expect(await ticketTo(url, SCHOOL, 'ticket@@@2')).toBe(200);

      writeProfiles(home, { shop: { ...shop, operatorName: 'Shop' } });
      listener.process.kill('SIGHUP');
      await said(listener, /^Profiles read again: gone: school\.$/m);
      expect(
        await eventually(async () => ((await ticketTo(url, SCHOOL, 'ticket@@@3')) === 403 ? 403 : undefined)),
      ).toBe(403);
      isOver = true;
      await stream;
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect((await listener.stop()).code).toBe(143);
      expect(readFileSync(join(home, 'config.json'), 'utf8')).toContain('Shop');
    },
  );

  it('changes nothing for a listener of one profile, and says what to do', async () => {
    const port = await freePort();
    const listener = await listen(homeOf({ shop: valuesOf(SHOP, port) }));
    listener.process.kill('SIGHUP');
    await said(listener, /^SIGHUP: settings are read at the start; restart for new ones\./m);
    expect(await ticketTo(listener.url, SHOP, 'ticket@@@1')).toBe(200);
    expect((await listener.stop()).code).toBe(143);
  });
});

it.skipIf(!hasPty)('SIGHUP of a terminal that is closed ends the listener', async () => {
  const port = await freePort();
  const command = `exec '${process.execPath}' '${BIN}' listen --all-profiles --no-start-push`;
  const terminal = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { PATH: process.env.PATH, WXOP_LANG: 'en', SHELL: '/bin/sh', ...homeOf({ shop: valuesOf(SHOP, port) }) },
  });
  onTestFinished(() => void terminal.kill('SIGKILL'));
  const isUp = () =>
    ticketTo(`http://127.0.0.1:${port}`, SHOP, 'ticket@@@1').then(
      (status) => status === 200,
      () => false,
    );
  await eventually(async () => (await isUp()) || undefined);
  terminal.kill('SIGKILL');
  await eventually(async () => (await isUp()) === false || undefined);
});
