/** Verification files and the standing link, from the command line to the browser's side. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../support/listener.ts';
import { here } from '../support/here.ts';
import { startWxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const environmentIn = (home: string) => ({
  WXOP_HOME: join(home, 'wxop'),
  WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
  WXOP_MESSAGE_TOKEN: 'token',
  WXOP_ENCODING_AES_KEY: 'k'.repeat(43),
  WXOP_PORT: '0',
});

test('a file is kept by init and profile, listed, served by a listener that runs already, and removed', async () => {
  const home = temporaryFolder();
  const [first, second] = ['\ufefffirst\r\n', 'second'];
  const [firstPath, secondPath] = [join(home, 'AAAAAAAAAA.txt'), join(home, 'MP_verify_b-2.txt')];
  writeFileSync(firstPath, first);
  writeFileSync(secondPath, second);
  const environment = environmentIn(home);
  expect((await here(['init', '--verify-file', firstPath], environment)).code).toBe(0);
  const listening = startWxop(['listen', '--json', '--no-start-push', '--standing-link'], environment);
  const { url, standingUrl } = await listening.json<{ url: string; standingUrl: string }>('listening');
  expect(standingUrl).toBe(`${url}/authorize`);
  const get = async (name: string): Promise<string | number> => {
    const { status, body } = await ask(`${url}/${name}`);
    return status === 200 ? body : status;
  };
  expect(await get('AAAAAAAAAA.txt')).toEqual(first);
  expect(await get('MP_verify_b-2.txt')).toBe(404);
  expect((await here(['profile', 'add-file', secondPath], environment)).code).toBe(0);
  expect(await get('MP_verify_b-2.txt')).toEqual(second);
  const shown = await here(['profile', 'show', '--json'], environment);
  expect(JSON.parse(shown.stdout)).toMatchObject({ files: ['AAAAAAAAAA.txt', 'MP_verify_b-2.txt'] });
  expect((await here(['profile', 'show'], environment)).stdout).toMatch(/^files +AAAAAAAAAA\.txt MP_verify_b-2\.txt$/m);
  // Settings that are saved again keep the files.
  const saved = ['--component-appid', 'wx0123456789abcdef', '--public-url', 'https://wx.example.com'];
  expect((await here(['init', ...saved], environment)).code).toBe(0);
  // The listener was started with the old name.
  expect((await here(['profile', 'rename', 'default', 'tea'], environment)).code).toBe(0);
  expect(await get('MP_verify_b-2.txt')).toEqual(second);
  expect((await here(['profile', 'remove-file', 'AAAAAAAAAA.txt'], environment)).code).toBe(0);
  expect(await get('AAAAAAAAAA.txt')).toBe(404);
  expect(await get('MP_verify_b-2.txt')).toEqual(second);
});

test('with settings from the environment alone a file is kept too, bound to the component', async () => {
  const home = temporaryFolder();
  const path = join(home, 'MP_verify_abc.txt');
  writeFileSync(path, 'abc');
  const environment = environmentIn(home);
  const listening = startWxop(['listen', '--json', '--no-start-push'], environment);
  const { url } = await listening.json<{ url: string }>('listening');
  expect((await here(['profile', 'add-file', path], environment)).code).toBe(0);
  expect((await ask(`${url}/MP_verify_abc.txt`)).body).toBe('abc');
  const { stdout } = await here(['profile', 'show', '--json'], { WXOP_HOME: environment.WXOP_HOME });
  expect(JSON.parse(stdout)).toMatchObject({ componentAppId: 'wx0123456789abcdef', files: ['MP_verify_abc.txt'] });
  expect(stdout).not.toContain('token');
  // Without a component there is nothing that it could belong to.
  const nobody = { WXOP_HOME: join(home, 'other') };
  expect(await here(['profile', 'add-file', path], nobody)).toMatchObject({ code: 2 });
});

test.each([
  ['a name that is none', 'a b.txt', 'x'],
  ['another ending', 'page.html', 'x'],
  ['a hidden file', '.txt', 'x'],
  ['nothing in it', 'empty.txt', ''],
  ['far too much in it', 'large.txt', 'x'.repeat(20_000)],
])('%s is refused', async (_name, name, content) => {
  const home = temporaryFolder();
  const path = join(home, name);
  writeFileSync(path, content);
  const environment = { WXOP_HOME: join(home, 'wxop') };
  expect((await here(['init', '--generate'], environment)).code).toBe(0);
  expect((await here(['profile', 'add-file', path], environment)).code).toBe(2);
  expect((await here(['init', '--verify-file', path], environment)).code).toBe(2);
  expect((await here(['profile', 'add-file', join(home, 'absent.txt')], environment)).code).toBe(2);
});
