/** What `wxop status` knows of a component: only what is stored here and what its own listener says. Nothing is asked of WeChat. */
import type { Context } from '../../cli/context.ts';
import type { RunName } from '../../credentials/run.ts';
import type { JournalEntry } from '../../delivery/journal.ts';
import type { LoggedRejection } from '../../listener/rejection-log.ts';
import { localOriginOf } from '../../runtime/hosts.ts';
import type { WxopError } from '../../sentences/wxop-error.ts';
import type { TicketRecord, TokenRecord } from '../../store/store.ts';

const DAY = 24 * 60 * 60 * 1000;
const RUNS: RunName[] = ['refresh', 'sync'];

/** Times are milliseconds since the epoch. */
export interface Status {
  at: number;
  profile: string;
  isProduction: boolean;
  componentAppId: string;
  ticket?: TicketRecord;
  componentToken?: TokenRecord;
  accounts: {
    authorized: number;
    cancelled: { appId: string; nickName: string; revokedAt: number }[];
    /** Authorized, but nothing is known that could fetch a token. */
    withoutRefreshToken: string[];
    unreadable: { appId: string; error: WxopError }[];
  };
  /** Of authorized accounts: tokens that work now, and when the first of them ends. */
  tokens: { valid: number; firstEndsAt?: number };
  /** `other`: what answers on the port is not a listener of this store. */
  listener: { url: string; state: 'running' | 'other' | 'none'; publicUrl?: string };
  pushes: { newest?: JournalEntry; rejections: LoggedRejection[] };
  /** Undefined where nothing is forwarded. */
  forwarding?: { waiting: number; waitingSince?: number; dead: number };
  /** Bulk runs that were left unfinished. */
  runs: { name: RunName; startedAt: number; done: number }[];
}

export async function readStatus(context: Context): Promise<Status> {
  const { settings, profiles } = context;
  const { componentAppId } = settings.need('componentAppId');
  const [keeper, store] = [await context.keeper(), await context.store()];
  const at = context.now();
  const ticket = await keeper.readTicket();
  const componentToken = (await store.read('component-token'))?.value;
  return {
    at,
    profile: profiles.name,
    isProduction: settings.get('production') === 'yes',
    componentAppId,
    ...(ticket && { ticket }),
    ...(componentToken && { componentToken }),
    ...(await readAccounts(context, at)),
    listener: await readListener(context),
    pushes: await readPushes(context, at),
    ...(await readForwarding(context)),
    runs: await readRuns(context),
  };
}

async function readAccounts(context: Context, at: number): Promise<Pick<Status, 'accounts' | 'tokens'>> {
  const [keeper, store] = [await context.keeper(), await context.store()];
  const accounts: Status['accounts'] = { authorized: 0, cancelled: [], withoutRefreshToken: [], unreadable: [] };
  const ends: number[] = [];
  for await (const account of keeper.accounts()) {
    if ('error' in account) {
      accounts.unreadable.push(account);
      continue;
    }
    const { appId, nickName, revokedAt, removedAt, refreshToken } = account;
    if (removedAt !== undefined) continue;
    if (revokedAt !== undefined) {
      accounts.cancelled.push({ appId, nickName, revokedAt });
      continue;
    }
    accounts.authorized++;
    if (refreshToken === undefined && !store.tokenOwner) accounts.withoutRefreshToken.push(appId);
    const token = (await store.read(`token/${appId}`))?.value;
    if (token && token.expiresAt > at) ends.push(token.expiresAt);
  }
  const firstEndsAt = ends.length > 0 ? ends.reduce((a, b) => Math.min(a, b)) : undefined;
  return { accounts, tokens: { valid: ends.length, ...(firstEndsAt !== undefined && { firstEndsAt }) } };
}

async function readListener({ settings, http, store }: Context): Promise<Status['listener']> {
  const url = localOriginOf(settings.get('host'), settings.get('port'));
  const publicUrl = settings.find('publicUrl');
  const health = await http.healthAt(url);
  const isOurs = health !== undefined && health.storeIds.includes(await (await store()).id());
  // What is no wxop has no health, and may hold the port all the same.
  const isTaken = !isOurs && (await http.visit(url)) !== undefined;
  return { url, state: isOurs ? 'running' : isTaken ? 'other' : 'none', ...(publicUrl !== undefined && { publicUrl }) };
}

async function readPushes(context: Context, at: number): Promise<Status['pushes']> {
  const listener = await context.listener();
  const [newest] = await (await listener.journal()).list({ since: at - DAY, limit: 1 });
  const rejections = (await listener.rejectionLog()).read().filter((rejection) => rejection.at > at - DAY);
  return { ...(newest && { newest }), rejections };
}

async function readForwarding(context: Context): Promise<Pick<Status, 'forwarding'>> {
  const listener = await context.listener();
  if ((await listener.targets()).length === 0) return {};
  const deliveries = await (await listener.journal()).deliveries();
  const waiting = deliveries.filter(({ state }) => state === 'failed' || state === 'stranded').map(({ at }) => at);
  return {
    forwarding: {
      waiting: waiting.length,
      ...(waiting.length > 0 && { waitingSince: waiting.reduce((a, b) => Math.min(a, b)) }),
      dead: deliveries.filter(({ state }) => state === 'dead').length,
    },
  };
}

async function readRuns({ store }: Context): Promise<Status['runs']> {
  const runs: Status['runs'] = [];
  for (const name of RUNS) {
    const run = (await (await store()).read(`run/${name}`))?.value;
    if (run && run.finishedAt === undefined) runs.push({ name, startedAt: run.startedAt, done: run.done.length });
  }
  return runs;
}
