/** `wxop menu get`: one account's menu, as a tree for people or as the platform sent it. */
import { cut, pad, widest } from '../../terminal/columns.ts';
import { printable } from '../../sentences/printable.ts';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { text } from '../../sentences/text.ts';
import type { Json } from '../../runtime/json-object.ts';
import { getCurrentSelfMenu } from '../../protocol/calls/endpoints.ts';
import { getMenu } from '../../protocol/calls/menu-endpoints.ts';
import { readConditionalMenus } from '../../menu/conditional-menu.ts';
import { readMenu, type MenuButton } from '../../menu/menu.ts';
import type { Paint } from '../../terminal/terminal.ts';
import { writeOutput } from '../files.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { resolveAccount } from '../resolve-account.ts';

export interface GetFlags {
  output?: string;
  source: 'self' | 'api';
}

export async function get(context: Context, { output, source }: GetFlags, name: string): Promise<void> {
  const { terminal } = context;
  const appId = await resolveAccount(context, name);
  await expectMenuAccount(context, appId);
  const keeper = await context.keeper();
  const endpoint = source === 'api' ? getMenu : getCurrentSelfMenu;
  const { document, raw } = await keeper.call({ account: appId }, endpoint, undefined).catch((error: unknown) => {
    throw isError(error, 'PLATFORM_REFUSED', 46003) ? noMenuByApi(appId, error) : error;
  });
  const whole = raw.endsWith('\n') ? raw : `${raw}\n`;
  if (output !== undefined && output !== '-') {
    await writeOutput(output, whole);
    terminal.note(terminal.say(text(`Written to ${output}.`, `已写入 ${output}。`)));
    return;
  }
  // The platform's own document: not parsed, not redacted, not one byte changed.
  if (terminal.json || output === '-') return terminal.reveal(whole);
  const paint = await terminal.paint('out');
  if (source === 'api') return printMenusByApi(context, document, paint);
  const menu = readMenu(document);
  if (!menu.open) {
    terminal.note(terminal.say(text('The menu is switched off.', '菜单未启用。')));
  }
  if (menu.buttons.length === 0) {
    terminal.note(terminal.say(text('This account has no menu.', '该帐号没有菜单。')));
    return;
  }
  terminal.print(...treeLines(menu.buttons, context, paint));
}

function printMenusByApi(context: Context, document: Json, paint: Paint): void {
  const { terminal } = context;
  const { buttons } = readMenu(document);
  const conditional = readConditionalMenus(document);
  if (conditional.length === 0) return terminal.print(...treeLines(buttons, context, paint));
  terminal.print(paint.bold(terminal.say(text('Default menu', '默认菜单'))));
  terminal.print(...treeLines(buttons, context, paint));
  for (const menu of conditional) {
    const rule = terminal.say(menu.rule);
    const title = text(`Conditional menu ${menu.menuId}: ${rule}`, `个性化菜单 ${menu.menuId}：${rule}`);
    terminal.print('', paint.bold(terminal.say(title)), ...treeLines(menu.buttons, context, paint));
  }
}

const noMenuByApi = (appId: string, { errcode, rid }: WxopError): WxopError =>
  new WxopError('PLATFORM_REFUSED', text(`${appId} has no menu made by API.`, `${appId} 没有用接口创建的菜单。`), {
    hint: text(
      `\`wxop menu get ${appId}\` shows the current one, made on the website too.`,
      `\`wxop menu get ${appId}\` 显示当前菜单，包括网页创建的。`,
    ),
    errcode,
    rid,
  });

/** One line per button, names padded so that what they do stands in a column; Chinese counts two. */
function treeLines(buttons: MenuButton[], context: Context, paint: Paint): string[] {
  const width = context.terminal.out.isTTY ? context.terminal.out.columns : Infinity;
  const rows: { name: string; button: MenuButton }[] = [];
  buttons.forEach((button, index) => {
    const isLast = index === buttons.length - 1;
    rows.push({ name: `${isLast ? '└─' : '├─'} ${printable(button.name)}`, button });
    button.children.forEach((child, position) => {
      const branch = position === button.children.length - 1 ? '└─' : '├─';
      rows.push({ name: `${isLast ? '   ' : '│  '}${branch} ${printable(child.name)}`, button: child });
    });
  });
  const names = widest(rows.map(({ name }) => name));
  const verbs = widest(rows.map(({ button }) => button.does?.[context.lang] ?? ''));
  return rows.map(({ name, button }) => {
    if (!button.does) return paint.bold(name);
    const target = printable(button.target ?? '');
    const room = Math.max(10, width - names - verbs - 4);
    return `${pad(name, names)}  ${paint.cyan(pad(button.does[context.lang], verbs))}  ${paint.dim(cut(target, room))}`.trimEnd();
  });
}
