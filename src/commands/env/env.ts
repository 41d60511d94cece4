/** `wxop env`: the settings in use, as variables for a shell, a file or a later step of a CI job. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { profileFlag } from '../../settings/profile-named.ts';
import { definitionOf, secretIn, SETTING_NAMES } from '../../settings/setting-definitions.ts';
import { SHELL_FORMATS, type ShellFormat } from './shell-formats.ts';

const SHELLS = Object.keys(SHELL_FORMATS) as ShellFormat[];

export const command = defineCommand({
  flags: {
    shell: parameter('--shell <shell>', text('form of the output', '输出格式'), {
      choices: SHELLS,
      fallback: 'sh',
    }),
    reveal: parameter('--reveal', text('secrets too', '同时输出机密')),
  },
  notes: text(
    'Without --reveal secrets are comments; wxop reads them where they are.',
    '不加 --reveal 时机密只以注释列出，wxop 仍从原处读取。',
  ),
  examples: [
    'eval "$(wxop env --profile tea)"',
    'wxop env --shell fish | source',
    'wxop env --shell dotenv --reveal > .env',
    'wxop env --shell github >> "$GITHUB_ENV"',
  ],
  risk: 'reads',
  output: 'document',
  run: (context, { shell, reveal }) => {
    const { terminal, profiles } = context;
    const { variables, masked } = variablesIn(context, reveal === true);
    if (terminal.json) {
      const document = { profile: profiles.name, variables: Object.fromEntries(variables), masked };
      return reveal ? terminal.revealJson(document) : terminal.printJson(document);
    }
    const { assign, comment, load } = SHELL_FORMATS[shell];
    const lines = variables.map(([name, value]) => assign(name, value) ?? refuse(name, shell));
    const hidden = text('masked; --reveal prints it', '已隐去；--reveal 可输出');
    // At the end: an `eval` without quotes takes everything behind a # for a comment.
    if (comment) lines.push(...masked.map((name) => comment(`${name}=*** (${terminal.say(hidden)})`)));
    else if (masked.length > 0) terminal.note(leftOut(masked));
    if (reveal) terminal.reveal(lines.map((line) => `${line}\n`).join(''));
    // As sentences: a value may have lines.
    else terminal.print(...lines.map((line) => text(line, line)));
    if (!terminal.out.isTTY) return;
    const profile = profileFlag(profiles.read(), context.runtime.environment, profiles.name);
    terminal.note(toLoad(load(`wxop env${profile}${shell === 'sh' ? '' : ` --shell ${shell}`}`)));
  },
});

/** What is set anywhere, without defaults. A secret that stays hidden is left to its file or its profile. */
function variablesIn({ settings, profiles, runtime }: Context, reveal: boolean) {
  const variables: [name: string, value: string][] = [];
  const masked: string[] = [];
  if (Object.hasOwn(profiles.read().profiles, profiles.name)) variables.push(['WXOP_PROFILE', profiles.name]);
  for (const setting of SETTING_NAMES) {
    const origin = settings.originOf(setting);
    const value = settings.find(setting);
    if (value === undefined || origin === 'default') continue;
    const { environment } = definitionOf(setting);
    const secret = secretIn(setting, value);
    const file = origin === `${environment}_FILE` ? runtime.environment[origin] : undefined;
    if (secret === undefined || reveal) variables.push([environment, value]);
    else if (file !== undefined) variables.push([`${environment}_FILE`, file]);
    else masked.push(environment);
  }
  return { variables, masked };
}

const toLoad = (line: string): Text => text(`To set them: ${line}`, `载入方法：${line}`);

const leftOut = (names: string[]): Text => {
  const all = names.join(', ');
  return text(en`Masked and left out: ${all}. --reveal prints them.`, zh`已隐去且未输出：${all}。--reveal 可输出。`);
};

function refuse(name: string, shell: ShellFormat): never {
  throw new WxopError('USAGE', text(`${shell} cannot hold the value of ${name}.`, `${shell} 无法表示 ${name} 的值。`), {
    hint: text('Choose another --shell, or --json.', '请改用其他 --shell，或 --json。'),
  });
}
