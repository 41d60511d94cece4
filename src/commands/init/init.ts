/** `wxop init`: the settings, and what to enter in the console so that both sides agree. */
import { readSecretFile } from '../../runtime/read-secret-file.ts';
import { settingFromEnvironment } from '../../settings/resolve-settings.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import {
  checkSetting,
  definitionOf,
  PROFILE_SETTINGS,
  type ProfileValues,
  type SettingName,
} from '../../settings/setting-definitions.ts';
import { ADDRESS_FLAGS } from '../flags.ts';
import { defineCommand, parameter, type Given, type Prepared } from '../../cli/command.ts';
import { changedInConsole, printChecklist } from './checklist.ts';
import { testSaved } from './checks.ts';
import { askQuestions, chooseQuestions, generate, offerNext, type Draft } from './questions.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { readVerificationFile } from '../files.ts';

const COMPONENT_APPID = definitionOf('componentAppId');

const FLAGS = {
  fromEnv: parameter(
    '--from-env',
    text('take every setting from WXOP_… and ask nothing', '从 WXOP_… 环境变量读取，不提问'),
  ),
  secretsStdin: parameter(
    '--secrets-stdin',
    text('read secrets from stdin, as WXOP_NAME=value lines', '从标准输入读取 WXOP_NAME=value 形式的机密'),
  ),
  generate: parameter(
    '--generate',
    text('generate message token and AES key where missing', '缺少时生成消息校验Token 与消息加解密Key'),
  ),
  componentAppid: parameter('--component-appid <appid>', COMPONENT_APPID.about, {
    environment: COMPONENT_APPID.environment,
  }),
  ...ADDRESS_FLAGS,
  verifyFile: parameter(
    '--verify-file <file>',
    text('a verification file (校验文件) to serve at the root', '要在根目录提供的校验文件'),
  ),
  check: parameter('--no-check', text('do not test the settings against WeChat', '不向微信验证填写的内容')),
};

/** Settings that a flag may give, the global one of the language included. */
const BY_FLAG = ['publicUrl', 'host', 'port', 'eventPath', 'messagePath', 'lang'] as const;

type InitFlags = Given<object, typeof FLAGS>;

export const command = defineCommand({
  flags: FLAGS,
  examples: [
    'wxop init',
    'wxop init --public-url https://wx.example.com --generate',
    'WXOP_COMPONENT_APPSECRET_FILE=secret.txt wxop init --from-env',
    'wxop init --profile second --secrets-stdin < secrets.env',
  ],
  risk: 'production',
  output: 'document',
  prepare: prepareInit,
});

async function prepareInit(context: Context, options: InitFlags): Promise<Prepared> {
  const name = context.profiles.name;
  const known: ProfileValues = context.profiles.read().profiles[name] ?? {};
  const given = await givenValues(context, options);
  const isGiven =
    options.verifyFile !== undefined ||
    options.fromEnv ||
    options.secretsStdin ||
    options.generate ||
    Object.keys(given).some((key) => key !== 'lang');
  const generated: SettingName[] = [];
  const values: ProfileValues = { ...known, ...given };
  if (options.verifyFile !== undefined) {
    values.files = { ...known.files, ...(await readVerificationFile(options.verifyFile)) };
  }
  if (!isGiven) {
    if (!context.terminal.isInteractive) throw nothingGiven();
    return prepareConversation(context, options, { name, known, values, generated });
  }
  if (options.generate) {
    for (const secret of ['messageToken', 'encodingAesKey'] as const) {
      if (values[secret] === undefined) generate(values, secret, generated);
    }
  }
  refuseOtherComponent(name, known, values);
  keepPreviousKey(known, values);
  const isChanged = JSON.stringify(known) !== JSON.stringify(values);
  return {
    ...(isChanged && askToChange(name, known)),
    run: async () => {
      await context.profiles.write(name, values);
      const failure = options.check ? await testSaved(context, { name, values, given }) : undefined;
      if (failure && context.terminal.json) throw failure;
      await printChecklist(context, name, values, generated, changedInConsole(known, values));
      if (failure) throw failure;
    },
  };
}

