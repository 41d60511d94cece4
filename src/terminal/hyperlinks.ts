/** Which terminals take hyperlinks (OSC 8); of one that is not known, it is not assumed. */

const PROGRAMS = ['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper', 'Tabby', 'rio', 'zed'];
const TERMS = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/;

/** Of a stream that is a terminal. FORCE_HYPERLINK decides where it is set and not empty. */
export function takesHyperlinks(environment: Record<string, string | undefined>): boolean {
  const { FORCE_HYPERLINK, TERM = '', CI, TERM_PROGRAM = '', TERM_PROGRAM_VERSION = '' } = environment;
  if (TERM === 'dumb' || CI) return false;
  if (FORCE_HYPERLINK) return FORCE_HYPERLINK !== '0';
  if (TERM_PROGRAM === 'tmux') return Number.parseFloat(TERM_PROGRAM_VERSION) >= 3.4;
  return (
    PROGRAMS.includes(TERM_PROGRAM) ||
    TERMS.test(TERM) ||
    Boolean(environment.WT_SESSION) ||
    // 0.50.0 crashed on them.
    Number(environment.VTE_VERSION) > 5000
  );
}
