/** What to enter in the console, so that both sides agree: the last thing that `wxop init` says. */
import type { Context } from '../../cli/context.ts';
import { inOneLine } from '../../sentences/printable.ts';
import { text, type Text } from '../../sentences/text.ts';
import { definitionOf, type ProfileValues, type SettingName } from '../../settings/setting-definitions.ts';
import { profileFlag } from '../../settings/profile-named.ts';

/** The settings that init asks for: what a profile is made of, in the order of the console's pages. */
export const ASKED = ['publicUrl', 'messageToken', 'encodingAesKey', 'componentAppId', 'componentAppSecret'] as const;

/** Whether the console's settings must be published again. */
export const changedInConsole = (known: ProfileValues, values: ProfileValues): boolean =>
  known.publicUrl !== undefined && known.publicUrl !== values.publicUrl;

export interface ChecklistItem {
  /** The field's name in the console. */
  field: string;
  value?: string;
  note?: Text;
}

const FIELDS = { messageToken: '消息校验Token', encodingAesKey: '消息加解密Key' } as const;

/** What to enter, in the order of the console's pages; `secret` tells of each secret what there is to tell. */
export function consoleFields(
  values: ProfileValues,
  secret: (name: keyof typeof FIELDS) => Omit<ChecklistItem, 'field'>,
): ChecklistItem[] {
  const publicUrl = values.publicUrl === undefined ? undefined : String(values.publicUrl);
  // A message URL with the appid in its host name is whole already.
  const at = (path: string): string => (path.startsWith('/') ? (publicUrl ?? 'https://…') + path : path);
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
    { field: FIELDS.messageToken, ...secret('messageToken') },
    { field: FIELDS.encodingAesKey, ...secret('encodingAesKey') },
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

const SHOWN_ONCE = text('generated now, shown this once', '刚刚生成，仅显示这一次');

/** The checklist of a profile that was just saved. */
function checklist(values: ProfileValues, generated: SettingName[], flag: string): ChecklistItem[] {
  const reveal = `wxop profile show${flag.replace(' --profile', '')} --reveal`;
  return consoleFields(values, (name) => {
    if (generated.includes(name)) return { value: String(values[name]), note: SHOWN_ONCE };
    return { note: values[name] === undefined ? notSetYet(flag) : savedOne(reveal) };
  });
}

const notSetYet = (flag: string): Text =>
  text(`not set yet: run \`wxop init${flag}\` again`, `尚未设置：请再次运行 \`wxop init${flag}\``);
const savedOne = (reveal: string): Text =>
  text(`the saved one: \`${reveal}\` shows it`, `使用已保存的值：\`${reveal}\` 可查看`);

/** The checklist, what is still missing, and what comes next. */
export async function printChecklist(
  context: Context,
  profile: string,
  values: ProfileValues,
  generated: SettingName[],
  mustPublish: boolean,
): Promise<void> {
  const { terminal } = context;
  const missing = ASKED.filter((name) => values[name] === undefined).map((name) => definitionOf(name).environment);
  const flag = profileFlag(context.profiles.read(), context.runtime.environment, profile);
  const items = checklist(values, generated, flag);
  context.redactor.learn(...generated.map((name) => String(values[name])));
  if (terminal.json) {
    const checks = items.map(({ field, value, note }) => ({
      field,
      ...(value && { value }),
      ...(note && { note: terminal.say(note) }),
    }));
    terminal.revealJson({ profile, missing, checklist: checks, publish: terminal.say(PUBLISH) });
    return;
  }
  terminal.note(text(`Saved profile ${profile} in ${context.home}.`, `配置 ${profile} 已保存到 ${context.home}。`));
  const paint = await terminal.paint('out');
  const address = paint.link(CONSOLE, `https://${CONSOLE}/`);
  terminal.print('', terminal.say(ENTER).replace(CONSOLE, address), '');
  const colon = terminal.say(text(': ', '：'));
  items.forEach(({ field, value, note }, index) => {
    const about = note ? ` — ${terminal.say(note)}` : '';
    const given = value === undefined ? '' : `${colon}${value}`;
    terminal.reveal(`${inOneLine(`  ${index + 1}. ${field}${given}${about}`)}\n`);
  });
  terminal.print('', PUBLISH);
  if (mustPublish) terminal.warn(text('The domain changed: publish again (全网发布).', '域名已更改：请重新全网发布。'));
  if (missing.length > 0) {
    terminal.note(stillMissing(missing, flag));
  } else terminal.note(text(`Next: wxop listen${flag}`, `下一步：wxop listen${flag}`));
}

export const PUBLISH = text(
  'Save there. After a change of 白名单IP or 授权发起页域名: 全网发布, or it holds for the test accounts only (test and live settings are separate).',
  '在控制台保存。若修改了“白名单IP”或“授权发起页域名”，须全网发布后才对正式环境生效（测试与正式配置相互独立）。',
);
const CONSOLE = 'open.weixin.qq.com';
export const ENTER = text(
  'Enter in the console (open.weixin.qq.com → 管理中心 → 第三方平台), in this order:',
  '请在控制台（open.weixin.qq.com → 管理中心 → 第三方平台）依次填写：',
);
const stillMissing = (missing: string[], flag: string): Text =>
  text(
    `Still missing: ${missing.join(', ')}. Run \`wxop init${flag}\` again when you have it; \`wxop listen${flag}\` already works with appid, token and key.`,
    `仍缺少：${missing.join('、')}。取得后请再次运行 \`wxop init${flag}\`；有了 AppID、消息校验Token 和消息加解密Key 即可运行 \`wxop listen${flag}\`。`,
  );
