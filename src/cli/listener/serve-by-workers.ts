/** Several processes that receive pushes: what the first of them does, and each of the others. */
import type { ListenerActivity } from '../../listener/receiver.ts';
import type { Listener } from '../../listener/start-listener.ts';
import { toWxopError } from '../../sentences/wxop-error.ts';
import type { ListenChoice } from '../listener-services.ts';
import { checkTargets, listenerPaths, metricsAddress, otherFormsOf } from './listener-settings.ts';
import { servePushes, type ServeOptions } from './serve-pushes.ts';

/** What is wrong with the settings is found before one is started. */
export async function serveByWorkers(
  options: ServeOptions,
  onActivity: (activity: ListenerActivity) => void,
  count: number,
): Promise<Listener> {
  const { runtime, settings, elapsed, sleep } = options;
  await checkTargets(await options.forwarding.targets(), settings.get('forwardEvents'), settings);
  listenerPaths(settings);
  otherFormsOf(settings);
  const { startWorkers } = await import('../../listener/workers/start-workers.ts');
  const listener = await startWorkers({
    count,
    start: (port) => runtime.startWorker?.([...runtime.argv, ...(port === undefined ? [] : ['--port', port])], count),
    elapsed,
    sleep,
    signal: runtime.signal,
    onActivity,
    say: options.say,
    metrics: await options.measures(),
    metricsAt: metricsAddress(settings.find('metrics')),
  });
  options.began(listener.url);
  return {
    ...listener,
    stop: async () => {
      await listener.stop();
      options.ended();
    },
  };
}

/** The part of one of these processes, until the run ends. */
export async function work(options: ServeOptions, choice: ListenChoice): Promise<void> {
  const { verbose, redactDeep } = options;
  const { worker: peer, signal } = options.runtime;
  if (!peer) return;
  const { createPrimaryLink } = await import('../../listener/workers/primary-link.ts');
  const measure = async () => (await options.measures()).read();
  const primary = createPrimaryLink({ peer, measure, verbose, redactDeep });
  try {
    const listener = await servePushes(options, primary.onActivity, choice, primary);
    primary.ready(listener.url, listener.forgetCount);
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', () => done(), { once: true });
    });
    await listener.stop();
  } catch (error) {
    primary.failed(toWxopError(error));
  }
  await primary.heard();
}
