/** The account's current menu, read for people: leniently, and without losing a button. */
import { describe, expect, test } from 'vitest';
import { readMenu } from '../../src/menu/menu.ts';

const menuOf = (...button: unknown[]) => readMenu({ is_menu_open: 1, selfmenu_info: { button } });

describe('a menu', () => {
  test.each([
    [1, true],
    ['1', true],
    [0, false],
    ['0', false],
    [undefined, false],
  ])('whose is_menu_open is %o is open: %s', (is_menu_open, open) => {
    expect(readMenu({ is_menu_open, selfmenu_info: { button: [] } })).toEqual({ open, buttons: [] });
  });

  test.each([
    ['is absent', {}],
    ['is empty', { selfmenu_info: {} }],
    ['is null', { selfmenu_info: null }],
    ['has no list', { selfmenu_info: { button: {} } }],
  ])('whose selfmenu_info %s has no buttons', (_name, document) => {
    expect(readMenu({ is_menu_open: 0, ...document })).toEqual({ open: false, buttons: [] });
  });

  test('keeps the order of its buttons', () => {
    const { buttons } = menuOf({ name: 'b', type: 'click', key: 'k' }, { name: 'a' }, { name: 'c' });
    expect(buttons.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  });

  test('without its junk is still read', () => {
    expect(menuOf(null, 'x', [], { name: 'a' }).buttons).toEqual([{ name: 'a', children: [] }]);
  });
});

describe('a sub-menu', () => {
  const leaf = { type: 'view', name: '网页', url: 'https://example.com/' };
  const read = {
    name: '网页',
    does: { en: 'opens page', zh: '打开网页' },
    target: 'https://example.com/',
    children: [],
  };

  test.each([
    ['wrapped in an object, as get_current_selfmenu_info has it', { list: [leaf, { name: 'x' }] }],
    ['a plain list, as menu/create has it', [leaf, { name: 'x' }]],
  ])('is read when it is %s', (_name, sub_button) => {
    expect(menuOf({ name: '更多', sub_button }).buttons).toEqual([
      { name: '更多', children: [read, { name: 'x', children: [] }] },
    ]);
  });

  test.each([[{ list: [] }], [[]], [{}], [null], [undefined], ['x']])('of %j has no children', (sub_button) => {
    expect(menuOf({ name: '更多', sub_button }).buttons).toEqual([{ name: '更多', children: [] }]);
  });
});

describe('a button', () => {
  test.each([
    ['click', { key: 'KEY' }, 'sends event', 'KEY'],
    ['view', { url: 'https://example.com/?a=b&c' }, 'opens page', 'https://example.com/?a=b&c'],
    ['scancode_push', { key: 'K' }, 'scans, opens the result', 'K'],
    ['scancode_waitmsg', { key: 'K' }, 'scans, waits for the answer', 'K'],
    ['pic_sysphoto', { key: 'K' }, 'takes a photo', 'K'],
    ['pic_photo_or_album', { key: 'K' }, 'photo or album', 'K'],
    ['pic_weixin', { key: 'K' }, 'picks from the WeChat album', 'K'],
    ['location_select', { key: 'K' }, 'picks a location', 'K'],
    ['media_id', { media_id: 'M' }, 'sends material', 'M'],
    ['view_limited', { media_id: 'M' }, 'opens article', 'M'],
    ['article_id', { article_id: 'A' }, 'sends article', 'A'],
    ['article_view_limited', { article_id: 'A' }, 'opens article', 'A'],
    ['miniprogram', { appid: 'wx1', pagepath: 'pages/a', url: 'https://h' }, 'opens mini program', 'wx1 pages/a'],
    ['miniprogram', { appid: 'wx1' }, 'opens mini program', 'wx1'],
    ['text', { value: '你好' }, 'sends text', '你好'],
    ['img', { value: 'TEMP' }, 'sends picture', 'TEMP'],
    ['photo', { value: 'TEMP' }, 'sends picture', 'TEMP'],
    ['voice', { value: 'TEMP' }, 'sends voice', 'TEMP'],
    ['video', { value: 'https://v.mp4?x' }, 'sends video', 'https://v.mp4?x'],
    ['news', { news_info: { list: [{ title: '一' }, { title: '二' }] } }, 'sends articles', '“一”, “二”'],
    ['news', { value: 'M', news_info: { list: [] } }, 'sends articles', 'M'],
    ['news', { value: 'M' }, 'sends articles', 'M'],
  ])('of type %s with %j says what it does', (type, fields, does, target) => {
    const [button] = menuOf({ name: 'n', type, ...fields }).buttons;
    expect(button).toMatchObject({ name: 'n', target, children: [] });
    expect(button?.does?.en).toBe(does);
    expect(button?.does?.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  test.each(['finder', 'wxa_card', 'toString', 'constructor'])('of the unknown type %s keeps its name', (type) => {
    expect(menuOf({ name: 'n', type, key: 'k' }).buttons).toEqual([
      { name: 'n', does: { en: type, zh: type }, target: 'k', children: [] },
    ]);
  });

  test('without what its type needs has no target', () => {
    expect(menuOf({ name: 'n', type: 'view' }).buttons[0]).not.toHaveProperty('target');
    expect(menuOf({ name: 'n', type: 'miniprogram' }).buttons[0]).not.toHaveProperty('target');
  });

  test('without name or with a number for one is still a button', () => {
    expect(menuOf({}, { name: 5 }).buttons).toEqual([
      { name: '', children: [] },
      { name: '', children: [] },
    ]);
  });
});
