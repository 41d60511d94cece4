import { describe, expect, it } from 'vitest';
import { failed, info, ok, same, skipped, type Check, type Group } from '../../src/doctor/check.ts';
import { examine, checkNames, type Examination, type Result } from '../../src/doctor/examination.ts';
import { cancelled, WxopError } from '../../src/sentences/wxop-error.ts';
import { text } from '../../src/sentences/text.ts';

const check = (id: string, run: Check['run'], more: Partial<Check> = {}): Check => ({
  id,
  title: same(id),
  run,
  ...more,
});
const group = (id: string, ...checks: Check[]): Group => ({ id, title: same(id), checks });

async function run(groups: Group[], options: Partial<Examination> = {}): Promise<Result[]> {
  const results: Result[] = [];
  const never = (): Promise<void> => new Promise(() => undefined);
  const usual = { groups, only: [], skip: [], offline: false, deadline: 1_000, sleep: never };
  for await (const result of examine({ ...usual, ...options })) results.push(result);
  return results;
}

const verdicts = (results: Result[]): Record<string, string> =>
  Object.fromEntries(results.map(({ id, verdict }) => [id, verdict]));

const fine = () => ok(same('fine'));
const broken = () => failed('NETWORK', same('broken'));

describe('an examination', () => {
  it('goes through the groups in order', async () => {
    const results = await run([group('a', check('a.2', fine), check('a.1', broken)), group('b', check('b.1', fine))]);
    expect(results.map(({ id }) => id)).toEqual(['a.2', 'a.1', 'b.1']);
    expect(results.map(({ group: { id } }) => id)).toEqual(['a', 'a', 'b']);
  });

  it('skips a check that would only repeat a failure, and names that failure', async () => {
    const effect = check('a.2', fine, { needs: ['a.1'] });
    const effectOfEffect = { ...group('b', check('b.1', fine)), needs: ['a.2'] };
    const results = await run([group('a', check('a.1', broken, { title: same('cause') }), effect), effectOfEffect]);
    expect(verdicts(results)).toEqual({ 'a.1': 'failed', 'a.2': 'skipped', 'b.1': 'skipped' });
    // The cause, not the effect in between.
    for (const skipped of results.slice(1)) expect(skipped.seen.en).toContain('"cause"');
  });

  it('runs a check after a warning, after an info, and after a check that was not selected', async () => {
    const needs = ['a.1', 'a.2', 'z.9'];
    const results = await run([
      group(
        'a',
        check('a.1', () => info(same('-'))),
        check('a.2', () => ({ verdict: 'warning', seen: same('-') })),
      ),
      group('b', check('b.1', fine, { needs })),
    ]);
    expect(verdicts(results)).toMatchObject({ 'b.1': 'ok' });
  });

  it('fails a check that hangs, and goes on', async () => {
    const hangs = check('a.1', () => new Promise(() => undefined), { deadline: 7_000 });
    const asked: number[] = [];
    const sleep = (milliseconds: number): Promise<void> => {
      asked.push(milliseconds);
      return milliseconds === 7_000 ? Promise.resolve() : new Promise(() => undefined);
    };
    const results = await run([group('a', hangs, check('a.2', fine))], { sleep });
    expect(results[0]).toMatchObject({
      verdict: 'failed',
      code: 'TIMEOUT',
      seen: text('no answer within 7 s', '7 秒内没有结果'),
    });
    expect(verdicts(results)).toEqual({ 'a.1': 'failed', 'a.2': 'ok' });
    expect(asked).toEqual([7_000, 1_000]);
  });

  it('ends its timers with each check', async () => {
    let waiting = 0;
    const sleep = (_milliseconds: number, signal: AbortSignal): Promise<void> => {
      waiting++;
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          waiting--;
          reject(cancelled());
        }),
      );
    };
    await run([group('a', check('a.1', fine), check('a.2', broken))], { sleep });
    expect(waiting).toBe(0);
  });

  it('turns what a check throws into its failure', async () => {
    const hint = text('Do this.', '请这样做。');
    const throws = check('a.1', () => {
      throw new WxopError('STORE_UNAVAILABLE', same('away'), { hint });
    });
    const odd = check('a.2', () => Promise.reject(new TypeError('of undefined')));
    const results = await run([group('a', throws, odd)]);
    expect(results[0]).toMatchObject({ verdict: 'failed', code: 'STORE_UNAVAILABLE', next: hint });
    expect(results[1]).toMatchObject({ verdict: 'failed', code: 'UNEXPECTED' });
  });

  it('ends at Ctrl-C', async () => {
    const interrupted = check('a.1', () => Promise.reject(cancelled()));
    await expect(run([group('a', interrupted)])).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('runs the groups and checks that are named', async () => {
    const groups = [
      group('a', check('a.1', fine), check('a.2', fine)),
      group('b', check('b.1', fine), check('b.2', fine)),
    ];
    expect(checkNames(groups)).toEqual(['a', 'a.1', 'a.2', 'b', 'b.1', 'b.2']);
    expect(Object.keys(verdicts(await run(groups, { only: ['a.2', 'b'] })))).toEqual(['a.2', 'b.1', 'b.2']);
    expect(Object.keys(verdicts(await run(groups, { skip: ['a', 'b.2'] })))).toEqual(['b.1']);
    expect(Object.keys(verdicts(await run(groups, { only: ['a'], skip: ['a.1'] })))).toEqual(['a.2']);
  });

  it('skips, when offline, checks that leave this machine and those that depend on them', async () => {
    const groups = [
      group(
        'a',
        check('a.1', broken, { isRemote: true }),
        check('a.2', fine, { needs: ['a.1'] }),
        check('a.3', () => skipped(same('-'))),
      ),
    ];
    expect(verdicts(await run(groups, { offline: true }))).toEqual({
      'a.1': 'skipped',
      'a.2': 'skipped',
      'a.3': 'skipped',
    });
  });
});
