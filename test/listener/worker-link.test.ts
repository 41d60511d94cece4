import { afterEach, expect, it, vi } from 'vitest';
import type { Peer } from '../../src/runtime/runtime.ts';
import { createLink, type Handlers } from '../../src/listener/workers/link.ts';

const stopTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
afterEach(() => void vi.useRealTimers());

/** Two linked ends, as of two processes; `sent`: what each end sent. */
function linked(handlers: Handlers, ours: Handlers = {}) {
  const hear: ((message: unknown) => void)[] = [];
  const sent: unknown[][] = [[], []];
  const peer = (end: 0 | 1): Peer => ({
    send: (message) => {
      sent[end]?.push(message);
      setImmediate(() => hear[1 - end]?.(message));
    },
    onMessage: (given) => void (hear[end] = given),
  });
  return { link: createLink(peer(0), ours), other: createLink(peer(1), handlers), sent };
}

it('questions of one turn go in one message, and those that come before its answer in the next', async () => {
  stopTimers();
  const { link, sent } = linked({ double: (value: number) => value * 2 });
  const first = [1, 2, 3].map((value) => link.ask('double', value));
  await new Promise(setImmediate);
  const second = [4, 5].map((value) => link.ask('double', value));
  await new Promise(setImmediate);
  const third = link.ask('double', 6);
  expect(await Promise.all([...first, ...second, third])).toEqual([2, 4, 6, 8, 10, 12]);
  expect(sent[0]).toHaveLength(2);
});

it('what is told arrives in order with what is asked, and without a question, too', async () => {
  stopTimers();
  const heard: unknown[] = [];
  const { link, sent } = linked({ note: (value) => void heard.push(value), read: () => [...heard] });
  link.tell('note', 1);
  await new Promise(setImmediate);
  link.tell('note', 2);
  expect(await link.ask('read')).toEqual([1, 2]);
  expect(sent[0]).toHaveLength(1);
  link.tell('note', 3);
  vi.runAllTimers();
  await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]));
});

it('a question whose answer needs another question gets it', async () => {
  let given: ((value: string) => void) | undefined;
  const { link } = linked({
    wait: () => new Promise((done) => (given = done)),
    give: (value: string) => given?.(value),
  });
  const answer = link.ask('wait');
  await new Promise(setImmediate);
  expect(await link.ask('give', 'it')).toBeNull();
  expect(await answer).toBe('it');
});

it('who asks learns of a handler that fails, and of an end that is gone', async () => {
  const { link } = linked({
    fail: () => {
      throw new Error('no');
    },
  });
  expect(await link.ask('fail')).toBeNull();
  expect(await link.ask('unknown')).toBeNull();
  const unanswered = link.ask('fail');
  link.close();
  await expect(unanswered).rejects.toMatchObject({ code: 'CANCELLED' });
});
