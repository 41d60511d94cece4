/** `wxop menu preview`, from the command to the pixels: what a merchant is asked to approve. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { errorOf } from '../support/error-line.ts';
import { here } from '../support/here.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const BUTTONS = [
  { type: 'click', name: '今日推荐', key: 'TODAY' },
  { name: '会员中心服务', sub_button: [{ type: 'view', name: '会员卡', url: 'https://tea.example.com/card' }] },
];
const DRAFT = { button: BUTTONS };
const SELF = {
  is_menu_open: 1,
  selfmenu_info: { button: [BUTTONS[0], { ...BUTTONS[1], sub_button: { list: BUTTONS[1]?.sub_button } }] },
};
const API = { menu: { button: BUTTONS, menuid: 1 } };

/** A file in a folder that is gone after the test. */
function fileOf(document: unknown, name = 'draft.json'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return path;
}

describe('menu preview', () => {
  test("draws a live account's menu under its name", async () => {
    const sandbox = await startSandbox({ accounts: 2 });
    onTestFinished(() => sandbox.close());
    const [{ appId = '' } = {}] = sandbox.state().accounts;
    await sandbox.push({ event: 'authorized', appId });
    await here(['ticket', 'set'], sandbox.env, sandbox.state().ticket);
    await here(['accounts', 'sync'], sandbox.env);
    const { code, stdout, stderr } = await here(['menu', 'preview', appId, '--lang', 'zh'], sandbox.env);
    expect([code, stderr]).toEqual([0, '']);
    for (const drawn of ['春风茶馆', '今日推荐', '点单', '在线点单', '会员卡']) expect(stdout).toContain(`>${drawn}<`);
    const unknown = await here(['menu', 'preview', 'wx00000000000000ff', '--json'], sandbox.env);
    expect([unknown.code, errorOf(unknown).code]).toEqual([4, 'NO_ACCOUNT']);
    // In the folder of a dump the account's own folder has its name.
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, appId));
    const argv = [resolve('bin/wxop.js'), 'menu', 'preview', appId, '--lang', 'zh'];
    const env = { PATH: process.env.PATH, ...sandbox.env };
    expect((await promisify(execFile)(process.execPath, argv, { cwd, env })).stdout).toBe(stdout);
  });

  test('draws the same menu from a draft, self.json, api.json and stdin, without any setting', async () => {
    const drawn = await Promise.all(
      [DRAFT, SELF, API, `\ufeff${JSON.stringify(DRAFT)}`].map((document) =>
        here(['menu', 'preview', fileOf(document), '--name', '春风茶馆']),
      ),
    );
    const piped = await here(['menu', 'preview', '-', '--name', '春风茶馆'], {}, JSON.stringify(DRAFT));
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).toMatch(/^<svg .*<\/svg>\n$/);
    for (const picture of drawn) expect(picture).toEqual(piped);
  });

  test('writes what the name of the file says', async () => {
    const folder = temporaryFolder();
    for (const [name, begins] of [
      ['menu.svg', /^<svg /],
      ['menu.HTML', /^<!doctype html>/],
    ] as const) {
      const output = join(folder, name);
      const { code, stdout, stderr } = await here(['menu', 'preview', fileOf(DRAFT), '-o', output]);
      expect([code, stdout, stderr]).toEqual([0, '', `Written to ${output}.\n`]);
      expect(readFileSync(output, 'utf8')).toMatch(begins);
    }
    expect(readFileSync(join(folder, 'menu.HTML'), 'utf8')).toContain('Signature');
  });

  test('says in JSON what it wrote, or holds the picture', async () => {
    const output = join(temporaryFolder(), 'menu.svg');
    const written = await here(['menu', 'preview', fileOf(DRAFT), '-o', output, '--json']);
    expect(JSON.parse(written.stdout)).toEqual({ format: 'svg', output });
    const printed = await here(['menu', 'preview', fileOf(DRAFT), '--json']);
    expect(JSON.parse(printed.stdout)).toEqual({ format: 'svg', content: readFileSync(output, 'utf8') });
  });

  test.each([
    ['a file that is no JSON', () => [fileOf('{"button":')], 'is not JSON'],
    ['a file without a menu', () => [fileOf({ hello: 1 })], 'There is no menu in'],
    ['a file that is not there', () => [join(temporaryFolder(), 'gone.json')], 'Cannot read'],
    ['a folder', () => [temporaryFolder()], 'Cannot read'],
    ['another kind of picture', () => [fileOf(DRAFT), '-o', 'menu.png'], 'neither .svg nor .html'],
    [
      'a folder that is not there',
      () => [fileOf(DRAFT), '-o', join(temporaryFolder(), 'no', 'menu.svg')],
      'Cannot write',
    ],
  ])('refuses %s', async (_name, argv, sentence) => {
    const refused = await here(['menu', 'preview', ...argv(), '--json']);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE' });
    expect(errorOf(refused).message).toContain(sentence);
  });

  test('draws nothing on a terminal', async () => {
    const refused = await runWxop(['menu', 'preview', fileOf(DRAFT)], { isTTY: true });
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('-o menu.svg');
  });
});

