/** Reads stdin to its end. A pipe that nobody writes to, as some CI leaves open, is not waited for. */
import { formatDuration } from '../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { cancelled, WxopError } from '../sentences/wxop-error.ts';
import type { Runtime } from './runtime.ts';

/** Milliseconds until a person is told that something is read. */
const SAY_AFTER = 1_000;
/** Milliseconds for the first byte to come through a pipe: another machine may have to be asked for it. */
const PATIENCE = 10_000;

/** Rejects with CANCELLED when the run is interrupted, with TIMEOUT when nothing comes. */
export async function readStdin(runtime: Runtime, say: (sentence: Text) => void): Promise<Buffer> {
  const { stdin, signal } = runtime;
  const limit = runtime.stdinPatience ?? (stdin.isTTY ? Infinity : PATIENCE);
  const chunks: Buffer[] = [];
  const timers: NodeJS.Timeout[] = [];
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(cancelled());
    timers.push(setTimeout(() => say(READING), SAY_AFTER));
    if (limit < Infinity) timers.push(setTimeout(() => reject(nothingCame(limit)), limit));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  const read = async (): Promise<void> => {
    for await (const chunk of stdin) {
      timers.forEach(clearTimeout);
      chunks.push(Buffer.from(chunk));
    }
  };
  try {
    await Promise.race([read(), stopped]);
  } finally {
    timers.forEach(clearTimeout);
    signal.removeEventListener('abort', stop);
    // An open pipe would keep the process alive.
    (stdin as Partial<NodeJS.ReadStream>).destroy?.();
  }
  return Buffer.concat(chunks);
}

const READING = text('Reading from stdin …', '正在读取标准输入……');

function nothingCame(limit: number): WxopError {
  const time = formatDuration(limit);
  return new WxopError(
    'TIMEOUT',
    text(en`Nothing came on stdin within ${time}.`, zh`${time}内标准输入没有任何内容。`),
    {
      hint: text(
        'Give it a file (`< FILE`) or what another command prints; --timeout 1m waits longer.',
        '请传入文件（`< 文件`）或其他命令的输出；--timeout 1m 可延长等待。',
      ),
    },
  );
}
