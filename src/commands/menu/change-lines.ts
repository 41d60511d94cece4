/** What differs between two menus, as a tree: a mark, then the button at its depth. */
import type { Context } from '../../cli/context.ts';
import { en, inLang, listed, text, zh, type Lang, type Text } from '../../sentences/text.ts';
import type { FieldChange, MenuChange } from '../../menu/compare-menus.ts';
import { describeRule } from '../../menu/conditional-menu.ts';
import { readButton } from '../../menu/menu.ts';
import { wrap } from '../../terminal/columns.ts';

const MARKS = { added: '+', removed: '-', changed: '~', renamed: '~', moved: '>' } as const;

const HANGING = '  ';
/** Terminal columns for what changed, however deep it is. */
const LEAST = 10;

/** Lines for stdout, in the order of `compareMenus`; what did not change is shown only if something below it did. */
export async function changeLines(context: Context, changes: MenuChange[]): Promise<string[]> {
  const { lang, terminal } = context;
  const paint = await terminal.paint('out');
  const colors = {
    added: paint.green,
    removed: paint.red,
    changed: paint.yellow,
    renamed: paint.cyan,
    moved: paint.cyan,
  };
  const { isTTY, columns } = terminal.out;
  /** Nothing of a difference is cut: what is longer than a line goes on below itself. */
  const broken = (mark: string, indent: string, line: string): string[] =>
    (isTTY ? wrap(line, Math.max(LEAST, columns - mark.length - indent.length - HANGING.length)) : [line]).map(
      (part, at) => mark + indent + (at === 0 ? '' : HANGING) + part,
    );
  const headings = createHeadings();
  return changes.flatMap((change) => {
    const { kind, button, fields = [] } = change;
    const depth = depthOf(change);
    const isWhole = kind === 'added' || kind === 'removed';
    const what = button ? nameAndAction(button, isWhole, lang) : [inLang(describeMenu(change), lang)];
    const notes = notesOf(change);
    const line = [...what, ...(notes.length === 0 ? [] : [inLang(inBrackets(notes), lang)])];
    return [
      ...headings(change, lang).flatMap(({ at, title }) => broken(' ', ` ${'  '.repeat(at)}`, title).map(paint.bold)),
      ...broken(MARKS[kind], ` ${'  '.repeat(depth)}`, line.join('  ')).map(colors[kind]),
      ...fieldLines(fields).flatMap(({ mark, written }) =>
        broken(mark, `   ${'  '.repeat(depth)}`, written).map(mark === '-' ? paint.red : paint.green),
      ),
    ];
  });
}

const menuOf = ({ path }: MenuChange): string => /^conditionalmenu\[\d+\]/.exec(path)?.[0] ?? '';

/** A conditional menu is a level of its own, with its buttons below it. */
const depthOf = (change: MenuChange): number =>
  (change.button && menuOf(change) !== '' ? 1 : 0) + (change.parent ? 1 : 0);

/** The menu and the button that a change is in, unless already printed. */
function createHeadings(): (change: MenuChange, lang: Lang) => { at: number; title: string }[] {
  let [menu, top] = ['', ''];
  return (change, lang) => {
    const title = inLang(describeMenu(change), lang);
    // A menu that was removed may have had the place of one that stays.
    const key = menuOf(change) && `${menuOf(change)} ${title}`;
    const isOtherMenu = key !== menu;
    const isOtherParent = isOtherMenu || change.parent?.path !== top;
    menu = key;
    top = change.parent?.path ?? change.path;
    return [
      ...(change.button && key !== '' && isOtherMenu ? [{ at: 0, title }] : []),
      ...(change.parent && isOtherParent ? [{ at: depthOf(change) - 1, title: change.parent.name }] : []),
    ];
  };
}

const describeMenu = ({ matchrule }: MenuChange): Text => {
  const rule = describeRule(matchrule ?? {});
  return text(en`conditional menu for ${rule}`, zh`个性化菜单：${rule}`);
};

function nameAndAction(button: NonNullable<MenuChange['button']>, withAction: boolean, lang: Lang): string[] {
  const { name, does, target } = readButton(button);
  return [name, ...(withAction && does ? [inLang(does, lang), ...(target ? [target] : [])] : [])];
}

function inBrackets(notes: Text[]): Text {
  const all = listed(notes, text('; ', '；'));
  return text(en`(${all})`, zh`（${all}）`);
}

function notesOf({ renamedFrom, movedFrom }: MenuChange): Text[] {
  return [
    ...(renamedFrom === undefined ? [] : [text(`renamed from ${renamedFrom}`, `原名：${renamedFrom}`)]),
    ...(movedFrom === undefined ? [] : [placeInWords(movedFrom)]),
  ];
}

function placeInWords(path: string): Text {
  const inMenu = path.replace(/^conditionalmenu\[\d+\]\./, '');
  const [place = 0, entry] = [...inMenu.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index) + 1);
  return entry === undefined
    ? text(`moved from place ${place}`, `原为第 ${place} 个`)
    : text(`moved from place ${place}, entry ${entry}`, `原为第 ${place} 个的第 ${entry} 项`);
}

function fieldLines(fields: FieldChange[]): { mark: '-' | '+'; written: string }[] {
  const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return fields.flatMap(({ field, before, after }) => [
    ...(before === undefined ? [] : [{ mark: '-' as const, written: `${field}: ${plain(before)}` }]),
    ...(after === undefined ? [] : [{ mark: '+' as const, written: `${field}: ${plain(after)}` }]),
  ]);
}
