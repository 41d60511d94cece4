/**
 * Text from outside is data: what WeChat, a merchant, a stranger or a file wrote may say anything, but move no cursor,
 * change no colour, begin no line and turn no reading direction.
 */

/** C0 but tab and newline, DEL, C1, line and paragraph separators, and the controls of the reading direction. */
// eslint-disable-next-line no-control-regex -- control characters are what it finds
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text that only stands there; it may have lines. */
export const printable = (written: string): string => written.replace(ACTING, '');

/** ASCII, quotes, dashes, dots and common Chinese: most texts are made of nothing else, and need no other pattern. */
const USUAL = /^[ -~\u2013-\u2022\u2026\u3001-\u301f\u4e00-\u9fff\uff01-\uff5e]*$/;
export const isUsual = (written: string): boolean => USUAL.test(written);

/** The same in one line: for a name in a sentence, a cell, or a line of a log. */
export const inOneLine = (written: string): string =>
  isUsual(written) ? written : printable(written.replace(/[\t-\r\u0085\u2028\u2029]+/g, ' '));

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The same with each of them written out; in JSON that is the same value. */
export const spelledOut = (written: string): string => written.replace(/\r\n/g, '\n').replace(ACTING, escaped);

/** JSON for a stream or a file that a person may look at. */
export const toJson = (value: unknown, indent?: number): string => spelledOut(JSON.stringify(value, undefined, indent));
