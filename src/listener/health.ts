/** What `/healthz` says, and the gauges that say the same. */
import { COMPONENT } from '../wechat-api/call.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { tokenKey } from '../credentials/token-cache.ts';
import type { Store } from '../store/store.ts';
import { parseDuration } from '../sentences/format-duration.ts';
import type { Metrics } from './http/metrics.ts';
import { json, plain, type Reply } from './http/reply.ts';

export interface Health {
  storeId: string;
  /** Whole seconds; null without a ticket, or where the store does not know when it came. */
  ticketAgeSeconds: number | null;
  /** 0 for an expired one, null without one. */
  componentTokenTtlSeconds: number | null;
  accounts: number;
}

/** Milliseconds: so old the number of accounts may be. Strangers ask too, and counting thousands takes its time. */
const COUNT_LIFE = 10_000;

export interface HealthReader {
  read(): Promise<Health>;
  /** An account came: they are counted again. */
  forgetCount(): void;
}

export interface HealthReaderOptions {
  store: Store;
  keeper: Keeper;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

export function createHealthReader({ store, keeper, now, elapsed }: HealthReaderOptions): HealthReader {
  let counted: { at: number; accounts: Promise<number> } | undefined;

  function accounts(): Promise<number> {
    if (counted && elapsed() - counted.at < COUNT_LIFE) return counted.accounts;
    const counting = store.list('account').then(({ length }) => length);
    const mine = (counted = { at: elapsed(), accounts: counting });
    counting.catch(() => {
      if (counted === mine) counted = undefined;
    });
    return counting;
  }

  return {
    forgetCount: () => (counted = undefined),
    read: async () => {
      const ticket = await keeper.readTicket();
      const token = await store.read(tokenKey(COMPONENT));
      return {
        storeId: await store.id(),
        ticketAgeSeconds:
          ticket?.receivedAt !== undefined ? Math.max(0, Math.floor((now() - ticket.receivedAt) / 1000)) : null,
        componentTokenTtlSeconds: token ? Math.max(0, Math.floor((token.value.expiresAt - now()) / 1000)) : null,
        accounts: await accounts(),
      };
    },
  };
}

/** 503 where the ticket is older than `?max-ticket-age=30m`, or missing: for a monitor that warns before it expires. */
export function healthReply(health: Health, maxTicketAge: string | null): Reply {
  if (maxTicketAge === null) return json(200, health);
  const limit = parseDuration(maxTicketAge);
  if (limit === undefined) return plain(400, 'max-ticket-age: write it like 30m, 2h');
  const age = health.ticketAgeSeconds;
  return json(age !== null && age * 1000 <= limit ? 200 : 503, health);
}

export function gaugeHealth(metrics: Metrics, health: () => Promise<Health>): void {
  metrics.gauge(
    'wxop_ticket_age_seconds',
    'Age of the newest ticket',
    async () => (await health()).ticketAgeSeconds ?? undefined,
    true,
  );
  metrics.gauge(
    'wxop_component_token_ttl_seconds',
    'Time that the component access token still lives',
    async () => (await health()).componentTokenTtlSeconds ?? undefined,
    true,
  );
  metrics.gauge('wxop_accounts', 'Authorized accounts in the store', async () => (await health()).accounts, true);
}
