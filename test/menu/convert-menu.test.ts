/** A live menu turned into what menu/create takes: lossless where it can be, and named where it cannot. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareMenus, sameMenu } from '../../src/menu/compare-menus.ts';
import { convertMenu } from '../../src/menu/convert-menu.ts';
import { BUTTON_FIELDS } from '../../src/menu/menu-draft.ts';
import { liveMenu } from '../../src/menu/live-menu.ts';

const selfOf = (...button: unknown[]) => ({ is_menu_open: 1, selfmenu_info: { button } });
const VIEW = { type: 'view', name: '网页', url: 'https://example.com/' };
const CLICK = { type: 'click', name: '点我', key: 'K' };
const article = { title: '一', author: '', digest: '', show_cover: 1, content_url: 'http://mp.example.com/s?a=1' };

describe('a menu that API calls can make', () => {
  test.each(Object.entries(BUTTON_FIELDS))('with a button of type %s comes back as it is', (type, fields) => {
    const button = { type, name: 'n', ...Object.fromEntries(fields.map((field) => [field, `the ${field}`])) };
    expect(convertMenu({ self: selfOf({ ...button, sub_button: { list: [] } }) })).toEqual({
      draft: { button: [button] },
      entries: [],
    });
  });

  test('has its sub-menus flattened', () => {
    const self = selfOf({ name: '更多', sub_button: { list: [{ ...VIEW, sub_button: { list: [] } }, CLICK] } }, CLICK);
    expect(convertMenu({ self })).toEqual({
      draft: { button: [{ name: '更多', sub_button: [VIEW, CLICK] }, CLICK] },
      entries: [],
    });
  });

  test.each([
    ['media_id', 'media_id'],
    ['view_limited', 'media_id'],
    ['article_id', 'article_id'],
    ['article_view_limited', 'article_id'],
  ])('of type %s is read although what it sends stands under value', (type, field) => {
    expect(convertMenu({ self: selfOf({ type, name: 'n', value: 'M' }) })).toEqual({
      draft: { button: [{ type, name: 'n', [field]: 'M' }] },
      entries: [],
    });
  });
});

describe('what the website alone can make', () => {
  test.each([
    ['text', { value: '你好' }],
    ['img', { value: 'TEMP' }],
    ['photo', { value: 'TEMP' }],
    ['voice', { value: 'TEMP' }],
    ['video', { value: 'http://v.example.com/a.mp4?sign=1' }],
    ['finder', { value: 'x' }],
    ['toString', {}],
    ['', {}],
    ['news', {}],
    ['news', { news_info: { list: [] } }],
    ['news', { news_info: { list: [{ ...article, content_url: '' }] } }],
    ['view', {}],
    ['miniprogram', { appid: 'wx1', url: 'https://a' }],
  ])('type %j with %j is lost and named', (type, fields) => {
    const { draft, entries } = convertMenu({ self: selfOf(VIEW, { type, name: '名', ...fields }) });
    expect(draft).toEqual({ button: [VIEW] });
    expect(entries).toEqual([expect.objectContaining({ path: 'button[1]', name: '名', type, severity: 'lost' })]);
    expect(entries[0]?.reason.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(entries[0]?.next.en).toMatch(/\.$/);
  });

  test('articles become a button of their material', () => {
    const button = { type: 'news', name: '文', value: 'M', news_info: { list: [article] } };
    const { draft, entries } = convertMenu({ self: selfOf(button) });
    expect(draft).toEqual({ button: [{ type: 'media_id', name: '文', media_id: 'M' }] });
    expect(entries).toMatchObject([{ path: 'button[0]', severity: 'lossy' }]);
  });

  test('articles without material become a link to the first', () => {
    const button = { type: 'news', name: '文', news_info: { list: [article, { ...article, content_url: 'x' }] } };
    const { draft, entries } = convertMenu({ self: selfOf(button) });
    expect(draft).toEqual({ button: [{ type: 'view', name: '文', url: article.content_url }] });
    expect(entries).toMatchObject([{ severity: 'lossy' }]);
    expect(entries[0]?.reason.en).toContain('1 more are left out');
  });

  test('a sub-menu with nothing else in it is lost too', () => {
    const parent = { name: '看看', sub_button: { list: [{ type: 'text', name: 't', value: 'x' }] } };
    const { draft, entries } = convertMenu({ self: selfOf(parent) });
    expect(draft).toBeUndefined();
    expect(entries.map(({ path }) => path)).toEqual(['button[0].sub_button[0]', 'button[0]']);
  });

  test('a field that menu/create does not know is named, not carried over', () => {
    const { draft, entries } = convertMenu({ self: selfOf({ ...VIEW, badge: 1, value: '' }) });
    expect(draft).toEqual({ button: [VIEW] });
    expect(entries).toMatchObject([{ path: 'button[0]', severity: 'lossy' }]);
    expect(entries[0]?.reason.en).toContain('badge');
  });
});

describe('which document counts', () => {
  const api = { menu: { button: [{ ...CLICK, sub_button: [] }], menuid: 208396938 } };

  test('both show one menu: that of menu/get', () => {
    const self = selfOf({ key: 'K', name: '点我', type: 'click' });
    expect(convertMenu({ self, api })).toEqual({ draft: { button: [CLICK] }, entries: [] });
    const news = selfOf({ type: 'news', name: '文', value: 'M', news_info: { list: [article] } });
    const material = { type: 'media_id', name: '文', media_id: 'M' };
    expect(convertMenu({ self: news, api: { menu: { button: [material] } } })).toEqual({
      draft: { button: [material] },
      entries: [],
    });
  });

  test('the website changed it later: what followers see', () => {
    expect(convertMenu({ self: selfOf(VIEW), api }).draft).toEqual({ button: [VIEW] });
    const { draft, entries } = convertMenu({ self: selfOf(CLICK, { type: 'text', name: 't', value: 'x' }), api });
    expect(draft).toEqual({ button: [CLICK] });
    expect(entries).toMatchObject([{ severity: 'lost' }]);
    expect(liveMenu({ self: selfOf(), api })).toBeUndefined();
  });

  test('only one of them is there', () => {
    expect(convertMenu({ api }).draft).toEqual({ button: [CLICK] });
    expect(convertMenu({ self: selfOf(CLICK) }).draft).toEqual({ button: [CLICK] });
  });

  test.each([[{}], [{ self: {} }], [{ self: { is_menu_open: 0 } }], [{ self: selfOf() }], [{ api: {} }]])(
    'there is no menu in %j',
    (sources) => {
      expect(convertMenu(sources)).toEqual({ entries: [] });
    },
  );

  test('it is switched off: what is in it is kept, and the switch is named', () => {
    const off = [{ path: 'is_menu_open', severity: 'lossy' }];
    const converted = convertMenu({ self: { ...selfOf(VIEW), is_menu_open: 0 } });
    expect(converted.draft).toEqual({ button: [VIEW] });
    expect(converted.entries).toMatchObject(off);
    const silent = convertMenu({ self: { is_menu_open: 0, selfmenu_info: {} }, api });
    expect(silent.draft).toEqual({ button: [CLICK] });
    expect(silent.entries).toMatchObject(off);
  });

  test('the live menu has what menu/create does not know, too', () => {
    const button = { type: 'finder', name: '视频号', value: 'x', more: { a: [] } };
    expect(liveMenu({ self: selfOf(button) })).toEqual({ button: [button] });
  });
});

describe('a conditional menu', () => {
  const menuOf = (matchrule: unknown, ...button: unknown[]) => ({
    menu: { button: [CLICK], menuid: 1 },
    conditionalmenu: [{ button, matchrule, menuid: 208396993 }],
  });

  test('is written as menu/addconditional takes it', () => {
    const api = menuOf(
      { group_id: 2, client_platform_type: 2, sex: '', country: '', city: 0 },
      { ...VIEW, sub_button: [] },
    );
    expect(convertMenu({ api })).toEqual({
      draft: {
        button: [CLICK],
        conditionalmenu: [{ button: [VIEW], matchrule: { tag_id: 2, client_platform_type: 2 } }],
      },
      entries: [],
    });
  });

  test.each([
    ['that asks for the sex', { group_id: 2, sex: '1' }, 'matchrule'],
    ['that asks for a place', { country: '中国', city: '广州' }, 'matchrule'],
    ['without a rule', {}, 'matchrule'],
    ['whose rule is missing', undefined, 'matchrule'],
  ])('%s is left out and named', (_name, matchrule, part) => {
    const { draft, entries } = convertMenu({ api: menuOf(matchrule, VIEW) });
    expect(draft).toEqual({ button: [CLICK] });
    expect(entries).toMatchObject([{ path: `conditionalmenu[0].${part}`, severity: 'lost' }]);
  });

  test('has its buttons named by their place', () => {
    const { draft, entries } = convertMenu({ api: menuOf({ tag_id: '3' }, { type: 'odd', name: 'x' }) });
    expect(draft).toEqual({ button: [CLICK] });
    expect(entries).toMatchObject([{ path: 'conditionalmenu[0].button[0]', type: 'odd' }]);
  });

  test('stays where the default menu is gone', () => {
    const { conditionalmenu } = menuOf({ tag_id: 3 }, VIEW);
    expect(convertMenu({ api: { conditionalmenu } }).draft).toEqual({
      button: [],
      conditionalmenu: [{ button: [VIEW], matchrule: { tag_id: 3 } }],
    });
  });
});

test('any document that WeChat sends is converted without an error', () => {
  const key = fc.constantFrom(
    ...['button', 'sub_button', 'list', 'type', 'name', 'value', 'url', 'news_info', 'matchrule', 'group_id', 'menuid'],
    ...['menu', 'conditionalmenu', 'selfmenu_info', 'is_menu_open', 'sex', 'toString', '__proto__', 'content_url'],
  );
  const { document } = fc.letrec<{ document: Record<string, unknown>; value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(fc.constantFrom('', 'view', 'news', 'text', null, 0, 1, '1'), fc.string()),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('document'),
    ),
    document: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(document, document, (self, api) => {
      const menu = { is_menu_open: 1, selfmenu_info: self };
      for (const sources of [
        { self, api },
        { self: menu, api: { menu: api, conditionalmenu: [api] } },
      ]) {
        const live = liveMenu(sources);
        const { draft, entries } = convertMenu(sources);
        expect(compareMenus(live, live)).toEqual([]);
        if (live && !draft) expect(entries).not.toEqual([]);
        // Nothing is dropped without a word.
        if (entries.length === 0) expect(sameMenu(live, draft)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});
