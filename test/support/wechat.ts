/** The platform's side and ours for a test: the sandbox over HTTP, the file store in a temporary folder, a clock that is moved. */
import { onTestFinished } from 'vitest';
import { toWxopError, type WxopError } from '../../src/sentences/wxop-error.ts';
import { createAttempts, type Attempts } from '../../src/credentials/attempts.ts';
import { createKeeper, type Keeper } from '../../src/credentials/keeper.ts';
import { createTransport, type Send, type Transport, type TransportOptions } from '../../src/wechat-api/transport.ts';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createFileStore, type FileStoreOptions } from '../../src/store/file-store.ts';
import type { AccountRecord } from '../../src/protocol/account-record.ts';
import type { Store } from '../../src/store/store.ts';
import { sleep } from './sleep.ts';
import { temporaryFolder } from './world.ts';

export interface Clock {
  now: () => number;
  advance: (milliseconds: number) => void;
}

/** Starts in the past: files are stamped by the real clock, and must not look abandoned when this one is moved. */
export function createClock(start = Date.UTC(2024, 0, 15, 8)): Clock {
  let time = start;
  return { now: () => time, advance: (milliseconds) => void (time += milliseconds) };
}

export function openFileStore(folder: string, options: Partial<FileStoreOptions> = {}): Store {
  return createFileStore({
    componentAppId: 'wx5a4db0c0ffee0001',
    folder,
    now: Date.now,
    pid: process.pid,
    host: () => 'test',
    isAlive: () => true,
    elapsed: () => performance.now(),
    sleep,
    warn: () => undefined,
    ...options,
  });
}

/** A transport that is closed after the test, and that does not wait between its tries. */
export function openTransport(apiUrl: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({
    apiUrl,
    proxies: {},
    // No time passes: every try is made, however slow the machine is.
    now: () => 0,
    sleep: () => Promise.resolve(),
    ...options,
  });
  onTestFinished(() => transport.close());
  return transport;
}

/** What a promise was rejected with, as an error that wxop can name; fails when it was fulfilled. */
export async function failureOf(promise: Promise<unknown>): Promise<WxopError> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in settled) return toWxopError(settled.error);
  throw new Error(`it was fulfilled, with ${JSON.stringify(settled.value)}`);
}

/** Every account of a keeper; fails where one cannot be read. */
export async function accountsOf(keeper: Keeper): Promise<AccountRecord[]> {
  const found: AccountRecord[] = [];
  for await (const account of keeper.accounts()) {
    if ('error' in account) throw account.error;
    found.push(account);
  }
  return found;
}

export interface Party {
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  transport: Transport;
}

export interface TestPlatform {
  clock: Clock;
  sandbox: Sandbox;
  /** Where all parties keep their records. */
  folder: string;
  /** The appid of the merchant with this index. */
  merchant: (index: number) => string;
  /** A process of its own, as far as keeper and store can tell. `wrap` may watch or break its store. */
  party: (wrap?: (store: Store) => Store, wrapSend?: (send: Send) => Send) => Party;
  /** How often this call (the last part of its path) has arrived; without a name, how many calls altogether. */
  calls: (name?: string) => number;
  warnings: string[];
}

export async function startPlatform(options: SandboxOptions = {}): Promise<TestPlatform> {
  const clock = createClock();
  const sandbox = await startSandbox({ now: clock.now, ...options });
  onTestFinished(() => sandbox.close());
  const folder = temporaryFolder();
  const warnings: string[] = [];

  const party = (
    wrap: (store: Store) => Store = (store) => store,
    wrapSend: (send: Send) => Send = (send) => send,
  ): Party => {
    const { now } = clock;
    const store = wrap(openFileStore(folder, { now, warn: ({ en }) => void warnings.push(en) }));
    const transport = openTransport(sandbox.url, { now });
    const { appId: componentAppId, secret } = SANDBOX_COMPONENT;
    const keeper = createKeeper({
      sleep: () => Promise.resolve(),
      store,
      send: wrapSend(transport.send),
      now,
      componentAppId,
      secret: () => secret,
      learn: () => undefined,
      warn: ({ en }) => void warnings.push(en),
    });
    const attempts = createAttempts({
      store,
      keeper,
      now,
      componentAppId,
      publicUrl: () => 'https://operator.example.com',
      mpUrl: sandbox.url,
      openUrl: sandbox.url,
    });
    return { store, keeper, attempts, transport };
  };

  const calls = (name?: string): number =>
    Object.entries(sandbox.state().calls)
      .filter(([path]) => name === undefined || path.endsWith(`/${name}`))
      .reduce((sum, [, count]) => sum + count, 0);

  return {
    clock,
    sandbox,
    folder,
    party,
    calls,
    warnings,
    merchant: (index) => sandbox.state().accounts[index]?.appId ?? '',
  };
}

/** Hands over the sandbox's newest ticket, as a push would. */
export async function giveTicket({ sandbox, clock }: TestPlatform, { keeper }: Party): Promise<void> {
  const createTime = Math.floor(clock.now() / 1000);
  await keeper.keepTicket({ ticket: sandbox.state().ticket ?? '', createTime, receivedAt: clock.now() });
}

/** An attempt whose merchant has said yes: nobody has brought its code yet. */
export async function consented(
  platform: TestPlatform,
  { attempts }: Party,
  appId: string,
): Promise<{ id: string; code: string }> {
  const { id } = await attempts.create({ authType: 'all' });
  const preAuthCode = platform.sandbox.state().preAuthCodes.at(-1) ?? '';
  const { redirectUrl } = platform.sandbox.consent({ preAuthCode, appId });
  return { id, code: new URL(redirectUrl).searchParams.get('auth_code') ?? '' };
}

/** Takes a merchant from link to stored account. */
export async function authorizeMerchant(platform: TestPlatform, party: Party, appId: string): Promise<void> {
  const { id, code } = await consented(platform, party, appId);
  await party.attempts.offer(id, { code });
  await party.attempts.settle(id);
}
