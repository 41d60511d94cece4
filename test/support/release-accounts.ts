/** A sandbox whose mini programs have authorized, and a home that knows them. */
import { onTestFinished } from 'vitest';
import { startSandbox, type ReleaseScript, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { here as runHere } from './here.ts';
import type { Environment, Finished } from './processes.ts';
import { runWxop, type RunOptions } from './world.ts';

export interface ReleaseAccounts {
  sandbox: Sandbox;
  env: Environment;
  /** Of the mini programs. */
  appIds: string[];
  appId: string;
  run: (...argv: string[]) => Promise<Finished>;
  /** The same, with a world of its own. */
  here: (argv: string[], options?: RunOptions) => Promise<Finished>;
  /** Uploads template 1, waits for the detection, and submits. */
  submit: (version?: string, appId?: string) => Promise<void>;
  /** How often calls with an effect had one, by the end of their path. */
  effects: (appId?: string) => Record<string, number>;
}

/** One official account, and `miniPrograms` mini programs. `environment` goes over that of the sandbox. */
export async function openReleaseAccounts(
  releases: ReleaseScript = {},
  options: SandboxOptions = {},
  environment: Environment = {},
): Promise<ReleaseAccounts> {
  const sandbox = await startSandbox({ accounts: 1, miniPrograms: 1, releases, ...options });
  onTestFinished(() => sandbox.close());
  const env = { ...sandbox.env, ...environment };
  const accounts = sandbox.state().accounts;
  for (const { appId } of accounts) await sandbox.push({ event: 'authorized', appId });
  const here: ReleaseAccounts['here'] = (argv, given) => runWxop(argv, { environment: env, ...given });
  await here(['ticket', 'set', '--quiet'], { stdin: sandbox.state().ticket, environment: env });
  await here(['accounts', 'sync', '--json']);
  const appIds = accounts.flatMap(({ appId, kind }) => (kind === 'mini' ? [appId] : []));
  const appId = appIds[0] ?? '';
  const must = async (...argv: string[]): Promise<void> => {
    const { code, stderr } = await here(argv);
    if (code !== 0) throw new Error(`wxop ${argv.join(' ')}: ${stderr}`);
  };
  return {
    sandbox,
    env,
    appIds,
    appId,
    run: (...argv) => runHere(argv, env),
    here,
    submit: async (version = '1.0.0', of = appId) => {
      await must('release', 'upload', of, '--template', '1', '--code-version', version);
      sandbox.advance(60_000);
      await must('release', 'submit', of);
    },
    effects: (of = appId) => sandbox.state().releases[of]?.effects ?? {},
  };
}
