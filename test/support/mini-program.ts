/** A mini program of the sandbox that has authorized, and the calls with its token and with the component's. */
import { onTestFinished } from 'vitest';
import {
  SANDBOX_COMPONENT,
  startSandbox,
  type ReleaseScript,
  type Sandbox,
  type SandboxOptions,
} from '../../src/sandbox/sandbox.ts';

type Answer = Record<string, unknown>;

/** The clock of these tests stands until a test moves it. */
export const START = 1_764_000_000_000;

export interface MiniProgramDesk {
  sandbox: Sandbox;
  appId: string;
  token: string;
  componentToken: string;
  /** With the mini program's token; GET without a body. */
  call(path: string, body?: unknown): Promise<Answer>;
  /** With the component's token. */
  asComponent(path: string, body?: unknown): Promise<Answer>;
  /** Commits template 1, waits for the detection, and submits. */
  submit(version?: string, form?: object): Promise<Answer>;
  commit(version?: string, ext?: object, templateId?: unknown): Promise<Answer>;
  /** Moves the clock. */
  pass(milliseconds: number): void;
  effects(): Record<string, number>;
}

export const DETECTION = 3_000;
export const AUDIT = 10_000;

export async function openMiniProgram(
  releases: ReleaseScript = {},
  options: SandboxOptions = {},
): Promise<MiniProgramDesk> {
  const sandbox = await startSandbox({
    accounts: 0,
    miniPrograms: 1,
    quiet: true,
    now: () => START,
    releases,
    ...options,
  });
  onTestFinished(() => sandbox.close());
  return enter(sandbox, sandbox.state().accounts.at(-1)?.appId ?? '');
}

/** The desk of one account of a sandbox. */
export async function enter(sandbox: Sandbox, appId: string): Promise<MiniProgramDesk> {
  const send = async (path: string, token: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${sandbox.url}${path}${path.includes('?') ? '&' : '?'}access_token=${token}`, {
      method: body === undefined ? 'GET' : 'POST',
      body:
        body === undefined || body instanceof FormData ? body : typeof body === 'string' ? body : JSON.stringify(body),
    });
    return (await response.json()) as Answer;
  };
  const component_appid = SANDBOX_COMPONENT.appId;
  await sandbox.push({ event: 'component_verify_ticket' });
  const { component_access_token } = await send('/cgi-bin/component/api_component_token', '', {
    component_appid,
    component_appsecret: SANDBOX_COMPONENT.secret,
    component_verify_ticket: sandbox.state().ticket,
  });
  const componentToken = component_access_token as string;
  const { authorization_info } = await send('/cgi-bin/component/api_query_auth', componentToken, {
    component_appid,
    authorization_code: sandbox.codeOf(appId),
  });
  const token = (authorization_info as { authorizer_access_token: string }).authorizer_access_token;
  const call: MiniProgramDesk['call'] = (path, body) => send(path, token, body);
  const commit: MiniProgramDesk['commit'] = (version = '1.0.0', ext = {}, template_id = 1) =>
    call('/wxa/commit', {
      template_id,
      ext_json: JSON.stringify(ext),
      user_version: version,
      user_desc: `关于 ${version}`,
    });
  return {
    sandbox,
    appId,
    token,
    componentToken,
    call,
    asComponent: (path, body) => send(path, componentToken, body),
    commit,
    submit: async (version, form = {}) => {
      await commit(version);
      sandbox.advance(DETECTION);
      return call('/wxa/submit_audit', form);
    },
    pass: sandbox.advance,
    effects: () => sandbox.state().releases[appId]?.effects ?? {},
  };
}
