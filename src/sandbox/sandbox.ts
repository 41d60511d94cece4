/**
 * WeChat's side on loopback: API, consent pages, pushes, and the routes that control them.
 * `import { startSandbox } from 'wxop/sandbox'` in a test, or `wxop sandbox` beside a service in any language.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSandbox } from './server.ts';
import { createSimulation } from './simulation.ts';
import type { ScriptedTemplate } from './releases/script/release-script.ts';
import {
  type AuditVerdict,
  type Component,
  type Consent,
  type Fault,
  type PushResult,
  type RegistrationVerdict,
  SANDBOX_COMPONENT,
  type SandboxEvent,
  type SandboxOptions,
  type SandboxState,
} from './sandbox-options.ts';
export { type ReleaseScript, type ScriptedTemplate } from './releases/script/release-script.ts';
export {
  type AuditVerdict,
  type Consent,
  type RegistrationVerdict,
  type SandboxActivity,
  type SandboxEvent,
  type SandboxOptions,
  type SandboxState,
} from './sandbox-options.ts';

export { SANDBOX_COMPONENT };

export interface Sandbox {
  url: string;
  /** Every variable that a client needs, a fresh WXOP_HOME included. */
  env: Record<string, string>;
  state(): SandboxState;
  /** Consents as the merchant would; following the URL is the caller's part, the event is pushed. */
  consent(consent: Consent): { redirectUrl: string };
  /** Pushes an event now; resolves with the receiver's answer. */
  push(event: SandboxEvent): Promise<PushResult>;
  /** An authorization code of an account; no event is pushed for it. */
  codeOf(appId: string): string;
  /** A development mini program uploads code: the id of the draft. */
  uploadDraft(code: ScriptedTemplate): number;
  /** Decides the open audit of a mini program, as the page /_sandbox/audits does. */
  decideAudit(verdict: AuditVerdict): void;
  /** Plays the person who confirms a registration, or does not; the event is pushed. */
  decideRegistration(verdict?: RegistrationVerdict): Promise<{ appId?: string }>;
  addFault(fault: Fault | string): void;
  clearFaults(): void;
  /** Moves the sandbox's clock forward: tokens, codes and tickets expire. */
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

/** Opens the sandbox; rejects with PORT_TAKEN when the port is in use. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const simulation = createSimulation({ ...options, now: options.now ?? Date.now });
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
    codeOf: simulation.codeOf,
    uploadDraft: simulation.uploadDraft,
    decideAudit: simulation.decideAudit,
    decideRegistration: (verdict = {}) => simulation.decideRegistration(verdict),
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
