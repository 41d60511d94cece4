/** What `wxop authorize` asks WeChat for stands in the link that the merchant opens. */
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { freePort, startWxop } from '../support/processes.ts';
import { runWxop } from '../support/world.ts';

test('the kind of account and the permission sets are in both links, and a set that is no number is refused', async () => {
  const port = String(await freePort());
  const sandbox = await startSandbox({ accounts: 1, pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  onTestFinished(() => sandbox.close());
  const listener = startWxop(['listen', '--json', '--no-start-push'], sandbox.env);
  await listener.json('ticket');
  const authorize = (...argv: string[]) =>
    runWxop(['authorize', '--no-wait', '--json', ...argv], { environment: sandbox.env });
  const { code, stdout } = await authorize('--type', 'channels', '--only-sets', '15, 11,15');
  const { pcUrl, mobileUrl } = JSON.parse(stdout) as { pcUrl: string; mobileUrl: string };
  expect(code).toBe(0);
  for (const link of [pcUrl, mobileUrl]) {
    const { searchParams } = new URL(link);
    expect([searchParams.get('auth_type'), searchParams.get('category_id_list')]).toEqual(['5', '15|11']);
  }
  for (const argv of [
    ['--only-sets', '自定义菜单'],
    ['--only-sets', '15,'],
    ['--type', '7'],
  ]) {
    const refused = await authorize(...argv);
    expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([2, '', 'USAGE']);
  }
});