/** Names that are hard to place: all widths, scripts and lengths that menu/create takes. */
const HARD = [
  '春风茶馆会员积分商城入口大全',
  'WWWWWWWWWWWWWWWWWWWW',
  'mmmmmmmmmmmmmm@@@@@%%%',
  'Membership & rewards',
  'ÀÉÎÕÜĄŞŽŒÆàéîõü',
  'مرحبا بالعالم العربي',
  'שלום עולם טוב',
  'ЩЩЩЩЩЩЩЩЩЩЩЩЩЩ',
  'ไก่จิกเด็กตายเด็กตาย',
  'नमस्ते दुनिया कैसे',
  '안녕하세요 반갑습니다',
  '👨‍👩‍👧‍👦🇨🇳👍🏽❤️🎉😀☎️',
  '﷽﷽﷽',
  '．．．！！！……———',
  'ｱｲｳｴｵｶｷｸｹｺ',
];

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** In the page: how far text is outside of what holds it, and the boxes of the open sub-menus. */
const MEASURE = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const tooWide = (selector, room) => all(selector)
    .map((text) => ({ text: text.firstChild.textContent, over: text.getComputedTextLength() - room(text) }))
    .filter(({ over }) => over > 0);
  const boxOf = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return { x, y, width, height }; };
  return {
    tooWide: [
      ...tooWide('.sub', (text) => text.closest('.popover').querySelector('path').getBBox().width - 4),
      ...tooWide('.top', () => 130 - 16),
      ...tooWide('.name', () => 150),
      ...tooWide('.target', () => 270),
      ...tooWide('.chat-name', () => 330),
      ...all('.entry').map((entry) => ({ text: entry.textContent, over: entry.scrollWidth - entry.clientWidth })).filter(({ over }) => over > 0),
    ],
    popovers: all('.phone').map((phone) => [...phone.querySelectorAll('.popover')].map(boxOf)),
    phones: all('.phone').map((phone) => boxOf(phone)),
    counts: ['.sub', '.top', '.name, .entry-name', '.target, .entry-target'].map((selector) => all(selector).length),
    scripts: document.scripts.length,
  };
})()`;

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe.skipIf(!CHROMIUM)('in a browser', () => {
  const menuOf = (from: number) => ({
    button: [0, 1, 2].map((index) => ({
      name: HARD[(from + index) % HARD.length],
      sub_button: Array.from({ length: 5 }, (_, position) => ({
        type: 'view',
        name: HARD[(from + index * 5 + position) % HARD.length],
        url: `https://example.com/${'a'.repeat(position * 60)}?q=${HARD[position]}`,
      })),
    })),
  });
  const document = {
    ...menuOf(0),
    conditionalmenu: [3, 7, 11].map((from) => ({ ...menuOf(from), matchrule: { tag_id: from } })),
  };

  test.each([40, 140])('a full menu with addresses of %d characters prints on one sheet of A4', async (length) => {
    const url = 'https://tea.example.com/order?from=menu'.padEnd(length, '/ab-12');
    const leaf = { type: 'view', name: '会员积分兑换好礼', url };
    const top = { name: '会员服务中心大全', sub_button: [leaf, leaf, leaf, leaf, leaf] };
    const output = join(temporaryFolder(), 'menu.html');
    const { stderr } = await runWxop(['menu', 'preview', fileOf({ button: [top, top, top] }), '-o', output]);
    expect(stderr).toContain('Written to');
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(pathToFileURL(output).href);
    const printed = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(printed.match(/\/Type \/Page\b/g)).toHaveLength(1);
  });

  test.each(['menu.svg', 'menu.html'])('in %s no text leaves its box, and no sub-menu covers another', async (name) => {
    const output = join(temporaryFolder(), name);
    await here(['menu', 'preview', fileOf(document), '--name', HARD.join(''), '-o', output]);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 2000, height: 1200 } });
    const requested: string[] = [];
    page.on('request', (request) => void requested.push(request.url()));
    await page.goto(pathToFileURL(output).href);
    const measured = await page.evaluate<{
      tooWide: unknown[];
      popovers: Box[][];
      phones: Box[];
      counts: number[];
      scripts: number;
    }>(MEASURE);
    expect(measured.counts.slice(0, 2)).toEqual([4 * 15, 4 * 3]);
    expect(Math.min(...measured.counts)).toBeGreaterThan(0);
    expect(measured.tooWide).toEqual([]);
    expect(measured.popovers.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    measured.popovers.forEach((boxes, index) => {
      const phone = measured.phones[index];
      boxes.forEach((box, position) => {
        for (const other of boxes.slice(position + 1)) expect(apart(box, other)).toBe(true);
        expect(box.x).toBeGreaterThan(phone?.x ?? Infinity);
        expect(box.x + box.width).toBeLessThan((phone?.x ?? 0) + (phone?.width ?? 0));
      });
    });
    expect(measured.scripts).toBe(0);
    expect(requested).toEqual([pathToFileURL(output).href]);
  });
});
