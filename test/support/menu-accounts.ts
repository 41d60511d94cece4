/** A platform whose merchants have all authorized, each with another menu, and a home that knows them. */
import { onTestFinished } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { here } from './here.ts';
import type { Environment, Finished } from './processes.ts';

type Json = Record<string, unknown>;

/** Merchants of the sandbox by what is special about their menus; the number is their place in its list. */
export const MERCHANTS = {
  tea: 0,
  website: 1,
  empty: 2,
  none: 3,
  mini: 4,
  conditional: 5,
  channels: 6,
  news: 7,
  unverified: 8,
  off: 9,
  plain: 10,
  noSet: 11,
} as const;

export type MerchantName = keyof typeof MERCHANTS;

export interface MenuAccounts {
  sandbox: Sandbox;
  /** What was given to the sandbox; its latency may be changed while it runs. */
  options: SandboxOptions;
  env: Environment;
  appIds: string[];
  appId: (name: MerchantName) => string;
  run: (...argv: string[]) => Promise<Finished>;
  /** How often this path has been called. */
  calls: (path: string) => number;
  /** Asks the platform itself, past the tool. */
  ask: (appId: string, path: string, body?: object) => Promise<Json>;
}

export async function openMenuAccounts(given: SandboxOptions = {}): Promise<MenuAccounts> {
  const options: SandboxOptions = { accounts: 12, ...given };
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const { env } = sandbox;
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
  const run = (...argv: string[]): Promise<Finished> => here(argv, env);
  await here(['ticket', 'set', '--quiet'], env, sandbox.state().ticket);
  await run('accounts', 'sync', '--json');
  return {
    sandbox,
    options,
    env,
    appIds,
    appId: (name) => appIds[MERCHANTS[name]] ?? '',
    run,
    calls: (path) => sandbox.state().calls[`/cgi-bin/${path}`] ?? 0,
    ask: async (appId, path, body) => {
      const token = (await run('token', 'get', appId)).stdout.trim();
      const response = await fetch(`${sandbox.url}/cgi-bin/${path}?access_token=${token}`, {
        method: body === undefined ? 'GET' : 'POST',
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Json;
    },
  };
}
