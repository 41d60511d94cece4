/** What the settings of a listener mean, and which of them do not go together. */
import type { ForwardTarget } from '../../delivery/forward-target.ts';
import { messageRoute } from '../../listener/message-route.ts';
import type { OtherForms } from '../../listener/other-forms.ts';
import type { Operator } from '../../listener/pages/page.ts';
import { isLoopbackHost } from '../../runtime/hosts.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Settings } from '../../settings/resolve-settings.ts';

/** Where `--metrics` says that they are. */
export function metricsAddress(written: string | undefined): { host: string; port: number } | undefined {
  const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(written ?? '') ?? [];
  return port === undefined ? undefined : { host: host?.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
}

/** In whose name the merchants' pages are. Throws SETTINGS_INVALID for a logo that cannot be shown. */
export async function operatorOf(settings: Settings, query?: string): Promise<Operator> {
  const file = settings.find('operatorLogo');
  const sets = settings.find('permissionSets');
  return {
    name: settings.find('operatorName'),
    permissionSets: sets?.split(',').map(Number),
    ...(file !== undefined && {
      logo: { ...(await (await import('../../listener/pages/operator-logo.ts')).readLogo(file)), query },
    }),
  };
}

/** Without a public URL the listener is this machine's own affair. */
export const isLoopback = (publicUrl = 'http://localhost'): boolean => isLoopbackHost(new URL(publicUrl).hostname);

/** Throws for everything about a listener that is wrong before it is started. */
export async function checkServing(settings: Settings, targets: ForwardTarget[]): Promise<void> {
  listenerPaths(settings);
  otherFormsOf(settings);
  await checkTargets(targets, settings.get('forwardEvents'), settings);
}

/** Throws USAGE without the target that is needed, SETTINGS_INVALID for one that is this listener. */
async function checkTargets(targets: ForwardTarget[], events: string, settings: Settings): Promise<void> {
  if (targets.length === 0 && events !== 'never') throw noTarget(events);
  if (targets.length === 0) return;
  const { networkInterfaces } = await import('node:os');
  const ours = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
  const { eventPath, messagePath } = listenerPaths(settings);
  const messages = messageRoute(messagePath);
  const publicOrigin = originOfUrl(settings.find('publicUrl'));
  const messageOrigin = messagePath.startsWith('/') ? publicOrigin : originOfUrl(messagePath);
  const isOwn = ({ url }: ForwardTarget): boolean => {
    const { origin, hostname, host, port, protocol, pathname } = new URL(concrete(url));
    const bare = hostname.replace(/^\[|\]$/g, '');
    const isHere = isLoopbackHost(hostname) || ['0.0.0.0', '::', settings.get('host'), ...ours].includes(bare);
    if (protocol === 'http:' && (port || '80') === settings.get('port') && isHere) return true;
    if (origin === publicOrigin && pathname === eventPath) return true;
    return origin === messageOrigin && messages.match(host, pathname) !== undefined;
  };
  const own = targets.find(isOwn);
  if (own) throw forwardsToItself(own.name);
}

/** A URL with some account's appid in its place. */
const concrete = (url: string): string => url.replaceAll('$APPID$', 'wx0123456789abcdef');
const originOfUrl = (url: string | undefined): string | undefined => url && new URL(concrete(url)).origin;

const forwardsToItself = (target: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(`The target ${target} is this listener itself.`, `转发目标 ${target} 就是本监听服务自身。`),
    {
      hint: text('Name the address of your own service with --forward-to.', '请用 --forward-to 指定您自己的服务地址。'),
    },
  );

/** Throws SETTINGS_INVALID when they are the same: no message would ever be read. */
export function listenerPaths(settings: Settings): { eventPath: string; messagePath: string } {
  const paths = { eventPath: settings.get('eventPath'), messagePath: settings.get('messagePath') };
  if (paths.eventPath === paths.messagePath) throw samePath(paths.eventPath);
  return paths;
}

const samePath = (path: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(`Event path and message path are both ${path}.`, `授权事件路径与消息路径均为 ${path}。`),
    {
      hint: text(
        'Give each its own with --event-path and --message-path, and enter both in the console.',
        '请用 --event-path 与 --message-path 分别设置，并在控制台填写对应网址。',
      ),
    },
  );

/** Throws SETTINGS_INVALID where this machine's own proxy would pass everybody's pushes off as its own. */
export function otherFormsOf(settings: Settings): OtherForms {
  const json = settings.get('pushFormat') === 'json';
  const cloudFrom = settings.find('cloudPushes')?.split(',');
  const publicUrl = settings.find('publicUrl');
  const isLocal = cloudFrom?.some((entry) => /^(?:loopback$|127\.|::1)/.test(entry)) ?? false;
  if (isLocal && publicUrl !== undefined && !isLoopback(publicUrl)) throw openToAll(publicUrl);
  return { json, ...(cloudFrom && { cloudFrom }) };
}

const openToAll = (publicUrl: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      en`cloudPushes names this machine, and ${publicUrl} is public: through a proxy here, anybody could push.`,
      zh`cloudPushes 含本机，而 ${publicUrl} 为公网地址：经本机代理，任何人都可推送。`,
    ),
    { hint: text('Name the addresses of the cloud gateway only.', '请只填写云托管网关的地址。') },
  );

const noTarget = (events: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`--forward-events ${events} without a target.`, `--forward-events ${events} 缺少转发目标。`),
    {
      hint: text('Name one with --forward-to.', '请用 --forward-to 指定。'),
    },
  );
