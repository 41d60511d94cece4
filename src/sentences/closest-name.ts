/** Names as people type them: one spelling for all widths and cases, and the nearest one to a misspelt one. */

/** Full-width and half-width, capital and small letters, and any blanks are the same. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** The name that differs least from a given one; undefined when all differ by more than a third of it. */
export function closest(given: string, names: readonly string[]): string | undefined {
  const wanted = [...foldName(given)];
  let [found, least]: [string | undefined, number] = [undefined, Math.max(1, Math.floor(wanted.length / 3)) + 1];
  for (const name of names) {
    const letters = [...foldName(name)];
    // One letter of two is no likeness.
    if (Math.abs(letters.length - wanted.length) >= least || letters.length < 2) continue;
    const distance = distanceBetween(wanted, letters);
    if (distance < least) [found, least] = [name, distance];
  }
  return found;
}

/** How many letters must be typed, deleted or replaced (Levenshtein). */
function distanceBetween(one: readonly string[], other: readonly string[]): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  one.forEach((letter, index) => {
    const next = [index + 1];
    other.forEach((another, at) => {
      const replaced = (row[at] ?? 0) + (letter === another ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    });
    row = next;
  });
  return row[other.length] ?? 0;
}
