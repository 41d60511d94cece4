/** Reads CSV as spreadsheets write it (RFC 4180). */

/** Rows of cells; lines without anything are left out. `line` is where a row begins, from 1. */
export function readCsv(content: string): { cells: string[]; line: number }[] {
  const rows: { cells: string[]; line: number }[] = [];
  let [cells, cell, line, startedAt, isQuoted]: [string[], string, number, number, boolean] = [[], '', 1, 1, false];
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((one) => one !== '')) rows.push({ cells, line: startedAt });
    [cells, cell] = [[], ''];
    startedAt = line + 1;
  };
  const written = content.replace(/\r\n?/g, '\n');
  for (let at = 0; at < written.length; at++) {
    const character = written[at] ?? '';
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (written[at + 1] === '"') cell += written[++at];
      else isQuoted = false;
    } else if (character === '"' && cell === '') isQuoted = true;
    else if (character === ',') {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else cell += character;
    if (character === '\n') line++;
  }
  if (cell !== '' || cells.length > 0) endRow();
  return rows;
}
