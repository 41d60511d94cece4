/** Menus for property tests: every valid draft, and how get_current_selfmenu_info and menu/get show it. */
import fc from 'fast-check';
import { BUTTON_FIELDS, type DraftButton, type MenuDraft } from '../../src/menu/menu-draft.ts';

const bytesUpTo = (most: number) => (value: string) =>
  value.trim() !== '' && Buffer.byteLength(value) <= most && !/\p{Cc}|\p{Surrogate}/u.test(value);

const nameOf = (most: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(bytesUpTo(most));
// A small alphabet, so that names and actions meet again.
const short = fc.constantFrom('点单', '我的', '会员卡', '更多', 'A', 'B');
const host = fc.constantFrom('a.example', 'b.example', 'mp.weixin.qq.com');

const FIELD: Record<string, fc.Arbitrary<string>> = {
  key: fc.oneof(short, nameOf(128)),
  url: fc.oneof(
    host.map((name) => `https://${name}/`),
    fc.webUrl({ withQueryParameters: true }),
  ),
  media_id: fc.constantFrom('a3bc-EXAMPLE_1', 'a3bc-EXAMPLE_2'),
  article_id: fc.constantFrom('xE_1', 'xE_2'),
  appid: fc.constantFrom('wx0d1e2f3a4b5c6d7e', 'wx0123456789abcdef'),
  pagepath: fc.constantFrom('pages/index/index', 'pages/a?b=c'),
};

function leaf(most: number): fc.Arbitrary<DraftButton> {
  return fc.oneof(
    ...Object.entries(BUTTON_FIELDS).map(([type, fields]) =>
      fc.record({
        type: fc.constant(type),
        name: fc.oneof(short, nameOf(most)),
        ...Object.fromEntries(fields.map((field) => [field, FIELD[field] ?? short])),
      }),
    ),
  );
}

const parent: fc.Arbitrary<DraftButton> = fc.record({
  name: fc.oneof(short, nameOf(16)),
  sub_button: fc.array(leaf(60), { minLength: 1, maxLength: 5 }),
});

const buttons = fc.array(fc.oneof(leaf(16), parent), { minLength: 1, maxLength: 3 });

/** In a conditional menu no address may lead to a fourth domain: these lead to three at most. */
const fewDomains = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('view'), name: short, url: host.map((name) => `https://${name}/x`) }),
    fc.record({ type: fc.constant('click'), name: short, key: short }),
  ),
  { minLength: 1, maxLength: 3 },
);

const conditional = fc.record({
  button: fewDomains,
  matchrule: fc.oneof(
    fc.record({ tag_id: fc.oneof(fc.nat(9), fc.nat(9).map(String)) }),
    fc.record({ tag_id: fc.nat(9), client_platform_type: fc.constantFrom(1, 2, 3, '1') }),
  ),
});

export const anyDraft: fc.Arbitrary<MenuDraft> = fc
  .tuple(buttons, fc.array(conditional, { maxLength: 3 }))
  .map(([button, conditionalmenu]) => ({ button, ...(conditionalmenu.length > 0 && { conditionalmenu }) }));

/** As get_current_selfmenu_info shows it; it never shows conditional menus. */
export function selfForm({ button }: MenuDraft): Record<string, unknown> {
  const shown = ({ sub_button: below, ...rest }: DraftButton): object => ({
    ...rest,
    ...(below && { sub_button: { list: below.map(shown) } }),
  });
  return { is_menu_open: 1, selfmenu_info: { button: button.map(shown) } };
}

/** As menu/get shows it: with ids, empty sub-menus, `group_id`, and in no order that means anything. */
export function apiForm({ button, conditionalmenu = [] }: MenuDraft): Record<string, unknown> {
  const shown = ({ sub_button: below = [], ...rest }: DraftButton): object => ({
    sub_button: below.map(shown),
    ...rest,
  });
  const menus = conditionalmenu.map(({ button: inside, matchrule: { tag_id: tag, ...rule } }, index) => ({
    button: inside.map(shown),
    matchrule: { ...(tag !== undefined && { group_id: Number(tag) }), ...rule, sex: '' },
    menuid: 208396993 + index,
  }));
  return {
    menu: { button: button.map(shown), menuid: 208396938 },
    ...(menus.length > 0 && { conditionalmenu: menus.reverse() }),
  };
}
