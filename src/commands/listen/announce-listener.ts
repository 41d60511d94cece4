/** What `wxop listen` says at its start: where it listens, where pushes go on to, and what is amiss. */
import type { Context } from '../../cli/context.ts';
import type { Listener } from '../../listener/start-listener.ts';
import { text } from '../../sentences/text.ts';
import { pad, widest } from '../../terminal/columns.ts';

interface StandingChoice {
  standingLink?: boolean;
  /** What tells it apart from those of other components. */
  standingQuery?: string;
}

export async function announceListener(context: Context, listener: Listener, choice: StandingChoice): Promise<void> {
  announceUrls(context, listener, choice);
  await announceForwarding(context);
}

/** The URLs of this listener as the outside sees them. */
function publicUrls(context: Context) {
  const publicUrl = context.publicUrl();
  const messagePath = context.settings.get('messagePath');
  return {
    eventUrl: publicUrl + context.settings.get('eventPath'),
    messageUrl: messagePath.startsWith('/') ? publicUrl + messagePath : messagePath,
    redirectUrl: `${publicUrl}/authorize/callback`,
  };
}

const EVENT_URL = '授权事件接收URL';
const MESSAGE_URL = '消息与事件接收URL';
const STANDING_LINK = text('standing link', '长期授权链接');
const METRICS = text('metrics', '监控指标');

const NO_APPID_IN_PATH = text(
  'The message path has no $APPID$, so messages cannot be matched to an account. Put it into --message-path and into 消息与事件接收URL.',
  '消息路径不含 $APPID$，无法区分消息属于哪个帐号。请在 --message-path 与控制台“消息与事件接收URL”中加入。',
);

const noPublicUrl = (url: string) =>
  text(
    `No public URL is set, so links point to ${url}: only this machine can open them. Use --public-url.`,
    `未设置公网地址，链接指向 ${url}，仅本机可打开。请使用 --public-url。`,
  );

const cloudPushes = (from: string) =>
  text(
    `Unencrypted pushes are taken from ${from}: whoever can send from there can forge them. Close the public access of the cloud service.`,
    `接收来自 ${from} 的未加密推送：能从该处发送者即可伪造。请关闭云托管服务的公网访问。`,
  );

function announceUrls(context: Context, { url, metricsUrl }: Listener, choice: StandingChoice): void {
  const { terminal, settings } = context;
  const urls = {
    ...publicUrls(context),
    ...(choice.standingLink && { standingUrl: `${context.publicUrl()}/authorize${choice.standingQuery ?? ''}` }),
  };
  if (terminal.json) return terminal.printJson({ type: 'listening', url, ...urls, ...(metricsUrl && { metricsUrl }) });
  terminal.note(text(`Listening on ${url}`, `正在监听 ${url}`));
  const rows: [string, string][] = [
    ...(choice.standingQuery ? [['AppID', settings.find('componentAppId') ?? ''] as [string, string]] : []),
    [EVENT_URL, urls.eventUrl],
    [MESSAGE_URL, urls.messageUrl],
    ...(urls.standingUrl ? [[terminal.say(STANDING_LINK), urls.standingUrl] as [string, string]] : []),
    ...(metricsUrl ? [[terminal.say(METRICS), metricsUrl] as [string, string]] : []),
  ];
  const width = widest(rows.map(([label]) => label));
  terminal.note(...rows.map(([label, at]) => `  ${pad(label, width)}  ${at}`));
  if (!settings.get('messagePath').includes('$APPID$')) terminal.warn(NO_APPID_IN_PATH);
  const cloud = settings.find('cloudPushes');
  if (cloud !== undefined) terminal.warn(cloudPushes(cloud));
  if (settings.find('publicUrl') === undefined) terminal.warn(noPublicUrl(context.publicUrl()));
}

const HANDED_OVER = text(
  'Codes and tokens are handed over to the target: this listener neither exchanges nor refreshes for this component.',
  '授权码与令牌已交由转发目标管理：本监听服务不再为该第三方平台换取或刷新令牌。',
);
const HANDED_OVER_BY_FLAG = text(
  'Other wxop commands do not see this flag and would still exchange and refresh: set WXOP_FORWARD_EVENTS=handover for them too.',
  '其他 wxop 命令看不到该选项，仍会换取与刷新：请同时为其设置 WXOP_FORWARD_EVENTS=handover。',
);

/** Where pushes are forwarded to; and that another service manages this profile's tokens, where that is so. */
async function announceForwarding(context: Context): Promise<void> {
  const { terminal, settings } = context;
  const targets = await (await context.listener()).targets();
  if (targets.length === 0) return;
  const events = settings.get('forwardEvents');
  const shown = targets.map(({ name, format }) => ({ url: name, format }));
  if (terminal.json) terminal.printJson({ type: 'forwarding', targets: shown, events });
  else
    terminal.note(
      ...shown.map(({ url, format }) => text(`Forwarding to ${url} (${format})`, `转发到 ${url} (${format})`)),
    );
  if (events !== 'handover') return;
  terminal.warn(HANDED_OVER);
  if (settings.originOf('forwardEvents')?.startsWith('--')) terminal.warn(HANDED_OVER_BY_FLAG);
}
