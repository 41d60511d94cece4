/** What kind of account it is, how it was registered, and whether WeChat lets it work. Source: 获取授权帐号详情. */
import { en, text, type Text, zh } from '../sentences/text.ts';

/** WeChat's own numbers; each absent as long as it was not told. */
export interface AccountStanding {
  /** service_type_info.id: 订阅号, 服务号 and others, counted apart for mini programs. */
  serviceType?: number;
  accountStatus?: number;
  registerType?: number;
}

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

/** The number in words, with the number; undefined where nothing was told. */
const named = (names: Record<number, Text>, id: number | undefined): Text | undefined => {
  if (id === undefined) return undefined;
  const name = names[id] ?? text('unknown', '未知');
  return text(en`${name} (${id})`, zh`${name} (${id})`);
};

export const serviceName = (kind: 'mp' | 'mini' | undefined, { serviceType }: AccountStanding): Text | undefined =>
  named(kind === 'mini' ? MINI : OFFICIAL, serviceType);
export const statusName = ({ accountStatus }: AccountStanding): Text | undefined => named(STATUSES, accountStatus);
export const registrationName = ({ registerType }: AccountStanding): Text | undefined =>
  named(REGISTERED, registerType);

/** Deregistered, banned, frozen: calls for it are refused. */
export const isBarred = ({ accountStatus = 1 }: AccountStanding): boolean => [14, 16, 19].includes(accountStatus);
/** Only the keys of these, and only those that are known. */
export const standingOf = ({ serviceType, accountStatus, registerType }: AccountStanding): AccountStanding => ({
  ...(serviceType !== undefined && { serviceType }),
  ...(accountStatus !== undefined && { accountStatus }),
  ...(registerType !== undefined && { registerType }),
});
