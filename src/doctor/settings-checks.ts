/** The settings: where each comes from, and whether it has the right form. */
import { en, listed, text, zh, type Hole, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { checkSetting, definitionOf, SETTING_NAMES, type SettingName } from '../settings/setting-definitions.ts';
import type { Setting, Settings } from '../settings/resolve-settings.ts';
import { failed, failedWith, info, ok, same, skipped, warning, type Check, type Finding, type Group } from './check.ts';
import { isPrivateHost } from '../runtime/hosts.ts';
import { aesKeyProblem, appIdProblem, messageTokenProblem } from './key-problem.ts';

export interface SettingsFacts {
  /** Throws if they cannot be read at all. */
  settings: () => Settings;
  /** Calls go to WeChat, not to a sandbox. */
  isReal: () => boolean;
}

export function settingsChecks({ settings, isReal }: SettingsFacts): Group {
  const given = (name: SettingName) => settings().given(name);
  const check = (id: string, title: Text, run: () => Finding, needs: string[] = []): Check => ({
    id: `settings.${id}`,
    title,
    needs: ['settings.origins', ...needs],
    run,
  });
  const key = (id: string, title: Text, name: SettingName, unset: Finding, problemOf = NONE): Check =>
    check(id, title, () => judgeKey(name, given(name), problemOf) ?? unset);
  return {
    id: 'settings',
    title: text('Settings', '设置'),
    checks: [
      { id: 'settings.origins', title: text('where from', '来源'), run: () => judgeAll(settings()) },
      key('component-appid', same('AppID'), 'componentAppId', NO_APPID, appIdProblem),
      key('component-appsecret', same('AppSecret'), 'componentAppSecret', NO_SECRET),
      key('message-token', text('message token', '消息校验Token'), 'messageToken', NO_PUSHES, messageTokenProblem),
      key('aes-key', text('EncodingAESKey', '消息加解密Key'), 'encodingAesKey', NO_PUSHES, aesKeyProblem),
      check(
        'previous-aes-key',
        text('previous AES key', '更换前的 Key'),
        () => judgePrevious(given('previousEncodingAesKey')?.value, given('encodingAesKey')?.value),
        ['settings.aes-key'],
      ),
      check('public-url', text('public URL', '公网地址'), () => judgePublicUrl(given('publicUrl'), isReal())),
      check('cloud-pushes', text('unencrypted pushes', '未加密推送'), () => judgeCloud(settings().find('cloudPushes'))),
      check('message-path', text('message path', '消息路径'), () => judgeMessagePath(settings().get('messagePath'))),
    ],
  };
}

/** These have stricter checks of their own. */
const CLOSER: SettingName[] = [
  'componentAppId',
  'messageToken',
  'encodingAesKey',
  'previousEncodingAesKey',
  'publicUrl',
];

function judgeAll(settings: Settings): Finding {
  for (const name of SETTING_NAMES) {
    const given = settings.given(name);
    if (!given || CLOSER.includes(name) || typeof checkSetting(name, given.value) === 'string') continue;
    try {
      settings.find(name);
    } catch (thrown) {
      if (thrown instanceof WxopError) return failedWith(thrown);
    }
  }
  const origins = originsOf(settings);
  return info(origins.length > 0 ? listed(origins, text('; ', '；')) : ALL_DEFAULT);
}

/** Which settings come from where; those left at their default are not named. */
function originsOf(settings: Settings): Text[] {
  const byOrigin = new Map<string, SettingName[]>();
  for (const name of SETTING_NAMES) {
    const origin = settings.given(name)?.origin;
    if (origin === undefined || origin === 'default') continue;
    const kind = ['--', 'WXOP_'].find((start) => origin.startsWith(start)) ?? origin;
    byOrigin.set(kind, [...(byOrigin.get(kind) ?? []), name]);
  }
  return [...byOrigin].map(([kind, names]) => {
    const origin = ORIGINS[kind] ?? profile(kind);
    return text(en`${origin}: ${names.join(', ')}`, zh`${origin}：${names.join('、')}`);
  });
}

const ALL_DEFAULT = text('none: all by default', '全部为默认值');
const ORIGINS: Record<string, Text> = { '--': text('flags', '命令行'), WXOP_: text('environment', '环境变量') };
const profile = (origin: string): Text => text(origin, origin.replace(/^profile /, '配置 '));

type ProblemOf = (given: string) => Text | undefined;
const NONE: ProblemOf = () => undefined;

/** Says what is wrong with a key more exactly than the settings do; of a secret, only that it is set. */
function judgeKey(name: SettingName, given: Setting | undefined, problemOf: ProblemOf): Finding | undefined {
  if (!given) return undefined;
  const problem = problemOf(given.value);
  if (problem) return invalid(withOrigin(problem, given), COPY_AGAIN);
  return ok(withOrigin(definitionOf(name).secret ? text('set', '已设置') : given.value, given));
}

function judgePrevious(previous: string | undefined, current: string | undefined): Finding {
  if (previous === undefined) return skipped(text('not set', '未设置'));
  const problem = aesKeyProblem(previous);
  if (problem) return invalid(problem, INIT);
  return previous.trim() === current?.trim() ? SAME_KEY : ok(text('set: both open pushes', '已设置：两者均可解密推送'));
}

function judgePublicUrl(given: Setting | undefined, isReal: boolean): Finding {
  if (!given) return NO_PUBLIC_URL;
  const checked = checkSetting('publicUrl', given.value);
  const seen = withOrigin(given.value, given);
  if (typeof checked !== 'string') return invalid(text(en`${seen} is not ${checked}`, zh`${seen}不是${checked}`), INIT);
  const url = new URL(checked);
  if (!isReal) return ok(seen);
  if (isPrivateHost(url.hostname)) return privateHost(seen);
  if (url.port !== '') return otherPort(seen);
  return url.protocol === 'https:' ? ok(seen) : unencrypted(seen);
}

const judgeCloud = (from: string | undefined): Finding =>
  from === undefined
    ? ok(text('none are taken', '不接收'))
    : warning(text(`taken from ${from}`, `接收来自 ${from} 的`), CLOSE_IT);
const CLOSE_IT = text(
  "Nothing proves them: close the cloud service's public access, and unset cloudPushes where 传统模式 is chosen.",
  '这些推送无法验证：请关闭云托管服务的公网访问；若已选择传统模式，请取消 cloudPushes。',
);

const judgeMessagePath = (path: string): Finding => (path.includes('$APPID$') ? ok(same(path)) : withoutAppId(path));

const withOrigin = (what: Hole, { origin }: Setting): Text => text(en`${what} (${origin})`, zh`${what}（${origin}）`);
const invalid = (seen: Text, next: Text): Finding => failed('SETTINGS_INVALID', seen, next);
const unset = (without: Text, next = INIT): Finding =>
  warning(text(en`not set: ${without}`, zh`未设置：${without}`), next);

const INIT = text('Run `wxop init`.', '请运行 `wxop init`。');
const COPY_AGAIN = text('Copy it again from the console (开发资料).', '请从控制台“开发资料”重新复制。');
const NO_APPID = notSet('componentAppId');
const NO_SECRET = unset(text('tickets are accepted, but yield no token', '可接收 ticket，但无法换取令牌'));
const NO_PUSHES = unset(text('no push can be taken in', '无法接收推送'));
const NO_PUBLIC_URL = unset(
  text('links lead to this machine only', '链接只能在本机打开'),
  text('Set it to the 授权发起页域名, with https://.', '请设为“授权发起页域名”，并带上 https://。'),
);
const SAME_KEY = warning(
  text('the same as the current one', '与当前的 Key 相同'),
  text('Remove it: it has no use.', '可以移除，没有作用。'),
);

function notSet(name: SettingName): Finding {
  const { environment, about } = definitionOf(name);
  return failed(
    'SETTINGS_MISSING',
    text(en`not set (${about})`, zh`未设置（${about}）`),
    text(`Run \`wxop init\`, or set ${environment}.`, `请运行 \`wxop init\`，或设置 ${environment}。`),
  );
}

const privateHost = (seen: Text): Finding =>
  invalid(
    text(en`${seen}: only this network can open it`, zh`${seen}：仅内网可访问`),
    text('WeChat and your merchants need a public name.', '微信与商家需要通过公网域名访问。'),
  );
const otherPort = (seen: Text): Finding =>
  warning(
    text(en`${seen}: WeChat pushes to ports 80 and 443 only`, zh`${seen}：微信只推送到 80 与 443 端口`),
    text('Let nginx or a tunnel hold 443 and pass on.', '请由 nginx 或隧道监听 443 并转发。'),
  );
const unencrypted = (seen: Text): Finding =>
  warning(
    text(en`${seen}: authorization codes pass unencrypted`, zh`${seen}：授权码会明文传输`),
    text('Use https.', '请使用 https。'),
  );
const withoutAppId = (path: string): Finding =>
  warning(
    text(`${path}, without $APPID$`, `${path}，不含 $APPID$`),
    text('Without it nobody can tell which account a message is for.', '缺少它就无法区分消息属于哪个帐号。'),
  );
