/** Several processes that receive pushes: what the first of them does, and each of the others. */
import type { ListenerActivity } from '../../listener/receiver.ts';
import type { Listener } from '../../listener/start-listener.ts';
import type { PrimaryLink } from '../../listener/workers/primary-link.ts';
import type { WorkersListener, WorkersOptions } from '../../listener/workers/start-workers.ts';
import type { ListenChoice } from '../listener-services.ts';
import { checkServing, metricsAddress } from './listener-settings.ts';
import { servePushes, type ServeOptions } from './serve-pushes.ts';

/** What is wrong with the settings is found before one is started. */
export async function serveByWorkers(
  options: ServeOptions,
  onActivity: (activity: ListenerActivity) => void,
  count: number,
): Promise<Listener> {
  const { settings } = options;
  await checkServing(settings, await options.forwarding.targets());
  const metricsAt = metricsAddress(settings.find('metrics'));
  const listener = await startWorkersOf(options, { count, metricsAt, onActivity });
  options.began(listener.url);
  return {
    ...listener,
    stop: async () => {
      await listener.stop();
      options.ended();
    },
  };
}

/** Each is this command again. */
export async function startWorkersOf(
  options: Pick<ServeOptions, 'runtime' | 'elapsed' | 'sleep' | 'say' | 'measures'>,
  wanted: Pick<WorkersOptions, 'count' | 'metricsAt' | 'onActivity'>,
): Promise<WorkersListener> {
  const { runtime, elapsed, sleep, say } = options;
  const { startWorkers } = await import('../../listener/workers/start-workers.ts');
  return startWorkers({
    ...wanted,
    start: (port) =>
      runtime.startWorker?.([...runtime.argv, ...(port === undefined ? [] : ['--port', port])], wanted.count),
    elapsed,
    sleep,
    signal: runtime.signal,
    say,
    metrics: await options.measures(),
  });
}

/** The part of one of these processes, until the run ends. */
export async function work(options: ServeOptions, choice: ListenChoice, link: PrimaryLink): Promise<void> {
  const { signal } = options.runtime;
  const listener = await servePushes(options, link.onActivity, choice, { link });
  link.ready(listener.url);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
  await listener.stop();
}
