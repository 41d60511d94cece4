/** What the broker is made of, and what it leaves behind: keys of its callers, and who used it for what. */
import type { AuditLog } from '../broker/audit-log.ts';
import type { CallerKeys } from '../broker/caller-keys.ts';
import type { Broker } from '../broker/start-broker.ts';
import type { TlsPaths } from '../broker/tls-files.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Metrics } from '../listener/http/metrics.ts';
import { brokerLogFolder } from '../runtime/folders.ts';
import { isLoopbackHost } from '../runtime/hosts.ts';
import { lazy } from '../runtime/lazy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { Store } from '../store/store.ts';
import type { HttpClient } from '../wechat-api/http-client.ts';

/** How the broker is started. */
export interface ServeChoice {
  /** Makes calls for its callers, too. */
  api?: boolean;
  /** Plain HTTP where others than this machine can reach it. */
  plainHttp?: boolean;
  /** Bytes that a body may have. */
  maxUpload: number;
}

export interface BrokerServices {
  keys(): Promise<CallerKeys>;
  log(): Promise<AuditLog>;
  /** Binds the broker of these settings. */
  start(choice: ServeChoice): Promise<Broker>;
}

export interface BrokerServicesOptions {
  runtime: Runtime;
  settings: Settings;
  elapsed: () => number;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  store: () => Promise<Store>;
  redis: (url: string) => Promise<RedisConnection>;
  keeper: () => Promise<Keeper>;
  metrics: () => Promise<Metrics>;
  httpClient: () => Promise<HttpClient>;
  redact: (line: string) => string;
  warn: (sentence: Text) => void;
  /** The port is bound. */
  began: () => void;
  /** What was under way is finished. */
  ended: () => void;
}

export function createBrokerServices(options: BrokerServicesOptions): BrokerServices {
  const { runtime, settings, random, sleep, elapsed } = options;
  const { now } = runtime;
  const { componentAppId } = settings.need('componentAppId');

  const log = lazy(async (): Promise<AuditLog> => {
    const { createFileAuditLog, createRedisAuditLog } = await import('../broker/audit-log.ts');
    const place = settings.get('store');
    return place.startsWith('redis')
      ? createRedisAuditLog(await options.redis(place), componentAppId)
      : createFileAuditLog({ folder: brokerLogFolder(runtime, componentAppId), now, random });
  });

  return {
    keys: lazy(async () => {
      const { createCallerKeys } = await import('../broker/caller-keys.ts');
      return createCallerKeys({ store: await options.store(), componentAppId, now, sleep });
    }),
    log,
    start: async ({ api, plainHttp, maxUpload }) => {
      const at = addressIn(settings.get('address'));
      const tls = tlsIn(settings);
      if (!tls && !plainHttp && !isLoopbackHost(at.host)) throw plainHttpRefused(at.host);
      const [{ startBroker }, { createHealthReader, gaugeHealth, healthReply }] = await Promise.all([
        import('../broker/start-broker.ts'),
        import('../listener/health.ts'),
      ]);
      const [store, keeper, metrics] = [await options.store(), await options.keeper(), await options.metrics()];
      const health = createHealthReader({ store, keeper, now, elapsed });
      gaugeHealth(metrics, health.read);
      const metricsAt = settings.find('metrics');
      let isTold = false;
      const broker = await startBroker({
        ...at,
        ...(tls && { tls }),
        componentAppId,
        store,
        keeper,
        log: await log(),
        metrics,
        ...(metricsAt !== undefined && { metricsAt: addressIn(metricsAt) }),
        trustedProxies: settings.find('trustProxy')?.split(',') ?? [],
        health: async (maxTicketAge) => healthReply(await health.read(), maxTicketAge),
        ...(api && { api: { apiUrl: settings.get('apiUrl'), client: await options.httpClient(), maxUpload } }),
        now,
        elapsed,
        sleep,
        redact: options.redact,
        warn: options.warn,
        onTrouble: (error) => {
          if (!isTold) options.warn(logTrouble(toWxopError(error).text));
          isTold = true;
        },
      });
      options.began();
      return {
        ...broker,
        stop: async () => {
          await broker.stop();
          options.ended();
        },
      };
    },
  };
}

/** `7789`, `0.0.0.0:7789`, `[::1]:7789`. */
function addressIn(written: string): { host: string; port: number } {
  const [, host = '', port] = /^(?:(.*):)?(\d+)$/.exec(written) ?? [];
  return { host: host.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
}

function tlsIn(settings: Settings): TlsPaths | undefined {
  const [cert, key] = [settings.find('tlsCert'), settings.find('tlsKey')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new WxopError('SETTINGS_MISSING', text('TLS needs a certificate and its key.', 'TLS 需要证书及其私钥。'), {
    hint: text('Name both: --tls-cert and --tls-key.', '请同时指定 --tls-cert 与 --tls-key。'),
  });
}

const plainHttpRefused = (host: string): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      `On ${host}, keys and tokens would cross the network in plain text.`,
      `在 ${host} 上，密钥与令牌将以明文传输。`,
    ),
    {
      hint: text(
        'Use --tls-cert and --tls-key, or --plain-http behind a proxy that does TLS.',
        '请使用 --tls-cert 与 --tls-key；若由前面的反向代理处理 TLS，请加 --plain-http。',
      ),
    },
  );

const logTrouble = (why: Text): Text =>
  text(en`The broker log cannot be written: ${why}`, zh`调用日志无法写入：${why}`);
