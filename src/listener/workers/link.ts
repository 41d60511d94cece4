/**
 * Questions and answers between two processes. What one says in a turn of its event loop goes in one message: waking the
 * other costs more than its work.
 */
import { cancelled } from '../../sentences/wxop-error.ts';
import type { Peer } from '../../runtime/runtime.ts';

/** What the other side may ask for, or tell; what a handler throws is no answer. */
export type Handlers = Record<string, (value: never) => unknown>;

export interface Link {
  /** Null where the other side has no answer. Rejects when it is gone. */
  ask<Value>(name: string, value?: unknown): Promise<Value | null>;
  tell(name: string, value?: unknown): void;
  /** The other side is gone. */
  close(): void;
}

/** Number 0: nobody waits for an answer; below 0: the answer to the question of that number. */
type Word = [number: number, name: string, value: unknown];

export function createLink(peer: Peer, handlers: Handlers): Link {
  const asked = new Map<number, { done: (value: never) => void; failed: (error: Error) => void }>();
  let questions = 0;
  let isClosed = false;
  let said: Word[] = [];

  function flush(): void {
    peer.send(said);
    said = [];
  }
  function say(...word: Word): void {
    if (isClosed) return;
    if (said.push(word) === 1) setImmediate(flush);
  }
  async function answer(number: number, name: string, value: unknown): Promise<void> {
    try {
      const found = await handlers[name]?.(value as never);
      if (number > 0) say(-number, '', found ?? null);
    } catch {
      if (number > 0) say(-number, '', null);
    }
  }

  peer.onMessage((message) => {
    for (const [number, name, value] of message as Word[]) {
      if (number >= 0) void answer(number, name, value);
      else {
        asked.get(-number)?.done(value as never);
        asked.delete(-number);
      }
    }
  });

  return {
    ask: <Value>(name: string, value?: unknown) =>
      new Promise<Value | null>((done, failed) => {
        if (isClosed) return failed(cancelled());
        asked.set(++questions, { done, failed });
        say(questions, name, value);
      }),
    tell: (name, value) => say(0, name, value),
    close: () => {
      isClosed = true;
      for (const { failed } of asked.values()) failed(cancelled());
      asked.clear();
    },
  };
}
