/** One sentence in the two languages that wxop speaks. */

export type Lang = 'en' | 'zh';

export interface Text {
  en: string;
  zh: string;
}

/** Puts the English and the Chinese of one sentence together; write each with its tag where a hole is a sentence itself. */
export const text = (english: string, chinese: string): Text => ({ en: english, zh: chinese });

type Hole = string | number | Text;

const fill =
  (lang: Lang) =>
  (strings: TemplateStringsArray, ...holes: Hole[]): string =>
    strings.reduce((line, piece, at) => line + inLang(holes[at - 1] ?? '', lang) + piece);

const inLang = (hole: Hole, lang: Lang): string => (typeof hole === 'object' ? hole[lang] : String(hole));

/** The English side of a sentence: a hole that is a sentence gives its English. */
export const en = fill('en');

/** The Chinese side of a sentence: a hole that is a sentence gives its Chinese. */
export const zh = fill('zh');
