/** Every accepted push is journaled before the answer, then forwarded to the targets that want it. */
import type { Journal, JournalEntry, Journaled } from '../delivery/journal.ts';
import { ANSWER_WITHIN } from '../protocol/lifetimes.ts';
import type { ForwardEvents } from '../delivery/forward-target.ts';
import type { Forwarder } from '../delivery/forwarder.ts';

export type Accepted = Omit<JournalEntry, 'id' | 'owed'>;

/** Hands a push on; resolves with the target's answer, in time or not. Undefined where nobody wants it. */
export type HandOn = () => Promise<string | undefined> | undefined;

export interface OutboxOptions {
  journal?: Journal;
  forwarder?: Forwarder;
  events: ForwardEvents;
  now: () => number;
  /** Milliseconds; for tests. */
  answerWithin?: number;
}

export interface Outbox {
  /** `handover`: a target manages codes and tokens, not we. */
  readonly events: ForwardEvents;
  /**
   * Resolves when the push is journaled, with what hands it on.
   * `isOurs`: answered here, and handed on to nobody. `identity` tells messages apart: undefined when a listener on
   * another machine has taken this one.
   */
  keep(push: Accepted, isOurs?: boolean, identity?: string): Promise<HandOn | undefined>;
}

export const nobody: HandOn = () => undefined;

export function createOutbox(options: OutboxOptions): Outbox {
  const { journal, forwarder, events, now, answerWithin = ANSWER_WITHIN } = options;
  function write(entry: Omit<JournalEntry, 'id'>, identity?: string): Promise<Journaled | undefined> {
    // Loaded for a push: the port opens without it.
    if (!journal)
      return import('node:crypto').then(({ randomUUID }) => ({ entry: { id: randomUUID(), ...entry }, place: '' }));
    return identity !== undefined && journal.appendOnce ? journal.appendOnce(entry, identity) : journal.append(entry);
  }

  return {
    events,
    keep: (push, isOurs = false, identity) => {
      const isKept = isOurs || (push.kind === 'event' && events === 'never');
      const entry = { ...push, owed: (!isKept && forwarder?.owed(push)) || [] };
      return write(entry, identity).then((journaled): HandOn | undefined => {
        if (!journaled) return undefined;
        if (!forwarder || entry.owed.length === 0) return nobody;
        return () => within(push.receivedAt + answerWithin - now(), forwarder.forward(journaled));
      });
    },
  };
}

/** What a promise brings, or undefined when it takes longer. */
async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
