/** What happens in the sandbox: WeChat's state, the merchants' acts, the pushes they cause, the faults. */
import { setMaxListeners } from 'node:events';
import { attemptIdOf, redirectUrl } from '../protocol/links.ts';
import { createApi, tokenIn } from './routes/api.ts';
import { createAudits } from './releases/audits.ts';
import { planIncidents } from './releases/incidents.ts';
import { checkTemplate, readReleaseScript } from './releases/script/read-release-script.ts';
import { releaseRoutes } from './releases/answers/release-routes.ts';
import { createReleases } from './releases/releases.ts';
import type { ScriptedTemplate } from './releases/script/release-script.ts';
import { createFaults, parseFault } from './faults.ts';
import type { XmlFields } from '../protocol/events.ts';
import { ApiRefusal } from './api-refusal.ts';
import { createWechatState } from './wechat-state.ts';
import { push } from './pushes.ts';
import { createFollowers } from './routes/followers.ts';
import { createLogin } from './routes/login-routes.ts';
import { createRegistrations } from './routes/registration-routes.ts';
import { createQuotas } from './quotas.ts';
import { createRequests } from './requests.ts';
import type { ApiCall } from './routes/route.ts';
import {
  type AuditVerdict,
  type Consent,
  type Fault,
  type FaultKind,
  type PushResult,
  SANDBOX_COMPONENT,
  type SandboxEvent,
  type SandboxOptions,
  type SandboxState,
} from './sandbox-options.ts';

const TICKET_INTERVAL = 10 * 60 * 1000;
const TTL = 2 * 60 * 60 * 1000;
/** Where wxop listens unless told otherwise. */
const DEFAULT_LISTENER = 'http://127.0.0.1:7788';

/** Events about an account's code, name, privacy and conduct: they come to the message URL. */
const MINI_PROGRAM_EVENTS = /^(?:weapp_audit_\w+|wxa_\w+)$/;

const FOLLOWER = 'oSandboxFollowerOfTheAccount';

export type Simulation = ReturnType<typeof createSimulation>;

