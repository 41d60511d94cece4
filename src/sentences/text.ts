/** One sentence in the two languages that wxop speaks. */

export type Lang = 'en' | 'zh';

export interface Text {
  en: string;
  zh: string;
}

/** Puts the English and the Chinese of one sentence together; write each with its tag where a hole is a sentence itself. */
export const text = (english: string, chinese: string): Text => ({ en: english, zh: chinese });

/** What may stand in a sentence. */
export type Hole = string | number | Text;

const fill =
  (lang: Lang) =>
  (strings: TemplateStringsArray, ...holes: Hole[]): string =>
    strings.reduce((line, piece, at) => line + inLang(holes[at - 1] ?? '', lang) + piece);

/** A sentence in one language; what is no sentence is the same in both. */
export const inLang = (hole: Hole, lang: Lang): string => (typeof hole === 'object' ? hole[lang] : String(hole));

/** A list of sentences as one: `a, b` and `a、b` unless other signs are given. */
export const listed = (sentences: readonly Hole[], comma: Text = text(', ', '、')): Text =>
  text(
    sentences.map((one) => inLang(one, 'en')).join(comma.en),
    sentences.map((one) => inLang(one, 'zh')).join(comma.zh),
  );

/** The English side of a sentence: a hole that is a sentence gives its English. */
export const en = fill('en');

/** The Chinese side of a sentence: a hole that is a sentence gives its Chinese. */
export const zh = fill('zh');
