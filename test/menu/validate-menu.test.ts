/** The full grammar of a menu file, offline: each broken rule is named, with its place and WeChat's number. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { validateMenu } from '../../src/menu/grammar/validate-menu.ts';

const VIEW = { type: 'view', name: '网页', url: 'https://example.com/' };
const CLICK = { type: 'click', name: '点我', key: 'K' };
const MINI = { type: 'miniprogram', name: '点单', appid: 'wx0d1e2f3a4b5c6d7e', pagepath: 'pages/a', url: VIEW.url };
const PARENT = { name: '更多', sub_button: [CLICK] };
const RULE = { tag_id: 2 };

const top = (...button: unknown[]) => ({ button });
const sub = (...sub_button: unknown[]) => ({ button: [{ name: '更多', sub_button }] });
const when = (matchrule: unknown, ...button: unknown[]) => ({
  button: [CLICK],
  conditionalmenu: [{ button, matchrule }],
});
const urls = (...hosts: string[]) => hosts.map((host) => ({ ...VIEW, url: `https://${host}/` }));
const without = (button: object, field: string) =>
  Object.fromEntries(Object.entries(button).filter(([key]) => key !== field));

const checked = (document: unknown) => validateMenu(JSON.stringify(document));
const named = (document: unknown) =>
  checked(document).problems.map(({ severity, rule, errcode, path }) => [severity, rule, errcode, path]);

describe('an error', () => {
  const errors: [string, unknown, string, number | undefined, string][] = [
    ['a list', [], 'field-type', 47001, ''],
    ['a number', 5, 'field-type', 47001, ''],
    ['nothing in it', {}, 'button-count', 40016, ''],
    ['an answer of menu/get', { menu: top(CLICK) }, 'wrapper', 40016, 'menu'],
    [
      'an answer of get_current_selfmenu_info',
      { is_menu_open: 1, selfmenu_info: {} },
      'wrapper',
      40016,
      'selfmenu_info',
    ],
    [
      'a document of menu/addconditional',
      { ...top(CLICK), matchrule: RULE },
      'conditional-at-root',
      undefined,
      'matchrule',
    ],
    ['no buttons', top(), 'button-count', 40016, 'button'],
    ['an object for buttons', { button: {} }, 'field-type', 47001, 'button'],
    ['four buttons', top(CLICK, CLICK, CLICK, CLICK), 'button-count', 40016, 'button[3]'],
    [
      'six in a sub-menu',
      sub(CLICK, CLICK, CLICK, CLICK, CLICK, CLICK),
      'button-count',
      40023,
      'button[0].sub_button[5]',
    ],
    ['an empty sub-menu', sub(), 'sub-button-empty', 41007, 'button[0].sub_button'],
    ['a text for a button', top('x'), 'field-type', 47001, 'button[0]'],
    [
      'sub_button as selfmenu has it',
      top({ name: 'n', sub_button: { list: [] } }),
      'field-type',
      47001,
      'button[0].sub_button',
    ],
    ['type and sub-menu', top({ ...CLICK, sub_button: [CLICK] }), 'type-and-sub-button', 40017, 'button[0].type'],
    ['a sub-menu in a sub-menu', sub(PARENT), 'nesting', 40022, 'button[0].sub_button[0].sub_button'],
    ['neither type nor sub-menu', top({ name: 'n' }), 'no-action', 40017, 'button[0]'],
    ['neither, in a sub-menu', sub({ name: 'n' }), 'no-action', 40024, 'button[0].sub_button[0]'],
    ['neither, in a conditional menu', when(RULE, { name: 'n' }), 'no-action', 65308, 'conditionalmenu[0].button[0]'],
    ['a number for a type', top({ ...CLICK, type: 1 }), 'field-type', 47001, 'button[0].type'],
    ['an unknown type', top({ ...CLICK, type: 'Click' }), 'button-type', 40017, 'button[0].type'],
    ['a name that objects have', top({ ...CLICK, type: 'toString' }), 'button-type', 40017, 'button[0].type'],
    ['an unknown type below', sub({ ...CLICK, type: 'x' }), 'button-type', 40024, 'button[0].sub_button[0].type'],
    ...['text', 'img', 'photo', 'voice', 'video', 'news'].map((type): [string, unknown, string, number, string] => [
      `type ${type} of the website`,
      top({ name: 'n', type, value: 'x' }),
      'website-type',
      40017,
      'button[0].type',
    ]),
    ['no name', top(without(CLICK, 'name')), 'required', 40018, 'button[0]'],
    ['no name below', sub(without(CLICK, 'name')), 'required', 40025, 'button[0].sub_button[0]'],
    ['an empty name', top({ ...CLICK, name: '' }), 'required', 40018, 'button[0].name'],
    ['a number for a name', top({ ...CLICK, name: 5 }), 'field-type', 47001, 'button[0].name'],
    ['a name of 17 bytes', top({ ...CLICK, name: 'a'.repeat(17) }), 'name-length', 40018, 'button[0].name'],
    ['a name of 6 汉字', top({ ...CLICK, name: '今日推荐菜单' }), 'name-length', 40018, 'button[0].name'],
    [
      'a name of 61 bytes below',
      sub({ ...CLICK, name: 'a'.repeat(61) }),
      'name-length',
      40025,
      'button[0].sub_button[0].name',
    ],
    ['no key', top(without(CLICK, 'key')), 'required', 40019, 'button[0]'],
    ['an empty key below', sub({ ...CLICK, key: '' }), 'required', 40026, 'button[0].sub_button[0].key'],
    ['a key of 129 bytes', top({ ...CLICK, key: 'k'.repeat(129) }), 'key-length', 40019, 'button[0].key'],
    [
      'a key of 43 汉字 below',
      sub({ ...CLICK, key: '字'.repeat(43) }),
      'key-length',
      40026,
      'button[0].sub_button[0].key',
    ],
    ['no url', top(without(VIEW, 'url')), 'required', 40020, 'button[0]'],
    ['no url below', sub(without(VIEW, 'url')), 'required', 40027, 'button[0].sub_button[0]'],
    [
      'a url of 1025 bytes',
      top({ ...VIEW, url: `https://a.example/${'x'.repeat(1007)}` }),
      'url-length',
      40020,
      'button[0].url',
    ],
    [
      'a url too long below',
      sub({ ...VIEW, url: `https://a.example/${'x'.repeat(1007)}` }),
      'url-length',
      40027,
      'button[0].sub_button[0].url',
    ],
    ['a url without scheme', top({ ...VIEW, url: 'example.com' }), 'url', 40055, 'button[0].url'],
    ['a url of another scheme', sub({ ...VIEW, url: 'weixin://dl' }), 'url', 40054, 'button[0].sub_button[0].url'],
    ['a url with a blank', top({ ...VIEW, url: ' https://example.com/' }), 'url', 40055, 'button[0].url'],
    ['a url that cannot be read', top({ ...VIEW, url: 'https://exa mple' }), 'url', 40055, 'button[0].url'],
    ['a url with half a scheme', top({ ...VIEW, url: 'http:/example.com' }), 'url', 40055, 'button[0].url'],
    [
      'a wrong url in a conditional menu',
      when(RULE, { ...VIEW, url: 'x' }),
      'url',
      65317,
      'conditionalmenu[0].button[0].url',
    ],
    ['no appid', top(without(MINI, 'appid')), 'required', 40166, 'button[0]'],
    ['an appid in capitals', top({ ...MINI, appid: 'WX0D1E2F3A4B5C6D7E' }), 'appid', 40166, 'button[0].appid'],
    ['an original id for an appid', top({ ...MINI, appid: 'gh_0123456789ab' }), 'appid', 40166, 'button[0].appid'],
    ['no pagepath', top(without(MINI, 'pagepath')), 'required', 40165, 'button[0]'],
    ['a url for a pagepath', top({ ...MINI, pagepath: 'https://a.example' }), 'pagepath', 40165, 'button[0].pagepath'],
    ['no url for old clients', top(without(MINI, 'url')), 'required', 40020, 'button[0]'],
    ['no media_id', top({ type: 'media_id', name: 'n' }), 'required', 40007, 'button[0]'],
    ['no media_id to view', top({ type: 'view_limited', name: 'n' }), 'required', 40007, 'button[0]'],
    [
      'a url for a media_id',
      top({ type: 'media_id', name: 'n', media_id: 'http://a' }),
      'media-id',
      40007,
      'button[0].media_id',
    ],
    ['no article_id', top({ type: 'article_id', name: 'n' }), 'required', undefined, 'button[0]'],
    [
      'a url for an article_id',
      top({ type: 'article_view_limited', name: 'n', article_id: 'http://a' }),
      'article-id',
      undefined,
      'button[0].article_id',
    ],
    ['a control character', top({ ...CLICK, key: 'a\u0001' }), 'characters', 40033, 'button[0].key'],
    ['half a surrogate pair', top({ ...CLICK, name: '\ud83c' }), 'characters', 40033, 'button[0].name'],
    ['an object for conditional menus', { ...top(CLICK), conditionalmenu: {} }, 'field-type', 47001, 'conditionalmenu'],
    [
      'a text for a conditional menu',
      { ...top(CLICK), conditionalmenu: ['x'] },
      'field-type',
      47001,
      'conditionalmenu[0]',
    ],
    ['a conditional menu without buttons', when(RULE), 'conditional-empty', 65307, 'conditionalmenu[0].button'],
    [
      'a conditional menu without any',
      { ...top(CLICK), conditionalmenu: [{ matchrule: RULE }] },
      'conditional-empty',
      65307,
      'conditionalmenu[0]',
    ],
    [
      'an object for its buttons',
      { ...top(CLICK), conditionalmenu: [{ button: {}, matchrule: RULE }] },
      'field-type',
      47001,
      'conditionalmenu[0].button',
    ],
    [
      'four in a conditional menu',
      when(RULE, CLICK, CLICK, CLICK, CLICK),
      'button-count',
      40016,
      'conditionalmenu[0].button[3]',
    ],
    ['no default menu', { ...when(RULE, CLICK), button: [] }, 'no-default', 65303, 'button'],
    ['no default menu at all', without(when(RULE, CLICK), 'button'), 'no-default', 65303, ''],
    ['an empty rule', when({}, CLICK), 'matchrule-empty', 65304, 'conditionalmenu[0].matchrule'],
    ['no rule', { ...top(CLICK), conditionalmenu: [top(CLICK)] }, 'matchrule-empty', 65304, 'conditionalmenu[0]'],
    ['a list for a rule', when([], CLICK), 'field-type', 47001, 'conditionalmenu[0].matchrule'],
    ...['sex', 'country', 'province', 'city', 'language'].map((field): [string, unknown, string, number, string] => [
      `the withdrawn ${field}`,
      when({ tag_id: 1, [field]: '1' }, CLICK),
      'matchrule-withdrawn',
      65320,
      `conditionalmenu[0].matchrule.${field}`,
    ]),
    ['group_id', when({ group_id: 2 }, CLICK), 'group-id', 65304, 'conditionalmenu[0].matchrule.group_id'],
    [
      'a word for a tag',
      when({ tag_id: '星标' }, CLICK),
      'rule-value',
      undefined,
      'conditionalmenu[0].matchrule.tag_id',
    ],
    ['a list for a tag', when({ tag_id: [1] }, CLICK), 'rule-value', undefined, 'conditionalmenu[0].matchrule.tag_id'],
    [
      'a client_platform_type that does not exist',
      when({ client_platform_type: 4 }, CLICK),
      'rule-value',
      undefined,
      'conditionalmenu[0].matchrule.client_platform_type',
    ],
    [
      'a fourth domain',
      when(RULE, ...urls('a.example', 'b.example'), {
        name: '更多',
        sub_button: urls('a.example', 'c.example', 'd.example'),
      }),
      'domains',
      65316,
      'conditionalmenu[0].button[2].sub_button[2].url',
    ],
  ];

  test.each(errors)('%s', (_name, document, rule, errcode, path) => {
    expect(named(document).filter(([, named]) => named !== 'escapes')).toEqual([['error', rule, errcode, path]]);
    const { draft, problems } = checked(document);
    expect(draft).toBeUndefined();
    for (const { message, hint } of problems) {
      for (const sentence of [message, ...(hint ? [hint] : [])]) {
        expect(sentence.en).toMatch(/[.[]$/);
        expect(sentence.zh).toMatch(/[\u4e00-\u9fff]/);
      }
    }
  });
});

describe('a warning, which keeps nothing from being pushed', () => {
  const warnings: [string, unknown, string, string][] = [
    ['a name of 5 汉字', top({ ...CLICK, name: '今日推荐菜' }), 'name-cut', 'button[0].name'],
    ['a name of 8 汉字 below', sub({ ...CLICK, name: '今日推荐菜单套餐' }), 'name-cut', 'button[0].sub_button[0].name'],
    ['a name of blanks', top({ ...CLICK, name: '  ' }), 'name-blank', 'button[0].name'],
    ['a field of another type', top({ ...CLICK, url: 'x' }), 'unknown-field', 'button[0].url'],
    ['a field that is misspelt', sub({ ...CLICK, Key: 'x' }), 'unknown-field', 'button[0].sub_button[0].Key'],
    ['a key on a parent', top({ ...PARENT, key: 'x' }), 'unknown-field', 'button[0].key'],
    ['a field beside the buttons', { ...top(CLICK), note: 'x' }, 'unknown-field', 'note'],
    ['menuid', { ...top(CLICK), menuid: 1 }, 'unknown-field', 'menuid'],
    ['an empty sub_button on a leaf', top({ ...CLICK, sub_button: [] }), 'sub-button-empty', 'button[0].sub_button'],
    ['a slash before the pagepath', top({ ...MINI, pagepath: '/pages/a' }), 'pagepath', 'button[0].pagepath'],
    [
      'an unknown field of a rule',
      when({ tag_id: 1, tags: 2 }, CLICK),
      'unknown-field',
      'conditionalmenu[0].matchrule.tags',
    ],
    [
      'an unknown field of a conditional menu',
      { ...top(CLICK), conditionalmenu: [{ button: [CLICK], matchrule: RULE, menuid: 1 }] },
      'unknown-field',
      'conditionalmenu[0].menuid',
    ],
    [
      'one rule twice',
      {
        ...top(CLICK),
        conditionalmenu: [
          { button: [CLICK], matchrule: RULE },
          { button: [VIEW], matchrule: { tag_id: '2' } },
        ],
      },
      'matchrule-twice',
      'conditionalmenu[1].matchrule',
    ],
  ];

  test.each(warnings)('%s', (_name, document, rule, path) => {
    expect(named(document)).toEqual([['warning', rule, undefined, path]]);
    expect(checked(document).draft).toBeDefined();
  });

  test('what menu/get adds is left out of what is pushed', () => {
    const leaf = { ...CLICK, sub_button: [] };
    const document = {
      button: [leaf, { name: '更多', sub_button: [leaf] }],
      menuid: 1,
      conditionalmenu: [{ button: [leaf], matchrule: RULE, menuid: 2 }],
    };
    expect(checked(document).draft).toEqual({
      button: [CLICK, PARENT],
      conditionalmenu: [{ button: [CLICK], matchrule: RULE }],
    });
    // Without the list nothing is said of conditional menus; an empty one says that there shall be none.
    expect(checked(top(CLICK)).draft).not.toHaveProperty('conditionalmenu');
    expect(checked({ ...top(CLICK), conditionalmenu: [] }).draft).toEqual({ ...top(CLICK), conditionalmenu: [] });
  });
});

describe('what just fits is accepted without a warning', () => {
  test.each([
    ['names of 16 and 60 bytes', top({ ...CLICK, name: '一二' }, { ...PARENT, name: 'abcdefgh' })],
    ['a key of 128 bytes', top({ ...CLICK, key: 'k'.repeat(128) })],
    ['a url of 1024 bytes', top({ ...VIEW, url: `https://a.example/${'x'.repeat(1006)}` })],
    ['a url with Chinese in it', top({ ...VIEW, url: 'http://例子.example/路径?q=词#片' })],
    ['three and five', top(CLICK, VIEW, { name: '更多', sub_button: [CLICK, VIEW, MINI, CLICK, VIEW] })],
    [
      'any number of domains in the default menu',
      top({ name: '更多', sub_button: urls('a.example', 'b.example', 'c.example', 'd.example') }),
    ],
    [
      "three domains and WeChat's own",
      when(RULE, { name: '更多', sub_button: urls('a.example', 'b.example', 'c.example', 'mp.weixin.qq.com') }),
    ],
    ['a rule in text', when({ tag_id: '2', client_platform_type: '3' }, CLICK)],
    ['an emoji', top({ ...CLICK, name: '点单🍵' })],
  ])('%s', (_name, document) => {
    expect(named(document)).toEqual([]);
    expect(checked(document).draft).toEqual(document);
  });
});

describe('the text of the file', () => {
  const placed = (source: string | Uint8Array) =>
    validateMenu(source).problems.map(({ line, column, rule, errcode }) => [line, column, rule, errcode]);

  test.each<[string, string | Uint8Array, number, number, string, number | undefined]>([
    ['is empty', '', 1, 1, 'json', 44002],
    ['is only a blank line', ' \n', 1, 1, 'json', 44002],
    ['has a comma too many', '{\n "button": [\n  {"name": "a"},\n ]\n}', 4, 2, 'json', 47001],
    ['has a comma too many in an object', '{"button": [],}', 1, 15, 'json', 47001],
    ['lacks a comma', '{\n "button": []\n "x": 1}', 3, 2, 'json', 47001],
    ['lacks a colon', '{"button" []}', 1, 11, 'json', 47001],
    ['lacks a bracket', '{"button": [', 1, 13, 'json', 47001],
    ['has a comment', '// 菜单\n{"button": []}', 1, 1, 'json', 47001],
    ['has single quotes', "{'button': []}", 1, 2, 'json', 47001],
    ['has a quote that does not close', '{"button: []}', 1, 2, 'json', 47001],
    ['has something behind it', '{"button": []} x', 1, 16, 'json', 47001],
    ['has a line break in a text', '{"button": "a\nb"}', 1, 12, 'json', 47001],
    ['has a wrong escape', '{"button": "\\x"}', 1, 12, 'json', 47001],
    ['is nested too deep', `${'['.repeat(100_000)}`, 1, 65, 'json', 47001],
    [
      'has a field twice',
      '{"button": [],\r\n"button": [{"name":"a","type":"click","key":"k"}]}',
      2,
      1,
      'duplicate-key',
      undefined,
    ],
    ['is GBK', Uint8Array.from([0x7b, 0x0a, 0x22, 0xb2, 0xcb, 0xb5, 0xa5]), 2, 2, 'encoding', 65318],
    ['is UTF-16', Uint8Array.from([0xff, 0xfe, 0x7b, 0x00]), 1, 1, 'encoding', 65318],
  ])('%s', (_name, source, ...first) => {
    expect(placed(source)[0]).toEqual(first);
    expect(validateMenu(source).draft).toBeUndefined();
  });

  const fine = '{"button":[{"type":"click","name":"点我","key":"K"}]}';

  test('may begin with a byte order mark, which no column counts', () => {
    const source = `\ufeff${fine.replace('点我', '一二三四五')}`;
    const expected = [
      [1, 1, 'byte-order-mark', 47001],
      [1, 35, 'name-cut', undefined],
    ];
    expect(placed(source)).toEqual(expected);
    expect(placed(new TextEncoder().encode(source))).toEqual(expected);
    expect(validateMenu(source).draft?.button[0]?.name).toBe('一二三四五');
  });

  test('may have its Chinese escaped: what is sent is not', () => {
    const { draft, problems } = validateMenu(fine.replace('点我', '\\u70b9\\u6211').replace('K', '\\\\u\\u004b'));
    expect(draft).toEqual({ button: [{ ...CLICK, key: '\\uK' }] });
    expect(problems).toMatchObject([{ rule: 'escapes', errcode: 40033, severity: 'warning', line: 1, column: 35 }]);
    expect(problems[0]?.message.en).toMatch(/^2 texts /);
    expect(validateMenu(fine.replace('K', '\\\\u0041')).problems).toEqual([]);
  });

  test('names the line and the column of what is missing, and of what is wrong', () => {
    const source = [
      '{',
      '  "button": [',
      '    { "type": "view", "name": "网页" },',
      '    { "name": "更多", "sub_button": [',
      '      { "type": "click", "name": "点我", "key": "" }',
      '    ] }',
      '  ]',
      '}',
    ].join('\r\n');
    expect(placed(source)).toEqual([
      [3, 5, 'required', 40020],
      [5, 47, 'required', 40026],
    ]);
    expect(placed(source.replaceAll('\r\n', '\r'))).toEqual(placed(source));
  });

  test('every problem is found at once, in the order of the file', () => {
    const document = { button: [{ type: 'x', name: '' }, { sub_button: [] }], conditionalmenu: [{}] };
    expect(named(document).map(([, rule, , path]) => [rule, path])).toEqual([
      ['button-type', 'button[0].type'],
      ['required', 'button[0].name'],
      ['required', 'button[1]'],
      ['sub-button-empty', 'button[1].sub_button'],
      ['conditional-empty', 'conditionalmenu[0]'],
      ['matchrule-empty', 'conditionalmenu[0]'],
    ]);
  });

  test('__proto__ is a field like any other', () => {
    const { draft, problems } = validateMenu(fine.replace('{', '{"__proto__":{"polluted":1},'));
    expect(problems.map(({ rule, path }) => [rule, path])).toEqual([['unknown-field', '__proto__']]);
    expect(Object.getPrototypeOf(draft)).toBe(Object.prototype);
    expect(draft).not.toHaveProperty('polluted');
  });

  test('is JSON exactly when JSON.parse accepts it', () => {
    const piece = fc.constantFrom(
      ...'{}[]":,\\u0123456789.eE+-truefalsn /*\n\t\u0001'.split(''),
      '"a"',
      '1',
      'true',
      '{"a":1}',
      '[1]',
    );
    const pieces = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    const nearly = fc
      .tuple(fc.json(), fc.nat(), pieces)
      .map(([json, at, extra]) => json.slice(0, at % (json.length + 1)) + extra + json.slice(at % (json.length + 1)));
    fc.assert(
      fc.property(fc.oneof(pieces, fc.json(), nearly), (source) => {
        const { problems } = validateMenu(source);
        const accepted = !problems.some(({ rule }) => rule === 'json');
        let parsed = true;
        try {
          JSON.parse(source);
        } catch {
          parsed = false;
        }
        expect([source, accepted]).toEqual([source, parsed]);
        for (const { line, column } of problems) {
          expect(line).toBeLessThanOrEqual(source.split(/\r\n|\n|\r/).length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
