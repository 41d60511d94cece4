import { expect, it } from 'vitest';
import { createRecentAnswers } from '../../src/listener/recent-answers.ts';

const LIFE = 1_000;

function remembered(most: number) {
  const clock = { now: 0 };
  return { clock, memory: createRecentAnswers<string>(most, LIFE, () => clock.now) };
}

it('remembers the last so many at least, and not many more', () => {
  const { memory } = remembered(100);
  for (let index = 0; index < 1_000; index++) memory.keep(`push ${index}`, String(index));
  const kept = Array.from({ length: 1_000 }, (_, index) => index).filter(
    (index) => memory.recall(`push ${index}`) !== undefined,
  );
  expect(kept.length).toBeGreaterThanOrEqual(100);
  expect(kept.length).toBeLessThanOrEqual(125);
  expect(kept.at(-1)).toBe(999);
  expect(memory.recall('push 999')).toBe('999');
});

it('remembers for its life, however few there are, and no longer', () => {
  const { clock, memory } = remembered(100);
  for (let index = 0; index < 40; index++) {
    clock.now = index * 100;
    memory.keep(`push ${index}`, '');
    // Everything younger than a life is still there, whatever was dropped in between.
    for (let past = Math.max(0, index - 9); past <= index; past++) expect(memory.recall(`push ${past}`)).toBeDefined();
  }
  expect(memory.recall('push 29')).toBeUndefined();
});

it('forgets what it is told to, from whenever it is', () => {
  const { memory } = remembered(8);
  for (let index = 0; index < 8; index++) memory.keep(`push ${index}`, '');
  memory.forget('push 1');
  memory.forget('push 7');
  expect(memory.recall('push 1')).toBeUndefined();
  expect(memory.recall('push 7')).toBeUndefined();
  expect(memory.recall('push 2')).toBeDefined();
});
