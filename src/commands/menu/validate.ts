/** `wxop menu validate`: menu files against the full grammar, offline. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, inLang, listed, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { validateMenu } from '../../menu/grammar/validate-menu.ts';
import { readMenuFile } from './menu-file.ts';
import { problemLines, type CheckedFile } from '../../terminal/problem-lines.ts';

export const command = defineCommand({
  arguments: { files: parameter('<file...>', text('menu files; - is stdin', '菜单文件；- 表示标准输入')) },
  examples: [
    'wxop menu validate draft.json',
    'wxop menu validate menus/*/draft.json',
    'wxop menu validate --json - < draft.json',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { files }) => {
    const { terminal } = context;
    const checked: CheckedFile[] = [];
    for (const path of files) {
      const bytes = await readMenuFile(context, path);
      checked.push({ path, bytes, problems: validateMenu(bytes).problems });
    }
    if (terminal.json) terminal.printJson(checked.flatMap((file) => problemsJson(context, file)));
    else for (const file of checked) await show(context, file);
    const invalid = checked.filter(({ problems }) => problems.some(({ severity }) => severity === 'error'));
    if (invalid.length > 0) throw notPushable(invalid.map(({ path }) => path));
  },
});

const notPushable = (paths: string[]): WxopError =>
  new WxopError('MENU_INVALID', text(en`Cannot be pushed: ${listed(paths)}.`, zh`无法推送：${listed(paths)}。`), {
    hint: text('The problems are listed on stdout.', '问题已在 stdout 列出。'),
  });

async function show(context: Context, file: CheckedFile): Promise<void> {
  const { terminal } = context;
  // One by one: a hostile file has more lines than a call can take arguments.
  for (const line of await problemLines(context, file, 'out')) terminal.print(line);
  if (file.problems.some(({ severity }) => severity === 'error')) return;
  terminal.note(text(`${file.path} is valid.`, `${file.path} 符合要求。`));
}

const problemsJson = ({ lang }: Context, { path: file, problems }: CheckedFile): object[] =>
  problems.map(({ path, line, column, rule, errcode, severity, message, hint }) => ({
    file,
    line,
    column,
    path,
    severity,
    rule,
    ...(errcode !== undefined && { errcode }),
    message: inLang(message, lang),
    ...(hint && { hint: inLang(hint, lang) }),
  }));
