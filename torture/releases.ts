/**
 * `wxop release run` and `resume` are killed at every moment of a release over many merchants, two at a time, while answers
 * are lost, reads fail, and events of audits come twice, late or never. The sandbox counts what was sent and what took
 * effect. Nothing is sent twice that must not be, and every merchant ends where its audit left it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import type { AccountScript, ReleaseScript } from '../src/sandbox/releases/script/release-script.ts';
import { commitCode } from '../src/protocol/calls/release/code-endpoints.ts';
import { submitAudit, undoAudit } from '../src/protocol/calls/release/audit-endpoints.ts';
import { freePort } from '../test/support/free-port.ts';
import { sleep } from './open-store.ts';
import { createPlatformSide, type PlatformSide } from './platform-side.ts';
import type { Store } from '../src/store/store.ts';
import type { Random } from './random.ts';
import type { Ground, Outcome, Run } from './run.ts';

const SHORT: typeof LONG = { merchants: 2, kills: 3, crashes: 1 };
const LONG = { merchants: 20, kills: 200, crashes: 8 };
/** A victim dies within so many calls of each merchant, of a dozen from upload to release. */
const CALLS_TO_LIVE = 4;
/** Milliseconds: how long a process may live that is shot by the clock. */
const LONGEST_LIFE = 900;
/** Milliseconds to look for a lost effect: short, and longer than the sandbox hides one. */
const PATIENCE = 'patience: {upload: 400ms, submission: 900ms, publication: 400ms}';
const HIDDEN = { missing: 200, previous: 100 };
/** A mini program has five withdrawals a day. */
const MOST_FOREIGN = 3;
const PERSON_AT_MOST = 12;

type Step = 'commit' | 'submit_audit' | 'release' | 'undocodeaudit';
const STEPS: readonly Step[] = ['commit', 'submit_audit', 'release', 'undocodeaudit'];

/** How often each was sent or took effect, by merchant. */
type Tally = Map<string, Record<Step, number>>;
const NOTHING: Record<Step, number> = { commit: 0, submit_audit: 0, release: 0, undocodeaudit: 0 };
const countIn = (tally: Tally, appId: string): Record<Step, number> => {
  const counted = tally.get(appId) ?? { ...NOTHING };
  tally.set(appId, counted);
  return counted;
};

interface Ended {
  code: number | null;
  stdout: string;
}

interface ShownRun {
  run: string;
  accounts: { appId: string; stage: string }[];
}

/** What a round needs of its surroundings. */
interface World {
  ground: Ground;
  sandbox: Sandbox;
  side: PlatformSide;
  store: Store;
  appIds: readonly string[];
  sent: Tally;
  counts: Record<'runs' | 'kills' | 'doubles' | 'crashes' | 'commits' | 'submissions' | 'lost' | 'persons', number>;
  size: typeof LONG;
  broken: Set<string>;
  /** The built command; a victim is among those who are shot. */
  wxop(argv: string[], options?: { stdin?: string; isVictim?: boolean }): Promise<Ended>;
  /** Shoots all victims: after so many calls, or after so many milliseconds, whatever comes first. */
  aim(calls: number, milliseconds: number): void;
}

