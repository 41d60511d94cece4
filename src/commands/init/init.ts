/** `wxop init`: the settings, and what to enter in the console so that both sides agree. */
import { readSecretFile } from '../../runtime/read-secret-file.ts';
import { settingFromEnvironment } from '../../settings/resolve-settings.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import {
  checkSetting,
  definitionOf,
  PROFILE_SETTINGS,
  type ProfileValues,
  type SettingName,
} from '../../settings/setting-definitions.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { changedInConsole, report } from './checklist.ts';
import { testSaved } from './checks.ts';
import { askAll, generate, offerNext, type Draft } from './questions.ts';
import { isProduction } from '../../settings/profile-named.ts';
import { readVerificationFile } from '../files.ts';

interface InitOptions {
  profile?: string;
  fromEnv?: boolean;
  secretsStdin?: boolean;
  generate?: boolean;
  componentAppid?: string;
  verifyFile?: string;
  yes?: boolean;
  check: boolean;
}

const FLAGS = ['publicUrl', 'host', 'port', 'eventPath', 'messagePath', 'lang'] as const;

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const about = (name: SettingName): string => `${say(definitionOf(name).about)} (${definitionOf(name).environment})`;
  const init = program
    .command('init')
    .description(
      say(
        text(
          'asks for the settings, saves them, prints what to enter in the console',
          '填写并保存设置，列出控制台需填写的内容',
        ),
      ),
    )
    .option('--from-env', say(text('take every setting from WXOP_… and ask nothing', '从 WXOP_… 环境变量读取，不提问')))
    .option(
      '--secrets-stdin',
      say(text('read WXOP_NAME=value lines for secrets from stdin', '从标准输入读取 WXOP_NAME=value 形式的机密')),
    )
    .option(
      '--generate',
      say(text('generate message token and AES key where missing', '缺少时生成消息校验Token与消息加解密Key')),
    )
    .option('--component-appid <appid>', about('componentAppId'))
    .option('--public-url <url>', about('publicUrl'))
    .option('--host <host>', about('host'))
    .option('--port <port>', about('port'))
    .option('--event-path <path>', about('eventPath'))
    .option('--message-path <path>', about('messagePath'))
    .option('--verify-file <file>', say(text('a 校验文件 to serve at the root', '要在根目录提供的校验文件')))
    .option('--no-check', say(text('test no answer against the platform', '不向平台验证填写的内容')))
    .option('--yes', say(YES_IN_PRODUCTION));
  examples(
    init,
    'wxop init',
    'wxop init --public-url https://wx.example.com --generate',
    'WXOP_COMPONENT_APPSECRET_FILE=secret.txt wxop init --from-env',
    'wxop init --profile second --secrets-stdin < secrets.env',
  );
  init.action(action(run));
}

async function run(context: Context, options: InitOptions): Promise<void> {
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
    return converse(context, options, { name, known, values, generated });
  }
  if (options.generate) {
    for (const secret of ['messageToken', 'encodingAesKey'] as const) {
      if (values[secret] === undefined) generate(values, secret, generated);
    }
  }
  refuseOtherComponent(name, known, values);
  keepPreviousKey(known, values);
  const question = text(`Change the settings of ${name}?`, `更改配置 ${name}？`);
  const isChanged = JSON.stringify(known) !== JSON.stringify(values);
  const atStake = { name, isProduction: isProduction(known) };
  if (isChanged && !(await confirmInProduction(context, options, question, atStake))) return;
  await context.profiles.write(name, values);
  const failure = options.check ? await testSaved(context, { name, values, given }) : undefined;
  if (failure && context.terminal.json) throw failure;
  report(context, name, values, generated, changedInConsole(known, values));
  if (failure) throw failure;
}

/** Pushes use the old key for a while after it was changed in the console. */
function keepPreviousKey(known: ProfileValues, values: ProfileValues): void {
  if (known.encodingAesKey !== undefined && known.encodingAesKey !== values.encodingAesKey) {
    values.previousEncodingAesKey = known.encodingAesKey;
  }
}

/** Asks a person, and offers what comes next. */
async function converse(context: Context, { check }: InitOptions, given: Omit<Draft, 'save'>): Promise<void> {
  const { name, known, values, generated } = given;
  const save = (): Promise<void> => {
    keepPreviousKey(known, values);
    return context.profiles.write(name, values);
  };
  const isPushing = await askAll(context, { ...given, save }, check);
  if (isPushing === undefined) return;
  report(context, name, values, generated, changedInConsole(known, values));
  await offerNext(context, given, { isPushing, check });
}

function nothingGiven(): WxopError {
  return new WxopError('USAGE', text('There is no terminal to ask on.', '没有可交互的终端。'), {
    hint: text(
      'Use --from-env, flags such as --public-url, --generate, or --secrets-stdin.',
      '请使用 --from-env、--public-url 等选项、--generate 或 --secrets-stdin。',
    ),
  });
}

/** Flags, then stdin, then (with --from-env) the environment; each checked. */
async function givenValues(context: Context, options: InitOptions): Promise<ProfileValues> {
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
  for (const name of FLAGS)
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
    text(`${origin}: the ${about.en} must be ${result.en}.`, `${origin}：${about.zh}应为${result.zh}。`),
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
