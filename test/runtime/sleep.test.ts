import { expect, it, onTestFinished } from 'vitest';
import { createSleep } from '../../src/runtime/sleep.ts';
import { isError } from '../../src/sentences/wxop-error.ts';

it('lets many wait at once without a warning of Node, and ends them all when the run is interrupted', async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): number => warnings.push(message);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const run = new AbortController();
  const sleep = createSleep(run.signal);
  const waits = Array.from({ length: 100 }, () => sleep(3_600_000));
  const ended = Promise.allSettled(waits);
  run.abort();
  for (const { status, ...rest } of await ended) {
    expect(status).toBe('rejected');
    expect('reason' in rest && isError(rest.reason, 'CANCELLED')).toBe(true);
  }
  await new Promise(setImmediate);
  expect(warnings).toEqual([]);
});
