/**
 * One listener that is several processes. Each worker is a whole listener on the shared store; this process hands them
 * the connections, and keeps what must be one: who takes a push, the log, the metrics, what strangers may do, the stop.
 */
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { cancelled, WxopError } from '../../sentences/wxop-error.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import type { WorkerProcess } from '../../runtime/runtime.ts';
import { STOP_DEADLINE } from '../http/background.ts';
import { bind, urlOf } from '../http/bind.ts';
import { createFairShares, type Share } from '../http/fair-shares.ts';
import { createMetricsServer } from '../http/metrics-server.ts';
import { metricsText, type Measured } from '../http/metrics.ts';
import { createRecentAnswers, REMEMBER_FOR, REMEMBER_MOST } from '../recent-answers.ts';
import type { Answer, ListenerActivity } from '../receiver.ts';
import type { Listener, ListenerOptions } from '../start-listener.ts';
import { createLink, type Link } from './link.ts';
import { onceForAll } from './once-for-all.ts';
import { countedBy, sumMeasured } from './sum-measured.ts';
import { readActivity, errorTold, type ToldError } from './told-errors.ts';

/** Milliseconds: a worker that ended sooner is not replaced at once, and each time later. */
const SHORT_LIFE = 60_000;
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 30_000];
/** What a worker may take beyond the time to finish its requests: its targets and its journal. */
const STOP_MORE = 1_500;
/** The same sentence of another worker is not shown again for so long. */
const SAID_ONCE = 60_000;

export interface WorkersOptions extends Pick<ListenerOptions, 'elapsed' | 'metrics' | 'metricsAt'> {
  /** `componentAppId`: of which of several components. */
  onActivity: (activity: ListenerActivity, componentAppId?: string) => void;
  count: number;
  /** `port`: the one that the first workers got. */
  start: (port?: string) => WorkerProcess | undefined;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  signal: AbortSignal;
  say: Say;
}

/** Shows on stderr what a worker would have shown there. */
export type Say = (how: 'warn' | 'note' | 'trace', line: string | Text) => void;

type Claimed = [identity: string, component?: string];

interface Worker {
  number: number;
  child: WorkerProcess;
  link: Link;
  /** Resolves with its address. */
  ready: Promise<string>;
  ended: Promise<void>;
  isReady: boolean;
  hasEnded: boolean;
  /** When it was asked last. */
  measured?: Measured;
}

export interface WorkersListener extends Listener {
  /** Starts every worker anew, one after the other: each goes on until the one in its place is ready. */
  renew(): Promise<void>;
}

interface AskedShare {
  what: 'links' | 'codes';
  shares: Share[];
  component?: string;
}

