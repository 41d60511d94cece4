/** `wxop config set`: saves a setting in the profile. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { checkSetting, definitionOf, secretIn, type SettingName } from '../../settings/setting-definitions.ts';
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
        const origin = settings.given(name)?.origin;
        if (origin !== undefined && origin === definitionOf(name).environment) terminal.warn(overridden(origin));
      },
    };
  },
});

/** A secret never comes from the command line: other users of the machine could read it there. */
async function valueOf({ stdin, redactor }: Context, name: SettingName, written: string | undefined): Promise<string> {
  if (written !== undefined && written !== '-') {
    if (secretIn(name, written) === undefined) return written;
    redactor.learn(secretIn(name, written));
    throw onCommandLine(name);
  }
  return (await stdin.text()).trim();
}

function checked(name: SettingName, value: string): string {
  const found = value === '' ? text('not empty', '非空') : checkSetting(name, value);
  if (typeof found === 'string') return found;
  throw new WxopError('SETTINGS_INVALID', text(en`${name} must be ${found}.`, zh`${name} 应为 ${found}。`), {
    hint: text('Nothing was changed.', '未作任何更改。'),
  });
}

const onCommandLine = (name: SettingName): WxopError =>
  new WxopError('USAGE', text(`${name} is secret: not on the command line.`, `${name} 是机密，不能写在命令行上。`), {
    hint: text(
      `Give it on stdin: \`wxop config set ${name} < FILE\`. Change it if others could read this command line.`,
      `请从标准输入传入：\`wxop config set ${name} < 文件\`。若他人可能看到过该命令行，请更换此机密。`,
    ),
  });

const overridden = (origin: string) =>
  text(`${origin} is set in the environment and takes precedence.`, `环境变量 ${origin} 已设置，优先于配置。`);
