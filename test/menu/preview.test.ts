/** The picture of a menu: whole, harmless, and cut where the client cuts. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { previewHtml } from '../../src/menu/preview/html.ts';
import { cutText, textWidth, wrapText } from '../../src/menu/preview/text-width.ts';
import { previewSvg, type Preview } from '../../src/menu/preview/svg.ts';
import { readConditionalMenus } from '../../src/menu/conditional-menu.ts';
import { readMenu } from '../../src/menu/menu.ts';

const previewOf = (document: Record<string, unknown>, changes: Partial<Preview> = {}): Preview => ({
  lang: 'en',
  name: '春风茶馆',
  date: '2026-01-31',
  menu: readMenu(document),
  conditional: readConditionalMenus(document),
  ...changes,
});

interface Node {
  [name: string]: unknown;
}

/** Every text that is drawn, and every element's name. */
function contentOf(svg: string): { texts: string[]; elements: Set<string>; attributes: string[] } {
  const parsed = new XMLParser({ preserveOrder: true, ignoreAttributes: false, trimValues: false }).parse(
    svg,
  ) as Node[];
  const texts: string[] = [];
  const elements = new Set<string>();
  const attributes: string[] = [];
  const visit = (nodes: Node[], within: string): void => {
    for (const node of nodes) {
      for (const [name, inner] of Object.entries(node)) {
        if (name === '#text' && within === 'text') texts.push(String(inner));
        else if (name === ':@')
          attributes.push(...Object.entries(inner as Node).map(([key, value]) => `${key.slice(2)}=${String(value)}`));
        else if (Array.isArray(inner)) {
          elements.add(name);
          visit(inner as Node[], name);
        }
      }
    }
  };
  visit(parsed, '');
  return { texts, elements, attributes };
}

const TEA = {
  button: [
    { type: 'click', name: '今日推荐', key: 'TODAY' },
    {
      name: '会员与服务中心',
      sub_button: [
        { type: 'view', name: '会员积分兑换好礼', url: 'https://tea.example.com/?a=1&b=2' },
        { type: 'view', name: '会员卡', url: 'https://tea.example.com/card' },
      ],
    },
  ],
};

describe('the picture', () => {
  test('shows what the client shows, and the whole of it in the legend', () => {
    const { texts } = contentOf(previewSvg(previewOf(TEA)));
    for (const visible of ['春风茶馆', '今日推荐', '会员与服…', '会员积分兑换好…', '会员卡', '2026-01-31'])
      expect(texts).toContain(visible);
    for (const whole of [
      '会员与服务中心',
      '会员积分兑换好礼',
      'sends event',
      'TODAY',
      'opens its sub-menu',
      'opens page',
    ]) {
      expect(texts).toContain(whole);
    }
    expect(texts.join('')).toContain('shown as 会员与服…');
  });

  test('is in Chinese when Chinese is asked for', () => {
    const { texts } = contentOf(previewSvg(previewOf(TEA, { lang: 'zh' })));
    expect(texts).toContain('默认菜单');
    expect(texts).toContain('可见范围：所有关注者');
    expect(texts).toContain('展开子菜单');
  });

  test('gives each conditional menu a phone of its own, with its rule', () => {
    const conditional = { button: [{ type: 'click', name: '专享', key: 'VIP' }], matchrule: { tag_id: '2' } };
    const svg = previewSvg(previewOf({ ...TEA, conditionalmenu: [conditional, conditional] }));
    const { texts } = contentOf(svg);
    expect(svg.match(/class="phone"/g)).toHaveLength(3);
    expect(texts).toContain('Seen by everybody for whom no other menu is meant');
    expect(texts.filter((line) => line === 'Seen by followers with tag 2')).toHaveLength(2);
  });

  test.each([
    ['no menu', { menu: { button: [] } }, 'There is no menu.'],
    ['a menu that is switched off', { is_menu_open: 0, selfmenu_info: TEA }, 'switched off'],
  ])('of %s has no bar of buttons, and says why', (_name, document, sentence) => {
    const svg = previewSvg(previewOf(document));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toMatch(/class="(?:top|popover)"/);
    expect(contentOf(svg).texts.join(' ')).toContain(sentence);
  });

  test('says which buttons are too many, and draws no more than the client', () => {
    const svg = previewSvg(previewOf({ button: Array.from({ length: 5 }, (_, index) => ({ name: `B${index}` })) }));
    expect(svg.match(/class="top"/g)).toHaveLength(3);
    expect(
      contentOf(svg)
        .texts.join(' ')
        .match(/not shown: one too many/g),
    ).toHaveLength(2);
  });
});

