/**
 * Files are truncated, emptied, overwritten, opened to others, written by a later version, and have strangers among them;
 * values on Redis likewise. Damage is named once and put aside, the version before it counts, and no byte is lost.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toWxopError } from '../src/sentences/wxop-error.ts';
import type { RedisConnection } from '../src/store/redis-connection.ts';
import type { AccountRecord } from '../src/protocol/account-record.ts';
import type { Store, Stored } from '../src/store/store.ts';
import { COMPONENT_APPID, connectionTo } from './open-store.ts';
import type { Place } from './places.ts';
import type { Random } from './random.ts';
import type { Ground, Outcome, Run } from './run.ts';
import { counted, problemOf } from './tally.ts';

const SHORT = 40;
const LONG = 1500;
const KEY = '5a'.repeat(32);

/** The raw text of a version, and what lies beside it. */
interface Raw {
  get(appId: string, version: number): Promise<string>;
  set(appId: string, version: number, content: string): Promise<void>;
  /** Every text that is kept of the record, under whatever name. */
  all(appId: string): Promise<string[]>;
}

function rawFiles(folder: string): Raw {
  const pathOf = (appId: string, version: number): string => join(folder, 'account', appId, `${version}.json`);
  return {
    get: (appId, version) => Promise.resolve(readFileSync(pathOf(appId, version), 'utf8')),
    set: (appId, version, content) => Promise.resolve(writeFileSync(pathOf(appId, version), content, { mode: 0o600 })),
    all: (appId) => {
      const record = join(folder, 'account', appId);
      const files = readdirSync(record, { withFileTypes: true }).filter((entry) => entry.isFile());
      return Promise.resolve(files.map(({ name }) => readFileSync(join(record, name), 'utf8')));
    },
  };
}

function rawRedis(connection: RedisConnection): Raw {
  const keyOf = (appId: string): string => `wxop:{${COMPONENT_APPID}}:record:account/${appId}`;
  const send = async (appId: string, command: string, ...rest: string[]): Promise<unknown> =>
    connection.send(keyOf(appId), [command, keyOf(appId), ...rest]);
  return {
    get: async (appId, version) => String(await send(appId, 'HGET', `value:${version}`)),
    set: async (appId, version, content) => {
      await send(appId, 'HSET', `value:${version}`, content, 'version', String(version));
    },
    all: async (appId) => (await send(appId, 'HVALS')) as string[],
  };
}

type Damage = (content: string, random: Random) => string;

const DAMAGES: Damage[] = [
  () => '',
  (content) => '\0'.repeat(content.length),
  // The last two characters are a brace and the end of the line.
  (content, random) => content.slice(0, random.below(content.length - 2)),
  (content, random) => content.slice(1 + random.below(content.length - 1)),
  (content, random) => `${content.slice(0, random.below(content.length - 2))}\0\0\0\0`,
  () => '{"format": 1, "version": 3}',
];

/** In a sealed value even one changed character shows. */
const SEALED_DAMAGES: Damage[] = [
  ...DAMAGES,
  (content, random) => {
    const from = content.indexOf('v1.') + 20;
    const at = from + random.below(content.lastIndexOf('"') - from);
    return content.slice(0, at) + (content[at] === 'A' ? 'B' : 'A') + content.slice(at + 1);
  },
];

interface Subject {
  appId: string;
  store: Store;
  raw: Raw;
  isSealed: boolean;
}

async function run({ random, place, isLong }: Ground): Promise<Outcome> {
  const rounds = isLong ? LONG : SHORT;
  const counts = { damaged: 0, newer: 0, loosened: 0, strangers: 0 };
  const broken = new Set<string>();
  const [plain, sealed] = [await place.open(), await place.open(KEY)];
  const address = place.address;
  const connection = 'url' in address ? await connectionTo(address.url) : undefined;
  const raw = 'folder' in address ? rawFiles(address.folder) : rawRedis(connection!);
  for (let round = 0; round < rounds; round++) {
    const isSealed = random.chance(50);
    const subject = { appId: `wx${round}`, store: isSealed ? sealed : plain, raw, isSealed };
    const versions = 1 + random.below(6);
    for (let version = 0; version < versions; version++) await writeNext(subject);
    const act = random.below(10);
    const problems =
      act < 6
        ? await damage(subject, random, counts)
        : act < 8 || place.kind === 'redis'
          ? await writeNewer(subject, counts)
          : await loosenAndLitter(subject, place, random, counts);
    for (const problem of problems) broken.add(problem);
  }
  await connection?.close();
  return { counts, broken: [...broken] };
}

