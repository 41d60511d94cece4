/** `wxop menu validate`: menu files against the full grammar, offline. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { validateMenu } from '../../menu/grammar/validate-menu.ts';
import { readMenuFile } from './menu-file.ts';
import { problemLines, type Checked } from './problem-view.ts';

export async function validate(context: Context, _options: object, paths: string[]): Promise<void> {
  const { terminal } = context;
  const checked: Checked[] = [];
  for (const path of paths) {
    const bytes = await readMenuFile(context, path);
    checked.push({ path, bytes, problems: validateMenu(bytes).problems });
  }
  if (terminal.json) terminal.printJson(checked.flatMap((file) => problemsJson(context, file)));
  else for (const file of checked) await show(context, file);
  const invalid = checked.filter(({ problems }) => problems.some(({ severity }) => severity === 'error'));
  if (invalid.length === 0) return;
  const names = invalid.map(({ path }) => path).join(', ');
  throw new WxopError(
    'MENU_INVALID',
    invalid.length === 1
      ? text(`${names} cannot be pushed.`, `${names} 无法推送。`)
      : text(`These cannot be pushed: ${names}.`, `以下文件无法推送：${names}。`),
    { hint: text('What is wrong stands on stdout.', '问题已在 stdout 列出。') },
  );
}

async function show(context: Context, file: Checked): Promise<void> {
  const { terminal } = context;
  for (const line of await problemLines(context, file, 'out')) terminal.print(line);
  if (file.problems.some(({ severity }) => severity === 'error')) return;
  terminal.note(terminal.say(text(`${file.path} is valid.`, `${file.path} 符合要求。`)));
}

const problemsJson = ({ lang }: Context, { path: file, problems }: Checked): object[] =>
  problems.map(({ path, line, column, rule, errcode, severity, message, hint }) => ({
    file,
    line,
    column,
    path,
    severity,
    rule,
    ...(errcode !== undefined && { errcode }),
    message: message[lang],
    ...(hint && { hint: hint[lang] }),
  }));
