/** What stands in WeChat's sentences, and in logs that quote them: numbers, request ids, addresses. */

const RID = /\brid: ?([0-9a-f]+(?:-[0-9a-f]+)+)/i;

/** The request id of an errmsg. */
export const ridIn = (said: string): string | undefined => RID.exec(said)?.[1];

/** The address that WeChat saw. */
export const requestIpIn = (said: string): string | undefined =>
  /(?:requestIP: ?|\binvalid ip )([0-9a-f.:]*[0-9a-f])/i.exec(said)?.[1];

export const withoutRid = (said: string): string => said.replace(/\s?\brid: ?\S+/i, '').trim();

/** What an older server gives in place of a rid. */
const hintIn = (said: string): string | undefined => /\bhint: ?\[([^\][]{1,200})\]/i.exec(said)?.[1]?.trim();

export interface ErrorMessage {
  /** Error numbers, in the order in which they stand there. */
  numbers: number[];
  rid?: string;
  requestIp?: string;
  hint?: string;
}

/** Where a number is surely one of an error. Bounded: what is pasted may be long, and not by a friend. */
const NAMED =
  /(?:err(?:or)?[_ -]?code|\bcode|\bret|错误码|返回码)\\?["']?\s{0,9}[:=：]?\s{0,9}\\?["']?(-?\d+)|\((-?\d{1,5}): /gi;
/** A number that stands alone or before its sentence: no part of a date, an address, an id or a longer number. */
const ALONE = /(?<![\w.:/-])(-\d{1,5}|[4-9]\d{4})(?![\w/-]|:(?! [a-z])|\.\d)/g;

/** Of a whole log, the first ones. */
const MOST_NUMBERS = 500;

/** Reads a pasted message, answer or line of a log. `isKnown` decides about numbers that nothing names. */
export function parseErrorMessage(pasted: string, isKnown: (number: number) => boolean): ErrorMessage {
  const named = [...pasted.matchAll(NAMED)].map(([, afterName, inSentence]) => Number(afterName ?? inSentence));
  const alone = [...pasted.matchAll(ALONE)].map(([whole]) => Number(whole)).filter(isKnown);
  const failures = named.filter((number) => number !== 0);
  const numbers = [...new Set(failures.length > 0 ? failures : alone.length > 0 ? alone : named)].slice(
    0,
    MOST_NUMBERS,
  );
  const rid = ridIn(pasted) ?? quotedRid(pasted) ?? bareRid(pasted);
  const requestIp = requestIpIn(pasted) ?? quotedIp(pasted);
  const hint = hintIn(pasted);
  return { numbers, ...(rid && { rid }), ...(requestIp && { requestIp }), ...(hint && { hint }) };
}

/** As `--json` prints them. */
const quotedRid = (pasted: string): string | undefined => /"rid":\s*"([0-9a-f-]+)"/i.exec(pasted)?.[1];
const quotedIp = (pasted: string): string | undefined => /"requestIp":\s*"([0-9a-f.:]+)"/i.exec(pasted)?.[1];

/** Pasted by itself. */
const bareRid = (pasted: string): string | undefined => /^\s*([0-9a-f]{8}(?:-[0-9a-f]{8}){2})\s*$/i.exec(pasted)?.[1];
