/** What differs between two menus: recognised by what a button does and what it is called, wherever it went. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareMenus, sameMenu, type MenuChange } from '../../src/menu/compare-menus.ts';
import { convertMenu } from '../../src/menu/convert-menu.ts';
import type { DraftButton, MenuDraft } from '../../src/menu/menu-draft.ts';
import { validateMenu } from '../../src/menu/grammar/validate-menu.ts';
import { anyDraft, apiForm, selfForm } from '../support/menus.ts';

const click = (name: string, key = `key of ${name}`): DraftButton => ({ type: 'click', name, key });
const more = (name: string, ...sub_button: DraftButton[]): DraftButton => ({ name, sub_button });
const menu = (...button: DraftButton[]): MenuDraft => ({ button });
const when = (...menus: [object, ...DraftButton[]][]): MenuDraft => ({
  button: [click('a')],
  conditionalmenu: menus.map(([matchrule, ...button]) => ({ button, matchrule: { ...matchrule } })),
});

/** `renamed button[0] from 旧`: each change in a line. */
const told = (before: MenuDraft | undefined, after: MenuDraft | undefined) =>
  compareMenus(before, after).map(({ kind, path, parent, renamedFrom, movedFrom, fields }: MenuChange) =>
    [
      kind,
      path,
      parent && `in ${parent.name}`,
      renamedFrom && `was ${renamedFrom}`,
      movedFrom && `from ${movedFrom}`,
      ...(fields ?? []).map((field) => `${field.field}: ${String(field.before)} → ${String(field.after)}`),
    ]
      .filter(Boolean)
      .join(', '),
  );

