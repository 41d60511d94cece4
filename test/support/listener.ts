/** A real listener on a free port, with a real file store, its keeper and attempts on an in-process sandbox. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createMetrics } from '../../src/listener/http/metrics.ts';
import type { OtherForms } from '../../src/listener/other-forms.ts';
import type { ListenerActivity } from '../../src/listener/receiver.ts';
import { startListener, type Listener, type ListenerOptions } from '../../src/listener/start-listener.ts';
import { createAttempts, type Attempts } from '../../src/credentials/attempts.ts';
import { createKeeper, type Keeper } from '../../src/credentials/keeper.ts';
import type { Send } from '../../src/wechat-api/transport.ts';
import { seal, sign } from '../../src/protocol/envelope.ts';
import { writeXml } from '../../src/protocol/events.ts';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { AttemptRecord, Store } from '../../src/store/store.ts';
import { qrModules } from '../../src/terminal/qr.ts';
import { qrPng } from '../../src/terminal/qr-file.ts';
import { openFileStore, openTransport } from './wechat.ts';
import { sleep } from './sleep.ts';
import { temporaryFolder } from './world.ts';

export const COMPONENT = SANDBOX_COMPONENT;
export const EVENT_PATH = '/wechat/event';
export const MESSAGE_PATH = '/wechat/message/$APPID$';
export const OTHER_KEY = 'AnotherKeyOfTheSameShapeButNotTheRightOne12';

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One request over a connection of its own. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Exactly these bytes, and everything that comes back until the other side closes. `end` closes our half. */
export function askRaw(url: string, bytes: string, { end = false } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
      if (end) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(received));
    // What came before a reset is still the answer.
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
  });
}

/** The status of a raw answer. */
export const statusOf = (raw: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(raw)?.[1]);

export interface Sealing {
  path?: string;
  /** Of the component whose receiver id stands at the end of the plain text. */
  receiver?: string;
  token?: string;
  aesKey?: string;
  /** Unix seconds. */
  timestamp?: number;
  nonce?: string;
  /** The cipher text instead of that of the message; signed like it. */
  encrypted?: string;
}

export interface Push {
  /** Path and signed query. */
  path: string;
  body: string;
}

let pushes = 0;

/** A push as the platform would send it, unless an option says otherwise. */
export function sealed(message: string | Record<string, string | number>, options: Sealing = {}): Push {
  const {
    path = EVENT_PATH,
    receiver = COMPONENT.appId,
    token = COMPONENT.messageToken,
    aesKey = COMPONENT.encodingAesKey,
    timestamp = Math.floor(Date.now() / 1000),
    nonce = String(++pushes),
  } = options;
  const signed = { token, timestamp: String(timestamp), nonce };
  const made = seal({
    ...signed,
    message: typeof message === 'string' ? message : writeXml(message),
    encodingAesKey: aesKey,
    receiver,
    random: createHash('sha256').update(nonce).digest('hex').slice(0, 16),
  });
  const encrypted = options.encrypted ?? made.encrypted;
  const query = new URLSearchParams({
    signature: sign(signed),
    timestamp: signed.timestamp,
    nonce,
    encrypt_type: 'aes',
    msg_signature: sign({ ...signed, encrypted }),
  });
  return { path: `${path}?${query.toString()}`, body: writeXml({ AppId: receiver, Encrypt: encrypted }) };
}

const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

export const ticketEvent = (ticket: string, createTime = nowInSeconds()): Record<string, string | number> => ({
  AppId: COMPONENT.appId,
  CreateTime: createTime,
  InfoType: 'component_verify_ticket',
  ComponentVerifyTicket: ticket,
});

export interface AuthorizedFields {
  appId: string;
  code: string;
  preAuthCode?: string;
  infoType?: 'authorized' | 'updateauthorized';
  createTime?: number;
}

export const authorizedEvent = ({
  appId,
  code,
  preAuthCode,
  infoType = 'authorized',
  createTime = nowInSeconds(),
}: AuthorizedFields): Record<string, string | number> => ({
  AppId: COMPONENT.appId,
  CreateTime: createTime,
  InfoType: infoType,
  AuthorizerAppid: appId,
  AuthorizationCode: code,
  AuthorizationCodeExpiredTime: createTime + 3600,
  ...(preAuthCode && { PreAuthCode: preAuthCode }),
});

export const unauthorizedEvent = (appId: string, createTime = nowInSeconds()): Record<string, string | number> => ({
  AppId: COMPONENT.appId,
  CreateTime: createTime,
  InfoType: 'unauthorized',
  AuthorizerAppid: appId,
});

export interface WorldOptions extends Partial<
  Pick<
    ListenerOptions,
    | 'messagePath'
    | 'now'
    | 'elapsed'
    | 'sleep'
    | 'host'
    | 'port'
    | 'keys'
    | 'outbox'
    | 'trustedProxies'
    | 'isPublic'
    | 'requestDeadline'
    | 'metricsAt'
    | 'verificationFiles'
    | 'publicUrl'
    | 'hasStandingLink'
    | 'operator'
  >
> {
  sandbox?: SandboxOptions;
  /** Every call to the platform waits for this first. */
  gate?: Gate;
  /** Stands between the listener and its store. */
  wrapStore?: (store: Store) => Store;
  /** What is taken beside XML. */
  otherForms?: OtherForms;
  /** Instead of a listener that runs at once. */
  started?: false;
}

