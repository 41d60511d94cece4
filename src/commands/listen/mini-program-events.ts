/** Events of WeChat's about mini programs: as a sentence, as JSON, for runs that wait for them, and for the operator. */
import type { Context } from '../../cli/context.ts';
import { leaveAuditNotice } from '../../credentials/releases/audit-notices.ts';
import { createResultHook } from '../../listener/hooks/result-hook.ts';
import type { ListenerActivity } from '../../listener/receiver.ts';
import {
  isAuditEvent,
  readMiniProgramEvent,
  type EventOutcome,
  type MiniProgramEvent,
  type MiniProgramEventName,
} from '../../protocol/mini-program-events.ts';
import { reasonText } from '../../release/reason-text.ts';
import { iso } from '../../sentences/iso-time.ts';
import { inOneLine } from '../../sentences/printable.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError } from '../../sentences/wxop-error.ts';

export type MessageActivity = Extract<ListenerActivity, { type: 'message' }>;

/** Of a mini program whose event it is. What is in it was written by others. */
export interface TakenEvent extends Omit<MiniProgramEvent, 'reason'> {
  appId: string;
  nickName: string;
  /** As text, a line for each point. */
  reason: string;
  createdAt: number;
}

/** Undefined for a message that is no such event. */
export async function takenEvent(
  context: Context,
  { appId: inUrl, message }: MessageActivity,
): Promise<TakenEvent | undefined> {
  const event = readMiniProgramEvent(message.event ?? '', message.fields);
  if (!event) return undefined;
  const { appId, nickName } = await accountOf(context, inUrl, message.toUserName);
  return { ...event, appId, nickName, reason: reasonText(event.reason), createdAt: message.createTime * 1000 };
}

/** By the original id where the URL names no appid. */
async function accountOf(context: Context, inUrl: string, userName: string) {
  const unknown = { appId: inUrl, nickName: '' };
  const keeper = await context.keeper();
  try {
    if (inUrl !== '') return await keeper.account(inUrl);
    for await (const account of keeper.accounts()) {
      if (!('error' in account) && account.userName === userName) return account;
    }
  } catch {
    // An account that was never stored, or a store that is away: the event counts all the same.
  }
  return unknown;
}

export const eventJson = (event: TakenEvent) => ({
  type: 'mini-program-event',
  appId: event.appId,
  nickName: event.nickName,
  event: event.event,
  result: event.outcome,
  subject: event.subject || null,
  reason: event.reason || null,
  id: event.id || null,
  url: event.url || null,
  screenshots: event.screenshots,
  createdAt: iso(event.createdAt),
});

const MOST_SHOWN = 300;

export function eventSentence({ event, outcome, subject, reason }: TakenEvent): Text {
  const about = inOneLine(subject);
  const why = cut(inOneLine(reason.replaceAll('\n', '; ')));
  const sentence = SENTENCES[event]?.[outcome] ?? DECIDED;
  const named = about === '' ? sentence : text(en`${sentence} (${about})`, zh`${sentence}（${about}）`);
  return why === '' ? named : text(en`${named}: ${why}`, zh`${named}：${why}`);
}

const cut = (line: string): string => (line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line);

const DECIDED = text('WeChat decided', '微信已作出决定');
const SENTENCES: Partial<Record<MiniProgramEventName, Partial<Record<EventOutcome, Text>>>> = {
  weapp_audit_success: { approved: text('the audit was approved', '代码审核通过') },
  weapp_audit_fail: { rejected: text('the audit was rejected', '代码审核未通过') },
  weapp_audit_delay: { delayed: text('the audit takes longer', '代码审核延后') },
  wxa_nickname_audit: {
    approved: text('the new name was approved', '名称审核通过'),
    rejected: text('the new name was rejected', '名称审核未通过'),
  },
  wxa_privacy_apply: {
    approved: text('the private interface was granted', '隐私接口申请通过'),
    rejected: text('the private interface was refused', '隐私接口申请未通过'),
  },
  wxa_category_audit: { decided: text('WeChat decided about a category', '类目审核有结果') },
  wxa_illegal_record: { found: text('WeChat found a violation', '微信发现违规') },
  wxa_punish_event: { found: text('WeChat punishes a violation', '微信处罚违规') },
  wxa_appeal_record: {
    underWay: text('an appeal is under way', '申诉处理中'),
    approved: text('the appeal was accepted', '申诉通过'),
    rejected: text('the appeal was refused', '申诉未通过'),
    withdrawn: text('the appeal was withdrawn', '申诉已撤回'),
  },
};

export type EventDesk = ReturnType<typeof createEventDesk>;

/** What is done with such an event beside showing it: a run that waits looks at once, and the operator is called. */
export function createEventDesk(context: Context) {
  const { settings, runtime, terminal, now } = context;
  const { componentAppId } = settings.need('componentAppId');
  const hook = createResultHook({
    call: settings.find('onResult'),
    environment: runtime.environment,
    http: context.http,
    signal: runtime.signal,
    now,
    warn: (warning) => terminal.warn(warning),
  });
  return {
    take: async (activity: MessageActivity): Promise<void> => {
      const event = await takenEvent(context, activity);
      if (!event) return;
      const { appId } = event;
      if (isAuditEvent(event.event) && appId !== '') {
        await leaveAuditNotice(await context.store(), appId, now()).catch((error: unknown) => {
          terminal.warn(noNotice(appId, toWxopError(error).text));
        });
      }
      hook.tell({ ...eventJson(event), componentAppId });
    },
    finished: () => hook.finished(),
  };
}

const noNotice = (appId: string, why: Text): Text =>
  text(
    en`A run that waits for ${appId} will look later: the event could not be noted. ${why}`,
    zh`等待 ${appId} 的任务将稍后再查看：未能记下该事件。${why}`,
  );
