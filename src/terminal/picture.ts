/** Lines on a terminal that are drawn again in place: only what changed is written, so that nothing flickers. */

export interface PictureOptions {
  write: (content: string) => void;
  /** Masks secrets, and takes away what would move the cursor. */
  clean: (line: string) => string;
  rows: () => number;
}

export interface Picture {
  show(lines: readonly string[]): void;
  /** Leaves the newest lines where they are, and the cursor below them. */
  done(): void;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_REST_OF_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

export function createPicture({ write, clean, rows }: PictureOptions): Picture {
  let drawn: string[] | undefined;
  return {
    show: (lines) => {
      // What does not fit would scroll, and could not be reached again.
      const next = lines.slice(0, Math.max(1, rows() - 1)).map(clean);
      const before = drawn ?? [];
      const changes = next.map((line, index) => (line === before[index] ? '\n' : `${line}${ERASE_REST_OF_LINE}\n`));
      write(`${drawn ? `\x1b[${before.length}A` : HIDE_CURSOR}${changes.join('')}${ERASE_BELOW}`);
      drawn = next;
    },
    done: () => {
      if (drawn) write(SHOW_CURSOR);
      drawn = undefined;
    },
  };
}
