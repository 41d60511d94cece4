/** The reason of a rejection as text: WeChat writes HTML, and what is in it is data that others wrote. */

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ldquo: '“',
  rdquo: '”',
  lsquo: '‘',
  rsquo: '’',
  hellip: '…',
  mdash: '—',
  middot: '·',
};

/** Tags that begin a line. */
const BREAKING = /^\/?(?:br|p|div|li|ul|ol|tr|h[1-6])$/;
/** Their content is not for reading. */
const SKIPPED = /^(?:script|style|template|iframe|noscript)$/;
const MOST = 100_000;

/** Lines without empty ones around or between them; the address of a link follows its words. */
export function reasonText(html: string): string {
  let lines = '';
  let skipping = '';
  let href = '';
  for (const piece of piecesOf(html.slice(0, MOST))) {
    const name = tagName(piece);
    if (name === undefined) {
      // As in HTML, only a tag breaks a line.
      if (skipping === '') lines += decoded(piece).replace(/\s/g, ' ');
      continue;
    }
    if (skipping !== '') {
      if (name === `/${skipping}`) skipping = '';
      continue;
    }
    if (SKIPPED.test(name)) skipping = name;
    else if (BREAKING.test(name)) lines += '\n';
    else if (name === 'a') href = addressIn(piece);
    else if (name === '/a') {
      if (href !== '' && !lines.endsWith(href)) lines += ` (${href})`;
      href = '';
    }
  }
  return lines
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** Text and tags in turn. A `<` without its `>`, or before what is no name, is text. Linear: each end is looked for once. */
function* piecesOf(html: string): Generator<string> {
  let start = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    if (!/[a-z/!?]/i.test(html[at + 1] ?? '')) continue;
    const end = html.indexOf('>', at);
    if (end < 0) break;
    if (at > start) yield html.slice(start, at);
    yield html.slice(at, end + 1);
    start = end + 1;
    at = end;
  }
  if (start < html.length) yield html.slice(start);
}

const tagName = (piece: string): string | undefined =>
  piece.startsWith('<') && piece.endsWith('>') && piece.length > 2
    ? (/^<(\/?[a-z][a-z0-9]*)/i.exec(piece)?.[1]?.toLowerCase() ?? '!')
    : undefined;

const addressIn = (tag: string): string => {
  const [, double, single, bare] = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(tag) ?? [];
  const address = decoded(double ?? single ?? bare ?? '').trim();
  return /^https?:\/\//i.test(address) ? address : '';
};

const decoded = (written: string): string =>
  written.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    const [digits, code, word] = [decimal as string | undefined, hex as string | undefined, name as string | undefined];
    if (word !== undefined) return ENTITIES[word.toLowerCase()] ?? whole;
    const point = digits === undefined ? parseInt(code ?? '', 16) : Number(digits);
    return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : '';
  });
