/** In whose name a merchant is asked, in which language, and what a phone outside WeChat can do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { readLogo } from '../../src/listener/pages/operator-logo.ts';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import { listenerWorld } from '../support/listener.ts';
import { startWxop } from '../support/processes.ts';
import { decode, type Picture } from '../support/screen.ts';
import { temporaryFolder } from '../support/world.ts';

const WECHAT = { 'user-agent': 'Mozilla/5.0 (Linux; Android 13) Mobile Safari/537.36 MicroMessenger/8.0.50' };
const SAFARI = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari' };
const PICTURE = PNG.sync.write(new PNG({ width: 8, height: 8 }));

async function launched(options = {}) {
  const world = await listenerWorld(options);
  await world.giveTicket();
  const { id, preAuthCode } = await world.attempt();
  return { world, path: `/authorize/${id}`, id, preAuthCode };
}

describe('the logo', () => {
  const operator = { name: '春云科技', logo: { type: 'image/png', bytes: PICTURE } } as const;

  test('is served by the listener itself, may be kept for an hour, and can do nothing', async () => {
    const { world, path } = await launched({ operator });
    const page = await world.get(path, WECHAT);
    expect(page.body).toContain('<img src="/authorize/logo" alt="">');
    expect(page.headers['content-security-policy']).toContain("img-src 'self' data:");
    const answered = await fetch(`${world.url}/authorize/logo`);
    expect(Buffer.from(await answered.arrayBuffer())).toEqual(PICTURE);
    expect(Object.fromEntries(answered.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'max-age=3600',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  });

  test('is not there where none is set, and then no page may load an image for it', async () => {
    const { world, path } = await launched();
    expect((await world.get('/authorize/logo')).status).toBe(404);
    expect((await world.get(path, WECHAT)).headers['content-security-policy']).not.toContain('img-src');
  });

  const write = (name: string, bytes: string | Buffer): string => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, bytes);
    return path;
  };
  test.each([
    ['image/png', PICTURE],
    ['image/jpeg', Buffer.from('\xff\xd8\xff\xe0 a picture', 'latin1')],
    ['image/webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
  ])('may be %s, whatever its name says', async (type, bytes) => {
    expect(await readLogo(write('logo.png', bytes))).toEqual({ type, bytes });
  });

  const missing = (): string => join(temporaryFolder(), 'nothing.png');
  function folder(): string {
    const path = join(temporaryFolder(), 'folder.png');
    mkdirSync(path);
    return path;
  }

  test.each([
    ['an SVG', () => write('svg.png', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), 'scripts'],
    ['no picture', () => write('text.png', 'GIF89a'), 'neither PNG nor JPEG nor WebP'],
    ['empty', () => write('empty.png', ''), 'neither PNG nor JPEG nor WebP'],
    ['too large', () => write('large.png', Buffer.concat([PICTURE, Buffer.alloc(128 * 1024)])), 'more than 128'],
    ['a folder', folder, 'is no file'],
    ['not there', missing, 'ENOENT'],
  ])('that is %s is refused with its path, the reason and what to do', async (_, make, reason) => {
    const path = make();
    const error = await readLogo(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(WxopError);
    const { code, text, hint } = error as WxopError;
    expect([code, text.en.includes(path), text.zh.includes(path)]).toEqual(['SETTINGS_INVALID', true, true]);
    expect(text.en).toContain(reason);
    expect(hint?.en).toContain('WXOP_OPERATOR_LOGO');
  });

  test('that cannot be shown ends `wxop listen` with 2 before it opens its port', async () => {
    const listen = startWxop(['listen', '--json', '--port', '0', '--operator-logo', missing()], {
      WXOP_HOME: temporaryFolder(),
      WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
      WXOP_MESSAGE_TOKEN: 'token',
      WXOP_ENCODING_AES_KEY: 'a'.repeat(43),
    });
    const { code, stdout, stderr } = await listen.finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('nothing.png');
  });
});

describe('the language', () => {
  test('that a visitor chose stays, also where WeChat sends them back to', async () => {
    const { world, path, preAuthCode } = await launched();
    const chinese = { ...WECHAT, 'accept-language': 'zh-CN' };
    const first = await world.get(path, chinese);
    expect(first.body).toContain('href="?lang=en" lang="en"');
    const chosen = await world.get(`${path}?lang=en`, chinese);
    expect(chosen.body).toContain('<html lang="en">');
    const cookie = chosen.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^wxop_lang=en; Path=\/authorize; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const redirect = world.consent(preAuthCode).path;
    const result = await world.get(redirect, { ...chinese, cookie: `a=b; ${cookie.split(';')[0]}` });
    expect(result.body).toContain('<html lang="en">');
    // The switch of the result leads to the same without the code.
    expect(result.body).toContain(`href="${path}?lang=zh"`);
    expect(result.body).not.toContain('queryauthcode');
    expect((await world.get(`${path}?lang=zh`)).body).toContain('授权成功');
  });

  test('that is none is not taken, from the address or from the cookie', async () => {
    const { world, path } = await launched();
    const answered = await world.get(`${path}?lang=fr%0d%0aset-cookie:x`, { ...WECHAT, cookie: 'wxop_lang=fr' });
    expect([answered.status, answered.headers['set-cookie']]).toEqual([200, undefined]);
    expect(answered.body).toContain('<html lang="en">');
  });

  test('goes with a visitor of the standing link', async () => {
    const { world } = await launched({ hasStandingLink: true });
    const { headers } = await world.get('/authorize?lang=zh', SAFARI);
    expect(headers.location).toMatch(/^\/authorize\/[0-9a-f]{20}\?lang=zh$/);
  });
});

test('a phone outside WeChat gets a QR code that leads back to the same page, and a script that only copies', async () => {
  const { world, path } = await launched();
  const { body, headers } = await world.get(path, SAFARI);
  const image = /src="data:image\/png;base64,([^"]*)"/.exec(body)?.[1] ?? '';
  const { width, height, data } = PNG.sync.read(Buffer.from(image, 'base64'));
  const picture: Picture = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_x, x) => {
      const shade = data[(y * width + x) * 4] ?? 0;
      return [shade, shade, shade] as const;
    }),
  );
  expect(await decode(picture, 1)).toEqual([world.url + path]);
  expect(headers['content-security-policy']).toMatch(/; script-src 'sha256-[\w+/=]{44}'$/);
  expect((await world.get(path, WECHAT)).headers['content-security-policy']).not.toContain('script-src');
});
