/**
 * What a listener leaves in the store for runs of releases that wait: in which mini program an audit was decided. A hint
 * to look, and no more: WeChat's events come late, twice or never, so a run believes only what WeChat answers.
 */
import { createCompareAndSet } from '../compare-and-set.ts';
import type { Store } from '../../store/store.ts';

export interface AuditNotices {
  /** Grows by one with each. */
  last: number;
  /** The newest at the end; older ones fall out. */
  recent: { nth: number; appId: string; at: number }[];
}

const MOST = 100;

/** Whose store it is decides whether anything is written: that of another program is left alone. */
export async function leaveAuditNotice(store: Store, appId: string, at: number): Promise<void> {
  if (store.tokenOwner) return;
  const next = ({ last, recent }: AuditNotices): AuditNotices => ({
    last: last + 1,
    recent: [...recent.slice(1 - MOST), { nth: last + 1, appId, at }],
  });
  await createCompareAndSet(store)<'audit-notices'>(
    'audit-notices',
    (old) => next(old ?? { last: 0, recent: [] }),
    false,
  );
}

/** Says of whom there is something new since it was asked last; of what came before the first time there is nothing. */
export function watchAuditNotices(store: Store): () => Promise<(appId: string) => boolean> {
  let seen: number | undefined;
  return async () => {
    const { last = 0, recent = [] } = (await store.read('audit-notices'))?.value ?? {};
    const before = seen ?? last;
    seen = last;
    const fresh = recent.filter(({ nth }) => nth > before);
    // More than are kept came meanwhile: it may have been anybody.
    if (last - before > fresh.length) return () => true;
    const appIds = new Set(fresh.map(({ appId }) => appId));
    return (appId) => appIds.has(appId);
  };
}