export function createSimulation(options: SandboxOptions & { now: () => number }) {
  const { component = SANDBOX_COMPONENT, onActivity = () => undefined, pushUrl, messageUrl } = options;
  const ttl = Math.ceil((options.ttl ?? TTL) / 1000);
  let offset = 0;
  const now = (): number => options.now() + offset;
  const wechat = createWechatState({
    component,
    accounts: options.accounts ?? 5,
    miniPrograms: options.miniPrograms ?? 0,
    testAccounts: options.testAccounts,
    ttl,
    rotate: options.rotate ?? false,
    now,
  });
  const asFault = (fault: Fault | string): Fault => (typeof fault === 'string' ? parseFault(fault) : fault);
  const faults = createFaults((options.faults ?? []).map(asFault));
  const stopping = new AbortController();
  // One for each answer that is under way.
  setMaxListeners(0, stopping.signal);
  const calls: Record<string, number> = {};
  const pushes: SandboxState['pushes'] = {};
  /** The redirect_uri that a consent page was opened with, by pre-auth code. */
  const redirects = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  const requests = createRequests(wechat);
  const quotas = createQuotas({ most: options.quota, now });
  const releases = createReleases({
    wechat,
    script: readReleaseScript(options.releases ?? {}),
    now,
    pushEvent: pushAccountEvent,
    revoke: (appId) => void revoke(appId),
    onAudit: (audit) => onActivity({ type: 'audit', ...audit }),
  });
  const audits = createAudits(releases);
  planIncidents(releases, audits);
  const registrations = createRegistrations({
    wechat,
    pushEvent,
    isQuiet: options.quiet ?? false,
    pushGrant: (appId) => grant(appId, undefined).pushed,
    later: (milliseconds, work) => {
      const timer = setTimeout(work, milliseconds).unref();
      stopping.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    },
  });
  const followers = createFollowers();
  const login = createLogin(wechat, followers);
  const answer = createApi(wechat, {
    ...options,
    ttl,
    quotas,
    requests,
    startPush: () => void pushTicket(),
    pictureOf: releases.pictureOf,
    followers,
    furtherRoutes: { ...releaseRoutes(releases, audits), ...registrations.routes, ...login.routes },
  });

  type Fields = Record<string, string | number>;

  async function deliver(
    event: string,
    url: string | undefined,
    outer: { AppId: string } | { ToUserName: string },
    fields: XmlFields,
    openId?: string,
  ): Promise<PushResult> {
    if (url === undefined) return { status: 0, body: 'there is no URL to push to' };
    const result = await push({
      component,
      url,
      fields,
      outer,
      openId,
      timestamp: wechat.seconds(),
      signal: stopping.signal,
    });
    pushes[event] = { count: (pushes[event]?.count ?? 0) + 1, lastStatus: result.status, lastBody: result.body };
    if (!stopping.signal.aborted) onActivity({ type: 'push', event, url, status: result.status });
    return result;
  }

  function pushEvent(event: string, fields: XmlFields): Promise<PushResult> {
    const all = { AppId: component.appId, CreateTime: wechat.seconds(), InfoType: event, ...fields };
    return deliver(event, pushUrl, { AppId: component.appId }, all);
  }

  const pushTicket = (fields: Fields = {}): Promise<PushResult> =>
    pushEvent('component_verify_ticket', { ComponentVerifyTicket: wechat.newTicket(), ...fields });

  function grant(appId: string, preAuthCode: string | undefined, fields: Fields = {}) {
    const { code, until, isUpdate } = wechat.consent(preAuthCode, appId);
    onActivity({ type: 'consent', appId, nickName: wechat.account(appId).nickName });
    const pushed = pushEvent(isUpdate ? 'updateauthorized' : 'authorized', {
      AuthorizerAppid: appId,
      AuthorizationCode: code,
      AuthorizationCodeExpiredTime: until,
      ...(preAuthCode && { PreAuthCode: preAuthCode }),
      ...fields,
    });
    return { code, pushed };
  }

  function pushMessage(appId: string, fields: Fields): Promise<PushResult> {
    const { userName } = wechat.account(appId);
    const openId = String(fields.FromUserName ?? FOLLOWER);
    wechat.heard(appId, openId);
    const message = {
      ToUserName: userName,
      FromUserName: openId,
      CreateTime: wechat.seconds(),
      MsgType: 'text',
      Content: 'hello',
      MsgId: String(now()),
      ...fields,
    };
    return deliver('message', messageUrl?.replaceAll('$APPID$', appId), { ToUserName: userName }, message, openId);
  }

  /** An event of the account itself, to the message URL. */
  function pushAccountEvent(appId: string, event: string, fields: XmlFields): Promise<PushResult> {
    const { userName } = wechat.account(appId);
    const message = {
      ToUserName: userName,
      FromUserName: FOLLOWER,
      CreateTime: wechat.seconds(),
      MsgType: 'event',
      Event: event,
      ...fields,
    };
    return deliver(event, messageUrl?.replaceAll('$APPID$', appId), { ToUserName: userName }, message, FOLLOWER);
  }

  function lastPush(event: string): PushResult {
    const { lastStatus: status = 0, lastBody: body = '' } = pushes[event] ?? {};
    return { status, body };
  }

  function revoke(appId: string, fields: Fields = {}): Promise<PushResult> {
    wechat.cancel(appId);
    return pushEvent('unauthorized', { AuthorizerAppid: appId, ...fields });
  }

  return {
    component,
    wechat,
    audits,
    releases,
    /** Resolves after so many milliseconds, or when the sandbox closes. */
    wait(milliseconds: number): Promise<void> {
      return new Promise((resolve) => {
        if (milliseconds <= 0 || stopping.signal.aborted) return resolve();
        const end = (): void => {
          clearTimeout(timer);
          stopping.signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, milliseconds);
        stopping.signal.addEventListener('abort', end);
      });
    },

    startTickets(): void {
      if (options.quiet) return;
      if (pushUrl === undefined) wechat.newTicket();
      else {
        void pushTicket();
        timer = setInterval(() => void pushTicket(), options.ticketInterval ?? TICKET_INTERVAL);
      }
    },

    /** Answers an API call, or throws an ApiRefusal; counts it either way. */
    call(request: ApiCall): object {
      calls[request.path] = (calls[request.path] ?? 0) + 1;
      return answer(request);
    },
    /** A refusal with its rid, which WeChat can be asked about. */
    refusalOf: <Answer extends object>(request: ApiCall, answerOf: (rid: string) => Answer): Answer =>
      requests.remember(wechat.appIdOf(tokenIn(request)), request, answerOf),
    onCall: (request: ApiCall, errcode: number, fault?: FaultKind) =>
      onActivity({ type: 'call', path: request.path, errcode, fault, appId: wechat.appIdOf(tokenIn(request)) }),
    /** What goes wrong with this call, by the faults, or by the script of its account. */
    strike: (request: ApiCall): FaultKind | undefined =>
      faults.strike(request.path) ?? releases.strike(wechat.liveHolder(tokenIn(request)), request.path),
    uploadDraft: (code: ScriptedTemplate): number => releases.library.upload(checkTemplate(code)),
    decideAudit: ({ appId, ...verdict }: AuditVerdict): void => audits.decide(appId, verdict),
    count(path: string): void {
      calls[path] = (calls[path] ?? 0) + 1;
    },

    opened: (preAuthCode: string, redirectUri: string) => void redirects.set(preAuthCode, redirectUri),

    consent({ preAuthCode, appId, redirectUri }: Consent): { redirectUrl: string } {
      const problem = wechat.preAuthProblem(preAuthCode);
      if (problem !== undefined) throw new ApiRefusal(problem);
      const origin = pushUrl === undefined ? DEFAULT_LISTENER : new URL(pushUrl).origin;
      const target = redirectUri ?? redirects.get(preAuthCode) ?? redirectUrl(origin, attemptIdOf(preAuthCode));
      const url = new URL(target);
      url.searchParams.set('auth_code', grant(appId, preAuthCode).code);
      url.searchParams.set('expires_in', '3600');
      return { redirectUrl: url.href };
    },

    async push({ event, appId = '', fields = {} }: SandboxEvent): Promise<PushResult> {
      switch (event) {
        case 'component_verify_ticket':
          return pushTicket(fields);
        case 'authorized':
        case 'updateauthorized':
          return grant(appId, undefined, { InfoType: event, ...fields }).pushed;
        case 'unauthorized':
          return revoke(appId, fields);
        case 'message':
          return pushMessage(appId, fields);
        case 'notify_third_fasteregister':
          if (Object.keys(fields).length > 0) return pushEvent(event, fields);
          await registrations.play();
          return lastPush(event);
        default:
          return MINI_PROGRAM_EVENTS.test(event) && appId !== ''
            ? pushAccountEvent(appId, event, fields)
            : pushEvent(event, fields);
      }
    },

    webLogin: login.redirect,

    decideRegistration: registrations.decide,

    /** A code of an account that authorizes now; no event tells of it. */
    codeOf: (appId: string): string => wechat.consent(undefined, appId).code,

    addFault: (fault: Fault | string) => faults.add(asFault(fault)),
    clearFaults: () => faults.clear(),
    advance(milliseconds: number): void {
      if (!Number.isFinite(milliseconds)) throw new TypeError('advance takes a number');
      offset += milliseconds;
      releases.schedule.runDue();
    },

    state: (): SandboxState => ({
      calls: { ...calls },
      accounts: wechat.accounts.map(({ appId, nickName, kind, authorized }) => ({
        appId,
        nickName,
        kind,
        authorized,
      })),
      ticket: wechat.newestTicket(),
      preAuthCodes: wechat.openPreAuthCodes(),
      pushes: structuredClone(pushes),
      sent: wechat.sentMessages(),
      releases: releases.state(),
      now: new Date(now()).toISOString(),
    }),

    stop(): void {
      clearInterval(timer);
      releases.schedule.stop();
      stopping.abort();
    },
  };
}
