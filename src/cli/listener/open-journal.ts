/** The journal of a component, on the kind of store that its settings name. */
import type { Journal } from '../../delivery/journal.ts';
import type { Retention, Sync } from '../../delivery/line-files.ts';
import { journalFolder } from '../../runtime/folders.ts';
import { isAlive } from '../../runtime/is-alive.ts';
import type { ListenerServicesOptions } from '../listener-services.ts';

/** How a listener keeps its journal; `false`: it keeps none. */
export type JournalChoice = false | { sync?: Sync; retention?: Partial<Retention> };

export async function openJournal(
  options: ListenerServicesOptions,
  { sync, retention }: Exclude<JournalChoice, false> = {},
): Promise<Journal> {
  const { runtime, settings, sleep, elapsed, random } = options;
  const { componentAppId } = settings.need('componentAppId');
  const { pid, now, probeProcess } = runtime;
  const [sealer, place] = [await options.openSealer(), settings.get('store')];
  if (place.startsWith('redis')) {
    const { createRedisJournal } = await import('../../delivery/redis-journal.ts');
    const connection = await options.redis(place);
    return createRedisJournal({ connection, componentAppId, retention, sealer, now, sleep });
  }
  const { createFileJournal } = await import('../../delivery/file-journal.ts');
  return createFileJournal({
    folder: journalFolder(runtime, componentAppId),
    sync,
    retention,
    sealer,
    now,
    elapsed,
    random,
    sleep,
    pid,
    host: options.machine,
    isAlive: (other: number) => isAlive(other, probeProcess),
  });
}
