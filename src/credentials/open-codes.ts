/** What a record of an attempt says: which codes are left to exchange, which failed, and what becomes of them. Pure. */
import { ERROR_CODES } from '../sentences/error-codes.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import type { AttemptRecord, OfferedCode } from '../store/store.ts';

/** How many codes that no signed event brought are remembered for an attempt. */
const MOST_UNSIGNED = 8;

/** Which account an attempt should have brought: the one it was made for, or the one that came before. */
export interface InsteadOf {
  appId: string;
  why: 'made-for' | 'brought-before';
}

/** WeChat will never take this code again. */
export const isSpent = (error: unknown): boolean =>
  isError(error, 'PLATFORM_REFUSED', 61009) || isError(error, 'PLATFORM_REFUSED', 61010);

/** Names a code in log and page; nobody can make the code of it. */
export const referenceOf = ({ digest }: Pick<OfferedCode, 'digest'>): string => digest.slice(0, 8);

/** What is left to exchange, signed ones first: nothing that a redirect brought holds WeChat's own word back. */
export function openCodes({ appId, codes }: AttemptRecord): OfferedCode[] {
  const open = codes.filter(
    ({ code, event }) => code !== undefined && (appId === undefined || (event && event.appId !== appId)),
  );
  return [...open.filter(({ event }) => event), ...open.filter(({ event }) => !event)];
}

/** Of the unsigned codes that were refused only the newest are remembered: what was refused uses nothing up. */
export function withoutNoise({ appId, codes }: AttemptRecord): { kept: OfferedCode[]; waiting: number } {
  const unsigned = codes.filter(({ event }) => !event);
  const waiting = unsigned.filter(({ code }) => code !== undefined).length;
  const spare = Math.max(0, unsigned.length + 1 - MOST_UNSIGNED);
  const isNoise = ({ code, state }: OfferedCode) => code === undefined && (state === 'refused' || appId === undefined);
  const noise = unsigned.filter(isNoise).slice(0, spare);
  return { kept: codes.filter((offered) => !noise.includes(offered)), waiting };
}

export function insteadOfWhich({ bizAppId, appId: before }: AttemptRecord, appId: string): InsteadOf | undefined {
  if (bizAppId !== undefined && bizAppId !== appId) return { appId: bizAppId, why: 'made-for' };
  return before !== undefined && before !== appId ? { appId: before, why: 'brought-before' } : undefined;
}

export const otherAccount = (appId: string, wanted: string): WxopError =>
  new WxopError(
    'OTHER_ACCOUNT',
    text(
      `${appId} authorized, but the link was made for ${wanted}; ${appId} is stored.`,
      `授权的是 ${appId}，而该链接仅供 ${wanted} 使用；${appId} 已保存。`,
    ),
    {
      hint: text(
        `The link still waits for ${wanted}. If ${appId} is not yours: \`wxop accounts remove ${appId}\`.`,
        `该链接仍在等待 ${wanted}。若 ${appId} 与您无关：\`wxop accounts remove ${appId}\`。`,
      ),
    },
  );

export const spent = (): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text('The code was used before, and its answer was lost.', '授权码已被使用，且其结果已丢失。'),
    {
      hint: text('Start again with `wxop authorize`.', '请重新运行 `wxop authorize`。'),
      errcode: 61010,
    },
  );

export function withState(
  attempt: AttemptRecord,
  { digest }: OfferedCode,
  state: OfferedCode['state'],
  code?: string,
): AttemptRecord {
  const codes = attempt.codes.map((offered) => (offered.digest === digest ? { ...offered, code, state } : offered));
  return { ...attempt, codes };
}

export function failureAsKept({ code, text: sentence, hint, errcode }: WxopError): AttemptRecord['failure'] {
  return { code, text: sentence, hint, errcode };
}

/** The failure that an attempt keeps, as the error that it was. */
export function storedFailure({ failure }: AttemptRecord): WxopError {
  if (!failure) return new WxopError('UNEXPECTED', text('Nothing to exchange yet.', '尚无可换取的授权码。'));
  const { code, text: sentence, hint, errcode } = failure;
  return new WxopError(code in ERROR_CODES ? code : 'UNEXPECTED', sentence, { hint, errcode });
}
