/** What a help is made of, before it is laid out for a terminal or as a page of the manual. */
import type { Text } from '../../sentences/text.ts';
import type { Example } from '../command.ts';

export type Words = Text | string;

/** A term, and what is said of it. */
export interface Row {
  term: Words;
  about: Words;
}

export type Block =
  | { kind: 'prose'; text: Words }
  /** `isStacked`: what is said of a term stands under it, however wide the line is; `column`: the least width of the terms. */
  | { kind: 'rows'; rows: readonly Row[]; isStacked?: true; column?: number }
  /** Each can be pasted. */
  | { kind: 'examples'; examples: readonly Example[] };

export interface Section {
  /** Without one, it stands at the margin. */
  title?: Text;
  /** The title and what follows stand in one line. */
  isInline?: true;
  body: readonly Block[];
}

export const proseBlock = (text: Words): Block => ({ kind: 'prose', text });
export const rowsBlock = (rows: readonly Row[]): Block => ({ kind: 'rows', rows });
export const examplesBlock = (examples: readonly Example[]): Block => ({ kind: 'examples', examples });
