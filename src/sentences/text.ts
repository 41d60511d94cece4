/** One sentence in the two languages that wxop speaks. */
import { inOneLine } from './printable.ts';

export type Lang = 'en' | 'zh';

export interface Text {
  en: string;
  zh: string;
}

/** Puts the English and the Chinese of one sentence together; write each with its tag where a hole is a sentence itself. */
export const text = (english: string, chinese: string): Text => ({ en: english, zh: chinese });

/** What may stand in a sentence. A string is data, from outside perhaps: it acts on nothing and begins no line. */
export type Hole = string | number | Text;

const fill =
  (lang: Lang) =>
  (strings: TemplateStringsArray, ...holes: Hole[]): string =>
    strings.reduce((line, piece, at) => line + filled(holes[at - 1] ?? '', lang) + piece);

const filled = (hole: Hole, lang: Lang): string => (typeof hole === 'string' ? inOneLine(hole) : inLang(hole, lang));

/** A sentence in one language; what is no sentence is the same in both. */
export const inLang = (hole: Hole, lang: Lang): string => (typeof hole === 'object' ? hole[lang] : String(hole));

/** A sentence that is written in the same way in each language. */
export const inEach = (write: (lang: Lang) => string): Text => text(write('en'), write('zh'));

/** A list of sentences as one: `a, b` and `a、b` unless other signs are given. */
export const listed = (sentences: readonly Hole[], comma: Text = text(', ', '、')): Text =>
  inEach((lang) => sentences.map((one) => filled(one, lang)).join(inLang(comma, lang)));

/** The first of them, and how many more there are: `a, b and 3 more`. */
export function firstOf(all: readonly Hole[], most: number): Text {
  const more = all.length - most;
  const rest = more > 0 ? text(` and ${more} more`, ` 等另外 ${more} 个`) : '';
  const first = listed(all.slice(0, most));
  return text(en`${first}${rest}`, zh`${first}${rest}`);
}

/** The English side of a sentence: a hole that is a sentence gives its English. */
export const en = fill('en');

/** The Chinese side of a sentence: a hole that is a sentence gives its Chinese. */
export const zh = fill('zh');
