/** What a command printed, without what differs from run to run: short enough to be read in a review. */

const MOST = 3;
const LONGEST = 160;

/** Numbers that a slower machine or one request more would change. */
const COUNTED = /^(?:milliseconds|p50|p95|p99|max|used|remain|plain|sealed|changed|attempts|status)$/;
const RANDOM: Record<string, string> = {
  accessToken: '<token>',
  ticket: '<ticket>',
  id: '<id>',
  rid: '<rid>',
  run: '<run>',
  storeId: '<id>',
  seen: '<seen>',
  port: '<port>',
  WXOP_PORT: '<port>',
};

const withoutChance = (written: string): string =>
  written
    .replace(/\b(?!2026-01-15)\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/(?<=127\.0\.0\.1(?::|%3A))\d+/g, '<port>')
    .replace(/(?:\/[^/\s"]+)*\/wxop-(?:test|sandbox)-\w+/g, '<folder>')
    .replace(/(?<=wxop_wx[0-9a-f]{16}_[a-z0-9-]+_)[\w-]{43}/g, '<key>')
    .replace(/preauthcode@@@[\w-]+/g, '<pre-auth code>')
    .replace(/(?<=\/authorize\/|attempt(?:=|%3D))[0-9a-f]{8,}/g, '<attempt>')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{8}){2}\b/g, '<rid>')
    .replace(/^[0-9a-f]{8}$/, '<digest>');

/** The same value with its keys; long lists and texts are cut. */
export function settled(value: unknown, key = ''): unknown {
  if (typeof value === 'number') return COUNTED.test(key) ? 0 : value;
  if (typeof value === 'string') {
    const steady = key in RANDOM && value !== '' ? (RANDOM[key] ?? '') : withoutChance(value);
    return steady.length > LONGEST ? `${steady.slice(0, LONGEST)}…` : steady;
  }
  if (Array.isArray(value)) return value.slice(0, MOST).map((one) => settled(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, settled(inner, name)]));
}

/** One line of each type, since their order and number may differ. */
export function oneOfEachType(lines: readonly unknown[]): unknown[] {
  const found = new Map<string, string>();
  for (const line of lines) {
    const { type = '' } = line as { type?: string };
    const written = JSON.stringify(settled(line));
    if (written < (found.get(type) ?? '\uffff')) found.set(type, written);
  }
  return [...found].sort().map(([, written]) => JSON.parse(written) as unknown);
}

const FIRST_LINES = 4;

/** The first lines of a list as a pipe gets it: tabs between the columns. */
export const settledLines = (printed: string): string =>
  printed
    .split('\n')
    .slice(0, FIRST_LINES)
    .map(
      (line) =>
        `${withoutChance(line)
          .replace(/^0m\w{18,}/, '<id>')
          .replace(/\t\d+\t\d+$/, '\t<used>\t<left>')}\n`,
    )
    .join('');
