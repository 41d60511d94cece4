/** The built command on stdouts that are no terminal: what it writes arrives whole, or ends quietly. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

/** More than a pipe holds. */
const MAP = ['map', '--json'];
const THE_END = '\0';
const PIPE_BYTES = 64 * 1024;

/** Starts what follows, as npx does: opening its own stdout makes the pipe that both have non-blocking. */
const OPENS_IT_TOO = `
  const child = require('node:child_process').spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' });
  process.stdout.write('');
  child.on('close', (code) => (process.exitCode = code));`;

describe('what is written to stdout', () => {
  it('arrives whole in a pipe that is not blocking, and in a file', async () => {
    const folder = temporaryFolder();
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const end = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const argv = ['-e', OPENS_IT_TOO, BIN, ...MAP];
    const child = spawn(process.execPath, argv, { env: { WXOP_LANG: 'en' }, stdio: ['ignore', end, 'inherit'] });
    const closed = once(child, 'close').then((ended: unknown[]) => {
      writeSync(end, THE_END);
      return ended;
    });
    const chunks: Buffer[] = [];
    // Slower than whoever writes.
    const reader = createReadStream(fifo, { highWaterMark: 256 });
    for await (const chunk of reader) {
      chunks.push(chunk as Buffer);
      if (String(chunk).endsWith(THE_END)) break;
    }
    closeSync(end);
    expect(await closed).toEqual([0, null]);
    const whole = Buffer.concat(chunks).toString().slice(0, -THE_END.length);
    expect(whole.length).toBeGreaterThan(PIPE_BYTES);
    const file = openSync(join(folder, 'file'), 'w');
    await once(
      spawn(process.execPath, [BIN, ...MAP], { env: { WXOP_LANG: 'en' }, stdio: ['ignore', file, 'inherit'] }),
      'close',
    );
    closeSync(file);
    expect(whole).toBe(readFileSync(join(folder, 'file'), 'utf8'));
    expect(whole).toBe((await wxop(MAP)).stdout);
  });

  it('ends quietly where nobody reads any more', async () => {
    const child = spawn('sh', ['-c', `"$0" "$1" map --json | head -c 1; "$0" "$1" map | :`, process.execPath, BIN], {
      env: { PATH: process.env.PATH, WXOP_LANG: 'en' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output).toBe('{');
  });
});
