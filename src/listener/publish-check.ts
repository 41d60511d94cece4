/** Answers the publish check (全网发布检测) by itself: the operator has nothing to write for it. */
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { sendCustomText } from '../protocol/calls/endpoints.ts';
import type { AccountMessage } from '../protocol/events.ts';
import { textReply } from '../protocol/passive-reply.ts';
import { answerFromApi, askOf, TEST_TEXT, type Ask } from '../protocol/publish-check.ts';

/** One line of the transcript. Codes are secrets and stay out of it. */
export interface PublishCheckActivity {
  type: 'publish-check';
  case: Ask['case'];
  appId: string;
  /** What WeChat asked. */
  asked: string;
  /** `replied`: in the answer to the push; `received`: answered with nothing, as it must be; then `sent` or `failed`. */
  outcome: 'replied' | 'received' | 'sent' | 'failed';
  answer?: string;
  /** From the push to this. */
  milliseconds: number;
  error?: WxopError;
}

export interface PublishCheckOptions {
  componentAppId: string;
  messageToken: string;
  keeper: Pick<Keeper, 'authorize' | 'call'>;
  now: () => number;
  random: () => string;
  onActivity: (activity: PublishCheckActivity) => void;
  later: (work: () => Promise<void>) => void;
  sleep: (milliseconds: number) => Promise<void>;
}

export interface CheckedMessage {
  appId: string;
  message: AccountMessage;
  nonce: string;
  /** The key that opened it. */
  aesKey: string;
}

/** The body of the answer to a message of the check; undefined for every other message. */
export type PublishCheck = (checked: CheckedMessage) => string | undefined;

/** True for a message of the check: answered by us, and nobody else's business. */
export const isPublishCheck = (message: AccountMessage, appId: string): boolean => askOf(message, appId) !== undefined;

/** Errors that WeChat answers now and then during the check; the same call a second later succeeds. */
const PASSING = [-1000, 45015];
const PAUSE = 1_000;

export function createPublishCheck(options: PublishCheckOptions): PublishCheck {
  const { keeper, now, onActivity, later, sleep } = options;

  return ({ appId, message, nonce, aesKey }) => {
    const ask = askOf(message, appId);
    if (!ask) return undefined;
    const startedAt = now();
    const note = (
      outcome: PublishCheckActivity['outcome'],
      more: { answer?: string; error?: WxopError } = {},
    ): void => {
      const asked = ask.case === 'api' ? 'QUERY_AUTH_CODE:***' : ask.case === 'text' ? TEST_TEXT : ask.event;
      onActivity({
        type: 'publish-check',
        case: ask.case,
        appId,
        asked,
        outcome,
        ...more,
        milliseconds: now() - startedAt,
      });
    };
    if (ask.case !== 'api') {
      note('replied', { answer: ask.reply });
      return textReply(message, ask.reply, {
        token: options.messageToken,
        encodingAesKey: aesKey,
        receiver: options.componentAppId,
        timestamp: Math.floor(startedAt / 1000),
        nonce,
        random: options.random(),
      });
    }
    note('received', { answer: '' });
    later(async () => {
      try {
        await answerByApi(ask.code, appId, message.fromUserName);
        note('sent', { answer: '***_from_api' });
      } catch (error) {
        note('failed', { error: toWxopError(error) });
      }
    });
    return '';
  };

  async function answerByApi(code: string, appId: string, openId: string): Promise<void> {
    const holder = { account: await accountOf(code, appId) };
    const args = { openId, content: answerFromApi(code) };
    try {
      await keeper.call(holder, sendCustomText, args);
    } catch (error) {
      if (!(error instanceof WxopError) || !PASSING.includes(error.errcode ?? 0)) throw error;
      await sleep(PAUSE);
      await keeper.call(holder, sendCustomText, args);
    }
  }

  /** The account whose token was just obtained. The event of its authorization may have brought the same code. */
  async function accountOf(code: string, appId: string): Promise<string> {
    try {
      return (await keeper.authorize(code, undefined, { described: false })).account.appId;
    } catch (error) {
      if (error instanceof WxopError && (error.errcode === 61009 || error.errcode === 61010)) return appId;
      throw error;
    }
  }
}
