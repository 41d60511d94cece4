/** `wxop menu get`: one account's menu, as a tree for people or as WeChat sent it. */
import { cut, pad, widest, wrap } from '../../terminal/columns.ts';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import type { Json } from '../../runtime/json-object.ts';
import { getCurrentSelfMenu } from '../../protocol/calls/endpoints.ts';
import { getMenu } from '../../protocol/calls/menu-endpoints.ts';
import { readConditionalMenus, type ConditionalMenu } from '../../menu/conditional-menu.ts';
import { readMenu, type MenuButton } from '../../menu/menu.ts';
import type { Paint } from '../../terminal/terminal.ts';
import { ACCOUNT } from '../flags.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { resolveAccount } from '../resolve-account.ts';

const SWITCHED_OFF = text('The menu is switched off.', '菜单未启用。');
const NO_MENU = text('This account has no menu.', '该帐号没有菜单。');

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    source: parameter(
      '--source <source>',
      text(
        'the current menu (self), or the menus made by API, conditional ones included (api)',
        '当前菜单（self），或接口创建的菜单，含个性化菜单（api）',
      ),
      { choices: ['self', 'api'], fallback: 'self' },
    ),
    output: parameter(
      '-o, --output <file>',
      text("write WeChat's document to a file; - is stdout", '将微信返回的文档写入文件；- 表示标准输出'),
    ),
  },
  examples: [
    'wxop menu get wx0123456789abcdef',
    'wxop menu get wx0123456789abcdef --json | jq .selfmenu_info',
    'wxop menu get wx0123456789abcdef --source api --output api.json',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, source, output }) => {
    const { terminal } = context;
    const appId = await resolveAccount(context, account);
    await expectMenuAccount(context, appId);
    const keeper = await context.keeper();
    const endpoint = source === 'api' ? getMenu : getCurrentSelfMenu;
    const { document, raw } = await keeper.call({ account: appId }, endpoint, undefined).catch((error: unknown) => {
      throw isError(error, 'PLATFORM_REFUSED', 46003) ? noMenuByApi(appId, error) : error;
    });
    const whole = raw.endsWith('\n') ? raw : `${raw}\n`;
    if (output !== undefined && output !== '-') {
      const { noteWritten, writeOutput } = await import('../files.ts');
      await writeOutput(output, whole);
      await noteWritten(context, output);
      return;
    }
    // WeChat's own document: not parsed, not redacted, in a pipe not one byte changed.
    if (terminal.json || output === '-') return terminal.reveal(whole);
    const paint = await terminal.paint('out');
    if (source === 'api') return printMenusByApi(context, document, paint);
    const menu = readMenu(document);
    if (!menu.open) terminal.note(SWITCHED_OFF);
    if (menu.buttons.length === 0) terminal.note(NO_MENU);
    else terminal.print(...treeLines(menu.buttons, context, paint));
  },
});

function printMenusByApi(context: Context, document: Json, paint: Paint): void {
  const { terminal } = context;
  const { buttons } = readMenu(document);
  const conditional = readConditionalMenus(document);
  if (conditional.length === 0) return terminal.print(...treeLines(buttons, context, paint));
  terminal.print(paint.bold(terminal.say(DEFAULT_MENU)));
  terminal.print(...treeLines(buttons, context, paint));
  for (const menu of conditional) {
    const { isTTY, columns } = terminal.out;
    const title = wrap(terminal.say(titleOf(menu)), isTTY ? columns : Infinity).map(paint.bold);
    terminal.print('', ...title, ...treeLines(menu.buttons, context, paint));
  }
}

const DEFAULT_MENU = text('Default menu', '默认菜单');
const titleOf = ({ menuId, rule }: ConditionalMenu): Text =>
  text(en`Conditional menu ${menuId}: ${rule}`, zh`个性化菜单 ${menuId}：${rule}`);

const noMenuByApi = (appId: string, { errcode, rid }: WxopError): WxopError =>
  new WxopError('PLATFORM_REFUSED', text(`${appId} has no menu made by API.`, `${appId} 没有用接口创建的菜单。`), {
    hint: text(
      `\`wxop menu get ${appId}\` shows the current menu, including one made on the website.`,
      `\`wxop menu get ${appId}\` 显示当前菜单，包括网页创建的。`,
    ),
    errcode,
    rid,
  });

interface TreeRow {
  name: string;
  /** What stands in place of the name on a line below it. */
  below: string;
  button: MenuButton;
}

function treeRows(buttons: MenuButton[], above = ''): TreeRow[] {
  return buttons.flatMap((button, index) => {
    const isLast = index === buttons.length - 1;
    const below = above + (isLast ? '   ' : '│  ');
    const row = { name: `${above}${isLast ? '└─' : '├─'} ${button.name}`, below, button };
    return [row, ...treeRows(button.children, below)];
  });
}

/** Terminal columns for the target beside what a tap does. */
const LEAST = 10;

/** One line per button: the name, what a tap does, and the target, in columns; in a narrow terminal the target below. */
function treeLines(buttons: MenuButton[], { lang, terminal }: Context, paint: Paint): string[] {
  const { isTTY, columns } = terminal.out;
  const width = isTTY ? columns : Infinity;
  const rows = treeRows(buttons);
  const names = widest(rows.map(({ name }) => name));
  const verbs = widest(rows.map(({ button }) => inLang(button.does ?? '', lang)));
  const room = width - names - verbs - 4;
  return rows.flatMap(({ name, below, button: { does, target = '' } }) => {
    if (!does) return [paint.bold(cut(name, width))];
    const verb = inLang(does, lang);
    if (room >= LEAST) {
      return [`${pad(name, names)}  ${paint.cyan(pad(verb, verbs))}  ${paint.dim(cut(target, room))}`.trimEnd()];
    }
    return [`${name}  ${verb}`, ...(target === '' ? [] : [below + target])]
      .map((line) => cut(line, width))
      .map((line, at) => (at === 0 ? line.replace(verb, (shown) => paint.cyan(shown)) : paint.dim(line)));
  });
}
