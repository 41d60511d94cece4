/** Keeper and attempts on a store, against the sandbox; by the real clock. */
import { createAttempts, type Attempts } from '../src/credentials/attempts.ts';
import { createKeeper, type Keeper } from '../src/credentials/keeper.ts';
import { createTransport, type Send } from '../src/wechat-api/transport.ts';
import type { Store } from '../src/store/store.ts';
import { sleep } from './open-store.ts';
import { SANDBOX_COMPONENT } from '../src/sandbox/sandbox-options.ts';

export interface PlatformSide {
  keeper: Keeper;
  attempts: Attempts;
  close: () => Promise<void>;
}

export function createPlatformSide(
  store: Store,
  apiUrl: string,
  watched: (send: Send) => Send = (send) => send,
): PlatformSide {
  const { appId: componentAppId, secret } = SANDBOX_COMPONENT;
  const now = Date.now;
  const transport = createTransport({ apiUrl, proxies: {}, now, sleep });
  const keeper = createKeeper({
    store,
    send: watched(transport.send),
    now,
    sleep,
    componentAppId,
    secret: () => secret,
    learn: () => undefined,
    warn: () => undefined,
  });
  const publicUrl = (): string => apiUrl;
  const attempts = createAttempts({ store, keeper, now, componentAppId, publicUrl, mpUrl: apiUrl, openUrl: apiUrl });
  return { keeper, attempts, close: () => transport.close() };
}
