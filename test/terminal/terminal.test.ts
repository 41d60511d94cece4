import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/sentences/redactor.ts';
import { en, text, zh } from '../../src/sentences/text.ts';
import { toWxopError, WxopError } from '../../src/sentences/wxop-error.ts';
import type { OutputStream } from '../../src/runtime/runtime.ts';
import { createTerminal, type TerminalOptions } from '../../src/terminal/terminal.ts';

interface Screen extends OutputStream {
  text: string;
}

function screen(isTTY: boolean): Screen {
  const stream: Screen = {
    text: '',
    isTTY,
    write: (chunk) => {
      stream.text += String(chunk);
    },
  };
  return stream;
}

interface Made extends Partial<Omit<TerminalOptions, 'stdout' | 'stderr'>> {
  /** Which of stdout and stderr are terminals. */
  tty?: [out: boolean, err: boolean];
}

function make({ tty = [true, true], ...options }: Made = {}) {
  const [stdout, stderr] = [screen(tty[0]), screen(tty[1])];
  const redactor = createRedactor();
  const terminal = createTerminal({
    stdout,
    stderr,
    isStdinTty: () => true,
    environment: {},
    lang: 'en',
    json: false,
    quiet: false,
    verbose: false,
    color: true,
    redactor,
    ...options,
  });
  return { terminal, stdout, stderr, redactor };
}

const ESCAPE = '\x1b';
const FAILURE = new WxopError('NETWORK', text('It failed.\nTwice.', '失败。'), {
  hint: text('Do this.', '请这样做。'),
  errcode: 61004,
  rid: '6a1b-2c3d',
  requestIp: '203.0.113.7',
});

describe('colour is decided for each stream', () => {
  const BOTH = { tty: [true, true] as [boolean, boolean] };
  const PIPED = { tty: [false, true] as [boolean, boolean] };
  const NEITHER = { tty: [false, false] as [boolean, boolean] };
  it.each<[string, Made, [out: boolean, err: boolean]]>([
    ['two terminals', BOTH, [true, true]],
    ['stdout in a pipe', PIPED, [false, true]],
    ['stderr in a file', { tty: [true, false] }, [true, false]],
    ['neither a terminal', NEITHER, [false, false]],
    ['NO_COLOR', { ...BOTH, environment: { NO_COLOR: '1' } }, [false, false]],
    ['NO_COLOR=0 is not empty', { ...BOTH, environment: { NO_COLOR: '0' } }, [false, false]],
    ['an empty NO_COLOR says nothing', { ...BOTH, environment: { NO_COLOR: '' } }, [true, true]],
    ['FORCE_COLOR in a pipe', { ...NEITHER, environment: { FORCE_COLOR: '1' } }, [true, true]],
    ['an empty FORCE_COLOR says nothing', { ...PIPED, environment: { FORCE_COLOR: '' } }, [false, true]],
    ['FORCE_COLOR=0', { ...BOTH, environment: { FORCE_COLOR: '0' } }, [false, false]],
    ['NO_COLOR before FORCE_COLOR', { ...BOTH, environment: { NO_COLOR: '1', FORCE_COLOR: '1' } }, [false, false]],
    ['TERM=dumb', { ...BOTH, environment: { TERM: 'dumb' } }, [false, false]],
    ['another TERM', { ...BOTH, environment: { TERM: 'xterm-256color' } }, [true, true]],
    ['--no-color', { ...BOTH, color: false }, [false, false]],
    ['--no-color before FORCE_COLOR', { ...BOTH, color: false, environment: { FORCE_COLOR: '1' } }, [false, false]],
  ])('%s', async (_name, options, [out, err]) => {
    const { terminal } = make(options);
    expect([terminal.out.color, terminal.err.color]).toEqual([out, err]);
    for (const [stream, wanted] of [
      ['out', out],
      ['err', err],
    ] as const) {
      const paint = await terminal.paint(stream);
      for (const colour of ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const) {
        expect(paint[colour]('x').includes(ESCAPE), colour).toBe(wanted);
        expect(paint[colour]('x')).toContain('x');
      }
    }
  });
});

