/** `wxop menu preview`: a picture of an account's menu for the merchant's approval. */
import { readFile } from 'node:fs/promises';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isObject, type Json } from '../../runtime/json-object.ts';
import { readConditionalMenus } from '../../menu/conditional-menu.ts';
import { readMenu } from '../../menu/menu.ts';
import type { Preview } from '../../menu/preview/svg.ts';
import { noteWritten, writeOutput } from '../files.ts';
import { readLiveMenus, unreadMenus } from '../../menu/read-live-menus.ts';
import { expectMenuAccount } from './expect-menu-account.ts';
import { resolveAccount } from '../resolve-account.ts';

type Format = 'svg' | 'html';

interface Source {
  document: Json;
  name?: string;
  unread?: boolean;
}

const OFFICIAL_ACCOUNT = text('Official account', '公众号');

export const command = defineCommand({
  arguments: {
    source: parameter('<source>', text('an account, a menu file, or - for stdin', '帐号、菜单文件，或 - 表示标准输入')),
  },
  flags: {
    output: parameter(
      '-o, --output <file>',
      text('the picture: FILE.svg, or FILE.html to print', '输出文件：.svg，或可打印的 .html'),
    ),
    name: parameter('--name <name>', text("the account's name above the chat", '聊天界面顶部显示的帐号名称')),
  },
  examples: [
    'wxop menu preview wx0123456789abcdef --output menu.html --lang zh',
    'wxop menu preview draft.json --name 春风茶馆 --output menu.svg',
    'wxop menu preview - < draft.json > menu.svg',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { source, output, name }) => {
    const { terminal } = context;
    const format = formatOf(output);
    if (output === undefined && terminal.out.isTTY && !terminal.json) throw toTerminal();
    const read = await readSource(context, source);
    const picture = await draw(format, {
      lang: context.lang,
      name: name ?? (read.name || terminal.say(OFFICIAL_ACCOUNT)),
      date: dayOf(context.now()),
      menu: readMenu(read.document),
      conditional: readConditionalMenus(read.document),
      unread: read.unread,
    });
    if (output !== undefined) await writeOutput(output, picture);
    if (terminal.json) {
      terminal.printJson({ format, ...(output === undefined ? { content: picture } : { output }) });
    } else if (output === undefined) {
      terminal.print(picture.trimEnd());
    } else {
      await noteWritten(context, output);
    }
  },
});

/** Today in the operator's time zone. */
const dayOf = (now: number): string => new Intl.DateTimeFormat('sv-SE').format(now);

function formatOf(output: string | undefined): Format {
  if (output === undefined || /\.svg$/i.test(output)) return 'svg';
  if (/\.html?$/i.test(output)) return 'html';
  throw new WxopError('USAGE', text(`${output} is neither .svg nor .html.`, `${output} 的扩展名不是 .svg 或 .html。`), {
    hint: text('Name it menu.svg, or menu.html for a page to print.', '例如 menu.svg，或可打印的 menu.html。'),
  });
}

const toTerminal = (): WxopError =>
  new WxopError('USAGE', text('A terminal cannot show a picture.', '图片无法在终端中显示。'), {
    hint: text('Use -o menu.svg, -o menu.html, or > menu.svg.', '请使用 -o menu.svg、-o menu.html 或 > menu.svg。'),
  });

async function draw(format: Format, picture: Preview): Promise<string> {
  if (format === 'svg') return (await import('../../menu/preview/svg.ts')).previewSvg(picture);
  return (await import('../../menu/preview/html.ts')).previewHtml(picture);
}

async function readSource(context: Context, source: string): Promise<Source> {
  if (source === '-') return { document: menuIn(await context.stdin.text(), 'stdin') };
  const content = await readFile(source, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // A path that looks like a file must be one; anything else may name an account, even if a dump's folder has that name.
    if ((error.code === 'ENOENT' || error.code === 'EISDIR') && !/[/\\]|\.json$/.test(source)) return undefined;
    throw usage(text(`Cannot read ${source}.`, `无法读取 ${source}。`), error);
  });
  if (content !== undefined) return { document: menuIn(content, source) };
  const account = await resolveAccount(context, source);
  await expectMenuAccount(context, account);
  const keeper = await context.keeper();
  const { nickName: name } = await keeper.account(account);
  const { self, api, unread } = await readLiveMenus(keeper, account);
  if (unread) context.terminal.warn(unreadMenus(account, unread));
  const document = { ...self.document, conditionalmenu: api?.document.conditionalmenu };
  return { document, name, unread: unread !== undefined };
}

function menuIn(content: string, source: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(content.replace(/^\ufeff/, ''));
  } catch (error) {
    throw usage(text(`${source} is not JSON.`, `${source} 不是 JSON。`), error);
  }
  if (isObject(document) && SHAPES.some((key) => key in document)) return document;
  throw usage(text(`There is no menu in ${source}.`, `${source} 中没有菜单。`));
}

/** Of menu/create, of menu/get, of get_current_selfmenu_info. */
const SHAPES = ['button', 'menu', 'selfmenu_info', 'is_menu_open'];

const usage = (sentence: Text, cause?: unknown): WxopError =>
  new WxopError('USAGE', sentence, {
    cause,
    hint: text(
      'Name a draft, or the self.json or api.json of an account.',
      '请指定菜单草稿，或帐号的 self.json、api.json。',
    ),
  });
