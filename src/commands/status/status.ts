/** `wxop status`: one screen that answers "is everything all right?". */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { ERROR_CODES } from '../../sentences/error-codes.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { durationArgument } from '../arguments.ts';
import { readStatus } from './read-status.ts';
import { statusJson, statusLines } from './status-lines.ts';
import { troubles, type Trouble } from './troubles.ts';

const INTERVAL = 2_000;

export const command = defineCommand({
  flags: {
    watch: parameter('--watch', text('stay, and show what changes, until Ctrl-C', '持续显示变化，直到 Ctrl-C')),
    interval: parameter(
      '--interval <duration>',
      text('with --watch: time between two looks', '与 --watch 同用：查看间隔'),
      { parse: durationArgument, fallback: INTERVAL },
    ),
  },
  examples: ['wxop status', 'wxop status --watch', 'wxop status --json | jq .troubles'],
  notes: text(
    'Reads only what is stored here, and calls nothing at WeChat.\nThe exit code is 0 if all is well, otherwise that of the first problem.',
    '只读取本地存储，不访问微信。一切正常时退出码为 0，否则取自第一个问题。',
  ),
  risk: 'reads',
  output: 'document',
  run: async (context, { watch = false, interval }) => (watch ? watchStatus(context, interval) : showOnce(context)),
});

async function showOnce(context: Context): Promise<number> {
  const { terminal } = context;
  const status = await readStatus(context);
  const found = troubles(status);
  if (terminal.json) terminal.printJson(statusJson(status, found, terminal.say));
  else terminal.print(...(await screen(context, status, found)));
  const [first] = found;
  if (!first) return 0;
  if (terminal.json) throw asError(first);
  return ERROR_CODES[first.code].exit;
}

const screen = async ({ terminal }: Context, status: Awaited<ReturnType<typeof readStatus>>, found: Trouble[]) =>
  statusLines(status, found, { say: terminal.say, paint: await terminal.paint('out'), columns: terminal.out.columns });

const asError = ({ code, sentence, next }: Trouble): WxopError => new WxopError(code, sentence, { hint: next });

/** On a terminal the screen is drawn again in place; elsewhere it is printed when more than a time has changed. */
async function watchStatus(context: Context, interval: number): Promise<number> {
  const { terminal } = context;
  const picture = await terminal.picture();
  let before = '';
  try {
    for (;;) {
      const status = await readStatus(context);
      const found = troubles(status);
      const { at, ...rest } = statusJson(status, found, terminal.say);
      const now = JSON.stringify(rest, (key, value: unknown) => (TIMES.has(key) ? undefined : value));
      if (picture) picture.show(await screen(context, status, found));
      else if (now !== before) {
        if (terminal.json) terminal.printJson({ type: 'status', at, ...rest });
        else terminal.print(...(before ? [''] : []), ...(await screen(context, status, found)));
      }
      before = now;
      await context.sleep(interval);
    }
  } finally {
    picture?.done();
  }
}

/** What changes with every look, or is a sentence that names a time. */
const TIMES = new Set(['ageSeconds', 'ttlSeconds', 'message']);
