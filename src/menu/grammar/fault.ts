/** A fault of a menu file, and its place in the text. */
import type { Text } from '../../sentences/text.ts';
import type { MenuProblem } from './validate-menu.ts';

export interface MenuFault {
  rule: string;
  message: Text;
  /** WeChat's answer to it. */
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

/** WeChat answers a value of the wrong JSON type as it answers no JSON at all. */
export const wrongType = (message: Text, hint?: Text): MenuFault =>
  wrong('field-type', message, { errcode: 47001, ...(hint && { hint }) });

export const doubtful = (rule: string, message: Text, details: FaultDetails = {}): MenuFault => ({
  ...wrong(rule, message, details),
  severity: 'warning',
});

/** Takes faults as they are found, and gives them with their places, in the order of the file. */
export function collectFaults(): { report: Report; problemsIn: (source: string) => MenuProblem[] } {
  const faults: { path: string; offset: number; fault: MenuFault }[] = [];
  return {
    report: ({ path, offset }, fault) => void faults.push({ path, offset, fault }),
    problemsIn: (source) => {
      const placeOf = createPlaces(source);
      return faults
        .toSorted((one, other) => one.offset - other.offset)
        .map(({ path, offset, fault: { rule, errcode, message, hint, severity } }) => ({
          path,
          ...placeOf(offset),
          rule,
          ...(errcode !== undefined && { errcode }),
          message,
          ...(hint && { hint }),
          severity,
        }));
    },
  };
}

/** Line and column of an offset, both from 1; columns are UTF-16 units, as editors count them. */
function createPlaces(source: string): (offset: number) => { line: number; column: number } {
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
