/** How long WeChat's things live, in milliseconds. Source: 第三方平台 → 验证票据推送, 令牌; section by section. */

/** A ticket works for twelve hours (验证票据). */
export const TICKET_LIFE = 12 * 60 * 60 * 1000;
/** A new one is pushed about every ten minutes. */
export const TICKET_INTERVAL = 10 * 60 * 1000;
/** A ticket this old is overdue: something between WeChat and here is broken. */
export const TICKET_OVERDUE = 2 * TICKET_INTERVAL;
/** A token lives two hours: more than this cannot be asked of one. */
export const LONGEST_MIN_TTL = 110 * 60 * 1000;
/** What a token handed out lives at least, unless the caller says otherwise. */
export const DEFAULT_MIN_TTL = 5 * 60 * 1000;
/** A message is answered within this: WeChat gives up after five seconds (被动回复用户消息). */
export const ANSWER_WITHIN = 4_500;
/** One call with all its retries; a lock's lease is longer. */
export const CALL_DEADLINE = 15_000;
