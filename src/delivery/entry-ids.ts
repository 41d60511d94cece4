/** Ids of entries and names of files of the file journal: time, a number within the millisecond, and the writer. */

const TIME_DIGITS = 9;
const SEQUENCE_DIGITS = 4;
const WRITER_DIGITS = 8;

/** The name of one process among those that share the folder: unique, not secret. */
export const newWriter = (random: () => number): string =>
  random().toString(36).slice(2).padEnd(WRITER_DIGITS, '0').slice(0, WRITER_DIGITS);

/** Ids that sort in the order in which they were made, even if the clock is set back. */
export function createEntryIds(writer: string, now: () => number): () => string {
  const digits = (number: number, length: number): string => number.toString(36).padStart(length, '0');
  let time = 0;
  let written = digits(time, TIME_DIGITS);
  let sequence = 0;
  const next = (moment: number): void => {
    [time, sequence] = [moment, 0];
    written = digits(time, TIME_DIGITS);
  };
  return () => {
    const current = now();
    if (current > time) next(current);
    else if (++sequence >= 36 ** SEQUENCE_DIGITS) next(time + 1);
    return `${written}${digits(sequence, SEQUENCE_DIGITS)}${writer}`;
  };
}

export const timeOf = (id: string): number => Number.parseInt(id.slice(0, TIME_DIGITS), 36);

export const writerOf = (id: string): string =>
  id.slice(TIME_DIGITS + SEQUENCE_DIGITS, TIME_DIGITS + SEQUENCE_DIGITS + WRITER_DIGITS);
