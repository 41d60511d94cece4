/**
 * A picture on the terminal as it is, where the terminal draws JPEG and PNG itself: the protocol of iTerm2.
 * Source: iterm2.com/documentation-images.html; WezTerm, mintty and Konsole (22.04 and later) take the same.
 */

const PROGRAMS = /^(?:iTerm\.app|WezTerm|mintty)$/;
const KONSOLE = 220_400;

/** tmux and screen pass nothing on that they do not know; another terminal would print it as letters. */
export function takesImages(environment: Record<string, string | undefined>): boolean {
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL, KONSOLE_VERSION, TMUX, CI } = environment;
  if (CI || TMUX || /^(?:tmux|screen|dumb)/.test(TERM)) return false;
  return PROGRAMS.test(TERM_PROGRAM) || LC_TERMINAL === 'iTerm2' || Number(KONSOLE_VERSION) >= KONSOLE;
}

/** Base64 only: nothing in the picture can act on the terminal. */
export const inlineImage = (bytes: Buffer): string =>
  `\x1b]1337;File=inline=1;size=${bytes.length};preserveAspectRatio=1:${bytes.toString('base64')}\x07\n`;
