/** What can be wrong with a menu file, and where in its text. */
import type { Text } from '../../sentences/text.ts';

/** Something that is wrong at a place in the text. */
export interface MenuFault {
  rule: string;
  message: Text;
  /** What WeChat would have answered. */
  errcode?: number;
  hint?: Text;
  severity: 'error' | 'warning';
}

export type Report = (at: { path: string; offset: number }, fault: MenuFault) => void;

type FaultDetails = Pick<MenuFault, 'errcode' | 'hint'>;

export const wrong = (rule: string, message: Text, details: FaultDetails = {}): MenuFault => ({
  rule,
  severity: 'error',
  message,
  ...details,
});

export const doubtful = (rule: string, message: Text, details: FaultDetails = {}): MenuFault => ({
  ...wrong(rule, message, details),
  severity: 'warning',
});

/** The line and the column of an offset, both from 1; a column is a UTF-16 unit, as editors count. */
export function createPlaces(source: string): (offset: number) => { line: number; column: number } {
  const starts = [0, ...[...source.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length)];
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
