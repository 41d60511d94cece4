/** Every accepted push is journaled before the answer, then forwarded to the targets that want it. */
import type { Journal, JournalEntry, Journaled } from '../delivery/journal.ts';
import { ANSWER_WITHIN } from '../protocol/lifetimes.ts';
import type { ForwardEvents } from '../delivery/forward-target.ts';
import { isSilent } from '../delivery/is-silent.ts';
import type { Forwarder } from '../delivery/forwarder.ts';

export type Accepted = Omit<JournalEntry, 'id' | 'owed'>;

/** Hands a push on; resolves with the target's answer, in time or not. Undefined where nobody wants it. */
export type HandOn = () => Promise<string | undefined> | undefined;

/** Clients that are attached to this listener. */
export interface AttachedClients {
  publish(entry: JournalEntry): void;
  /** The answer of the one that answers users; undefined at once where there is none for this push. */
  answer(entry: JournalEntry): Promise<string | undefined> | undefined;
}

export interface OutboxOptions {
  journal?: Journal;
  forwarder?: Forwarder;
  events: ForwardEvents;
  now: () => number;
  attached?: AttachedClients;
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
  const { journal, forwarder, events, now, attached, answerWithin = ANSWER_WITHIN } = options;
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
        // First whoever waits for the answer, so that it cannot come before.
        const answered = isOurs ? undefined : attached?.answer(journaled.entry);
        attached?.publish(journaled.entry);
        const left = (): number => push.receivedAt + answerWithin - now();
        const forward: HandOn =
          forwarder && entry.owed.length > 0 ? () => within(left(), forwarder.forward(journaled)) : nobody;
        return answered ? () => firstOf(within(left(), answered), forward()) : forward;
      });
    },
  };
}

/** Who is named to answer comes first, and a target where that one says nothing. */
async function firstOf(
  answered: Promise<string | undefined>,
  forwarded: Promise<string | undefined> | undefined,
): Promise<string | undefined> {
  const answer = await answered;
  return answer !== undefined && !isSilent(answer) ? answer : forwarded;
}

/** What a promise brings, or undefined when it takes longer. */
async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