async function run(ground: Ground): Promise<Outcome> {
  const { random, place, bin } = ground;
  const size = ground.isLong ? LONG : SHORT;
  const counts = { runs: 0, kills: 0, doubles: 0, crashes: 0, commits: 0, submissions: 0, lost: 0, persons: 0 };
  const broken = new Set<string>();
  const sent: Tally = new Map();
  const living = new Set<ChildProcess>();
  let untilShot = Infinity;
  let timer: NodeJS.Timeout | undefined;
  const hook = await freePort();
  const appIds = await miniProgramsOf(size.merchants);
  const sandbox = await startSandbox({
    accounts: 1,
    miniPrograms: size.merchants,
    latency: 3,
    pushUrl: `http://127.0.0.1:${hook}/wechat/event`,
    messageUrl: `http://127.0.0.1:${hook}/wechat/message/$APPID$`,
    releases: scriptFor(random, appIds),
    onActivity: (news) => {
      if (news.type !== 'call') return;
      const step = STEPS.find((one) => news.path === `/wxa/${one}`);
      if (step && news.appId) {
        countIn(sent, news.appId)[step]++;
        if (news.fault !== undefined) counts.lost++;
      }
      // In the middle of a call: WeChat has done its part, and the answer is not yet sent.
      if (--untilShot <= 0) shoot();
    },
  });
  const { WXOP_HOME = '' } = place.environment;
  // As a user has one: without it each start would compile anew.
  const cache = { XDG_CACHE_HOME: join(dirname(WXOP_HOME), 'cache') };
  const environment = { PATH: process.env.PATH, ...sandbox.env, ...place.environment, ...cache, WXOP_LANG: 'en' };

  function shoot(): void {
    clearTimeout(timer);
    untilShot = Infinity;
    for (const victim of living) {
      counts.kills++;
      victim.kill('SIGKILL');
    }
  }

  const wxop: World['wxop'] = (argv, { stdin = '', isVictim = false } = {}) => {
    const child = spawn(process.execPath, [bin, ...argv], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    if (isVictim) living.add(child);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stdin.on('error', () => undefined).end(stdin);
    return new Promise((done) =>
      child.on('close', (code) => {
        living.delete(child);
        done({ code, stdout });
      }),
    );
  };

  const aim: World['aim'] = (calls, milliseconds) => {
    clearTimeout(timer);
    untilShot = calls;
    if (milliseconds < Infinity) timer = setTimeout(shoot, milliseconds);
  };

  const store = await place.open();
  const side = createPlatformSide(store, sandbox.url);
  const listener = await listen(bin, { ...environment, WXOP_PORT: String(hook) });
  try {
    await wxop(['ticket', 'set', '--quiet'], { stdin: sandbox.state().ticket });
    for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
    await wxop(['accounts', 'sync', '--json']);
    const world: World = { ground, sandbox, side, store, appIds, sent, counts, size, broken, wxop, aim };
    const foreign = new Map<string, number>();
    while (counts.kills < size.kills && broken.size === 0) {
      const version = `2.${++counts.runs}.0`;
      for (const appId of appIds) {
        const had = foreign.get(appId) ?? 0;
        if (had >= MOST_FOREIGN || !random.chance(15)) continue;
        foreign.set(appId, had + 1);
        await submitForeign(world, appId, `0.${counts.runs}.0`);
      }
      await releaseOnce(world, version);
    }
  } finally {
    shoot();
    listener.kill('SIGKILL');
    await side.close();
    await sandbox.close();
  }
  return { counts, broken: [...broken] };
}

/** One run, from its plan until it is over, with deaths in between. */
async function releaseOnce(world: World, version: string): Promise<void> {
  const { ground, sandbox, appIds, sent, counts, size, broken, wxop, aim } = world;
  const { random, place, scratch } = ground;
  const plan = await makePlan(world, join(scratch, `${version}.yaml`), version);
  if (!plan) return void broken.add('no plan could be made');
  sent.clear();
  const before = effectsOf(sandbox, appIds);
  const allowed: Tally = new Map();
  const review = reviewer(world, version);
  const flags = ['--poll', '150ms', '--concurrency', '6', '--yes', '--json'];
  const resume = ['release', 'resume', plan.id, ...flags];
  let argv = ['release', 'run', plan.file, ...flags];

  while (counts.kills < size.kills) {
    if (random.chance(65)) aim(1 + random.below(CALLS_TO_LIVE * size.merchants), Infinity);
    else aim(Infinity, 150 + random.below(LONGEST_LIFE));
    const both = [wxop(argv, { isVictim: true })];
    if (argv === resume && random.chance(15)) {
      counts.doubles++;
      both.push(wxop(resume, { isVictim: true }));
    }
    if (
      place.kind !== 'file' &&
      counts.crashes < size.crashes &&
      counts.kills >= counts.crashes * (size.kills / size.crashes)
    ) {
      counts.crashes++;
      await sleep(random.below(400));
      await place.crash();
    }
    const ended = await Promise.all(both);
    aim(Infinity, Infinity);
    if (argv !== resume && (await isBegun(world, plan.id))) argv = resume;
    if (ended.some(({ code }) => code === 0) || (await isOver(world, plan.id))) break;
  }
  for (let asked = 0; !(await decide(world, { argv, resume, version, allowed })); asked++) {
    argv = resume;
    if (asked < PERSON_AT_MOST) continue;
    broken.add(`the run ${plan.id} does not end`);
    break;
  }
  review.stop();
  const { stdout } = await wxop(['release', 'show', plan.id, '--json']);
  for (const sentence of judge(JSON.parse(stdout) as ShownRun, { sandbox, before, sent, allowed, version })) {
    broken.add(sentence);
  }
  for (const { commit, submit_audit } of sent.values()) {
    counts.commits += commit;
    counts.submissions += submit_audit;
  }
}

const isBegun = async ({ store }: World, id: string): Promise<boolean> =>
  (await store.read(`release-run/${id}`)) !== undefined;

async function isOver({ store, appIds }: World, id: string): Promise<boolean> {
  const records = await Promise.all(appIds.map((appId) => store.read(`release-account/${id}-${appId}`)));
  return records.every((record) => OVER.includes(record?.value.stage ?? ''));
}

const OVER = ['online', 'rejected', 'unknown'];

interface Decision {
  argv: string[];
  resume: string[];
  version: string;
  allowed: Tally;
}

/** A person resumes the run, and decides what nobody can know. True when nothing is left. */
async function decide(world: World, { argv, resume, version, allowed }: Decision): Promise<boolean> {
  const { wxop, counts, broken } = world;
  const { code, stdout } = await wxop(argv);
  if (code === 0) return true;
  if (code !== 3) return false;
  const { run: id, accounts } = JSON.parse(stdout) as ShownRun;
  const strange = accounts.filter(({ stage }) => !OVER.includes(stage));
  if (strange.length > 0) return !broken.add(`${id}: ${JSON.stringify(strange)}`);
  const doubtful = accounts.filter(({ stage }) => stage === 'unknown');
  if (doubtful.length === 0) return true;
  counts.persons++;
  for (const { appId, stage } of accounts) {
    if (stage === 'online') continue;
    const may = countIn(allowed, appId);
    for (const step of STEPS) may[step]++;
  }
  for (const { appId } of doubtful) await withdrawForeign(world, appId, version);
  return (await wxop([...resume, '--retry', '--resubmit'])).code === 0;
}

/** They have the same appids at every start. */
async function miniProgramsOf(count: number): Promise<string[]> {
  const sandbox = await startSandbox({ accounts: 1, miniPrograms: count, quiet: true });
  const { accounts } = sandbox.state();
  await sandbox.close();
  return accounts.flatMap(({ appId, kind }) => (kind === 'mini' ? [appId] : []));
}

/** Each merchant has its own misfortunes. */
function scriptFor(random: Random, appIds: readonly string[]): ReleaseScript {
  const outcomes = (percent: number, kinds: readonly ('unsure' | 'reset' | 'truncated' | 'busy' | 9402202)[]) =>
    Array.from({ length: 60 }, () => (random.chance(percent) ? random.pick(kinds) : ('ok' as const)));
  const lost = ['unsure', 'reset', 'truncated'] as const;
  const script = (): AccountScript => ({
    detection: random.below(200),
    audit: { outcome: 'person' },
    events: random.pick(['once', 'twice', 'never', { late: 300 }] as const),
    ...(random.chance(50) && { latest: HIDDEN }),
    calls: {
      commit: outcomes(25, [...lost, 'busy', 9402202]),
      submit_audit: outcomes(20, lost),
      release: outcomes(25, [...lost, 'busy']),
      undocodeaudit: outcomes(20, lost),
      getversioninfo: outcomes(5, ['busy', 'reset']),
      get_latest_auditstatus: outcomes(5, ['busy', 'truncated']),
    },
  });
  return { quota: { limit: 1_000_000 }, accounts: Object.fromEntries(appIds.map((appId) => [appId, script()])) };
}

/** Another program of the operator submits something else, and leaves it in audit. */
async function submitForeign({ sandbox, side: { keeper } }: World, appId: string, version: string): Promise<void> {
  const isThere = (): boolean => sandbox.state().releases[appId]?.audits.at(-1)?.version === version;
  const upload = { templateId: 2, extJson: '{}', version, description: 'foreign' };
  let last: unknown;
  const hear = (error: unknown): void => void (last = error);
  for (let tries = 0; !isThere(); tries++) {
    if (tries > 40) throw new Error(`${appId} takes no other version: ${String(last)}`);
    await keeper.call({ account: appId }, commitCode, upload).catch(hear);
    await sleep(250);
    if (sandbox.state().releases[appId]?.trial !== version) continue;
    const form = { items: [{ first_class: '商家自营', second_class: '百货', first_id: 1, second_id: 1 }] };
    await keeper.call({ account: appId }, submitAudit, form).catch(hear);
  }
}

/** As the operator does where a withdrawal was not answered, and the audit is still open. */
async function withdrawForeign({ sandbox, side: { keeper } }: World, appId: string, version: string): Promise<void> {
  const latest = () => sandbox.state().releases[appId]?.audits.at(-1);
  for (let tries = 0; tries < 3 && latest()?.status === 2 && latest()?.version !== version; tries++) {
    await keeper.call({ account: appId }, undoAudit, undefined).catch(() => undefined);
  }
}

/** Decides the audits of this version, one now and then. */
function reviewer({ sandbox, ground: { random }, appIds }: World, version: string) {
  const timer = setInterval(() => {
    const { releases } = sandbox.state();
    for (const appId of appIds) {
      const latest = releases[appId]?.audits.at(-1);
      if (latest?.status !== 2 || latest.version !== version || !random.chance(15)) continue;
      sandbox.decideAudit({ appId, outcome: random.chance(85) ? 'pass' : 'reject' });
    }
  }, 60);
  return { stop: () => clearInterval(timer) };
}

async function makePlan(
  { wxop }: World,
  source: string,
  version: string,
): Promise<{ id: string; file: string } | undefined> {
  const lines = ['template: 1', `version: '${version}'`, 'accounts: all', 'openAudit: withdraw', 'stopAfter: 10000'];
  writeFileSync(source, [...lines, PATIENCE, ''].join('\n'));
  for (let tries = 0; tries < 10; tries++) {
    const { code, stdout } = await wxop(['release', 'plan', source, '--json']);
    if (code !== 0) continue;
    const {
      run: id,
      file,
      accounts,
    } = JSON.parse(stdout) as {
      run: string;
      file: string;
      accounts: { included: boolean }[];
    };
    if (accounts.every(({ included }) => included)) return { id, file };
  }
  return undefined;
}

const effectsOf = (sandbox: Sandbox, appIds: readonly string[]): Tally => {
  const { releases } = sandbox.state();
  return new Map(appIds.map((appId) => [appId, { ...NOTHING, ...releases[appId]?.effects }]));
};

interface Found {
  sandbox: Sandbox;
  before: Tally;
  sent: Tally;
  /** Sends more than usual, that a person asked for. */
  allowed: Tally;
  version: string;
}

/** What is not as it must be. */
function* judge({ run: id, accounts }: ShownRun, found: Found): Generator<string> {
  const { releases } = found.sandbox.state();
  const after = effectsOf(
    found.sandbox,
    accounts.map(({ appId }) => appId),
  );
  for (const { appId, stage } of accounts) {
    const [sent, may] = [countIn(found.sent, appId), countIn(found.allowed, appId)];
    const [now, before] = [countIn(after, appId), countIn(found.before, appId)];
    const { audits = [], online } = releases[appId] ?? {};
    const ours = audits.filter((audit) => audit.version === found.version);
    const isApproved = ours.at(-1)?.status === 0;
    const facts: [boolean, string][] = [
      // Sent again once, after a look that showed no effect.
      [sent.commit <= 2 + may.commit, `uploaded ${sent.commit} times`],
      [now.commit - before.commit === 1, `${now.commit - before.commit} uploads took effect`],
      [sent.submit_audit <= 1 + may.submit_audit, `submitted ${sent.submit_audit} times`],
      [ours.length <= 1 + may.submit_audit, `${ours.length} audits`],
      // A person who withdraws by hand tries three times.
      [sent.undocodeaudit <= 1 + 4 * may.undocodeaudit, `withdrawn ${sent.undocodeaudit} times`],
      [now.undocodeaudit - before.undocodeaudit <= 1, `${now.undocodeaudit - before.undocodeaudit} withdrawals`],
      [sent.release <= 2 + may.release, `published ${sent.release} times`],
      [now.release - before.release === (isApproved ? 1 : 0), `${now.release - before.release} releases took effect`],
      [stage === (isApproved ? 'online' : 'rejected'), `${stage}, and its audit ${ours.at(-1)?.status}`],
      [(online === found.version) === isApproved, `${online} is online`],
      [online?.startsWith('0.') !== true, 'a foreign version was published'],
    ];
    for (const [holds, sentence] of facts) if (!holds) yield `${appId} in ${id}: ${sentence}`;
  }
}

/** Takes the events of audits. */
function listen(bin: string, environment: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [bin, 'listen', '--no-start-push', '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((ready, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"listening"')) ready(child);
    });
    child.on('exit', () => failed(new Error('the listener ended')));
  });
}

export const releases: Run = { name: 'releases', places: ['file', 'redis', 'cluster'], run };
