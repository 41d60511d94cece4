import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { en, text, zh } from '../../src/sentences/text.ts';
import { createTerminal, type Paint } from '../../src/terminal/terminal.ts';

const KITTY = { TERM: 'xterm-kitty' };
const URL = 'https://wx.example.com/authorize/0123?a=1;b=2';

interface World {
  environment?: Record<string, string>;
  isTTY?: boolean;
  color?: boolean;
}

async function shown(print: (paint: Paint) => string, { environment = KITTY, isTTY = true, color = true }: World = {}) {
  let written = '';
  const stream = { isTTY, write: (chunk: string | Uint8Array) => void (written += String(chunk)) };
  const terminal = createTerminal({
    stdout: stream,
    stderr: stream,
    isStdinTty: () => true,
    environment,
    lang: 'en',
    json: false,
    quiet: false,
    verbose: false,
    color,
    redactor: createRedactor(),
  });
  const line = print(await terminal.paint('out'));
  terminal.print(line, text(en`see ${line}.`, zh`${line}`));
  return written;
}

describe('a hyperlink', () => {
  const linked = `\x1b]8;;${URL}\x1b\\the page\x1b]8;;\x1b\\`;

  it('leads to its address, alone on a line and within a sentence', async () => {
    expect(await shown((paint) => paint.link('the page', URL))).toBe(`${linked}\nsee ${linked}.\n`);
  });

  it.each<[string, World]>([
    ['in a pipe', { isTTY: false }],
    ['in a pipe with FORCE_COLOR', { isTTY: false, environment: { ...KITTY, FORCE_COLOR: '1', FORCE_HYPERLINK: '1' } }],
    ['with FORCE_HYPERLINK=0', { environment: { ...KITTY, FORCE_HYPERLINK: '0' } }],
    ['with TERM=dumb', { environment: { TERM: 'dumb', FORCE_HYPERLINK: '1' } }],
    ['in CI', { environment: { ...KITTY, CI: 'true' } }],
    ['with NO_COLOR', { environment: { ...KITTY, NO_COLOR: '1' } }],
    ['on a terminal that is not known', { environment: { TERM: 'xterm-256color' } }],
    ['in an old tmux', { environment: { TERM: 'tmux', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.2a' } }],
  ])('is only its text %s', async (_where, world) => {
    expect(await shown((paint) => paint.link('the page', URL), world)).toBe('the page\nsee the page.\n');
  });

  it.each([
    ['iTerm', { TERM_PROGRAM: 'iTerm.app' }],
    ['Windows Terminal', { WT_SESSION: '0f' }],
    ['GNOME', { VTE_VERSION: '6003' }],
    ['tmux 3.4', { TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.4' }],
    ['whatever FORCE_HYPERLINK says of', { FORCE_HYPERLINK: '1' }],
  ])('is one on %s', async (_name, environment) => {
    expect(await shown((paint) => paint.link('the page', URL), { environment })).toContain(linked);
  });

  it('is never made by text from outside, and leads nowhere but to an address', async () => {
    const forged = '\x1b]8;;http://x\x07click\x1b]8;;\x1b\\ ]12;8;;http://x\\12;';
    const written = await shown((paint) => paint.link(forged, URL));
    expect(written.split('\x1b]8;;').length - 1).toBe(4);
    expect(written).not.toContain('\x1b]8;;http://x');
    for (const url of ['javascript:alert(1)', 'https://a b', 'https://a\x1b\\', 'https://a\n'])
      expect(await shown((paint) => paint.link('the page', url))).toBe('the page\nsee the page.\n');
  });
});
