/** `wxop authorize --via`: the team's listener makes the link and takes what comes back; this machine shows it, and waits. */
import type { Context } from '../../cli/context.ts';
import type { AuthType } from '../../protocol/links.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { via } from '../flags.ts';
import { noTicket, TICKET_WAIT, waitingForTicket } from './ensure-ticket.ts';
import { showAuthorized } from './show-authorized.ts';
import { expectPicture, showLink, type LinkFlags } from './show-link.ts';
import { nobodyAuthorized, waitingFor } from './wait-for-attempt.ts';

export interface AuthorizeViaFlags extends LinkFlags {
  via: string;
  type: AuthType;
  onlySets?: number[];
  bizAppid?: string;
  returnUrl?: string;
  state?: string;
  code?: string;
  listen: boolean;
  timeout?: number;
}

export async function authorizeVia(context: Context, flags: AuthorizeViaFlags): Promise<void> {
  const { terminal, now } = context;
  via.expectOnly(
    context.settings,
    [
      ['--code', flags.code !== undefined],
      ['--no-listen', !flags.listen],
    ],
    ['forwardTo', 'forwardFormat', 'forwardEvents', 'operatorName', 'operatorLogo', 'permissionSets'],
  );
  if (flags.qr !== undefined) expectPicture(flags.qr);
  const since = now();
  const until = flags.timeout === undefined ? undefined : since + flags.timeout;
  const host = via.hostOf(flags.via);
  const progress = terminal.progress();
  let linkAt = since;
  try {
    const end = await (
      await context.listener()
    ).requestLink(
      {
        via: flags.via,
        wishes: {
          authType: flags.type,
          permissionSets: flags.onlySets,
          bizAppId: flags.bizAppid,
          returnUrl: flags.returnUrl,
          state: flags.state,
        },
        wait: flags.wait,
        until,
        ticketUntil: until ?? since + TICKET_WAIT,
        show: async (link) => {
          progress.done();
          linkAt = now();
          await showLink(context, { ...link, expiresAt: linkAt + link.left }, flags);
          if (link.bizAppId !== undefined && flags.bizAppid === undefined) terminal.note(onlyFor(link.bizAppId));
        },
      },
      (activity) => {
        switch (activity.type) {
          case 'no-ticket':
            return progress.waited(now() - since, (waited) => waitingForTicket(since, waited));
          case 'waiting':
            return progress.waited(now() - linkAt, waitingFor);
          case 'away':
            progress.done();
            return terminal.warn(via.away(activity.error.text, activity.pause));
          case 'back':
            progress.done();
            return terminal.note(text(`Connected to ${host} again.`, `已重新连接 ${host}。`));
        }
      },
    );
    progress.done();
    if (end.type === 'no-ticket') throw noTicket(mustReceive(host));
    if (end.type === 'no-link') throw noLink(host);
    if (end.type === 'lost') throw lost(end.error);
    if (end.type === 'nobody') throw nobodyAuthorized(now() - linkAt, end.failure);
    if (end.type === 'authorized') showAuthorized(context, end);
  } finally {
    progress.done();
  }
}

const onlyFor = (appId: string): Text =>
  text(`The key is for ${appId}: only that account can authorize.`, `该密钥仅限 ${appId}：只有该帐号可以授权。`);

const mustReceive = (host: string): Text =>
  text(
    `WeChat must push one to ${host}: ask its operator, who sees it in \`wxop status\`.`,
    `微信须向 ${host} 推送 ticket：请联系其管理员，可用 \`wxop status\` 查看。`,
  );

const noLink = (host: string): WxopError =>
  new WxopError('TIMEOUT', text(`${host} made no link in time.`, `${host} 未能及时生成链接。`), {
    hint: text('Give it more time: --timeout.', '请用 --timeout 留出更多时间。'),
  });

const lost = ({ text: sentence }: WxopError): WxopError =>
  new WxopError('NETWORK', sentence, {
    hint: text(
      'Whether the account authorized, only the listener knows: `wxop accounts list` there.',
      '是否已授权只有监听服务知道：请在该处运行 `wxop accounts list`。',
    ),
  });