describe('a person is there', () => {
  it.each<[string, Made, boolean]>([
    ['with a terminal on both ends', {}, true],
    ['not when stderr goes elsewhere', { tty: [true, false] }, false],
    ['even when stdout goes elsewhere', { tty: [false, true] }, true],
    ['not when stdin is none', { isStdinTty: () => false }, false],
    ['not in CI', { environment: { CI: 'true' } }, false],
    ['not with TERM=dumb', { environment: { TERM: 'dumb' } }, false],
  ])('%s', (_name, options, expected) => {
    expect(make(options).terminal.isInteractive).toBe(expected);
  });

  it('stdin is not opened to find out what stderr already tells', () => {
    const isStdinTty = (): boolean => {
      throw new Error('opened');
    };
    expect(make({ tty: [true, false], isStdinTty }).terminal.isInteractive).toBe(false);
  });
});

describe('streams', () => {
  it('the answer goes to stdout, everything else to stderr', () => {
    const { terminal, stdout, stderr } = make({ verbose: true, tty: [false, false] });
    terminal.print('answer', 'second');
    terminal.reveal('revealed\n');
    terminal.printJson({ a: 1 });
    terminal.note('note');
    terminal.warn(text('careful', '小心'));
    terminal.trace('traced');
    terminal.progress().update('1/2');
    expect(stdout.text).toBe('answer\nsecond\nrevealed\n{"a":1}\n');
    expect(stderr.text).toBe('note\nwarning: careful\ntraced\n1/2\n');
  });

  it('--quiet leaves nothing on stderr but errors', () => {
    const { terminal, stdout, stderr } = make({ quiet: true });
    terminal.note('note');
    terminal.warn(text('careful', '小心'));
    const progress = terminal.progress();
    progress.update('1/2');
    progress.done();
    expect(stderr.text).toBe('');
    terminal.print('answer');
    terminal.fail(new WxopError('NO_TICKET', text('No ticket.', '没有 ticket。')));
    expect([stdout.text, stderr.text]).toEqual(['answer\n', 'error: No ticket.\n']);
  });

  it('traces only with --verbose', () => {
    const { terminal, stderr } = make();
    terminal.trace('traced');
    expect(stderr.text).toBe('');
  });

  it('a document is one line of JSON', () => {
    const { terminal, stdout } = make();
    terminal.printJson({ name: 'line\nbreak', list: [1, { 中: '文' }] });
    expect(stdout.text).toBe('{"name":"line\\nbreak","list":[1,{"中":"文"}]}\n');
  });
});

