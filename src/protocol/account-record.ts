/** An authorized account as it is stored. Each field is declared once, in ACCOUNT_FIELDS; what else knows fields reads it there. */
import { asObject, type Json } from '../runtime/json-object.ts';
import { en, text, zh, type Hole, type Text } from '../sentences/text.ts';

export type AccountKind = 'mp' | 'mini';

/** What a value in words depends on. */
interface Shown {
  kind: AccountKind | undefined;
  timeOf: (milliseconds: number) => Hole;
}

const inTime = (milliseconds: number, { timeOf }: Shown): Hole => timeOf(milliseconds);

interface Field<Value> {
  /** The value that was read from outside; undefined where it cannot be one of this field. */
  read: (value: unknown) => Value | undefined;
  /** What WeChat says in authorizer_info (获取授权帐号详情); undefined where it left that out: what was stored stays. */
  told?: (info: Json) => Value | undefined;
  /** Its row in `accounts show`; `orDash`: there is one although nothing is known, because WeChat may still say it. */
  row?: { label: Text; words?: (value: Value, shown: Shown) => Hole; orDash?: true };
  /** In `accounts show --json` as it is stored. */
  inJson?: true;
  /** What it is as long as nothing is known; a field without may be absent. */
  blank?: Value;
}

const required = <Value>(blank: Value, field: Field<Value>) => ({ ...field, blank });
const optional = <Value>(field: Field<Value> & { blank?: undefined }) => field;

const OFFICIAL: Record<number, Text> = {
  0: text('subscription account', '订阅号'),
  1: text('subscription account, upgraded from an old one', '订阅号（由历史老帐号升级）'),
  2: text('service account', '服务号'),
};
const STORE = text('store mini program', '门店小程序');
const MINI: Record<number, Text> = {
  0: text('ordinary', '普通小程序'),
  2: STORE,
  3: STORE,
  4: text('mini game', '小游戏'),
  10: text('mini shop', '小商店'),
  12: text('on trial', '试用小程序'),
};
const STATUSES: Record<number, Text> = {
  1: text('normal', '正常'),
  14: text('deregistered', '已注销'),
  16: text('banned', '已封禁'),
  18: text('warned', '已告警'),
  19: text('frozen', '已冻结'),
};
const REGISTERED: Record<number, Text> = {
  0: text('the ordinary way', '普通方式注册'),
  2: text('from an official account', '复用公众号注册'),
  6: text("by the legal person's face scan", '法人扫脸注册企业小程序'),
  13: text('as a trial', '创建试用小程序'),
  15: text('in the alliance console', '联盟控制台注册'),
  16: text('by a person', '创建个人小程序'),
  17: text('by a person, for trade', '创建个人交易小程序'),
  19: text('from a trial', '试用小程序转正'),
  22: text('from a merchant id, as a company', '复用商户号创建企业小程序'),
  23: text('from a merchant id, converted', '复用商户号转正'),
};

/** The number in words, with the number. */
const named =
  (names: Record<number, Text>) =>
  (number: number): Text => {
    const name = names[number] ?? text('unknown', '未知');
    return text(en`${name} (${number})`, zh`${name} (${number})`);
  };
export const statusName = named(STATUSES);

const KINDS: Record<AccountKind, Text> = {
  mp: text('official account', '公众号'),
  mini: text('mini program', '小程序'),
};
const UNKNOWN = text('-', '-');

export const kindName = (kind: AccountKind | null | undefined): Text => (kind ? KINDS[kind] : UNKNOWN);

export type Verification = 'verified' | 'unverified' | 'weibo' | 'qualified';

const VERIFICATIONS: Record<Verification, Text> = {
  verified: text('verified', '已认证'),
  unverified: text('not verified', '未认证'),
  weibo: text('by Weibo', '微博认证'),
  qualified: text('name not verified', '资质已认证，名称未认证'),
};

/** verify_type_info.id: 1 and 2 are old verifications by microblogs, 3 to 5 qualified without a verified name. */
export function verificationOf(verifyType: number): Verification {
  if (verifyType === 0) return 'verified';
  if (verifyType === 1 || verifyType === 2) return 'weibo';
  return verifyType >= 3 && verifyType <= 5 ? 'qualified' : 'unverified';
}

export const verificationName = (verification: Verification | undefined): Text =>
  verification === undefined ? UNKNOWN : VERIFICATIONS[verification];

/** The last moment that a date can name. */
const LAST_TIME = 8.64e15;
const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LAST_TIME ? Number(value) : undefined;
const integer = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? Number(value) : undefined);
/** A text whose length is within these limits. */
const chars =
  (least: number, most: number) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && value.length >= least && value.length <= most ? value : undefined;
export const readAppId = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : undefined;
const string = (value: unknown): string => (typeof value === 'string' ? value : '');
/** WeChat's ids may be numbers or numeric text. */
const id = (value: unknown): number | undefined =>
  integer(typeof value === 'string' && value.trim() !== '' ? Number(value) : value);

