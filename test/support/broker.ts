/** A broker as a process of its own, before a sandbox with merchants, and those who call it. */
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { ask, type Answered, type Asked } from './listener.ts';
import { startWxop, type Started } from './processes.ts';
import { runWxop, temporaryFolder, type RunOptions, type RunResult } from './world.ts';

export interface BrokerWorld {
  sandbox: Sandbox;
  /** Of the owner. */
  env: Record<string, string>;
  appId: (index: number) => string;
  broker: Started;
  url: string;
  /** Runs a command of the owner. */
  owner: (argv: string[], options?: RunOptions) => Promise<RunResult>;
  /** Makes a key. */
  key: (name: string, accounts: string, ...flags: string[]) => Promise<string>;
  get: (path: string, key?: string, asked?: Asked) => Promise<Answered>;
  /** Runs a command of a caller, who has nothing but the key. */
  caller: (argv: string[], key: string, options?: RunOptions) => Promise<RunResult>;
}

export interface BrokerWorldOptions {
  sandbox?: SandboxOptions;
  flags?: string[];
  environment?: Record<string, string>;
  /** Answers calls of paths below `/try/` instead of the sandbox. */
  wechat?: RequestListener;
}

/** WeChat as the sandbox plays it, but for some paths. */
async function startBefore(sandbox: Sandbox, wechat: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/try/')) return wechat(request, response);
    const { method, headers } = request;
    request.pipe(httpRequest(sandbox.url + request.url, { method, headers }, (got) => got.pipe(response)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function openBroker({
  sandbox: sandboxOptions,
  flags = ['--api'],
  environment = {},
  wechat,
}: BrokerWorldOptions = {}): Promise<BrokerWorld> {
  const sandbox = await startSandbox({ accounts: 3, ...sandboxOptions });
  onTestFinished(() => sandbox.close());
  const env: Record<string, string> = {
    ...sandbox.env,
    ...(wechat && { WXOP_API_URL: await startBefore(sandbox, wechat) }),
    ...environment,
  };
  const owner = (argv: string[], options: RunOptions = {}): Promise<RunResult> =>
    runWxop(argv, { ...options, environment: { ...env, ...options.environment } });
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
  await owner(['ticket', 'set', '--quiet'], { stdin: sandbox.state().ticket ?? '' });
  await owner(['accounts', 'sync', '--quiet']);
  const broker = startWxop(['serve', ...flags, '--address', '127.0.0.1:0', '--json'], env);
  const { url } = await broker.json<{ url: string }>('serving');
  return {
    sandbox,
    env,
    appId: (index) => appIds.at(index) ?? '',
    broker,
    url,
    owner,
    key: async (name, accounts, ...more) => {
      const { code, stdout, stderr } = await owner(['serve', 'key', 'add', name, '--accounts', accounts, ...more]);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    get: (path, key, asked = {}) =>
      ask(url + path, {
        ...asked,
        headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...asked.headers },
      }),
    caller: (argv, key, options = {}) =>
      runWxop(argv, {
        ...options,
        environment: {
          WXOP_HOME: temporaryFolder(),
          WXOP_STORE: `broker+${url}`,
          WXOP_BROKER_KEY: key,
          ...options.environment,
        },
      }),
  };
}