export interface ListenerWorld {
  url: string;
  listener: Listener;
  activity: ListenerActivity[];
  sandbox: Sandbox;
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  /** Where the store keeps its files. */
  folder: string;
  start(): Promise<Listener>;
  /** Sends a push; the answer is the listener's. */
  push(push: Push): Promise<Answered>;
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  /** Brings the sandbox's newest ticket, so that the platform can be called. */
  giveTicket(): Promise<void>;
  /** An attempt of ours, and the pre-auth code that is in its links. */
  attempt(): Promise<AttemptRecord & { preAuthCode: string }>;
  /** The merchant says yes: the path that the browser is sent to, and the code in it. */
  consent(preAuthCode: string, merchant?: number): { path: string; code: string; appId: string };
  calls(endpoint: string): number;
  rejected(): { reason: string; status: number }[];
}

/** A door that work waits at until it is opened. */
export interface Gate {
  open(): void;
  /** Resolves when somebody waits. */
  reached: Promise<void>;
  wait(): Promise<void>;
}

export function createGate(): Gate {
  const passed = deferred();
  const reached = deferred();
  return {
    open: passed.resolve,
    reached: reached.promise,
    wait: () => {
      reached.resolve();
      return passed.promise;
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** The limits of the listener itself, three seconds and more, do not run out by chance: the machine may be slow. */
const patiently = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  sleep(milliseconds < 3_000 ? milliseconds : 3_600_000, signal);

export async function listenerWorld(options: WorldOptions = {}): Promise<ListenerWorld> {
  const { now = Date.now, gate } = options;
  const folder = join(temporaryFolder(), 'state');
  const sandbox = await startSandbox({ now, ...options.sandbox });
  onTestFinished(() => sandbox.close());
  const transport = openTransport(sandbox.url, { now, sleep });
  const send: Send = async (endpoint, args, token) => {
    await gate?.wait();
    return transport.send(endpoint, args, token);
  };
  const files = openFileStore(folder, { now });
  const store = options.wrapStore?.(files) ?? files;
  const keeper = createKeeper({
    sleep,
    store,
    send,
    now,
    componentAppId: COMPONENT.appId,
    secret: () => COMPONENT.secret,
    learn: () => undefined,
    warn: () => undefined,
  });
  let url = 'http://127.0.0.1:1';
  const attempts = createAttempts({
    store,
    keeper,
    now,
    componentAppId: COMPONENT.appId,
    publicUrl: () => url,
    mpUrl: sandbox.url,
    openUrl: sandbox.url,
  });
  const activity: ListenerActivity[] = [];
  const metrics = createMetrics();
  const start = async (): Promise<Listener> => {
    const listener = await startListener({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      eventPath: EVENT_PATH,
      messagePath: options.messagePath ?? MESSAGE_PATH,
      keys: options.keys ?? {
        componentAppId: COMPONENT.appId,
        messageToken: COMPONENT.messageToken,
        encodingAesKeys: [COMPONENT.encodingAesKey],
      },
      store,
      keeper,
      attempts,
      now,
      elapsed: options.elapsed ?? (() => performance.now()),
      sleep: options.sleep ?? patiently,
      onActivity: (told) => void (told.type !== 'answered' && activity.push(told)),
      metrics,
      trustedProxies: options.trustedProxies ?? [],
      isPublic: options.isPublic ?? false,
      // Nor does that of a request: a slow machine would make any client a slow one. `undefined` is the listener's own.
      requestDeadline: 'requestDeadline' in options ? options.requestDeadline : 3_600_000,
      metricsAt: options.metricsAt,
      outbox: options.outbox,
      otherForms: options.otherForms,
      verificationFiles: options.verificationFiles,
      publicUrl: options.publicUrl ?? (() => url),
      hasStandingLink: options.hasStandingLink,
      operator: options.operator,
      qrPng: (link) => Promise.resolve(qrPng(qrModules(link))),
    });
    onTestFinished(() => listener.stop());
    url = listener.url;
    world.url = url;
    world.listener = listener;
    return listener;
  };
  const world: ListenerWorld = {
    url,
    listener: { url, forgetCount: () => undefined, stop: () => Promise.resolve() },
    activity,
    sandbox,
    store,
    keeper,
    attempts,
    folder,
    start,
    push: ({ path, body }) => ask(`${url}${path}`, { method: 'POST', body }),
    get: (path, headers) => ask(`${url}${path}`, { headers }),
    giveTicket: async () => {
      const receivedAt = now();
      const createTime = Math.floor(receivedAt / 1000);
      await keeper.keepTicket({ ticket: sandbox.state().ticket ?? '', createTime, receivedAt });
    },
    attempt: async () => {
      const made = await attempts.create({ authType: 'all' });
      return { ...made, preAuthCode: new URL(made.links?.pcUrl ?? '').searchParams.get('pre_auth_code') ?? '' };
    },
    consent: (preAuthCode, merchant = 0) => {
      const { appId } = sandbox.state().accounts[merchant] ?? { appId: '' };
      const redirect = new URL(sandbox.consent({ preAuthCode, appId }).redirectUrl);
      return {
        path: `${redirect.pathname}${redirect.search}`,
        code: redirect.searchParams.get('auth_code') ?? '',
        appId,
      };
    },
    calls: (endpoint) => sandbox.state().calls[`/cgi-bin/component/${endpoint}`] ?? 0,
    rejected: () =>
      activity.flatMap((told) => (told.type === 'rejected' ? [{ reason: told.reason, status: told.status }] : [])),
  };
  if (options.started !== false) await start();
  return world;
}

/** Every file under a folder with its content: two equal snapshots mean that nothing changed. */
export function snapshot(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .map((file) => [join(file.parentPath, file.name), file.isFile()] as const)
      .map(([path, isFile]) => [path, isFile ? readFileSync(path, 'utf8') : '(folder)']),
  );
}