describe('a failure', () => {
  it('is what happened, what to do next, and the request id', () => {
    const { terminal, stdout, stderr } = make();
    terminal.fail(FAILURE);
    expect(stderr.text).toBe('error: It failed.\nTwice.\nDo this.\nrid: 6a1b-2c3d\n');
    expect(stdout.text).toBe('');
  });

  it('speaks Chinese', () => {
    const { terminal, stderr } = make({ lang: 'zh' });
    terminal.fail(FAILURE);
    expect(stderr.text).toBe('错误：失败。\n请这样做。\nrid: 6a1b-2c3d\n');
  });

  it('shows no stack without --verbose, and every cause with it', () => {
    const thrown = new WxopError('NETWORK', text('outer', '外'), {
      cause: new Error('middle', { cause: new Error('inner') }),
    });
    const [brief, verbose] = [make(), make({ verbose: true })];
    brief.terminal.fail(thrown);
    verbose.terminal.fail(thrown);
    expect(brief.stderr.text).toBe('error: outer\n');
    expect(verbose.stderr.text).toMatch(/WxopError: outer\n {4}at [^]*Error: middle\n {4}at [^]*Error: inner\n {4}at /);
    expect(verbose.stderr.text).toMatch(/\nerror: outer\n$/);
  });

  it.each([false, true])('with --json is one line, the last of stderr (verbose: %s)', (verbose) => {
    const { terminal, stdout, stderr } = make({ json: true, verbose });
    terminal.fail(FAILURE);
    const lines = stderr.text.split('\n');
    expect(lines.at(-1)).toBe('');
    if (!verbose) expect(lines).toHaveLength(2);
    expect(JSON.parse(lines.at(-2) ?? '')).toEqual({
      error: {
        code: 'NETWORK',
        message: 'It failed.\nTwice.',
        hint: 'Do this.',
        exitCode: 5,
        retryable: true,
        errcode: 61004,
        rid: '6a1b-2c3d',
        requestIp: '203.0.113.7',
      },
    });
    expect(stdout.text).toBe('');
  });

  it('has no key for what is not known', () => {
    const { terminal, stderr } = make({ json: true });
    terminal.fail(new WxopError('TIMEOUT', text('Late.', '超时。')));
    expect(stderr.text).toBe('{"error":{"code":"TIMEOUT","message":"Late.","exitCode":5,"retryable":true}}\n');
  });

  it('lets no control character of a WeChat sentence through', () => {
    const { terminal, stderr } = make();
    terminal.fail(new WxopError('PLATFORM_REFUSED', text('48001 \x1b]0;owned\x07\x1b[2J\u009b1m', '48001 \x1b[2J')));
    expect(stderr.text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/); // eslint-disable-line no-control-regex
    expect(stderr.text).toContain('error: 48001 ');
  });
});

describe('progress', () => {
  const REWRITE = '\r\x1b[2K';

  it('is rewritten in place on a terminal, and taken away', () => {
    const { terminal, stderr } = make();
    const progress = terminal.progress();
    progress.update('1/2');
    progress.update('1/2');
    progress.update('2/2');
    progress.done();
    progress.done();
    expect(stderr.text).toBe(`${REWRITE}1/2${REWRITE}2/2${REWRITE}`);
  });

  it('makes room for whatever else is said', () => {
    const { terminal, stdout, stderr } = make();
    const progress = terminal.progress();
    progress.update('1/2');
    terminal.note('note');
    progress.update('1/2');
    terminal.print('answer');
    progress.update('2/2');
    terminal.fail(new WxopError('TIMEOUT', text('Late.', '超时。')));
    expect(stderr.text).toBe(
      `${REWRITE}1/2${REWRITE}note\n${REWRITE}1/2${REWRITE}${REWRITE}2/2${REWRITE}error: Late.\n`,
    );
    expect(stdout.text).toBe('answer\n');
  });

  it.each<[string, Made]>([
    ['in a pipe', { tty: [true, false] }],
    ['with TERM=dumb', { environment: { TERM: 'dumb' } }],
    ['in CI', { environment: { CI: '1' } }],
  ])('is one line for each new text %s', (_name, options) => {
    const { terminal, stderr } = make(options);
    const progress = terminal.progress();
    progress.update('1/2');
    progress.update('1/2');
    progress.update('2/2');
    progress.done();
    expect(stderr.text).toBe('1/2\n2/2\n');
  });

  it('of a wait shows each second on a terminal, and each minute in a pipe', () => {
    const waits = [0, 1000, 59_000, 61_000, 119_000, 120_000];
    const shownBy = (options?: Made): string => {
      const { terminal, stderr } = make(options);
      const progress = terminal.progress();
      for (const wait of waits) progress.waited(wait, (time) => text(en`waiting (${time})`, zh`等待（${time}）`));
      return stderr.text.replaceAll(REWRITE, '|');
    };
    expect(shownBy()).toBe('|waiting (0 s)|waiting (1 s)|waiting (59 s)|waiting (1 min)|waiting (2 min)');
    expect(shownBy({ tty: [true, false] })).toBe('waiting (0 s)\nwaiting (1 min)\nwaiting (2 min)\n');
  });

  it.each<[string, Made]>([
    ['--json', { json: true }],
    ['--quiet', { quiet: true }],
  ])('is not shown with %s', (_name, options) => {
    const { terminal, stderr } = make(options);
    terminal.progress().update('1/2');
    expect(stderr.text).toBe('');
  });
});

