/** A help as lines of a width. No word is broken; what is wider than a line (an example, a URL) has a line of its own. */
import { inLang, type Lang } from '../../sentences/text.ts';
import { pad, widest, wrap } from '../../terminal/columns.ts';
import type { Block, Section, Words } from './sections.ts';

/** Where a pipe reads, and where nobody says otherwise. */
const DEFAULT_WIDTH = 80;
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 20;
/** Below this, what is said of a term stands under it. */
const NARROW = 60;
const INDENT = 2;

type RowsBlock = Extract<Block, { kind: 'rows' }>;

export interface Layout {
  lang: Lang;
  width: number;
  bold: (line: string) => string;
  dim: (line: string) => string;
}

/** COLUMNS, else those of the terminal. */
export function helpWidth({ COLUMNS }: { COLUMNS?: string }, stream: { isTTY: boolean; columns: number }): number {
  const asked = Number(COLUMNS) || (stream.isTTY ? stream.columns : DEFAULT_WIDTH);
  return Math.max(NARROWEST, Math.min(WIDEST, Math.trunc(asked)));
}

/** Sections with an empty line between them; of several in one line each (`Manual: …`), none between those. */
export function layOutHelp(sections: readonly Section[], layout: Layout): string[] {
  return sections.flatMap((section, index) => {
    const isTogether = section.isInline && sections[index - 1]?.isInline;
    return [...(index > 0 && !isTogether ? [''] : []), ...sectionLines(section, layout)];
  });
}

function sectionLines({ title, isInline, body }: Section, layout: Layout): string[] {
  if (!title) return body.flatMap((block) => blockLines(block, 0, layout));
  const colon = layout.lang === 'zh' ? '：' : ':';
  const heading = `${title[layout.lang]}${colon}`;
  if (!isInline) return [layout.bold(heading), ...body.flatMap((block) => blockLines(block, INDENT, layout))];
  const [block] = body;
  const said = block?.kind === 'prose' ? inLang(block.text, layout.lang) : '';
  const [first = '', ...more] = hanging(`${heading}${layout.lang === 'zh' ? '' : ' '}${said}`, 0, INDENT, layout);
  return [layout.bold(heading) + first.slice(heading.length), ...more];
}

function blockLines(block: Block, indent: number, layout: Layout): string[] {
  if (block.kind === 'prose') return paragraphLines(block.text, indent, layout);
  if (block.kind === 'rows') return rowLines(block, indent, layout);
  return block.examples.flatMap((example) => {
    const at = ' '.repeat(indent);
    if (typeof example === 'string') return [at + example];
    // A shell takes it for a comment, also where it is pasted.
    const about = hanging(`# ${example.about[layout.lang]}`, indent, indent, layout);
    return [...about.map((line, index) => layout.dim(index === 0 ? line : `${at}# ${line.trim()}`)), at + example.line];
  });
}

/** Each line of it is a paragraph, with the blanks that it begins with. */
const paragraphLines = (text: Words, indent: number, layout: Layout): string[] =>
  inLang(text, layout.lang)
    .split('\n')
    .flatMap((line) => {
      if (line.trim() === '') return [''];
      const own = indent + line.length - line.trimStart().length;
      return hanging(line.trim(), own, own, layout);
    });

/** Wrapped text, its first line at one column and the others at another. */
function hanging(text: string, first: number, others: number, { width }: Layout): string[] {
  const [line = ''] = wrap(text, width - first, { keepsWords: true });
  const rest = text.slice(text.indexOf(line) + line.length).trim();
  const more = rest === '' ? [] : wrap(rest, width - others, { keepsWords: true });
  return [' '.repeat(first) + line, ...more.map((one) => ' '.repeat(others) + one)];
}

function rowLines({ rows, isStacked, column: least = 0 }: RowsBlock, indent: number, layout: Layout): string[] {
  const { lang, width } = layout;
  const terms = rows.map(({ term }) => inLang(term, lang));
  const at = ' '.repeat(indent);
  const under = indent + 4;
  const room = Math.floor(width * 0.45);
  const widths = terms.map((term) => widest([term]));
  const column = Math.max(least, ...widths.filter((one) => one + indent + 2 <= room));
  return rows.flatMap(({ about }, index) => {
    const term = terms[index] ?? '';
    const alone = (): string[] => hanging(term, indent, under, layout);
    const said = inLang(about, lang);
    if (isStacked || width < NARROW) return [...alone(), ...paragraphLines(said, under, layout)];
    const start = indent + column + 2;
    const lines = paragraphLines(said, start, layout);
    if ((widths[index] ?? 0) > column) return [...alone(), ...lines];
    return [at + pad(term, column) + '  ' + (lines[0] ?? '').slice(start), ...lines.slice(1)].map((line) =>
      line.trimEnd(),
    );
  });
}
