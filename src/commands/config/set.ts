/** `wxop config set`: saves a setting in the profile. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isProduction } from '../../settings/profile-named.ts';
import {
  checkSetting,
  definitionOf,
  hasSecret,
  secretIn,
  type SettingName,
} from '../../settings/setting-definitions.ts';
import { profileSetting, SETTING } from './setting-argument.ts';

export const command = defineCommand({
  arguments: {
    setting: SETTING,
    value: parameter(
      '[value]',
      text('without it, or with -, stdin; a secret only so', '省略或写 - 时读标准输入；机密只能如此'),
    ),
  },
  examples: [
    'wxop config set publicUrl https://wx.example.com',
    'wxop config set componentAppSecret < appsecret.txt',
    'wxop config set lang zh',
  ],
  risk: 'production',
  output: 'document',
  prepare: async (context, { setting, value: written }) => {
    const name = profileSetting(setting);
    const value = checked(name, await valueOf(context, name, written));
    const { profiles, terminal, settings } = context;
    const values = profiles.read().profiles[profiles.name] ?? {};
    const isSame = values[name] === value;
    return {
      question: isSame
        ? undefined
        : text(`Change ${name} of profile ${profiles.name}?`, `修改配置 ${profiles.name} 的 ${name}？`),
      profile: { name: profiles.name, isProduction: isProduction(values) },
      run: async () => {
        if (!isSame) await profiles.write(profiles.name, { ...values, [name]: value });
        if (terminal.json) return terminal.printJson({ profile: profiles.name, name, changed: !isSame });
        terminal.note(text(`Saved ${name} in profile ${profiles.name}.`, `已将 ${name} 保存到配置 ${profiles.name}。`));
        const { environment } = definitionOf(name);
        const origin = settings.given(name)?.origin;
        if (origin !== undefined && [environment, `${environment}_FILE`].includes(origin))
          terminal.warn(overridden(origin));
      },
    };
  },
});

/** A secret never comes from the command line: other users of the machine could read it there. A person is asked for it. */
async function valueOf(context: Context, name: SettingName, written: string | undefined): Promise<string> {
  const { stdin, redactor, terminal } = context;
  if (written !== undefined && written !== '-') {
    if (secretIn(name, written) === undefined) return written;
    redactor.learn(secretIn(name, written));
    throw onCommandLine(name);
  }
  if (written === '-' || !terminal.isInteractive) return (await stdin.text()).trim();
  const prompts = await context.prompts();
  const question = { message: terminal.say(definitionOf(name).about) };
  return (await (hasSecret(name) ? prompts.askSecret(question) : prompts.ask(question))).trim();
}

function checked(name: SettingName, value: string): string {
  if (value === '') throw nothingGiven(name);
  const found = checkSetting(name, value);
  if (typeof found === 'string') return found;
  throw new WxopError('SETTINGS_INVALID', text(en`${name} must be ${found}.`, zh`${name} 格式有误，应为：${found}。`), {
    hint: text(
      `Nothing was changed. See \`wxop config set --help\`.`,
      `未作任何更改。请查看 \`wxop config set --help\`。`,
    ),
  });
}

const nothingGiven = (name: SettingName): WxopError =>
  new WxopError('USAGE', text(`There is no value for ${name} on stdin.`, `标准输入中没有 ${name} 的值。`), {
    hint: text(
      `Nothing was changed. \`wxop config set ${name} < FILE\`; to remove it: \`wxop config unset ${name}\`.`,
      `未作任何更改。请用 \`wxop config set ${name} < 文件\`；若要删除：\`wxop config unset ${name}\`。`,
    ),
  });

const onCommandLine = (name: SettingName): WxopError =>
  new WxopError('USAGE', text(`${name} is secret: not on the command line.`, `${name} 是机密，不能写在命令行上。`), {
    hint: text(
      `Give it on stdin: \`wxop config set ${name} < FILE\`. Change it if others could read this command line.`,
      `请从标准输入传入：\`wxop config set ${name} < 文件\`。若他人可能看到过该命令行，请更换此机密。`,
    ),
  });

const overridden = (origin: string) =>
  text(`${origin} is set in the environment and takes precedence.`, `环境变量 ${origin} 已设置，优先于配置。`);
