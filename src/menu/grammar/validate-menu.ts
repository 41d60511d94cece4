/** Checks a menu file against the full grammar of menu/create and menu/addconditional, offline. */
import { text, type Text } from '../../sentences/text.ts';
import { checkButtons, NO_LIST, reportUnknown } from './button-rules.ts';
import { checkConditionals } from './conditional-rules.ts';
import { isUnset, type DraftButton, type MenuDraft } from '../menu-draft.ts';
import { collectFaults, wrong, wrongType, type Report } from './fault.ts';
import { readJson, type Spot } from './read-json.ts';

export interface MenuProblem {
  /** `button[1].sub_button[0].name`; empty for the whole document. */
  path: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units, as editors count. */
  column: number;
  /** What is broken: `name-length`, `nesting`, … */
  rule: string;
  /** WeChat's answer, if it has a number for it. */
  errcode?: number;
  message: Text;
  hint?: Text;
  /** A file with warnings can be pushed. */
  severity: 'error' | 'warning';
}

export interface Validation {
  /** What a push sends; undefined when there is an error. */
  draft?: MenuDraft;
  /** In the order of the file. */
  problems: MenuProblem[];
}

/** Takes a file's bytes, so that a wrong encoding is found, or its text. */
export function validateMenu(source: string | Uint8Array): Validation {
  const { report, problemsIn } = collectFaults();
  const document = readJson(source, report);
  if (document.root) checkDocument(document.root, report);
  const problems = problemsIn(document.source);
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  return { draft: tidy(JSON.parse(document.source) as MenuDraft), problems };
}

function checkDocument(root: Spot, report: Report): void {
  const buttons = root.fields.get('button');
  const conditional = root.fields.get('conditionalmenu');
  const envelope = ENVELOPES.find(({ field }) => root.fields.has(field));
  if (root.kind !== 'object') {
    const hint = text('It begins with {"button": [', '应以 {"button": [ 开头。');
    report(root, wrongType(text('The document must be an object.', '文档必须是对象。'), hint));
    return;
  }
  if (!buttons && envelope) {
    const { field, hint } = envelope;
    const message = text(`The buttons are wrapped in ${field}.`, `按钮被包在 ${field} 中。`);
    report(root.fields.get(field) ?? root, wrong('wrapper', message, { errcode: 40016, hint }));
    return;
  }
  const rule = root.fields.get('matchrule');
  if (rule) {
    const message = text('This would become the menu of all followers.', '这会成为所有用户的菜单。');
    report(rule, wrong('conditional-at-root', message, { hint: INTO_CONDITIONAL }));
  }
  if (!buttons || (buttons.kind === 'array' && buttons.items.length === 0)) {
    const isLonely = conditional !== undefined && conditional.items.length > 0;
    report(buttons ?? root, isLonely ? NO_DEFAULT : NO_BUTTONS);
  } else if (buttons.kind !== 'array') {
    report(buttons, NO_LIST);
  } else checkButtons(buttons, { level: 'top', isConditional: false }, report);
  if (conditional) checkConditionals(conditional, report);
  reportUnknown(root, ['button', 'conditionalmenu', 'matchrule'], text('a menu', '菜单'), report);
}

const INTO_CONDITIONAL = text(
  'Put button and matchrule into an entry of conditionalmenu.',
  '请将 button 与 matchrule 放入 conditionalmenu 列表。',
);

/** Answers of other calls; menu/create takes the content. */
const ENVELOPES: { field: string; hint: Text }[] = [
  {
    field: 'menu',
    hint: text(
      'This is an answer of menu/get: take what is inside of menu; `wxop menu dump` writes it as draft.json.',
      '这是 menu/get 的返回：请取出 menu 的内容；`wxop menu dump` 会写成 draft.json。',
    ),
  },
  {
    field: 'selfmenu_info',
    hint: text(
      'This is an answer of get_current_selfmenu_info: `wxop menu dump` writes what can be pushed as draft.json.',
      '这是 get_current_selfmenu_info 的返回：`wxop menu dump` 会将可推送的部分写成 draft.json。',
    ),
  },
];

const NO_BUTTONS = wrong('button-count', text('There are no buttons; 1 to 3 are needed.', '没有按钮；需要 1–3 个。'), {
  errcode: 40016,
});
const NO_DEFAULT = wrong(
  'no-default',
  text('Conditional menus need a default menu in button.', '个性化菜单需要先有默认菜单（button）。'),
  { errcode: 65303 },
);

/** Leaves out what menu/get adds and menu/create does not take. */
function tidy({ button, conditionalmenu, ...others }: MenuDraft): MenuDraft {
  const rest = withoutId(others);
  // An empty list asks for no conditional menus; a missing one asks for nothing.
  const menus = conditionalmenu?.map((menu) => ({ ...withoutId(menu), button: menu.button.map(tidyButton) }));
  return { button: button.map(tidyButton), ...rest, ...(menus && { conditionalmenu: menus as never }) };
}

function tidyButton({ sub_button: below, ...button }: DraftButton): DraftButton {
  return { ...(button as DraftButton), ...(!isUnset(below) && { sub_button: below?.map(tidyButton) }) };
}

const withoutId = (document: object): object =>
  Object.fromEntries(Object.entries(document).filter(([field]) => field !== 'menuid'));