const read = ({ store, appId }: Subject): Promise<Stored<AccountRecord> | undefined> => store.read(`account/${appId}`);

async function writeNext(subject: Subject): Promise<void> {
  const { appId, store } = subject;
  const old = await read(subject);
  await store.write(`account/${appId}`, counted(appId, old?.value, 0), old?.version ?? 0, { durable: false });
}

const failureOf = (reading: Promise<unknown>): Promise<string | undefined> =>
  reading.then(
    () => undefined,
    (error: unknown) => toWxopError(error).code,
  );

/** One version after the other, down to none at all if it falls so. */
async function damage(subject: Subject, random: Random, counts: { damaged: number }): Promise<string[]> {
  const { appId, raw, isSealed } = subject;
  const problems: string[] = [];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const found = await read(subject);
    if (!found) break;
    const { version } = found;
    const before = version > 1 && (await subject.store.history(`account/${appId}`))[1];
    const content = random.pick(isSealed ? SEALED_DAMAGES : DAMAGES)(await raw.get(appId, version), random);
    await raw.set(appId, version, content);
    counts.damaged++;
    const failure = await failureOf(read(subject));
    if (failure !== 'RECORD_DAMAGED')
      problems.push(`a damaged record was ${failure ?? 'read'}: ${content.slice(0, 80)}`);
    const now = await read(subject);
    if (now?.version !== (before ? before.version : undefined)) problems.push('the version before does not count');
    if (now && problemOf(appId, now)) problems.push(problemOf(appId, now)!);
    if (!(await raw.all(appId)).includes(content)) problems.push('a damaged record was thrown away');
  }
  const left = await read(subject);
  await writeNext({ ...subject });
  if ((await read(subject))?.version !== (left?.version ?? 0) + 1) problems.push('damage hinders the next writer');
  return problems;
}

async function writeNewer(subject: Subject, counts: { newer: number }): Promise<string[]> {
  const { appId, raw } = subject;
  counts.newer++;
  const version = ((await read(subject))?.version ?? 0) + 1;
  const content = `${JSON.stringify({ format: 3, version, value: { of: 'tomorrow' } })}  \n`;
  await raw.set(appId, version, content);
  const failures = [await failureOf(read(subject)), await failureOf(read(subject))];
  if (failures.some((failure) => failure !== 'RECORD_NEWER')) return [`a newer record was ${String(failures)}`];
  return (await raw.get(appId, version)) === content ? [] : ['a newer record was touched'];
}

async function loosenAndLitter(
  subject: Subject,
  place: Place,
  random: Random,
  counts: { loosened: number; strangers: number },
): Promise<string[]> {
  const { appId, store } = subject;
  const folder = join('folder' in place.address ? place.address.folder : '', 'account');
  const problems: string[] = [];
  const before = JSON.stringify(await read(subject));
  const { version = 0 } = (await read(subject)) ?? {};
  const path = join(folder, appId, `${version}.json`);
  counts.loosened++;
  const writable = random.pick([0o666, 0o620, 0o777]);
  chmodSync(path, writable);
  const refusal = await read(subject).then(() => undefined, toWxopError);
  if (refusal?.code !== 'NOT_PRIVATE') problems.push('a record that others may write is read');
  if ((statSync(path).mode & 0o777) !== writable)
    problems.push('a record that others may write is made to look private');
  chmodSync(path, random.pick([0o644, 0o640, 0o604]));
  const strangers = ['.DS_Store', 'Thumbs.db', `${version + 1}.json~`, `${version + 1}.json.swp`, 'notes (copy).txt'];
  for (const name of strangers) {
    counts.strangers++;
    writeFileSync(join(folder, appId, name), 'a stranger');
    writeFileSync(join(folder, name), 'a stranger');
  }
  mkdirSync(join(folder, appId, 'a folder'), { recursive: true });
  if (JSON.stringify(await read(subject)) !== before) problems.push('a loosened or littered record reads differently');
  if ((statSync(path).mode & 0o777) !== 0o600) problems.push('a loosened file stays open to others');
  for (let write = 0; write < 4; write++) await writeNext(subject);
  if ((await read(subject))?.version !== version + 4) problems.push('strangers hinder the writer');
  if (strangers.some((name) => !existsSync(join(folder, appId, name)))) problems.push('a stranger was thrown away');
  const listed = await store.list('account');
  if (listed.some((name) => !/^wx\d+$/.test(name))) problems.push('a stranger is listed');
  return problems;
}

export const damages: Run = { name: 'damage', places: ['file', 'redis'], run };
