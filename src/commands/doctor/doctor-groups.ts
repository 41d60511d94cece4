/** Every check of `wxop doctor`, with the facts it asks for. */
import { openingKeys } from '../../settings/opening-keys.ts';
import { randomBytes } from 'node:crypto';
import type { Context } from '../../cli/context.ts';
import { accountChecks, type StoredAccounts } from '../../doctor/account-checks.ts';
import { apiChecks } from '../../doctor/api-checks.ts';
import { type Group } from '../../doctor/check.ts';
import { fileChecks } from '../../doctor/file-checks.ts';
import { wechatChecks } from '../../doctor/wechat-checks.ts';
import { programChecks } from '../../doctor/program-checks.ts';
import { publicChecks } from '../../doctor/public-checks.ts';
import { pushChecks } from '../../doctor/push-checks.ts';
import { settingsChecks } from '../../doctor/settings-checks.ts';
import { storeChecks } from '../../doctor/store-checks.ts';
import { ticketChecks } from '../../doctor/ticket-checks.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { localOriginOf } from '../../runtime/hosts.ts';
import { lazy } from '../../runtime/lazy.ts';
import { looseModes } from '../../runtime/loose-modes.ts';
import { createPreAuthCode } from '../../protocol/calls/endpoints.ts';
import { DEFAULT_MIN_TTL } from '../../protocol/lifetimes.ts';
import { definitionOf } from '../../settings/setting-definitions.ts';
import type { AttemptRecord } from '../../store/store.ts';
import { resolveAccount } from '../resolve-account.ts';

const COMPONENT = { component: true } as const;

const NO_SECRET = text('not asked: none is set', '未检查：未设置');
const pushedBy = (owner: Text): Text =>
  text(en`not asked: ${owner} starts the pushes`, zh`未检查：推送由 ${owner} 负责`);

export interface DoctorScope {
  /** Accounts that were asked for by name; empty: all of them. */
  accounts: string[];
  offline: boolean;
  /** Milliseconds. */
  maxTicketAge?: number;
}

export interface Doctor {
  groups: Group[];
  /** Takes away what the checks made. */
  tidy(): Promise<void>;
}

/** From the cause to its effects: the first failure is the one to look at. */
export function doctorGroups(context: Context, scope: DoctorScope): Doctor {
  const { runtime, now } = context;
  const { probe } = context.http;
  const settings = () => context.settings;
  const isReal = (): boolean => settings().get('apiUrl') === definitionOf('apiUrl').fallback;
  const publicUrl = () => settings().find('publicUrl');
  const messageUrl = (): string => {
    const path = settings().get('messagePath');
    return path.startsWith('/') ? context.publicUrl() + path : path;
  };
  const random = (): string => randomBytes(8).toString('hex');
  const newestPush = lazy(async () => (await (await (await context.listener()).journal()).list({ limit: 1 })).at(-1));
  let trial: AttemptRecord | undefined;

  const groups = [
    programChecks({ ...runtime, now }),
    settingsChecks({ settings, isReal }),
    fileChecks({ home: context.home, looseModes: () => looseModes(context.home, runtime.platform) }),
    storeChecks({
      open: context.store,
      hasKey: () => settings().find('storeKey') !== undefined,
      lockName: 'component',
      abortAfter: (milliseconds) => AbortSignal.any([context.runtime.signal, AbortSignal.timeout(milliseconds)]),
    }),
    apiChecks({
      apiUrl: () => settings().get('apiUrl'),
      probe,
      now,
      extraCas: runtime.environment.NODE_EXTRA_CA_CERTS,
    }),
    publicChecks({
      publicUrl,
      localUrl: () => localOriginOf(settings().get('host'), settings().get('port')),
      eventUrl: () => context.publicUrl() + settings().get('eventPath'),
      messageUrl,
      messageToken: () => settings().find('messageToken'),
      storeId: async () => {
        const store = await context.store();
        return store.tokenOwner ? store.id() : (await store.read('store'))?.value.id;
      },
      files: () => context.profiles.read().profiles[context.profiles.name]?.files ?? {},
      isReal,
      visit: context.http.visit,
      probe,
      now,
      random,
    }),
    pushChecks({
      newestPush,
      ticketReceivedAt: async () => (await (await context.keeper()).readTicket())?.receivedAt,
      rejections: async () => (await (await context.listener()).rejectionLog()).read(),
      keys: () => {
        const messageToken = settings().find('messageToken');
        if (messageToken === undefined || settings().find('encodingAesKey') === undefined) return undefined;
        const { componentAppId, encodingAesKeys } = openingKeys(context.settings);
        return { componentAppId, messageToken, encodingAesKeys: [...encodingAesKeys] };
      },
      now,
    }),
    ticketChecks({
      validTicket: async () => (await context.keeper()).validTicket(),
      history: async () => (await context.store()).history('ticket'),
      now,
      maxAge: scope.maxTicketAge,
    }),
    ...wechatChecks({
      startPush: async () => {
        const { tokenOwner: owner } = await context.store();
        if (owner) return pushedBy(owner);
        if (settings().find('componentAppSecret') === undefined) return NO_SECRET;
        await (await context.keeper()).startPush();
        return undefined;
      },
      componentToken: async () => (await context.keeper()).token(COMPONENT),
      dryRun: async () => {
        if (!(await context.store()).tokenOwner) {
          return (trial = await (await context.attempts()).create({ authType: 'all' }));
        }
        const { componentAppId: appId } = settings().need('componentAppId');
        await (await context.keeper()).call(COMPONENT, createPreAuthCode, { appId });
        return undefined;
      },
      publicUrl,
      probe,
      now,
    }),
    accountGroup(context, scope),
  ];
  return {
    groups,
    tidy: async () => {
      if (trial) await (await context.attempts()).discard(trial.id);
    },
  };
}

function accountGroup(context: Context, { accounts: names, offline }: DoctorScope): Group {
  const { now } = context;
  const isOwners = async (): Promise<boolean> =>
    (await context.store()).tokenOwner === undefined && context.settings.get('forwardEvents') !== 'handover';
  return accountChecks({
    accounts: async (): Promise<StoredAccounts> => {
      const keeper = await context.keeper();
      const found: StoredAccounts = { accounts: [], unreadable: [] };
      for (const name of names) found.accounts.push(await keeper.account(await resolveAccount(context, name)));
      if (names.length > 0) return found;
      for await (const account of keeper.accounts()) {
        if ('error' in account) found.unreadable.push(account);
        else if (account.removedAt === undefined) found.accounts.push(account);
      }
      return found;
    },
    isNamed: names.length > 0,
    hasToken: async (appId) => {
      const token = await (await context.store()).read(`token/${appId}`);
      context.redactor.learn(token?.value.accessToken);
      return token !== undefined && token.value.expiresAt > now() + DEFAULT_MIN_TTL;
    },
    mayGet: isOwners,
    getToken: async (account) => (await context.keeper()).token({ account }),
    offline,
    now,
  });
}
