/** Everything that a number, a code of ours or a pasted message can stand for. */
import { ERROR_CODES, type ErrorCode } from '../../sentences/error-codes.ts';
import { text, type Text } from '../../sentences/text.ts';
import { ERRCODES, type Errcode } from './errcodes.ts';
import { CALLBACK_CRYPTO } from './callback-crypto.ts';
import { CONSENT_PAGE, CONSENT_TEXTS } from './consent-page.ts';
import { NUMBERLESS } from './numberless.ts';
import { parseErrorMessage, type ErrorMessage } from './parse-error-message.ts';

/** Who counts with these numbers: the same number means different things. */
export type Speaker = 'api' | 'consent-page' | 'callback-crypto' | 'console';

export const SPEAKERS: Record<Speaker, Text> = {
  api: text('answer of the API', '接口返回码'),
  'consent-page': text('consent page, as the merchant sees it', '授权页（商家所见）'),
  'callback-crypto': text('sample code for pushes', '推送加解密示例代码'),
  console: text('the console, or its alarm', '控制台或其告警'),
};

const TABLES: Record<Speaker, Record<number, Errcode>> = {
  api: ERRCODES,
  'consent-page': CONSENT_PAGE,
  'callback-crypto': CALLBACK_CRYPTO,
  // It says sentences only.
  console: {},
};

/** `code` is missing where a sentence comes without a number. */
export interface Explanation extends Errcode {
  code?: number;
  of: Speaker;
}

type Numbered = Explanation & { code: number };

const speakers = Object.keys(TABLES) as Speaker[];

/** What a number can mean; more than one thing where several speakers use it. */
export const explain = (code: number): Numbered[] =>
  speakers.flatMap((of) => {
    const known = TABLES[of][code];
    return known ? [{ code, of, ...known }] : [];
  });

export const everyExplanation = (): Numbered[] =>
  speakers.flatMap((of) =>
    Object.keys(TABLES[of])
      .map(Number)
      .sort((a, b) => a - b)
      .flatMap((code) => explain(code).filter((explanation) => explanation.of === of)),
  );

const MOST_NEAR = 3;

/** Known numbers next to one that is not. */
export function near(code: number): number[] {
  const known = [...new Set(everyExplanation().map((explanation) => explanation.code))];
  const distance = (candidate: number): number => Math.abs(candidate - code);
  return known
    .filter((candidate) => distance(candidate) <= 20 && Math.sign(candidate) === Math.sign(code))
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, MOST_NEAR)
    .sort((a, b) => a - b);
}

/** Reads what was pasted; a text of the consent page stands for its number. */
export function readPasted(pasted: string): ErrorMessage {
  const said = parseErrorMessage(pasted, (number) => explain(number).length > 0);
  if (said.numbers.length > 0) return said;
  const page = CONSENT_TEXTS.find(([pattern]) => pattern.test(pasted));
  return page ? { ...said, numbers: [page[1]] } : said;
}

/** Sentences that have no number. */
export const sentencesIn = (pasted: string): Explanation[] =>
  NUMBERLESS.filter(([pattern]) => pattern.test(pasted)).map(([, of, known]) => ({ of, ...known }));

/** A word that is a code of ours in whatever case: one with a _ anywhere, another alone. */
const LOWER = /\b[a-z]{1,20}(?:_[a-z]{1,20}){1,4}\b|^\s*[a-z]{1,20}\s*$/g;

/** The codes of wxop itself that are named. */
export const ownCodesIn = (pasted: string): ErrorCode[] => [
  ...new Set(
    [...pasted.matchAll(/\b[A-Z][A-Z_]{0,39}\b/g), ...pasted.matchAll(LOWER)]
      .map(([word]) => word.trim().toUpperCase())
      .flatMap((word) => (Object.hasOwn(ERROR_CODES, word) ? [word as ErrorCode] : [])),
  ),
];
