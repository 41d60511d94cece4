/** Judges a receiver's answer to a push. Source: 第三方平台 → 消息与事件推送, 被动回复消息. */
import { text, type Text } from '../sentences/text.ts';
import { openCapture, type CaptureKeys, type OpenedCapture } from './capture.ts';
import type { Forgery } from './forgeries.ts';
import { ANSWER_DEADLINE } from '../protocol/write-push.ts';

/** What came back; `silence` when no answer did. */
export interface ReceiverAnswer {
  status: number;
  body: string;
  milliseconds: number;
  silence?: 'unreachable' | 'closed' | 'timeout';
}

export interface AnswerVerdict {
  verdict: 'pass' | 'warn' | 'fail';
  reason: Text;
  /** The passive reply, opened. */
  reply?: OpenedCapture;
}

const pass = (reason: Text): AnswerVerdict => ({ verdict: 'pass', reason });
const warn = (reason: Text): AnswerVerdict => ({ verdict: 'warn', reason });
const fail = (reason: Text): AnswerVerdict => ({ verdict: 'fail', reason });

const SILENCE: Record<NonNullable<ReceiverAnswer['silence']>, Text> = {
  unreachable: text('nobody answers there', '无服务应答'),
  closed: text('closed the connection without an answer', '未应答即关闭连接'),
  timeout: text('no answer in time', '未及时应答'),
};

/** A genuine push: `success` within five seconds; for messages also nothing, or a sealed passive reply. */
export function judgeGenuine(answered: ReceiverAnswer, kind: 'event' | 'message', keys: CaptureKeys): AnswerVerdict {
  const { status, body, milliseconds, silence } = answered;
  if (silence) return fail(SILENCE[silence]);
  if (status !== 200) return fail(text(`refused with ${status}`, `以 ${status} 拒绝`));
  const late = milliseconds > ANSWER_DEADLINE;
  const verdict = kind === 'event' ? judgeEventBody(body) : judgeMessageBody(body, keys);
  if (late && verdict.verdict === 'pass') return fail(text('answered after more than 5 s', '应答超过 5 秒'));
  return verdict;
}

function judgeEventBody(body: string): AnswerVerdict {
  if (body === 'success') return pass(text('answered success', '应答 success'));
  const almost = body.replace(/[^a-z]/gi, '').toLowerCase() === 'success';
  return fail(
    almost
      ? text('answered success with something around it', '应答 success 前后含有多余内容')
      : text('answered 200, but not success', '应答 200，但内容不是 success'),
  );
}

function judgeMessageBody(body: string, keys: CaptureKeys): AnswerVerdict {
  if (body === '' || body === 'success') return pass(text(`answered ${body || 'nothing'}`, `应答${body || '空内容'}`));
  if (!/^\s*[<{]/.test(body)) return fail(text('answered something that is not a reply', '应答内容不是有效回复'));
  const opened = openCapture({ body }, keys);
  if (opened.failure === undefined) return { ...pass(text('answered a passive reply', '应答被动回复')), reply: opened };
  return fail(text(`its passive reply does not open: ${opened.failure}`, `被动回复无法打开：${opened.failure}`));
}

/** A genuine message that must be replied to with this text, by and to the right users. */
export function judgeReply(
  answered: ReceiverAnswer,
  content: string,
  users: { from: string; to: string },
  keys: CaptureKeys,
): AnswerVerdict {
  const judged = judgeGenuine(answered, 'message', keys);
  if (judged.verdict === 'fail') return judged;
  if (!judged.reply) return fail(text('no passive reply', '没有被动回复'));
  const { MsgType, Content, FromUserName, ToUserName } = judged.reply.fields;
  if (MsgType !== 'text' || Content !== content)
    return fail(text(`the reply is not ${content}`, `回复内容不是 ${content}`));
  if (FromUserName === users.from && ToUserName === users.to) return { ...judged, reason: text('replied', '已回复') };
  return fail(text('the users of the reply are not those of the message, swapped', '回复的收发双方未与原消息对调'));
}

/** A forged push: refused, and not by breaking. */
export function judgeForged(answered: ReceiverAnswer, forgery: Forgery, kind: 'event' | 'message'): AnswerVerdict {
  const { status, body, silence } = answered;
  const isHalf = forgery.expects === 408 || forgery.expects === 413;
  if (silence === 'closed' && isHalf) return pass(text('closed the connection', '已关闭连接'));
  if (silence) return fail(SILENCE[silence]);
  if (status >= 400 && status < 500) return pass(text(`refused with ${status}`, `以 ${status} 拒绝`));
  if (status >= 500) return warn(text(`broke with ${status} instead of refusing`, `出现 ${status} 错误，而不是拒绝`));
  const isTaken = body === 'success' || (kind === 'message' && status === 200 && (body === '' || /^\s*</.test(body)));
  if (!isTaken) {
    return warn(text(`answered ${status}, though not as if it took it`, `应答 ${status}，但并非接受`));
  }
  const taken = text('TAKEN as if it were genuine', '被当作真实推送接受');
  return forgery.isMinor ? warn(taken) : fail(taken);
}

/** The same push twice: both times the same answer. Whether it had one effect, only the receiver knows. */
export function judgeReplay(first: AnswerVerdict, [once, again]: [ReceiverAnswer, ReceiverAnswer]): AnswerVerdict {
  if (first.verdict !== 'pass') return first;
  if (again.silence) return fail(SILENCE[again.silence]);
  return once.status === again.status && (once.body === again.body || first.reply !== undefined)
    ? pass(text('answered as the first time', '与首次应答相同'))
    : warn(text(`answered ${again.status} the second time`, `第二次应答 ${again.status}`));
}
