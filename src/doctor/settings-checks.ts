/** The settings: where each comes from, and whether it has the shape that it must have. */
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { checkSetting, definitionOf, SETTING_NAMES, type SettingName } from '../settings/setting-definitions.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import { failed, failedWith, info, ok, same, skipped, warning, type Check, type Finding, type Group } from './check.ts';
import { isPrivateHost } from '../runtime/hosts.ts';
import { aesKeyProblem, appIdProblem, messageTokenProblem } from './key-shapes.ts';

export interface SettingsFacts {
  /** Throws where they cannot be read at all. */
  settings: () => Settings;
  /** The calls go to WeChat, not to a sandbox. */
  isReal: () => boolean;
}

const INIT = text('Run `wxop init`.', '请运行 `wxop init`。');

export function settingsChecks({ settings, isReal }: SettingsFacts): Group {
  const given = (name: SettingName) => settings().given(name);
  /** A key, judged more closely than by the settings themselves: what exactly is wrong with it. */
  const key = (
    id: string,
    name: SettingName,
    problemOf: (given: string) => Text | undefined,
    without: Text,
  ): Check => ({
    id,
    title: TITLES[name] ?? same(name),
    needs: ['settings.origins'],
    run: () => {
      const found = given(name);
      if (!found)
        return name === 'componentAppId'
          ? missing(name)
          : warning(text(en`not set: ${without}`, zh`未设置：${without}`), INIT);
      const problem = problemOf(found.value);
      const from = text(`(${found.origin})`, `（${found.origin}）`);
      const what = shown(name, found.value);
      if (!problem) return ok(text(en`${what} ${from}`, zh`${what}${from}`));
      return failed(
        'SETTINGS_INVALID',
        text(en`${problem} ${from}`, zh`${problem}${from}`),
        text('Copy it again from the console (开发资料).', '请从控制台「开发资料」重新复制。'),
      );
    },
  });
  const nothing = (): undefined => undefined;

  return {
    id: 'settings',
    title: text('Settings', '设置'),
    checks: [
      { id: 'settings.origins', title: text('where from', '来源'), run: () => judgeAll(settings()) },
      key('settings.component-appid', 'componentAppId', appIdProblem, same('')),
      key('settings.component-appsecret', 'componentAppSecret', nothing, NO_SECRET),
      key('settings.message-token', 'messageToken', messageTokenProblem, NO_PUSHES),
      key('settings.aes-key', 'encodingAesKey', aesKeyProblem, NO_PUSHES),
      {
        id: 'settings.previous-aes-key',
        title: text('previous AES key', '更换前的 Key'),
        needs: ['settings.origins', 'settings.aes-key'],
        run: () => judgePrevious(given('previousEncodingAesKey')?.value, given('encodingAesKey')?.value),
      },
      {
        id: 'settings.public-url',
        title: text('public URL', '公网地址'),
        needs: ['settings.origins'],
        run: () => judgePublicUrl(given('publicUrl'), isReal()),
      },
      {
        id: 'settings.message-path',
        title: text('message path', '消息路径'),
        needs: ['settings.origins'],
        run: () => {
          const path = settings().get('messagePath');
          if (path.includes('$APPID$')) return ok(same(path));
          return warning(
            text(`${path}, without $APPID$`, `${path}，不含 $APPID$`),
            text('Without it nobody can tell which account a message is for.', '缺少它就无法区分消息属于哪个帐号。'),
          );
        },
      },
    ],
  };
}

const TITLES: Partial<Record<SettingName, Text>> = {
  componentAppId: same('AppID'),
  componentAppSecret: same('AppSecret'),
  messageToken: text('message token', '消息校验Token'),
  encodingAesKey: text('EncodingAESKey', '消息加解密Key'),
};
const NO_SECRET = text('tickets are taken, but no token can be had', '可接收 ticket，但无法换取 token');
const NO_PUSHES = text('no push can be taken in', '无法接收推送');

/** Of secrets, only that they are there. */
const shown = (name: SettingName, value: string): Text =>
  definitionOf(name).secret ? text('set', '已设置') : same(value);

function missing(name: SettingName): Finding {
  const { environment, about } = definitionOf(name);
  return failed(
    'SETTINGS_MISSING',
    text(en`not set (${about})`, zh`未设置（${about}）`),
    text(`Run \`wxop init\`, or set ${environment}.`, `请运行 \`wxop init\`，或设置 ${environment}。`),
  );
}

/** Judged closer by checks of their own. */
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

function judgePrevious(previous: string | undefined, current: string | undefined): Finding {
  if (previous === undefined) return skipped(text('not set', '未设置'));
  const problem = aesKeyProblem(previous);
  if (problem) return failed('SETTINGS_INVALID', problem, INIT);
  if (previous.trim() !== current?.trim()) return ok(text('set: both open pushes', '已设置：两者均可解密推送'));
  return warning(
    text('the same as the current one', '与当前的 Key 相同'),
    text('Remove it: it has no use.', '可以移除，没有作用。'),
  );
}

function judgePublicUrl(given: { value: string; origin: string } | undefined, isReal: boolean): Finding {
  if (!given) {
    return warning(
      text('not set: links lead to this machine only', '未设置：链接只能在本机打开'),
      text('Set it to the 授权发起页域名, with https://.', '请设为「授权发起页域名」，并带上 https://。'),
    );
  }
  const checked = checkSetting('publicUrl', given.value);
  const seen = text(`${given.value} (${given.origin})`, `${given.value}（${given.origin}）`);
  if (typeof checked !== 'string') {
    return failed('SETTINGS_INVALID', text(en`${seen} is not ${checked}`, zh`${seen}不是${checked}`), INIT);
  }
  const url = new URL(checked);
  if (!isReal) return ok(seen);
  if (isPrivateHost(url.hostname)) {
    return failed(
      'SETTINGS_INVALID',
      text(en`${seen}: only this network can open it`, zh`${seen}：仅内网可访问`),
      text('WeChat and your merchants need a public name.', '微信与商家需要通过公网域名访问。'),
    );
  }
  if (url.port !== '') {
    return warning(
      text(en`${seen}: WeChat pushes to ports 80 and 443 only`, zh`${seen}：微信只推送到 80 与 443 端口`),
      text('Let nginx or a tunnel hold 443 and pass on.', '请由 nginx 或隧道监听 443 并转发。'),
    );
  }
  if (url.protocol === 'https:') return ok(seen);
  return warning(
    text(en`${seen}: authorization codes pass unencrypted`, zh`${seen}：授权码会明文传输`),
    text('Use https.', '请使用 https。'),
  );
}
