/** What to do when the answer to a call was lost: the request may have taken effect all the same. */

/**
 * - `repeat`: nothing changes, or it ends the same however often it is sent.
 * - `look-then-repeat-once`: look at what WeChat shows; where that is without the effect, send it once more.
 * - `look-only`: each time costs something or goes a step further. Look; whether to send it again is for a person.
 */
export type AfterLoss = 'repeat' | 'look-then-repeat-once' | 'look-only';

/**
 * After these numbers a call that changes something may have done so: trouble inside WeChat, and 9402202, which also
 * comes where the first upload of a day goes through.
 */
export const UNCLEAR_ERRCODES: readonly number[] = [-1, -1000, 9402202];