export async function startWorkers(options: WorkersOptions): Promise<WorkersListener> {
  const { count, elapsed, sleep, signal, say } = options;
  let port: string | undefined;
  const workers = new Map<number, Worker>();
  const retired = new Set<Worker>();
  const owners = createRecentAnswers<Worker>(REMEMBER_MOST, REMEMBER_FOR, elapsed);
  const shares = new Map<string, ReturnType<typeof createFairShares>>();
  const taken = new Map<number, () => void>();
  let numbers = 0;
  const stopping = new AbortController();
  const saidAt = new Map<string, { at: number; by: number }>();
  let ended: Measured[] = [];
  const tellers = new Map<string | undefined, (activity: ListenerActivity) => void>();
  const tellFor = (component?: string): ((activity: ListenerActivity) => void) =>
    once(tellers, component, () => onceForAll((activity) => options.onActivity(activity, component), elapsed));

  /** The answer of the worker that took it, if it lives and had no failure; or null, and it is this one's. */
  function claim(worker: Worker, claimed: Claimed): Promise<Answer | null> | null {
    // The same message of an account that authorized two components is one for each.
    const name = claimed.length === 1 ? claimed[0] : claimed.join(' ');
    const owner = owners.recall(name);
    if (owner && owner !== worker && !owner.hasEnded) return claimAgain(worker, owner, claimed, name);
    owners.keep(name, worker);
    return null;
  }

  async function claimAgain(worker: Worker, owner: Worker, claimed: Claimed, name: string): Promise<Answer | null> {
    const answer = await owner.link.ask<Answer>('recall', claimed).catch(() => null);
    if (answer) return answer;
    // Meanwhile another one may have claimed it.
    if (owners.recall(name) !== owner) return claim(worker, claimed);
    owners.keep(name, worker);
    return null;
  }

  function take({ what, shares: wanted, component = '' }: AskedShare) {
    const share = once(shares, `${what} ${component}`, () => createFairShares(elapsed)).take(wanted);
    if ('wait' in share) return share;
    taken.set(++numbers, share.giveBack);
    // Older ones have run out, or nearly.
    taken.delete(numbers - 1_000);
    return { number: numbers };
  }

  /** All say the same when the store is away. */
  function repeat(worker: Worker, ...[how, line]: Parameters<Say>): void {
    // What it said at its start, this process has said.
    if (!worker.isReady) return;
    const sentence = typeof line === 'string' ? line : line.en;
    const before = saidAt.get(sentence);
    if (before && before.by !== worker.number && elapsed() - before.at < SAID_ONCE) return;
    if (saidAt.size > 1_000) saidAt.clear();
    saidAt.set(sentence, { at: elapsed(), by: worker.number });
    say(how, line);
  }

  function hear(worker: Worker, activity: ListenerActivity, component?: string): void {
    const tell = tellFor(component);
    if (activity.type === 'authorized' || activity.type === 'updated') {
      for (const other of workers.values()) if (other !== worker) other.link.tell('forget-count');
    }
    if (activity.type === 'answered') return tell({ ...activity, id: `${worker.number}.${activity.id}` });
    tell(activity);
  }

  const everyWorker = (): Worker[] => [...workers.values(), ...retired];

  async function measure(): Promise<Measured> {
    await Promise.all(
      everyWorker().map(async (worker) => {
        const measured = await worker.link.ask<Measured>('measure').catch(() => null);
        worker.measured = measured ?? worker.measured;
      }),
    );
    const living = everyWorker().flatMap(({ measured }) => measured ?? []);
    return sumMeasured([await options.metrics.read(), ...ended, ...living]);
  }
  const metrics = { text: async () => metricsText(await measure()) };

  function start(number: number): Worker {
    const child = options.start(port);
    if (!child) throw noWorkers();
    let [isUp, isDown]: [(url: string) => void, (error: Error) => void] = [() => undefined, () => undefined];
    const ready = new Promise<string>((done, failed) => ([isUp, isDown] = [done, failed]));
    ready.catch(() => undefined);
    const link = createLink(child, {
      claim: (claimed: Claimed) => claim(worker, claimed),
      share: take,
      'give-back': (given: number) => {
        taken.get(given)?.();
        taken.delete(given);
      },
      activity: ([told, component]: [told: object, component?: string]) => hear(worker, readActivity(told), component),
      say: (said: Parameters<Say>) => repeat(worker, ...said),
      metrics: () => metrics.text(),
      ready: (url: string) => {
        worker.isReady = true;
        isUp(url);
      },
      failed: (told: ToldError) => isDown(errorTold(told)),
      heard: () => null,
    });
    const startedAt = elapsed();
    const exited = new Promise<void>((done) =>
      child.onExit((how) => {
        worker.hasEnded = true;
        const isCurrent = workers.get(number) === worker;
        if (isCurrent) workers.delete(number);
        retired.delete(worker);
        link.close();
        if (worker.measured) ended = [sumMeasured([...ended, countedBy(worker.measured)])];
        isDown(endedEarly(number, how));
        if (worker.isReady && isCurrent && !stopping.signal.aborted) void replace(worker, how, elapsed() - startedAt);
        done();
      }),
    );
    const worker: Worker = {
      number,
      child,
      link,
      ready,
      ended: exited,
      isReady: false,
      hasEnded: false,
    };
    workers.set(number, worker);
    return worker;
  }

  async function replace({ number }: Worker, how: string | number, lived: number): Promise<void> {
    say('warn', workerEnded(number, how));
    let pause = lived < SHORT_LIFE ? FIRST_PAUSE : 0;
    for (;;) {
      await sleep(pause, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE);
      const worker = start(number);
      const failure = await worker.ready.then(
        () => undefined,
        (error: WxopError) => error,
      );
      if (!failure) return;
      await worker.ended;
      if (!stopping.signal.aborted) say('warn', notReplaced(number, failure, pause));
    }
  }

  async function renew(): Promise<void> {
    for (const [number, before] of [...workers]) {
      const worker = start(number);
      retired.add(before);
      try {
        await worker.ready;
        before.child.send('SIGTERM');
      } catch (error) {
        await worker.ended;
        retired.delete(before);
        if (before.hasEnded) void replace(before, 'SIGKILL', 0);
        else workers.set(number, before);
        throw error;
      }
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    metricsServer?.close();
    metricsServer?.closeAllConnections();
    for (const { child } of everyWorker()) child.send('SIGTERM');
    const finished = new AbortController();
    const late = options.sleep(STOP_DEADLINE + STOP_MORE, finished.signal).catch(() => undefined);
    const gone = Promise.all(everyWorker().map((worker) => worker.ended));
    await Promise.race([gone, late]);
    for (const { child } of everyWorker()) child.kill();
    await gone;
    finished.abort();
  }

  const metricsServer = options.metricsAt && createMetricsServer(metrics);
  const interrupted = new Promise<never>((_, failed) =>
    signal.addEventListener('abort', () => failed(cancelled()), { once: true }),
  );
  interrupted.catch(() => undefined);
  try {
    if (metricsServer && options.metricsAt) await bind(metricsServer, options.metricsAt, '--metrics');
    const started = Array.from({ length: count }, (_, index) => start(index + 1).ready);
    const [url = ''] = await Promise.race([Promise.all(started), interrupted]);
    ({ port } = new URL(url));
    return {
      url,
      ...(metricsServer &&
        options.metricsAt && { metricsUrl: `${urlOf(metricsServer, options.metricsAt.host)}/metrics` }),
      forgetCount: () => undefined,
      renew,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function once<Key, Value>(all: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = all.get(key) ?? make();
  all.set(key, found);
  return found;
}

const noWorkers = (): WxopError =>
  new WxopError(
    'USAGE',
    text(
      '--workers cannot start workers: wxop itself runs as a worker of another process.',
      '--workers 无法启动工作进程：wxop 自身正作为其他进程的工作进程运行。',
    ),
    {
      hint: text(
        'With pm2, start one instance in fork mode: pm2 start wxop --interpreter none -- listen --workers 4',
        '使用 pm2 时请以 fork 模式启动单个实例：pm2 start wxop --interpreter none -- listen --workers 4',
      ),
    },
  );

const endedEarly = (number: number, how: string | number): WxopError =>
  new WxopError(
    'UNEXPECTED',
    text(`Worker ${number} ended before it listened (${how}).`, `工作进程 ${number} 在开始监听前退出（${how}）。`),
    { hint: text('Its own message is above. Try without --workers.', '其输出见上文。请先不带 --workers 运行。') },
  );

const workerEnded = (number: number, how: string | number): Text =>
  text(
    `Worker ${number} ended (${how}). Another one takes its place.`,
    `工作进程 ${number} 已退出（${how}），正在补上。`,
  );

const notReplaced = (number: number, { text: why }: WxopError, pause: number): Text => {
  const next = formatDuration(pause);
  return text(
    en`Worker ${number} could not be replaced: ${why} Trying again in ${next}.`,
    zh`工作进程 ${number} 未能补上：${why}${next}后重试。`,
  );
};