const askToChange = (name: string, known: ProfileValues): Omit<Prepared, 'run'> => ({
  question: text(`Change the settings of ${name}?`, `更改配置 ${name}？`),
  profile: { name, isProduction: isProduction(known) },
});

/** Pushes use the old key for a while after it was changed in the console. */
function keepPreviousKey(known: ProfileValues, values: ProfileValues): void {
  if (known.encodingAesKey !== undefined && known.encodingAesKey !== values.encodingAesKey) {
    values.previousEncodingAesKey = known.encodingAesKey;
  }
}

/** Asks a person, and offers what comes next. */
async function prepareConversation(
  context: Context,
  { check }: InitFlags,
  given: Omit<Draft, 'save'>,
): Promise<Prepared> {
  const { name, known, values, generated } = given;
  const save = (): Promise<void> => {
    keepPreviousKey(known, values);
    return context.profiles.write(name, values);
  };
  const asked = await chooseQuestions(context, given);
  return {
    ...(asked.length > 0 && askToChange(name, known)),
    run: async () => {
      const isPushing = await askQuestions(context, { ...given, save }, { asked, checks: check });
      await printChecklist(context, name, values, generated, changedInConsole(known, values));
      await offerNext(context, given, { isPushing, check });
    },
  };
}

function nothingGiven(): WxopError {
  return new WxopError('USAGE', text('There is no terminal to ask on.', '没有终端，无法逐项询问。'), {
    hint: text(
      'Give the settings without being asked: `wxop init --from-env`, or flags such as --public-url; secrets by --secrets-stdin or --generate.',
      '无需询问的写法：`wxop init --from-env`，或使用 --public-url 等选项；机密用 --secrets-stdin 传入或 --generate 生成。',
    ),
  });
}

/** Flags, then stdin, then (with --from-env) the environment; each checked. */
async function givenValues(context: Context, options: InitFlags): Promise<ProfileValues> {
  const flags: Record<string, unknown> = { ...options };
  const values: ProfileValues = {};
  const take = (name: SettingName, value: string, origin: string): void => {
    values[name] = checked(name, value, origin);
  };
  if (options.fromEnv) {
    for (const name of PROFILE_SETTINGS) {
      const value = settingFromEnvironment(name, { environment: context.runtime.environment, readSecretFile });
      if (value !== undefined) take(name, value.value, value.origin);
    }
  }
  if (options.secretsStdin) {
    for (const line of (await context.stdin.text()).split('\n')) {
      const [, variable, value] = /^\s*(?:export\s+)?(WXOP_\w+)=["']?([^"'\r]*)["']?\s*$/.exec(line) ?? [];
      const name = PROFILE_SETTINGS.find((candidate) => definitionOf(candidate).environment === variable);
      if (name && value) take(name, value, `stdin ${variable}`);
    }
  }
  for (const name of BY_FLAG)
    if (typeof flags[name] === 'string') take(name, flags[name], definitionOf(name).flag ?? name);
  if (options.componentAppid !== undefined) take('componentAppId', options.componentAppid, '--component-appid');
  return values;
}

function checked(name: SettingName, value: string, origin: string): string {
  const result = checkSetting(name, value);
  if (typeof result === 'string') return result;
  const { about } = definitionOf(name);
  throw new WxopError(
    'SETTINGS_INVALID',
    text(en`${origin}: the ${about} must be ${result}.`, zh`${origin}（${about}）有误，应为 ${result}。`),
    { hint: text('Nothing was saved. Correct it and run it again.', '未保存任何内容，请修改后重试。') },
  );
}

/** A profile's credentials are stored under its appid: changing it silently would seem to lose them. */
function refuseOtherComponent(name: string, known: ProfileValues, values: ProfileValues): void {
  if (known.componentAppId === undefined || known.componentAppId === values.componentAppId) return;
  throw new WxopError(
    'SETTINGS_INVALID',
    text(
      `Profile ${name} belongs to ${known.componentAppId}, not to ${values.componentAppId}.`,
      `配置 ${name} 属于 ${known.componentAppId}，而不是 ${values.componentAppId}。`,
    ),
    { hint: text('Make another profile: `wxop init --profile NAME`.', '请新建配置：`wxop init --profile NAME`。') },
  );
}
