/** Several components on one listener: their settings, their listener, and pushes of each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { ask, sealed, ticketEvent, type Sealing } from './listener.ts';
import { startWxop, type Started } from './processes.ts';
import { temporaryFolder } from './world.ts';

export const SHOP = SANDBOX_COMPONENT;
export const SCHOOL = {
  appId: 'wx5a4db0c0ffee0002',
  secret: '5a4db0c05ec2e75a4db0c05ec2e75a4e',
  messageToken: 'schoolMessageToken',
  encodingAesKey: 'AnotherKeyOfTheSameShapeButNotTheRightOne12',
};
export type Component = typeof SHOP;
export type Values = Record<string, string | number | object>;

export async function sandboxOf(component: Component): Promise<Sandbox> {
  const sandbox = await startSandbox({ component, accounts: 1 });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export const valuesOf = (component: Component, port: number, sandbox?: Sandbox): Values => ({
  componentAppId: component.appId,
  componentAppSecret: component.secret,
  messageToken: component.messageToken,
  encodingAesKey: component.encodingAesKey,
  port,
  apiUrl: sandbox?.url ?? 'http://127.0.0.1:1',
  mpUrl: sandbox?.url ?? 'http://127.0.0.1:1',
  openUrl: sandbox?.url ?? 'http://127.0.0.1:1',
});

/** Writes these profiles into a home. */
export function writeProfiles(home: string, profiles: Record<string, Values>): void {
  const [current = ''] = Object.keys(profiles);
  writeFileSync(join(home, 'config.json'), JSON.stringify({ current, profiles }), { mode: 0o600 });
}

/** A home with these profiles. */
export function homeOf(profiles: Record<string, Values>): Record<string, string> {
  const home = temporaryFolder();
  writeProfiles(home, profiles);
  return { WXOP_HOME: home };
}

export interface Line {
  type: string;
  profile?: string;
  componentAppId?: string;
  url?: string;
}

export const told = ({ lines }: Started, type: string): Line[] =>
  lines.map((line) => JSON.parse(line) as Line).filter((line) => line.type === type);

export async function listenFor(env: Record<string, string>, ...flags: string[]) {
  const started = startWxop(['listen', '--profiles', 'shop,school', '--json', '--no-start-push', ...flags], env);
  const { url = '' } = await started.json<Line>('listening');
  return { ...started, url };
}

export const keysOf = ({ appId, messageToken, encodingAesKey }: Component): Sealing => ({
  receiver: appId,
  token: messageToken,
  aesKey: encodingAesKey,
});

export async function pushTo(url: string, message: Record<string, string | number>, sealing: Sealing): Promise<number> {
  const { path, body } = sealed(message, sealing);
  return (await ask(url + path, { method: 'POST', body })).status;
}

export const ticketTo = (url: string, component: Component, ticket: string, more: Sealing = {}): Promise<number> =>
  pushTo(url, { ...ticketEvent(ticket), AppId: component.appId }, { ...keysOf(component), ...more });

export const textMessage = (id: string) => ({
  ToUserName: 'gh_1',
  FromUserName: 'oFollower',
  CreateTime: 1_700_000_000,
  MsgType: 'text',
  MsgId: id,
});
export const MESSAGE_PATH = '/wechat/message/wx0123456789abcdef';
