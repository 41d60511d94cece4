/** `wxop init`: the settings, and what to enter in the console so that both sides agree. */
import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { text, WxopError, type Text } from '../errors.ts';
import { checkSetting, definitionOf, PROFILE_SETTINGS, type ProfileValues, type SettingName } from '../settings.ts';
import { agreesInProduction, YES_IN_PRODUCTION } from './agree.ts';
import type { Declaring } from './declaring.ts';
import { isProduction } from './profile-named.ts';
import { readVerifyFile } from './verify-file.ts';

interface InitOptions {
  profile?: string;
  fromEnv?: boolean;
  secretsStdin?: boolean;
  generate?: boolean;
  componentAppid?: string;
  verifyFile?: string;
  yes?: boolean;
}

/** The settings that init asks for or takes: what a profile is made of. */
const ASKED = ['publicUrl', 'messageToken', 'encodingAesKey', 'componentAppId', 'componentAppSecret'] as const;
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
  const name = context.profileName;
  const known: ProfileValues = context.readProfiles().profiles[name] ?? {};
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
    values.files = { ...known.files, ...(await readVerifyFile(options.verifyFile)) };
  }
  if (!isGiven) {
    if (!context.terminal.isInteractive) throw nothingGiven();
    await ask(context, name, values, generated);
  }
  if (options.generate) {
    for (const secret of ['messageToken', 'encodingAesKey'] as const) {
      if (values[secret] === undefined) generate(values, secret, generated);
    }
  }
  refuseOtherComponent(name, known, values);
  // Pushes use the old key for a while after it was changed in the console.
  if (known.encodingAesKey !== undefined && known.encodingAesKey !== values.encodingAesKey) {
    values.previousEncodingAesKey = known.encodingAesKey;
  }
  const question = text(`Change the settings of ${name}?`, `更改配置 ${name}？`);
  const isChanged = JSON.stringify(known) !== JSON.stringify(values);
  const atStake = { name, isProduction: isProduction(known) };
  if (isChanged && !(await agreesInProduction(context, options, question, atStake))) return;
  await context.writeProfile(name, values);
  report(context, name, values, generated, changedInConsole(known, values));
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
  const flags = options as Record<string, unknown>;
  const values: ProfileValues = {};
  const take = (name: SettingName, value: string, origin: string): void => {
    values[name] = checked(name, value, origin);
  };
  if (options.fromEnv) {
    for (const name of PROFILE_SETTINGS) {
      const value = context.fromEnvironment(name);
      if (value !== undefined) take(name, value.value, value.origin);
    }
  }
  if (options.secretsStdin) {
    for (const line of (await context.readStdin()).split('\n')) {
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

async function ask(context: Context, name: string, values: ProfileValues, generated: SettingName[]): Promise<void> {
  const { terminal, lang } = context;
  const prompts = await context.prompts();
  terminal.note(
    terminal.say(
      text(
        `Profile ${name}. Enter skips what you do not have yet: the console shows AppID and AppSecret only after the URLs were entered there. Run it again any time.`,
        `配置 ${name}。暂时没有的项可按回车跳过：在控制台填好各 URL 之后才会显示 AppID 与 AppSecret。可随时重新运行。`,
      ),
    ),
  );
  for (const setting of ASKED) {
    const { about, secret } = definitionOf(setting);
    const old = values[setting];
    const keep =
      old === undefined
        ? ''
        : ` (${terminal.say(secret ? text('Enter keeps the saved one', '回车保留已保存的值') : text('Enter keeps it', '回车保留'))})`;
    const canGenerate = setting === 'messageToken' || setting === 'encodingAesKey';
    if (canGenerate && old === undefined) {
      const question = text(`Generate the ${about.en}?`, `自动生成${about.zh}？`);
      if (await prompts.confirm(terminal.say(question), true)) {
        generate(values, setting, generated);
        continue;
      }
    }
    const question = {
      message: `${about[lang]}${keep}:`,
      ...(!secret && old !== undefined && { initial: String(old) }),
      check: (answer: string) => problemOf(context, setting, answer),
    };
    const answer = await (secret ? prompts.askSecret(question) : prompts.ask(question));
    if (answer.trim() !== '') values[setting] = checked(setting, answer, about[lang]);
  }
}

function problemOf({ lang }: Context, name: SettingName, answer: string): string | undefined {
  if (answer.trim() === '') return undefined;
  const result = checkSetting(name, answer);
  return typeof result === 'string' ? undefined : result[lang];
}

function generate(values: ProfileValues, name: 'messageToken' | 'encodingAesKey', generated: SettingName[]): void {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const length = name === 'messageToken' ? 32 : 43;
  values[name] = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
  generated.push(name);
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

const changedInConsole = (known: ProfileValues, values: ProfileValues): boolean =>
  known.publicUrl !== undefined && known.publicUrl !== values.publicUrl;

interface ChecklistItem {
  /** The field's name in the console. */
  field: string;
  value?: string;
  note?: Text;
}

/** What to enter, in the order of the console's pages. */
function checklist(values: ProfileValues, generated: SettingName[]): ChecklistItem[] {
  const publicUrl = values.publicUrl === undefined ? undefined : String(values.publicUrl);
  // A message URL with the appid in its host name is whole already.
  const at = (path: string): string => (path.startsWith('/') ? (publicUrl ?? 'https://…') + path : path);
  const secret = (name: 'messageToken' | 'encodingAesKey'): ChecklistItem => ({
    field: name === 'messageToken' ? '消息校验Token' : '消息加解密Key',
    value: generated.includes(name) ? String(values[name]) : undefined,
    note: generated.includes(name)
      ? text('generated now, shown this once', '刚刚生成，仅显示这一次')
      : values[name] === undefined
        ? text('not set yet: run `wxop init` again', '尚未设置：请再次运行 `wxop init`')
        : text('the saved one', '使用已保存的值'),
  });
  return [
    { field: '推送模式', value: '传统模式', note: text('cloud mode would push elsewhere', '云服务模式会推送到别处') },
    {
      field: '权限集',
      value: '15 自定义菜单 …',
      note: text('tick what you need; menus need 15', '按需勾选；菜单需要 15'),
    },
    {
      field: '授权发起页域名',
      value: publicUrl === undefined ? undefined : new URL(publicUrl).host,
      note: text('the host only: no https://, no path', '只填域名：不含 https:// 和路径'),
    },
    {
      field: '授权测试公众号/小程序列表',
      note: text('original ids gh_… (not appids), separated by ;', '填写原始 ID gh_…（不是 AppID），以 ; 分隔'),
    },
    { field: '授权事件接收URL', value: at(String(values.eventPath ?? definitionOf('eventPath').fallback)) },
    secret('messageToken'),
    secret('encodingAesKey'),
    { field: '消息与事件接收URL', value: at(String(values.messagePath ?? definitionOf('messagePath').fallback)) },
    {
      field: '白名单IP',
      note: text(
        "the address that your server's calls come from; a refusal (61004) names it",
        '服务器调用接口的出口 IP；若被拒绝（61004），错误信息会给出该 IP',
      ),
    },
  ];
}

function report(
  context: Context,
  profile: string,
  values: ProfileValues,
  generated: SettingName[],
  mustPublish: boolean,
): void {
  const { terminal, lang } = context;
  const missing = ASKED.filter((name) => values[name] === undefined).map((name) => definitionOf(name).environment);
  const items = checklist(values, generated);
  const publish = text(
    'Save there. After a change of 白名单IP or 授权发起页域名: 全网发布, or it holds for the test accounts only (test and live settings are separate).',
    '在控制台保存。若修改了「白名单IP」或「授权发起页域名」，须全网发布后才对正式环境生效（测试与正式配置相互独立）。',
  );
  if (terminal.json) {
    const checks = items.map(({ field, value, note }) => ({
      field,
      ...(value && { value }),
      ...(note && { note: note[lang] }),
    }));
    terminal.reveal(`${JSON.stringify({ profile, missing, checklist: checks, publish: publish[lang] })}\n`);
    return;
  }
  terminal.note(
    terminal.say(text(`Saved profile ${profile} in ${context.home}.`, `配置 ${profile} 已保存到 ${context.home}。`)),
  );
  terminal.print(
    '',
    terminal.say(
      text(
        'Enter in the console (open.weixin.qq.com → 管理中心 → 第三方平台), in this order:',
        '请在控制台（open.weixin.qq.com → 管理中心 → 第三方平台）依次填写：',
      ),
    ),
    '',
  );
  items.forEach(({ field, value, note }, index) => {
    const about = note ? ` — ${note[lang]}` : '';
    terminal.reveal(`  ${index + 1}. ${field}${value === undefined ? '' : `: ${value}`}${about}\n`);
  });
  terminal.print('', terminal.say(publish));
  if (mustPublish) terminal.warn(text('The domain changed: publish again (全网发布).', '域名已更改：请重新全网发布。'));
  if (missing.length > 0) {
    terminal.note(
      terminal.say(
        text(
          `Still missing: ${missing.join(', ')}. Run \`wxop init\` again when you have it; \`wxop listen\` already works with appid, token and key.`,
          `仍缺少：${missing.join('、')}。取得后请再次运行 \`wxop init\`；有了 AppID、Token 和 Key 即可运行 \`wxop listen\`。`,
        ),
      ),
    );
  } else terminal.note(terminal.say(text('Next: wxop listen', '下一步：wxop listen')));
}
