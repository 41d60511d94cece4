/** A client attached to the listener of its team: what it asks for, and where it hands that on to. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readCallerKey } from '../broker/caller-key.ts';
import { createForwarder, type ForwardActivity } from '../delivery/forwarder.ts';
import type { ForwardTarget } from '../delivery/forward-target.ts';
import type { JournalEntry } from '../delivery/journal.ts';
import { proxiesOf } from '../runtime/proxies.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Poster } from '../wechat-api/poster.ts';
import { doorOf } from './door-of.ts';
import { attach, type ConnectionActivity } from './attach-client.ts';
import { openClientPosition } from './client-position.ts';
import type { Fields } from '../protocol/opened-push.ts';

/** Milliseconds before the second try, the third, and so on: a service that is being worked on is often away. */
const RETRY_PAUSES = [1_000, 2_000, 5_000, ...Array.from({ length: 60 }, () => 10_000)];

/** What a client asks for. */
export interface AttachChoice {
  /** Address of the team's listener. */
  via: string;
  /** What this machine calls itself there. */
  name?: string;
  /** Its service answers the users. */
  respond?: boolean;
  /** Milliseconds: what was received so long ago, too. */
  since?: number;
}

export type AttachedActivity = ConnectionActivity | ForwardActivity | { type: 'push'; entry: JournalEntry };

export interface AttachOptions extends AttachChoice {
  runtime: Runtime;
  home: string;
  settings: Settings;
  targets: ForwardTarget[];
  machine: () => string;
  elapsed: () => number;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  post: Poster['post'];
  warn: (sentence: Text) => void;
  onActivity: (activity: AttachedActivity) => void;
}

/** Attaches this machine to the listener of its team, until the run ends. */
export async function attachTo(options: AttachOptions): Promise<void> {
  const { runtime, settings, targets, via, respond = false, onActivity, name = options.machine() } = options;
  const { brokerKey: key } = settings.need('brokerKey');
  const { now, signal } = runtime;
  const url = doorOf(via);
  if (settings.get('forwardEvents') === 'handover') throw noHandover();
  if (respond && targets.length === 0) throw nobodyResponds();
  const componentAppId = readCallerKey(key)?.componentAppId ?? '';
  // Another service, or another listener, begins on its own.
  const digest = createHash('sha256').update(
    JSON.stringify([url.replace(/^http/, 'ws'), componentAppId, name, ...targets.map(({ id }) => id)]),
  );
  const position = await openClientPosition(
    join(options.home, 'attached', `${digest.digest('hex').slice(0, 24)}.jsonl`),
  );
  const wantsEvents = settings.get('forwardEvents') !== 'never';
  const filters = (targets.length > 0 ? targets : [{ kinds: ['event', 'message'] as const, names: [], appIds: [] }])
    .map(({ kinds, names, appIds }) => ({
      kinds: kinds.filter((kind) => kind === 'message' || wantsEvents || targets.length === 0),
      names: [...names],
      appIds: [...appIds],
    }))
    .filter(({ kinds }) => kinds.length > 0);
  if (filters.length === 0) throw eventsOnly();

  /** So many targets still have to take it. */
  const owing = new Map<string, { targets: number; done: () => void }>();
  const forwarder = createForwarder({
    targets,
    keys: {
      componentAppId,
      encodingAesKeys: [],
      forwardSecret: settings.find('forwardSecret'),
      handover: false,
      open: (entry) => (entry as JournalEntry & { fields?: Fields }).fields,
    },
    post: options.post,
    now,
    elapsed: options.elapsed,
    warn: options.warn,
    pauses: RETRY_PAUSES,
    onActivity: (activity) => {
      if (activity.type === 'no-reply' && !respond) return;
      onActivity(activity);
      if (activity.type !== 'forwarded' && activity.type !== 'dead-letter') return;
      const owed = owing.get(activity.id);
      if (!owed || --owed.targets > 0) return;
      owing.delete(activity.id);
      owed.done();
    },
  });
  try {
    await attach({
      ...options,
      url,
      key,
      proxies: proxiesOf(runtime.environment),
      now,
      signal,
      position,
      ...(options.since !== undefined && { ago: options.since }),
      hello: {
        name: name.slice(0, 100),
        filters,
        responds: respond,
        opened: targets.some(({ format }) => format === 'json'),
      },
      hand: (received) => {
        const entry = { ...received, owed: forwarder.owed(received) };
        onActivity({ type: 'push', entry });
        if (entry.owed.length === 0) return { settled: Promise.resolve(), answer: Promise.resolve(undefined) };
        const settled = new Promise<void>((done) => owing.set(entry.id, { targets: entry.owed.length, done }));
        return { settled, answer: forwarder.forward({ entry, place: '' }) };
      },
    });
  } finally {
    await forwarder.stop();
  }
}

const noHandover = (): WxopError =>
  new WxopError(
    'USAGE',
    text('--forward-events handover is for the listener itself.', '--forward-events handover 仅用于监听服务自身。'),
    { hint: text('With --via, leave it out or say after.', '使用 --via 时请去掉该选项，或改为 after。') },
  );

const nobodyResponds = (): WxopError =>
  new WxopError('USAGE', text('--respond without a service.', '--respond 缺少转发目标。'), {
    hint: text('Name it with --forward-to.', '请用 --forward-to 指定。'),
  });

const eventsOnly = (): WxopError =>
  new WxopError(
    'USAGE',
    text(
      en`The targets want component events only, and none are forwarded.`,
      zh`转发目标仅需要授权事件，但未开启其转发。`,
    ),
    { hint: text('Add --forward-events after.', '请加上 --forward-events after。') },
  );