describe('a button', () => {
  const cases: [string, MenuDraft | undefined, MenuDraft | undefined, string[]][] = [
    ['is added', menu(click('a')), menu(click('a'), click('b')), ['added, button[1]']],
    [
      'is added in front: the others did not move',
      menu(click('a')),
      menu(click('b'), click('a')),
      ['added, button[0]'],
    ],
    ['is removed', menu(click('a'), click('b')), menu(click('b')), ['removed, button[0]']],
    ['is changed', menu(click('a')), menu(click('a', 'x')), ['changed, button[0], key: key of a → x']],
    ['is renamed', menu(click('a', 'k')), menu(click('b', 'k')), ['renamed, button[0], was a']],
    [
      'changes places',
      menu(click('a'), click('b'), click('c')),
      menu(click('c'), click('a'), click('b')),
      ['moved, button[0], from button[2]'],
    ],
    [
      'moves into a sub-menu',
      menu(click('a'), more('m', click('b'))),
      menu(more('m', click('b'), click('a'))),
      ['moved, button[0].sub_button[1], in m, from button[0]'],
    ],
    [
      'moves out of a sub-menu',
      menu(more('m', click('b'), click('a'))),
      menu(more('m', click('b')), click('a')),
      ['moved, button[1], from button[0].sub_button[1]'],
    ],
    [
      'moves to another sub-menu',
      menu(more('m', click('a'), click('b')), more('n', click('c'))),
      menu(more('m', click('b')), more('n', click('c'), click('a'))),
      ['moved, button[1].sub_button[1], in n, from button[0].sub_button[0]'],
    ],
    [
      'moves and is renamed',
      menu(click('a', 'k'), more('m', click('b'))),
      menu(more('m', click('b'), click('c', 'k'))),
      ['renamed, button[0].sub_button[1], in m, was a, from button[0]'],
    ],
    [
      'moves and is changed',
      menu(click('a', 'k'), more('m', click('b'))),
      menu(more('m', click('b'), click('a', 'l'))),
      ['changed, button[0].sub_button[1], in m, from button[0], key: k → l'],
    ],
    [
      'becomes another type',
      menu(click('a', 'k')),
      menu({ type: 'view', name: 'a', url: 'https://x' }),
      ['changed, button[0], type: click → view, key: k → undefined, url: undefined → https://x'],
    ],
    [
      'gets a sub-menu',
      menu(click('a', 'k')),
      menu(more('a', click('b'))),
      ['changed, button[0], type: click → undefined, key: k → undefined', 'added, button[0].sub_button[0], in a'],
    ],
    [
      'loses its sub-menu',
      menu(more('a', click('b'))),
      menu(click('a', 'k')),
      ['changed, button[0], type: undefined → click, key: undefined → k', 'removed, button[0].sub_button[0], in a'],
    ],
    [
      'has its sub-menu renamed',
      menu(more('a', click('b'), click('c'))),
      menu(more('z', click('b'), click('c'))),
      ['renamed, button[0], was a'],
    ],
    [
      'is removed with all below',
      menu(click('x'), more('a', click('b'))),
      menu(click('x')),
      ['removed, button[1]', 'removed, button[1].sub_button[0], in a'],
    ],
    [
      'is removed, what was below stays',
      menu(more('a', click('b')), more('m', click('c'))),
      menu(more('m', click('c'), click('b'))),
      ['moved, button[0].sub_button[1], in m, from button[0].sub_button[0]', 'removed, button[0]'],
    ],
    [
      'is removed from a sub-menu that moved',
      menu(click('x'), more('a', click('b'), click('c'))),
      menu(more('a', click('c')), click('x')),
      ['removed, button[1].sub_button[0], in a', 'moved, button[1], from button[0]'],
    ],
    ['is there twice, then once', menu(click('a'), click('a')), menu(click('a')), ['removed, button[1]']],
    ['comes into a menu that was not there', undefined, menu(click('a')), ['added, button[0]']],
    [
      'is the last to go',
      menu(more('a', click('b'))),
      undefined,
      ['removed, button[0]', 'removed, button[0].sub_button[0], in a'],
    ],
  ];

  test.each(cases)('%s', (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  test('comes with all that is needed to show it', () => {
    expect(compareMenus(menu(more('m', click('a', 'k'))), menu(more('m', click('b', 'k'))))).toEqual([
      {
        kind: 'renamed',
        path: 'button[0].sub_button[0]',
        button: click('b', 'k'),
        parent: { path: 'button[0]', name: 'm' },
        renamedFrom: 'a',
      },
    ]);
  });
});

describe('a conditional menu', () => {
  const cases: [string, MenuDraft, MenuDraft, string[]][] = [
    [
      'is added whole',
      menu(click('a')),
      when([{ tag_id: 1 }, click('b')]),
      ['added, conditionalmenu[0]', 'added, conditionalmenu[0].button[0]'],
    ],
    [
      'is removed whole',
      when([{ tag_id: 1 }, click('b')]),
      menu(click('a')),
      ['removed, conditionalmenu[0]', 'removed, conditionalmenu[0].button[0]'],
    ],
    [
      'is found by its rule',
      when([{ tag_id: 1 }, click('b')], [{ tag_id: 2 }, click('c')]),
      when([{ tag_id: '1' }, click('b')], [{ tag_id: '2' }, click('c', 'x')]),
      ['changed, conditionalmenu[1].button[0], key: key of c → x'],
    ],
    [
      'is found by its buttons',
      when([{ tag_id: 1 }, click('b')]),
      when([{ tag_id: 2 }, click('b')]),
      ['changed, conditionalmenu[0], matchrule.tag_id: 1 → 2'],
    ],
    [
      'changes places, which decides who sees it',
      when([{ tag_id: 1 }, click('b')], [{ tag_id: 2 }, click('c')]),
      when([{ tag_id: 2 }, click('c')], [{ tag_id: 1 }, click('b')]),
      ['moved, conditionalmenu[1], from conditionalmenu[0]'],
    ],
  ];

  test.each(cases)('%s', (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

describe('menus are the same', () => {
  test.each<[string, unknown, unknown]>([
    ['nothing and no buttons', undefined, { button: [] }],
    ['whatever the order of keys', menu(click('a')), menu({ key: 'key of a', name: 'a', type: 'click' })],
    ['with an empty sub_button', menu(click('a')), menu({ ...click('a'), sub_button: [] })],
    [
      'with a menuid',
      when([{ tag_id: 1 }, click('b')]),
      {
        button: [click('a')],
        menuid: 1,
        conditionalmenu: [{ ...when([{ tag_id: 1 }, click('b')]).conditionalmenu?.[0], menuid: 2 }],
      },
    ],
    ['with the tag as text', when([{ tag_id: 1 }, click('b')]), when([{ tag_id: '1' }, click('b')])],
  ])('%s', (_name, one, other) => {
    expect(sameMenu(one as MenuDraft, other as MenuDraft)).toBe(true);
    expect(compareMenus(one as MenuDraft, other as MenuDraft)).toEqual([]);
  });

  test('exactly when nothing differs, and what differs adds up', () => {
    const count = (draft: MenuDraft): number =>
      [draft.button, ...(draft.conditionalmenu ?? []).map(({ button }) => button)]
        .flat()
        .reduce((sum, { sub_button: below = [] }) => sum + 1 + below.length, draft.conditionalmenu?.length ?? 0);
    fc.assert(
      fc.property(anyDraft, anyDraft, (one, other) => {
        expect(compareMenus(one, structuredClone(one))).toEqual([]);
        const changes = compareMenus(one, other);
        expect(changes.length === 0).toBe(sameMenu(one, other));
        const of = (kind: string): number => changes.filter((change) => change.kind === kind).length;
        expect(of('added') - of('removed')).toBe(count(other) - count(one));
        expect(new Set(changes.map(({ kind, path }) => `${kind === 'removed' ? '-' : ''}${path}`)).size).toBe(
          changes.length,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('every valid draft', () => {
  test('is valid, and stays the same after WeChat showed it', () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { draft: accepted, problems } = validateMenu(JSON.stringify(draft));
        expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(accepted).toEqual(draft);
        const shown = convertMenu({ self: selfForm(draft) });
        expect(shown).toEqual({ draft: { button: draft.button }, entries: [] });
        const whole = convertMenu({ self: selfForm(draft), api: apiForm(draft) });
        expect(whole.entries).toEqual([]);
        expect(compareMenus(draft, whole.draft)).toEqual([]);
        expect(validateMenu(JSON.stringify(whole.draft)).draft).toEqual(whole.draft);
      }),
      { numRuns: 200 },
    );
  });

  const leafOf = (draft: MenuDraft): DraftButton =>
    draft.button[0]?.sub_button?.[0] ?? (draft.button[0] as DraftButton);
  const mutations: [string, (draft: MenuDraft) => unknown][] = [
    ['required', (draft) => delete (leafOf(draft) as Partial<DraftButton>).name],
    ['name-length', (draft) => (leafOf(draft).name = '长'.repeat(21))],
    ['field-type', (draft) => (leafOf(draft).name = 7 as never)],
    ['button-type', (draft) => (leafOf(draft).type = 'clik')],
    ['website-type', (draft) => (leafOf(draft).type = 'text')],
    ['no-action', (draft) => delete leafOf(draft).type],
    ['button-count', (draft) => draft.button.push(...Array.from({ length: 3 }, () => click('x')))],
    ['button-count', (draft) => (draft.button[0] = more('m', ...Array.from({ length: 6 }, () => click('x'))))],
    ['nesting', (draft) => (draft.button[0] = more('m', more('n', click('x'))))],
    ['type-and-sub-button', (draft) => (draft.button[0] = { ...more('m', click('x')), type: 'click' })],
    ['sub-button-empty', (draft) => (draft.button[0] = more('m'))],
    ['url', (draft) => (draft.button[0] = { type: 'view', name: 'v', url: 'example.com' })],
    ['key-length', (draft) => (draft.button[0] = click('x', '长'.repeat(43)))],
    ['matchrule-empty', (draft) => (draft.conditionalmenu = [{ button: [click('x')], matchrule: {} }])],
    ['conditional-empty', (draft) => (draft.conditionalmenu = [{ button: [], matchrule: { tag_id: 1 } }])],
    [
      'matchrule-withdrawn',
      (draft) => (draft.conditionalmenu = [{ button: [click('x')], matchrule: { city: '广州' } }]),
    ],
    ['group-id', (draft) => (draft.conditionalmenu = [{ button: [click('x')], matchrule: { group_id: 1 } }])],
  ];

  test.each(mutations)('that breaks the rule %s is named by it, and by no other', (rule, mutate) => {
    fc.assert(
      fc.property(anyDraft, (valid) => {
        const draft = structuredClone(valid);
        mutate(draft);
        const { draft: accepted, problems } = validateMenu(JSON.stringify(draft));
        const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => problem.rule);
        expect([...new Set(errors)]).toEqual([rule]);
        expect(accepted).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
