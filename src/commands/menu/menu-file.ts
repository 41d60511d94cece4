/** Menu files as the commands take them: read, checked, and refused with all that is wrong. */
import { readFile } from 'node:fs/promises';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { MenuDraft } from '../../menu/menu-draft.ts';
import type { MenuProblem } from '../../menu/grammar/validate-menu.ts';
import { unreadable } from '../files.ts';
import { problemLines } from '../../terminal/problem-lines.ts';

export const ABOUT_MENU_FILE = text('a menu file; - is stdin', '菜单文件；- 表示标准输入');

/** A file, or with `-` stdin. Throws USAGE when it cannot be read. */
export async function readMenuFile(context: Context, path: string): Promise<Buffer> {
  if (path === '-') return context.stdin.bytes();
  try {
    return await readFile(path);
  } catch (error) {
    const hint = text(
      'Name a file that exists and is yours, or - for stdin.',
      '请指定存在且可读的文件，或用 - 表示标准输入。',
    );
    throw unreadable(path, error, hint);
  }
}

/** The menu of a file that is to be used: its problems are told on stderr. Throws MENU_INVALID where one is an error. */
export async function loadMenu(context: Context, path: string): Promise<MenuDraft> {
  const { validateMenu } = await import('../../menu/grammar/validate-menu.ts');
  const bytes = await readMenuFile(context, path);
  const { draft, problems } = validateMenu(bytes);
  const { terminal } = context;
  if (!terminal.json) {
    for (const line of await problemLines(context, { path, bytes, problems }, 'err')) terminal.note(line);
  }
  if (!draft) throw invalid(path, problems);
  return draft;
}

/** The same, without a word but the refusal: for one file of many. */
export async function readDraft(context: Context, path: string): Promise<MenuDraft> {
  const { validateMenu } = await import('../../menu/grammar/validate-menu.ts');
  const { draft, problems } = validateMenu(await readMenuFile(context, path));
  if (!draft) throw invalid(path, problems);
  return draft;
}

/** The refusal: it names the first error, for those who read nothing else. */
function invalid(path: string, problems: MenuProblem[]): WxopError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const at = `${path}:${first?.line ?? 1}:${first?.column ?? 1}`;
  const message = first?.message ?? '';
  const others = errors.length > 1 ? andOthers(errors.length - 1) : '';
  return new WxopError('MENU_INVALID', text(en`${at}: ${message}${others}`, zh`${at}：${message}${others}`), {
    hint: text(`\`wxop menu validate ${path}\` shows them all.`, `\`wxop menu validate ${path}\` 列出全部问题。`),
  });
}

const andOthers = (others: number): Text => text(` And ${others} more.`, `另有 ${others} 处错误。`);
