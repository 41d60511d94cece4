/**
 * Questions and answers between two processes. What one says in a turn of its event loop goes in one message, for waking
 * the other costs more than its work. So whoever waits for an answer collects further questions until one comes, and
 * what is only told goes with the next message.
 */
import { cancelled } from '../../sentences/wxop-error.ts';
import type { Peer } from '../../runtime/runtime.ts';

/** What the other side may ask for, or tell; what a handler throws is no answer. */
export type Handlers = Record<string, (value: never) => unknown>;

export interface Link {
  /** Null where the other side has no answer. Rejects when it is gone. */
  ask<Value>(name: string, value?: unknown): Promise<Value | null>;
  /** In order with what is asked, but not at once. */
  tell(name: string, value?: unknown): void;
  /** The other side is gone. */
  close(): void;
}

/** Number 0: nobody waits for an answer; below 0: the answer to the question of that number. */
type Word = [number: number, name: string, value: unknown];

const isQuestion = ([number]: Word): boolean => number > 0;

/** Milliseconds that something may wait for the next message: an answer may depend on a third one, and come late. */
const COLLECT_FOR = 5;

export function createLink(peer: Peer, handlers: Handlers): Link {
  const asked = new Map<number, { done: (value: never) => void; failed: (error: Error) => void }>();
  let questions = 0;
  let isClosed = false;
  let isWaiting = false;
  let said: Word[] = [];
  let unhurried: NodeJS.Timeout | undefined;
  let hurried: NodeJS.Immediate | undefined;

  function flush(): void {
    clearTimeout(unhurried);
    clearImmediate(hurried);
    [unhurried, hurried] = [undefined, undefined];
    isWaiting ||= said.some(isQuestion);
    peer.send(said);
    said = [];
  }
  function say(...word: Word): void {
    if (isClosed) return;
    said.push(word);
    const [number] = word;
    if (number === 0 || (number > 0 && isWaiting)) unhurried ??= setTimeout(flush, COLLECT_FOR);
    else hurried ??= setImmediate(flush);
  }
  function hear(number: number, name: string, value: unknown): void {
    const reply = (found?: unknown): void => {
      if (number > 0) say(-number, '', found ?? null);
    };
    try {
      const found = handlers[name]?.(value as never);
      // Most answers are known at once: a promise for each costs more than finding it.
      if (found instanceof Promise) void found.then(reply, () => reply());
      else reply(found);
    } catch {
      reply();
    }
  }

  peer.onMessage((message) => {
    isWaiting = false;
    if (said.some(isQuestion)) hurried ??= setImmediate(flush);
    for (const [number, name, value] of message as Word[]) {
      if (number >= 0) hear(number, name, value);
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
      clearTimeout(unhurried);
      clearImmediate(hurried);
      for (const { failed } of asked.values()) failed(cancelled());
      asked.clear();
    },
  };
}