const NASTY = [
  '"><script>alert(1)</script>',
  "' onload='alert(1)",
  '</text></svg><img src=x onerror=alert(1)>',
  ']]>&lt;!ENTITY x',
  'a\u0000b\u0007c\ud800d\ufffee\u202ef\ufefe',
  '茶\n\t单\u2028店',
];

describe('what a merchant wrote', () => {
  test.each(NASTY)('%j stays text, in the picture and on the page', (name) => {
    const button = [
      {
        name,
        sub_button: [
          { type: 'view', name, url: `javascript:${name}` },
          { type: 'click', name, key: name },
        ],
      },
      { type: 'view', name, url: `https://example.com/"${name}` },
      { type: name, name },
    ];
    const preview = previewOf({ button, conditionalmenu: [{ button, matchrule: { tag_id: name } }] }, { name });
    const svg = previewSvg(preview);
    expect(XMLValidator.validate(svg)).toBe(true);
    const { elements, attributes } = contentOf(svg);
    expect([...elements].sort()).toEqual(['a', 'circle', 'g', 'path', 'rect', 'svg', 'text', 'title']);
    const links = attributes.filter((attribute) => attribute.startsWith('href='));
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(link).toMatch(/^href=https:\/\/example\.com\//);
    expect(attributes.filter((attribute) => /^on/i.test(attribute))).toEqual([]);
    const html = previewHtml(preview);
    expect(html).not.toMatch(/<(?:script|img)|<[^>]+\son\w+=/i);
    for (const written of [svg, html.replaceAll('\n', '')]) {
      // eslint-disable-next-line no-control-regex -- control characters are what it looks for
      expect(written.replace(/\n$/, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\ufffe\u2028]/);
      expect(Buffer.from(written).toString()).toBe(written);
    }
  });

  test('nothing is fetched from anywhere', () => {
    for (const written of [previewSvg(previewOf(TEA)), previewHtml(previewOf(TEA))]) {
      expect(written).not.toMatch(/\bsrc=|url\(|@import|<link|<image|<use|xlink/);
    }
  });
});

describe('a name', () => {
  const top = { hanzi: 4, width: 7 };
  test.each([
    ['今日推荐', '今日推荐'],
    ['今日推荐茶', '今日推荐…'],
    ['Products', 'Products'],
    ['Membership', 'Membersh…'],
    ['', ''],
    ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'],
    ['茶👍🏽茶🇨🇳茶', '茶👍🏽茶…'],
    ['WWWWWWWW', 'WWWWW…'],
  ])('%s is shown as %s', (name, visible) => {
    expect(cutText(name, top)).toBe(visible);
    expect(textWidth(visible)).toBeLessThanOrEqual(top.width);
  });
});

describe('a long text', () => {
  test('is broken between words, and inside a word only if it is longer than a line', () => {
    expect(wrapText('one two three', 4.8)).toEqual(['one two', 'three']);
    expect(wrapText('x'.repeat(20), 6.6)).toEqual(['x'.repeat(10), 'x'.repeat(10)]);
  });

  test('loses nothing but the spaces where it is broken', () => {
    const address = 'https://tea.example.com/order?from=menu&campaign=春天 的 茶/a.b,c';
    expect(wrapText(address, 9).join('').replaceAll(' ', '')).toBe(address.replaceAll(' ', ''));
    for (const line of wrapText(address, 9)) expect(textWidth(line)).toBeLessThanOrEqual(9);
  });

  test('never begins a line with what closes a phrase', () => {
    expect(wrapText('春天的茶。', 4)).toEqual(['春天的', '茶。']);
  });

  test('is cut behind the last line', () => {
    const lines = wrapText('茶'.repeat(100), 10, 3);
    expect(lines).toEqual(['茶'.repeat(10), '茶'.repeat(10), `${'茶'.repeat(9)}…`]);
  });
});
