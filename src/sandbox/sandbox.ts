/**
 * WeChat's third-party platform on loopback: API, consent pages, pushes, and routes to control them.
 * `import { startSandbox } from 'wxop/sandbox'` in a test, or `wxop sandbox` beside a service in any language.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, FaultKind } from './faults.ts';
import { SANDBOX_COMPONENT, type Component } from './platform.ts';
import type { PushResult } from './pushes.ts';
import { serveSandbox } from './server.ts';
import { createSimulation } from './simulation.ts';

export { SANDBOX_COMPONENT };

export interface SandboxOptions {
  /** 0, the default, takes a free one. Always on loopback. */
  port?: number;
  /** Where component events are pushed (授权事件接收URL); nothing is pushed without it. */
  pushUrl?: string;
  /** Where accounts' messages are pushed (消息与事件接收URL), `$APPID$` stands for the account. */
  messageUrl?: string;
  /** Milliseconds between tickets; ten minutes by default. */
  ticketInterval?: number;
  /** How many merchants there are to choose from; 5 by default. */
  accounts?: number;
  /** The 授权发起页域名 to enforce, exactly; without it the entry page's and the redirect's hosts must agree. */
  domain?: string;
  /** Every refresh gives a new refresh token and ends the old one. */
  rotate?: boolean;
  /** Milliseconds that access tokens live; two hours by default. */
  ttl?: number;
  /** Milliseconds before every answer. */
  latency?: number;
  /** `PATH=KIND[*N]`, or the same as an object. */
  faults?: (Fault | string)[];
  /** The 白名单IP; others get 61004. All are allowed by default. */
  allowedIps?: string[];
  /** Calls per path before 45009; none by default. */
  quota?: number;
  component?: Component;
  now?: () => number;
  /** Told everything that happens. */
  tell?: (news: SandboxNews) => void;
}

export type SandboxNews =
  | { type: 'call'; path: string; errcode: number; fault?: FaultKind }
  | { type: 'push'; event: string; url: string; status: number }
  | { type: 'consent'; appId: string; nickName: string };

export interface SandboxState {
  /** Calls by path since the start. */
  calls: Record<string, number>;
  accounts: { appId: string; nickName: string; kind: 'mp' | 'mini'; authorized: boolean }[];
  /** The newest ticket. */
  ticket?: string;
  /** Codes of links that wait for a merchant. */
  preAuthCodes: string[];
  /** Pushes by event, and the last answer to each. */
  pushes: Record<string, { count: number; lastStatus: number; lastBody: string }>;
  /** ISO 8601: the sandbox's own clock. */
  now: string;
}

export interface Consent {
  preAuthCode: string;
  appId: string;
  /** The link's redirect_uri; without it, that of the page that was opened, else wxop's own at the push URL's host. */
  redirectUri?: string;
}

export interface Sandbox {
  url: string;
  /** Every variable that a client needs, a fresh WXOP_HOME included. */
  env: Record<string, string>;
  state(): SandboxState;
  /** Consents as the merchant would; following the URL is the caller's part, the event is pushed. */
  consent(consent: Consent): { redirectUrl: string };
  /** Pushes an event now; resolves with the receiver's answer. */
  push(event: SandboxEvent): Promise<PushResult>;
  addFault(fault: Fault | string): void;
  clearFaults(): void;
  /** Moves the sandbox's clock forward: tokens, codes and tickets expire. */
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

/**
 * `component_verify_ticket`, `authorized`, `updateauthorized` and `unauthorized` do what they say to the account;
 * `message` goes to the message URL; any other name is sent as InfoType. `fields` are added to the inner XML.
 */
export interface SandboxEvent {
  event: string;
  appId?: string;
  fields?: Record<string, string | number>;
}

/** Opens the sandbox; rejects with PORT_TAKEN when the port is in use. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const simulation = createSimulation(options);
  const server = await serveSandbox(simulation, options).catch((error: unknown) => {
    simulation.stop();
    throw error;
  });
  const home = await mkdtemp(join(tmpdir(), 'wxop-sandbox-'));
  simulation.startTickets();
  return {
    url: server.url,
    env: { WXOP_HOME: home, ...clientEnvironment(server.url, simulation.component, options.pushUrl) },
    state: simulation.state,
    consent: simulation.consent,
    push: simulation.push,
    addFault: simulation.addFault,
    clearFaults: simulation.clearFaults,
    advance: simulation.advance,
    close: async () => {
      simulation.stop();
      await server.close();
      // A client may still be writing there while we leave.
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

function clientEnvironment(url: string, component: Component, pushUrl: string | undefined): Record<string, string> {
  const listener = pushUrl === undefined ? undefined : new URL(pushUrl);
  return {
    WXOP_COMPONENT_APPID: component.appId,
    WXOP_COMPONENT_APPSECRET: component.secret,
    WXOP_MESSAGE_TOKEN: component.messageToken,
    WXOP_ENCODING_AES_KEY: component.encodingAesKey,
    WXOP_API_URL: url,
    WXOP_MP_URL: url,
    WXOP_OPEN_URL: url,
    // A client on this machine listens where the pushes go.
    ...(listener?.hostname === '127.0.0.1' &&
      listener.port && { WXOP_HOST: listener.hostname, WXOP_PORT: listener.port, WXOP_EVENT_PATH: listener.pathname }),
  };
}
