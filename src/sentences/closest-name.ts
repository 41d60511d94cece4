/** Names as people type them: regardless of width and case, and with suggestions for misspelt ones. */

/** The same for full-width and half-width, upper and lower case, and any run of spaces. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** The name nearest to the given one; undefined when all differ in more than a third of its letters. */
export function closestName(given: string, names: readonly string[]): string | undefined {
  const wanted = [...foldName(given)];
  let [found, least]: [string | undefined, number] = [undefined, Math.max(1, Math.floor(wanted.length / 3)) + 1];
  for (const name of names) {
    const letters = [...foldName(name)];
    // Two names of one letter are never alike.
    if (Math.abs(letters.length - wanted.length) >= least || letters.length < 2) continue;
    const distance = distanceBetween(wanted, letters);
    if (distance < least) [found, least] = [name, distance];
  }
  return found;
}

/** How many letters to insert, delete or replace, or neighbours to swap (Damerau–Levenshtein, as optimal alignment). */
function distanceBetween(one: readonly string[], other: readonly string[]): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  let above: number[] = [];
  one.forEach((letter, index) => {
    const next = [index + 1];
    other.forEach((another, at) => {
      const replaced = (row[at] ?? 0) + (letter === another ? 0 : 1);
      const areSwapped = at > 0 && letter === other[at - 1] && one[index - 1] === another;
      const swapped = areSwapped ? (above[at - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    });
    [above, row] = [row, next];
  });
  return row[other.length] ?? 0;
}
