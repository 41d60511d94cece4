/** `wxop init` with a person: real keys on a real terminal, the sandbox as the platform. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { CTRL_C, ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const { appId: APPID, secret: SECRET } = SANDBOX_COMPONENT;
const DEAD = 'http://127.0.0.1:9';

async function openHome() {
  const home = temporaryFolder();
  const sandbox: Sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const saved = () =>
    (
      JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as {
        profiles: { default: Record<string, string> };
      }
    ).profiles.default;
  const init = (...flags: string[]) => onTerminal(['init', ...flags], { WXOP_HOME: home, WXOP_API_URL: sandbox.url });
  const pushes = (): number => sandbox.state().calls['/cgi-bin/component/api_start_push_ticket'] ?? 0;
  return { init, saved, sandbox, pushes };
}

describe.skipIf(!hasPty)('init on a terminal', () => {
  it('saves each answer, continues from there the next time, and lets WeChat judge the values', async () => {
    const { init, saved, pushes } = await openHome();
    const first = init();
    await first.sees(/Profile default\. Enter skips/);
    await first.sees(/public URL of the listener.*:/);
    first.type(`${DEAD}${ENTER}`);
    await first.sees(/warning: Nobody answers at http:\/\/127\.0\.0\.1:9 from here yet/);
    await first.sees(/Generate the message token/);
    first.type(CTRL_C);
    await first.sees(/What was answered is kept/);
    expect(await first.finished).toBe(130);
    expect(saved()).toEqual({ publicUrl: DEAD });

    const second = init();
    // Shown, and not asked again.
    await second.sees(
      /as it is saved:\s+public URL of the listener \(授权发起页域名\) +http:\/\/127\.0\.0\.1:9\s[^]*Generate the message token/,
    );
    second.type(ENTER);
    await second.sees(/Generate the EncodingAESKey/);
    second.type(ENTER);
    await second.sees(/appid of the third-party platform:/);
    second.type(`wx0000000000000bad${ENTER}`);
    await second.sees(/AppSecret of the third-party platform:/);
    second.type(`not-the-secret${ENTER}`);
    await second.sees(/Is this production\?/);
    second.type(ENTER);
    await second.sees(/Ask WeChat to push tickets now\?/);
    second.type(ENTER);
    // 40013: the appid is asked again, what was typed before stands in the question.
    await second.sees(/warning: [^]*40013[^]*appid of the third-party platform/);
    second.type(`\x15${APPID}${ENTER}`);
    await second.sees(/warning: [^]*40125[^]*AppSecret of the third-party platform/);
    second.type(`${SECRET}${ENTER}`);
    await second.sees(/AppID and AppSecret are right[^]*授权事件接收URL: http:\/\/127\.0\.0\.1:9\/wechat\/event/);
    expect(pushes()).toBe(3);
    expect(saved()).toEqual({
      publicUrl: DEAD,
      messageToken: expect.stringMatching(/^\w{32}$/) as string,
      encodingAesKey: expect.stringMatching(/^\w{43}$/) as string,
      componentAppId: APPID,
      componentAppSecret: SECRET,
      production: 'no',
    });
    await second.sees(/Run `wxop doctor` now\?/);
    second.type(ENTER);
    // With what was just saved; what it finds is no failure of init.
    await second.sees(/AppSecret +set \(profile default\)[^]*No ticket has arrived yet[^]*Look first at: /);
    expect(await second.finished).toBe(0);
    expect(second.shown()).not.toContain(SECRET);
    expect(second.shown()).not.toContain('toggle visibility');
  });

  it('asks for nothing when everything is set, and offers to go through it again', async () => {
    const { init, pushes, sandbox } = await openHome();
    const first = init('--no-check');
    await first.sees(/public URL of the listener.*:/);
    first.type(`https://wx.example.com${ENTER}`);
    await first.sees(/Generate the message token/);
    first.type(ENTER);
    await first.sees(/Generate the EncodingAESKey/);
    first.type(ENTER);
    await first.sees(/appid of the third-party platform:/);
    first.type(`${APPID}${ENTER}`);
    await first.sees(/AppSecret of the third-party platform:/);
    first.type(`${SECRET}${ENTER}`);
    await first.sees(/Is this production\?/);
    first.type(`y${ENTER}`);
    // Nothing was tested; the pushes are offered at the end.
    await first.sees(/消息加解密Key: \w{43} — generated now[^]*Ask WeChat to push tickets now\?/);
    expect(pushes()).toBe(0);
    first.type(`n${ENTER}`);

    const second = init();
    await second.sees(/Everything is set\. Go through all of it again\?/);
    second.type(`y${ENTER}`);
    await second.sees(/PRODUCTION \(profile default\) Change the settings of default\?/);
    second.type(ENTER);
    expect(await second.finished).toBe(0);

    // The platform out of reach is no reason to lose an answer.
    await sandbox.close();
    const third = init();
    await third.sees(/Everything is set/);
    third.type(ENTER);
    await third.sees(/Ask WeChat to push tickets now\?/);
    third.type(ENTER);
    await third.sees(/warning: [^]*What was answered\s+is\s+kept[^]*Enter in the console/);
    // What was made up in a run that was interrupted was never shown.
    await third.sees(/消息校验Token — the saved one: `wxop profile show --reveal` shows it/);
  });

  it('asks again for a saved value of the wrong shape', async () => {
    const { init, saved } = await openHome();
    const first = init();
    await first.sees(/public URL/);
    first.type(`wx.example.com${ENTER}`);
    // Told at once, not saved.
    await first.sees(/an origin with scheme and no path/);
    first.type(CTRL_C);
    expect(await first.finished).toBe(130);
    expect(saved).toThrow();
  });
});

describe('init without a terminal', () => {
  async function openPlatform() {
    const home = temporaryFolder();
    const sandbox = await startSandbox({ allowedIps: ['127.0.0.1'], quiet: true });
    onTestFinished(() => sandbox.close());
    const environment = { WXOP_HOME: home, WXOP_API_URL: sandbox.url, WXOP_COMPONENT_APPID: APPID };
    const init = (secret: string, ...flags: string[]) =>
      runWxop(['init', '--from-env', ...flags], { environment: { ...environment, WXOP_COMPONENT_APPSECRET: secret } });
    const saved = async () =>
      JSON.parse((await runWxop(['profile', 'show', '--reveal', '--json'], { environment })).stdout) as object;
    return { init, saved, pushes: () => sandbox.state().calls['/cgi-bin/component/api_start_push_ticket'] ?? 0 };
  }

  it('tests the given values, saves them even if a test fails, and ends with the exit code of that failure', async () => {
    const { init, saved, pushes } = await openPlatform();
    const wrong = await init('0'.repeat(32));
    expect(wrong.code).toBe(3);
    expect(wrong.stdout).toContain('授权事件接收URL');
    expect(wrong.stderr).toMatch(/40125[^]*The settings are saved all the same\./);
    expect(await saved()).toMatchObject({ componentAppId: APPID, componentAppSecret: '0'.repeat(32) });
    const json = await init('0'.repeat(32), '--json');
    expect([json.code, json.stdout]).toEqual([3, '']);
    expect(JSON.parse(json.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'PLATFORM_REFUSED', errcode: 40125, exitCode: 3 },
    });
    const right = await init(SECRET);
    expect([right.code, right.stderr]).toEqual([0, expect.stringContaining('AppID and AppSecret are right')]);
    expect(pushes()).toBe(3);
  });

  it('tests nothing with --no-check', async () => {
    const { init, pushes } = await openPlatform();
    expect((await init('0'.repeat(32), '--no-check')).code).toBe(0);
    expect(pushes()).toBe(0);
  });
});