describe('no secret leaves', () => {
  const SECRETS = [
    's3cret-with-hyphens_and.dots',
    '机密-token-值',
    'abc',
    'quote"back\\slash-secret',
    'dollar$&-$1-secret',
  ];
  const planted = SECRETS.map((secret) => `密${secret}码`).join(' ');
  const hidden = SECRETS.map(() => '密***码').join(' ');

  function leaky(): WxopError {
    const root = new Error(`root ${planted}`);
    root.stack = `Error: root ${planted}\n    at ${planted}`;
    const middle = new WxopError('NETWORK', text(`middle ${planted}`, planted), { cause: root });
    return new WxopError('PLATFORM_REFUSED', text(`outer ${planted}`, `外 ${planted}`), {
      cause: middle,
      hint: text(`hint ${planted}`, `提示 ${planted}`),
      rid: `rid-${planted}`,
      requestIp: planted,
    });
  }

  type Exit = (made: ReturnType<typeof make>['terminal']) => void;
  const EXITS: [string, Exit][] = [
    ['print', (terminal) => terminal.print(planted, planted)],
    ['printJson', (terminal) => terminal.printJson({ a: planted, b: [planted, { c: planted }], d: SECRETS })],
    ['note', (terminal) => terminal.note(planted, planted)],
    ['warn', (terminal) => terminal.warn(text(planted, planted))],
    ['trace', (terminal) => terminal.trace(planted)],
    ['progress', (terminal) => terminal.progress().update(planted)],
    ['fail', (terminal) => terminal.fail(leaky())],
    ['fail with what was thrown', (terminal) => terminal.fail(toWxopError(new TypeError(planted)))],
    [
      'fail with a text as cause',
      (terminal) => terminal.fail(new WxopError('NETWORK', text('x', 'x'), { cause: planted })),
    ],
  ];
  const KINDS: Made[] = [
    { verbose: true },
    { verbose: true, json: true },
    { verbose: true, lang: 'zh' },
    { verbose: true, tty: [false, false] },
  ];

  it.each(EXITS)('through %s', (_name, exit) => {
    for (const options of KINDS) {
      const { terminal, stdout, stderr, redactor } = make(options);
      redactor.learn(...SECRETS, undefined, '');
      exit(terminal);
      const shown = stdout.text + stderr.text;
      for (const secret of SECRETS) {
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
      }
    }
  });

  it('what is left stays readable', () => {
    const { terminal, stdout, redactor } = make();
    redactor.learn(...SECRETS);
    terminal.print(planted, 'abcdef stays', 'ticket@@@Ab-c_d and refreshtoken@@@xY-9');
    expect(stdout.text).toBe(`${hidden}\nabcdef stays\nticket@@@*** and refreshtoken@@@***\n`);
  });

  it('a document keeps its keys and its shape', () => {
    const { terminal, stdout, redactor } = make();
    redactor.learn('abc', 'code');
    terminal.printJson({ code: 'a code', list: [1, null, true, 'abc'] });
    expect(JSON.parse(stdout.text)).toEqual({ code: 'a ***', list: [1, null, true, '***'] });
  });

  it('but reveal shows it: that is what it is for', () => {
    const { terminal, stdout, redactor } = make();
    redactor.learn(...SECRETS);
    terminal.reveal(`${SECRETS[0]}\n`);
    expect(stdout.text).toBe(`${SECRETS[0]}\n`);
  });
});
