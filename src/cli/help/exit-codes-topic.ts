/** `wxop help exit-codes`. */
import { EXIT_CODES } from '../../sentences/error-codes.ts';
import { inLang } from '../../sentences/text.ts';
import { rowsBlock, type Row } from './sections.ts';
import type { Topic } from './topics.ts';

export const exitCodeRows = (): Row[] => Object.entries(EXIT_CODES).map(([term, about]) => ({ term, about }));

export const topic: Topic = {
  sections: () => [{ body: [rowsBlock(exitCodeRows())] }],
  document: (lang) =>
    Object.entries(EXIT_CODES).map(([code, means]) => ({ exitCode: Number(code), means: inLang(means, lang) })),
};
