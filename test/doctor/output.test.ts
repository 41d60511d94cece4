/** What `wxop doctor` prints, to the letter. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { runWxop, temporaryFolder } from '../support/world.ts';

const ENVIRONMENT = {
  WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
  WXOP_MESSAGE_TOKEN: 'aTokenOfTheTest',
  WXOP_ENCODING_AES_KEY: 'tooShort',
  WXOP_PUBLIC_URL: 'https://wx.example.com',
  WXOP_COMPONENT_APPSECRET: undefined,
};
const SELECTION = ['doctor', '--offline', '--only', 'settings,ticket,public.identity'];

function home(): string {
  const folder = join(temporaryFolder(), 'home');
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  return folder;
}

const from = (variable: string, what: string) => `${what} (${variable})`;
const CHECKS = [
  {
    id: 'settings.origins',
    title: 'where from',
    verdict: 'info',
    seen: 'environment: componentAppId, messageToken, encodingAesKey, publicUrl, lang',
  },
  {
    id: 'settings.component-appid',
    title: 'AppID',
    verdict: 'ok',
    seen: from('WXOP_COMPONENT_APPID', 'wx0123456789abcdef'),
  },
  {
    id: 'settings.component-appsecret',
    title: 'AppSecret',
    verdict: 'warning',
    seen: 'not set: tickets are accepted, but yield no token',
    next: 'Run `wxop init`.',
  },
  { id: 'settings.message-token', title: 'message token', verdict: 'ok', seen: from('WXOP_MESSAGE_TOKEN', 'set') },
  {
    id: 'settings.aes-key',
    title: 'EncodingAESKey',
    verdict: 'failed',
    seen: from('WXOP_ENCODING_AES_KEY', 'it has 8 characters instead of 43'),
    next: 'Copy it again from the console (开发资料).',
    code: 'SETTINGS_INVALID',
    exitCode: 2,
  },
  {
    id: 'settings.previous-aes-key',
    title: 'previous AES key',
    verdict: 'skipped',
    seen: 'not asked: see "EncodingAESKey" above',
  },
  {
    id: 'settings.public-url',
    title: 'public URL',
    verdict: 'ok',
    seen: from('WXOP_PUBLIC_URL', 'https://wx.example.com'),
  },
  { id: 'settings.cloud-pushes', title: 'unencrypted pushes', verdict: 'ok', seen: 'none are taken' },
  { id: 'settings.message-path', title: 'message path', verdict: 'ok', seen: '/wechat/message/$APPID$' },
  { id: 'public.identity', title: 'this listener', verdict: 'skipped', seen: 'not asked (--offline)' },
  {
    id: 'ticket.age',
    title: 'newest ticket',
    verdict: 'failed',
    seen: 'No ticket has arrived yet.',
    next: 'Run `wxop listen`; it asks WeChat to push. None within 10 minutes: WeChat does not reach the event URL, see above.',
    code: 'NO_TICKET',
    exitCode: 4,
  },
  { id: 'ticket.interval', title: 'interval', verdict: 'skipped', seen: 'not asked: see "newest ticket" above' },
];

describe('wxop doctor', () => {
  it('prints one document with --json, and the error line of the first failed check', async () => {
    const environment = { ...ENVIRONMENT, WXOP_HOME: home() };
    const { code, stdout, stderr } = await runWxop([...SELECTION, '--json'], { environment });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ ok: false, checks: CHECKS });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'SETTINGS_INVALID',
        message: 'EncodingAESKey: it has 8 characters instead of 43 (WXOP_ENCODING_AES_KEY)',
        hint: 'Copy it again from the console (开发资料).',
        exitCode: 2,
        retryable: false,
      },
    });
  });

  it('prints a list for people, group by group', async () => {
    const environment = { ...ENVIRONMENT, WXOP_HOME: home(), NO_COLOR: '1' };
    const { code, stdout, stderr } = await runWxop(SELECTION, { environment, isTTY: true });
    expect(code).toBe(2);
    expect(stdout).toBe(`Settings
  · where from          environment: componentAppId, messageToken,
                        encodingAesKey, publicUrl, lang
  ✓ AppID               wx0123456789abcdef (WXOP_COMPONENT_APPID)
  ! AppSecret           not set: tickets are accepted, but yield no token
                        → Run \`wxop init\`.
  ✓ message token       set (WXOP_MESSAGE_TOKEN)
  ✗ EncodingAESKey      it has 8 characters instead of 43
                        (WXOP_ENCODING_AES_KEY)
                        → Copy it again from the console (开发资料).
  – previous AES key    not asked: see "EncodingAESKey" above
  ✓ public URL          https://wx.example.com (WXOP_PUBLIC_URL)
  ✓ unencrypted pushes  none are taken
  ✓ message path        /wechat/message/$APPID$

Listener and public URL
  – this listener       not asked (--offline)

Ticket
  ✗ newest ticket       No ticket has arrived yet.
                        → Run \`wxop listen\`; it asks WeChat to push. None within
                          10 minutes: WeChat does not reach the event URL, see
                          above.
  – interval            not asked: see "newest ticket" above

2 failed, 1 warning, 6 in order, 3 skipped
Look first at: Settings / EncodingAESKey
`);
    // The check under way, rewritten in place and taken away again.
    expect(stderr).toMatch(/\r[^\r\n]*2K$/);
  });

  it.each(['en', 'zh'])('fits a terminal of any usual width (%s)', async (lang) => {
    for (const columns of [60, 80, 120]) {
      const environment = { ...ENVIRONMENT, WXOP_HOME: home(), NO_COLOR: '1', WXOP_LANG: lang };
      const { stdout } = await runWxop(['doctor', '--offline'], { environment, isTTY: true, columns });
      expect(stdout.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([]);
    }
  });

  it('uses only ASCII marks where the locale or the terminal knows no more', async () => {
    for (const poor of [{ LC_ALL: 'C' }, { TERM: 'dumb' }]) {
      const environment = { ...ENVIRONMENT, WXOP_HOME: home(), NO_COLOR: '1', ...poor };
      const { stdout } = await runWxop(SELECTION, { environment, isTTY: true });
      expect(stdout).toMatch(/^ {2}x EncodingAESKey/m);
      expect(stdout).toMatch(/^ +-> Run `wxop init`/m);
      expect(stdout).not.toMatch(/[✓✗→–·“”’…]/);
    }
  });

  it('names the groups when it is asked for a check that does not exist', async () => {
    const { code, stderr, stdout } = await runWxop(['doctor', '--only', 'tickets'], {
      environment: { WXOP_HOME: home() },
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('There is no check tickets.');
    expect(stderr).toContain('settings, files, store, api, public, pushes, ticket, platform, authorization, accounts');
  });

  it('works where nothing is set, and creates no file', async () => {
    const folder = join(temporaryFolder(), 'nowhere');
    const { code, stdout } = await runWxop(['doctor', '--offline', '--json'], { environment: { WXOP_HOME: folder } });
    expect(code).toBe(2);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; verdict: string; code?: string }[] };
    expect(checks.find(({ verdict }) => verdict === 'failed')).toMatchObject({
      id: 'settings.component-appid',
      code: 'SETTINGS_MISSING',
    });
    expect(checks.find(({ id }) => id === 'store.reach')).toMatchObject({ verdict: 'skipped' });
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    'someone:pr0xyPassw0rd@127.0.0.1:3128',
    'http://some%zzone:pr0xyPassw0rd@127.0.0.1:3128',
    'ftp://someone@proxy',
  ])('says that %s is no proxy, and repeats nothing of it', async (proxy) => {
    const environment = { ...ENVIRONMENT, HTTPS_PROXY: proxy };
    const { code, stdout, stderr } = await runWxop(['doctor', '--only', 'api', '--json'], { environment });
    expect(code).toBe(2);
    expect(stdout).toContain('HTTPS_PROXY is not a URL.');
    expect(stdout + stderr).not.toMatch(/someone|pr0xy/);
  });

  it('says so when the settings themselves cannot be read', async () => {
    const environment = { ...ENVIRONMENT, WXOP_HOME: home(), WXOP_PORT: 'seven' };
    const { code, stdout } = await runWxop(['doctor', '--offline', '--json'], { environment });
    expect(code).toBe(2);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; verdict: string; seen: string }[] };
    expect(checks.find(({ verdict }) => verdict === 'failed')).toMatchObject({ id: 'settings.origins' });
    expect(checks.find(({ verdict }) => verdict === 'failed')?.seen).toContain('WXOP_PORT');
    const unknown = await runWxop(['doctor', '--offline', '--profile', 'nobody', '--json'], { environment });
    expect(unknown.code).toBe(2);
  });
});
