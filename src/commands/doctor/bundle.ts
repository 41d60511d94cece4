/** `wxop doctor --bundle`: the report, and the names and values that must not stand in it. */
import type { Context } from '../../cli/context.ts';
import type { Result } from '../../doctor/examination.ts';
import { tally } from '../../doctor/check.ts';
import { publicReport } from '../../doctor/public-report.ts';
import { text, type Text } from '../../sentences/text.ts';
import { definitionOf, type SettingName } from '../../settings/setting-definitions.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { RecordKey } from '../../store/store.ts';
import { isLoopbackHost } from '../../runtime/hosts.ts';
import { iso } from '../../sentences/iso-time.ts';
import { writePrivateOutput } from '../files.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Where a store, a journal or the settings fail, the report says the rest. */
const orNothing = async <Value>(read: () => Promise<Value>, nothing: Value): Promise<Value> => {
  try {
    return await read();
  } catch {
    return nothing;
  }
};

export interface DoctorBundle {
  /** `-` is stdout. */
  path: string;
  force: boolean;
  /** The accounts that were asked for, as they were typed. */
  named: string[];
}

export async function writeBundle(
  context: Context,
  { path, force, named }: DoctorBundle,
  results: readonly Result[],
): Promise<void> {
  const { terminal, runtime, lang, redactor } = context;
  const settings = await orNothing(() => Promise.resolve(context.settings), undefined);
  const accounts = await orNothing(() => accountsOf(context), []);
  await learnSecrets(context, accounts);
  const since = context.now() - DAY;
  const accepted = await orNothing(async () => (await (await context.listener()).journal()).list({ since }), []);
  const refused = await orNothing(async () => (await (await context.listener()).rejectionLog()).read(), []);
  const counts: [Text, string][] = [
    [
      text('pushes accepted within a day', '一天内接收的推送'),
      tally(accepted.map(({ kind, type, event }) => `${kind} ${event ?? type}`)),
    ],
    [
      text('pushes refused within a day', '一天内拒绝的推送'),
      tally(refused.filter(({ at }) => at > since).map(({ kind, reason }) => `${kind} ${reason}`)),
    ],
    [text('accounts', '帐号'), String(accounts.length)],
  ];
  const report = publicReport({
    ...runtime,
    lang,
    at: iso(context.now()),
    settings,
    results,
    counts,
    names: [...namesOf(context, settings, accounts), ...named.map((name): [string, string] => [name, '<account>'])],
  });
  const content = redactor.redact(report);
  if (path === '-') return terminal.reveal(content);
  await writePrivateOutput(path, content, force);
  terminal.note(terminal.say(text(`Wrote ${path}. Read it before you show it.`, `已写入 ${path}，公开前请先看一遍。`)));
}

async function accountsOf(context: Context): Promise<AccountRecord[]> {
  const found: AccountRecord[] = [];
  for await (const account of (await context.keeper()).accounts()) if (!('error' in account)) found.push(account);
  return found;
}

/** Everything secret that is stored: what is known is masked wherever it may have come in. */
async function learnSecrets({ redactor, store: open, runtime }: Context, accounts: AccountRecord[]): Promise<void> {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) {
    const proxy = runtime.environment[name];
    if (!proxy || !URL.canParse(proxy)) continue;
    const { username, password } = new URL(proxy);
    redactor.learn(username, password, decodeURIComponent(username), decodeURIComponent(password));
  }
  await orNothing(async () => {
    const store = await open();
    const keys: RecordKey[] = ['component-token', ...accounts.map(({ appId }) => `token/${appId}` as const)];
    for (const key of keys) {
      const token = (await store.read(key as 'component-token'))?.value;
      redactor.learn(token?.accessToken);
    }
    redactor.learn(...(await store.history('ticket')).map(({ value }) => value.ticket));
    redactor.learn(...accounts.map(({ refreshToken }) => refreshToken));
  }, undefined);
}

/** Hosts, folders and nicknames. */
function namesOf(context: Context, settings: Settings | undefined, accounts: AccountRecord[]): [string, string][] {
  const { runtime, home } = context;
  const hostsIn = (value = ''): string[] =>
    [...value.matchAll(/:\/\/(?:[^@/\s]*@)?([^/?#\s]+)/g)].flatMap(([, host = '']) => host.split(','));
  const given = (name: SettingName): string | undefined => settings?.given(name)?.value;
  const hosts = (value: string | undefined, instead: string): [string, string][] =>
    hostsIn(value).flatMap((host): [string, string][] => [
      [host, instead],
      [host.replace(/:\d+$/, ''), instead],
    ]);
  const isElsewhere = ([host]: [string, string]): boolean => !isLoopbackHost(host.replace(/:\d+$/, ''));
  const paths = (['eventPath', 'messagePath'] as const).flatMap((name): [string, string][] => {
    const path = given(name);
    return path === undefined || path === definitionOf(name).fallback ? [] : [[path, `<${name}>`]];
  });
  return [
    ...hosts(given('publicUrl'), '<public host>').filter(isElsewhere),
    ...hosts(given('messagePath'), '<message host>').filter(isElsewhere),
    ...(settings?.given('apiUrl')?.origin === 'default'
      ? []
      : hosts(given('apiUrl'), '<API host>').filter(isElsewhere)),
    ...hosts(given('store'), '<store host>').filter(isElsewhere),
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].flatMap((name) =>
      hosts(runtime.environment[name], '<proxy host>').filter(isElsewhere),
    ),
    ...paths,
    ...['profile', '配置'].map((word): [string, string] => [`${word} ${context.profiles.name}`, word]),
    [home, '<home of wxop>'],
    [runtime.homeFolder, '~'],
    [runtime.machine.split('/')[0] ?? '', '<machine>'],
    ...accounts.flatMap(({ nickName, alias = '' }): [string, string][] => [
      [nickName, '<nickname>'],
      [alias, '<alias>'],
    ]),
  ];
}