/** In the order of `accounts show`. Times are milliseconds since the epoch unless a name says seconds. */
const ACCOUNT_FIELDS = {
  nickName: required('', {
    read: chars(0, 1024),
    told: (info) => string(info.nick_name),
    row: { label: text('name', '名称'), orDash: true },
  }),
  /** What its operator calls it: `wxop accounts alias`. */
  alias: optional({ read: chars(1, 64), row: { label: text('alias', '别名') } }),
  appId: required('', {
    read: readAppId,
    row: { label: text('appid', 'AppID') },
  }),
  /** The original id, `gh_…`. */
  userName: required('', {
    read: chars(0, 256),
    told: (info) => string(info.user_name),
    row: { label: text('original id', '原始 ID'), orDash: true },
  }),
  /** Absent until WeChat described it. */
  kind: optional<AccountKind>({
    read: (value) => (value === 'mp' || value === 'mini' ? value : undefined),
    // The presence of MiniProgramInfo is the only documented sign of a mini program.
    told: (info) => (info.MiniProgramInfo === undefined ? 'mp' : 'mini'),
    row: { label: text('kind', '类型'), words: (kind) => kindName(kind), orDash: true },
  }),
  /** service_type_info.id: 订阅号, 服务号 and others, counted apart for mini programs. */
  serviceType: optional({
    read: integer,
    told: (info) => id(asObject(info.service_type_info).id),
    row: {
      label: text('type', '帐号类型'),
      words: (service, { kind }) => named(kind === 'mini' ? MINI : OFFICIAL)(service),
    },
    inJson: true,
  }),
  accountStatus: optional({
    read: integer,
    told: (info) => id(info.account_status),
    row: { label: text('status', '帐号状态'), words: (status) => statusName(status) },
    inJson: true,
  }),
  registerType: optional({
    read: integer,
    told: (info) => id(info.register_type),
    row: { label: text('registered', '注册方式'), words: (way) => named(REGISTERED)(way) },
    inJson: true,
  }),
  /** verify_type_info.id: -1 for none, 0 for 微信认证. */
  verifyType: optional({
    read: integer,
    told: (info) => id(asObject(info.verify_type_info).id),
    row: { label: text('verification', '认证'), words: (type) => verificationName(verificationOf(type)), orDash: true },
  }),
  /** The company or person behind it (主体名称). */
  principalName: optional({
    read: chars(0, 1024),
    told: (info) => string(info.principal_name) || undefined,
    row: { label: text('principal', '主体'), orDash: true },
  }),
  /** 0 where nothing tells: in a store of another program. */
  authorizedAt: required(0, {
    read: count,
    row: { label: text('authorized', '授权时间'), words: inTime, orDash: true },
  }),
  revokedAt: optional({ read: count, row: { label: text('revoked', '取消时间'), words: inTime } }),
  /** Set by `wxop accounts remove`: hidden, kept, and brought back by a new authorization or by asking for it. */
  removedAt: optional({ read: count, row: { label: text('removed', '移除时间'), words: inTime } }),
  /** The newest event that was applied: its CreateTime (unix seconds) and what it was. */
  lastEvent: optional<{ createTime: number; digest: string }>({
    read: (value) => {
      const { createTime, digest } = asObject(value);
      const [time, known] = [count(createTime), chars(0, 256)(digest)];
      return time === undefined || known === undefined ? undefined : { createTime: time, digest: known };
    },
    row: {
      label: text('last event', '最近事件'),
      words: ({ createTime }, { timeOf }) => timeOf(createTime * 1000),
      orDash: true,
    },
  }),
  funcInfo: required<number[]>([], {
    read: (value) =>
      Array.isArray(value) && value.length <= 1024 && value.every((set) => count(set) !== undefined)
        ? (value as number[])
        : undefined,
  }),
  /** What must never be lost. */
  refreshToken: optional({ read: chars(1, 1024) }),
};

type Fields = typeof ACCOUNT_FIELDS;
type Name = keyof Fields;
type ValueOf<One extends Name> = NonNullable<ReturnType<Fields[One]['read']>>;
type RequiredName = { [One in Name]: undefined extends Fields[One]['blank'] ? never : One }[Name];

/** An authorized account. */
export type AccountRecord = { [One in RequiredName]: ValueOf<One> } & {
  [One in Exclude<Name, RequiredName>]?: ValueOf<One>;
};

const FIELDS = Object.entries(ACCOUNT_FIELDS) as [Name, Field<unknown>][];

/** One of which nothing is known yet. */
export const blankAccount = (appId: string): AccountRecord => ({
  ...(pick((_, { blank }) => blank) as AccountRecord),
  appId,
});

/** The fields that hold what they may, and no others; undefined where one does not. */
export function readAccount(value: Json): AccountRecord | undefined {
  const read: Json = {};
  for (const [name, field] of FIELDS) {
    if (value[name] === undefined && field.blank === undefined) continue;
    read[name] = field.read(value[name]);
    if (read[name] === undefined) return undefined;
  }
  return read as AccountRecord;
}

const pick = (valueOf: (name: Name, field: Field<unknown>) => unknown) =>
  Object.fromEntries(
    FIELDS.map(([name, field]) => [name, valueOf(name, field)] as const).filter(([, value]) => value !== undefined),
  ) as Partial<AccountRecord>;

/** What WeChat's authorizer_info says: only what is not left out. */
export const describedAccount = (info: Json): Partial<AccountRecord> => pick((_, { told }) => told?.(info));

/** The fields that scripts see as they are stored. */
export const plainFields = (account: AccountRecord): Partial<AccountRecord> =>
  pick((name, { inJson }) => (inJson ? account[name] : undefined));

/** The rows that show an account to people. */
export const accountTable = (
  account: AccountRecord,
  timeOf: (milliseconds: number) => Hole,
): [label: Text, value: Hole][] =>
  FIELDS.flatMap(([name, { row, blank }]): [Text, Hole][] => {
    const value = account[name];
    if (!row) return [];
    if (value === undefined || value === blank) return row.orDash ? [[row.label, '-']] : [];
    return [[row.label, row.words?.(value, { kind: account.kind, timeOf }) ?? (value as string)]];
  });

/** Deregistered, banned, frozen: calls for it are refused. */
export const isBarred = ({ accountStatus = 1 }: AccountRecord): boolean => [14, 16, 19].includes(accountStatus);
