/** A client that is attached to the listener of its team: it takes what it asked for, each once, and says so. */
import type { AttachedEntry, Hello, ListenerWord } from './attach-words.ts';
import type { ClientPosition } from './client-position.ts';
import { stayConnected, type ConnectedOptions, type ConnectionAway, type Speak } from './stay-connected.ts';

/** What is told of the connection; `gap`: what the listener received then, it has no longer. */
export type ConnectionActivity =
  { type: 'attached'; since?: number } | ConnectionAway | { type: 'gap'; from: number; to: number };

export interface AttachClientOptions extends Omit<ConnectedOptions, 'scope' | 'begin' | 'hear' | 'end' | 'onAway'> {
  hello: Pick<Hello, 'name' | 'filters' | 'responds' | 'opened'>;
  /** Instead of the position: everything of so many milliseconds before. */
  ago?: number;
  position: ClientPosition;
  /** Hands an entry to the services; `settled` resolves once they have it, `answer` with the first one's. */
  hand: (entry: AttachedEntry) => { settled: Promise<void>; answer: Promise<string | undefined> };
  onActivity: (activity: ConnectionActivity) => void;
}

/** Runs until the signal. Rejects where it makes no sense to come again: a key that is refused, a listener that has no door. */
export async function attach(options: AttachClientOptions): Promise<void> {
  const { position, onActivity } = options;
  let { ago } = options;
  let say: Speak | undefined;
  let done: string[] = [];
  const broken = new AbortController();
  const failed = (error: unknown): void => broken.abort(error);

  function acknowledge(id: string): void {
    if (done.push(id) > 1) return;
    setImmediate(() => {
      const ids = done;
      done = [];
      for (let at = 0; at < ids.length; at += 200) say?.({ type: 'ack', ids: ids.slice(at, at + 200) });
    });
  }

  function take(entry: AttachedEntry): void {
    const { id } = entry;
    if (position.has(id)) return position.isKept(id) ? acknowledge(id) : undefined;
    position.take(id, entry.receivedAt);
    const { settled, answer } = options.hand(entry);
    if (options.hello.responds && entry.kind === 'message') {
      void answer.then((body) => say?.({ type: 'reply', id, ...(body !== undefined && { body }) }));
    }
    void settled
      .then(() => {
        position.keep([id]);
        acknowledge(id);
      })
      .catch((error: unknown) => failed(error));
  }

  /** What came before the position is here, whatever the journal has of it. */
  function missed(from: number, to: number): void {
    if (from < to) onActivity({ type: 'gap', from, to });
  }

  function hear(word: ListenerWord): void {
    switch (word.type) {
      case 'push':
        return take(word.entry);
      case 'at':
        return position.advance(word.at);
      case 'gap':
        return missed(Math.max(word.from, position.reached() ?? 0), word.to);
      case 'attached': {
        const since = position.from();
        if (ago !== undefined || since === undefined) position.begin(word.at - (ago ?? 0));
        ago = undefined;
        return onActivity({ type: 'attached', ...(since !== undefined && { since }) });
      }
    }
  }

  await stayConnected({
    ...options,
    scope: 'events',
    signal: AbortSignal.any([options.signal, broken.signal]),
    begin: (opened) => {
      say = opened;
      const from = position.from();
      say({ type: 'hello', ...options.hello, ...(ago !== undefined ? { ago } : from !== undefined ? { from } : {}) });
    },
    hear,
    end: () => (say = undefined),
    onAway: onActivity,
  });
  if (broken.signal.aborted) throw broken.signal.reason;
}
