/** `wxop menu`: what the followers of an account see at the bottom of its chat. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { text, WxopError } from '../errors.ts';
import { getCurrentSelfMenu } from '../protocol/endpoints.ts';
import { readMenu, type MenuButton } from '../protocol/menu.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Declaring } from './declaring.ts';
import { ACCOUNT, whichAccount } from './which-account.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const menu = program
    .command('menu')
    .description(say(text("an account's custom menu (自定义菜单)", '帐号的自定义菜单')));
  examples(menu, 'wxop menu get wx0123456789abcdef');
  examples(
    menu
      .command('get')
      .argument('<appid>', say(ACCOUNT))
      .option('-o, --output <file>', say(text("write the platform's document to a file", '将平台返回的文档写入文件')))
      .description(say(text('the current menu, made on the website or by API', '当前菜单，无论由网页还是接口创建')))
      .action(action(get)),
    'wxop menu get wx0123456789abcdef',
    'wxop menu get wx0123456789abcdef --json | jq .selfmenu_info',
  );
}

async function get(context: Context, options: { output?: string }, name: string): Promise<void> {
  const { terminal } = context;
  const account = await whichAccount(context, name);
  const { document, raw } = await (await context.keeper()).call({ account }, getCurrentSelfMenu, undefined);
  const whole = raw.endsWith('\n') ? raw : `${raw}\n`;
  if (options.output !== undefined) {
    await writeDocument(options.output, whole);
    terminal.note(terminal.say(text(`Written to ${options.output}.`, `已写入 ${options.output}。`)));
    return;
  }
  // The platform's own document: not parsed, not redacted, not one byte changed.
  if (terminal.json) return terminal.reveal(whole);
  const menu = readMenu(document);
  if (!menu.open) {
    terminal.note(terminal.say(text('The menu is switched off.', '菜单未启用。')));
  }
  if (menu.buttons.length === 0) {
    terminal.note(terminal.say(text('This account has no menu.', '该帐号没有菜单。')));
    return;
  }
  terminal.print(...(await treeLines(menu.buttons, context, await terminal.paint('out'))));
}

async function writeDocument(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new WxopError('USAGE', text(`Cannot write ${path}.`, `无法写入 ${path}。`), {
      cause: error,
      hint: text('Name a file in a folder that exists and is yours.', '请指定一个存在且可写的目录中的文件。'),
    });
  }
}

/** One line per button, names padded so that what they do stands in a column; Chinese counts two. */
async function treeLines(buttons: MenuButton[], context: Context, paint: Paint): Promise<string[]> {
  const { pad, widest, printable, cut } = await context.columns();
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
