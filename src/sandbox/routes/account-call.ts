/** A call on behalf of an account, as data: who may make it, what it must say, what it answers. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Account, WechatState } from '../wechat-state.ts';
import type { Route } from './route.ts';

/** The errcode for a value that is not taken. */
type Check = (value: unknown) => number | undefined;

export interface AccountCall {
  /** POST when absent. */
  method?: Route['method'];
  /** 48001 for the other kind, and for a 公众号 that is not verified. */
  kind?: Account['kind'];
  /** Any of these permission sets; else 61007. */
  sets?: number[];
  /** Checked in this order: members of the body, or parameters of a GET. */
  needs?: Record<string, Check>;
  /** Throws an ApiRefusal. */
  answer(account: Account, asked: Json): object;
}

export function accountRoutes(wechat: WechatState, calls: Record<string, AccountCall>): Record<string, Route> {
  const asRoute = ({ method = 'POST', kind, sets, needs = {}, answer }: AccountCall): Route => ({
    method,
    token: 'account',
    answer: (body, token, { query }) => {
      const account = wechat.holderOf(token);
      if (kind !== undefined && account.kind !== kind) throw new ApiRefusal(48001);
      if (kind === 'mp' && !account.isVerified) throw new ApiRefusal(48001);
      if (sets && !sets.some((id) => account.funcInfo.includes(id))) throw new ApiRefusal(61007);
      const asked: Json = method === 'GET' ? Object.fromEntries(query) : body;
      check(asked, needs);
      return answer(account, asked);
    },
  });
  return Object.fromEntries(Object.entries(calls).map(([path, call]) => [path, asRoute(call)]));
}

export function check(asked: Json, needs: Record<string, Check>): void {
  for (const [name, problemOf] of Object.entries(needs)) {
    const errcode = problemOf(asked[name]);
    if (errcode !== undefined) throw new ApiRefusal(errcode);
  }
}

/** WeChat answers 47001 for members that are missing, too. */
export const filled =
  (errcode = 47001): Check =>
  (value) =>
    typeof value === 'string' && value !== '' ? undefined : errcode;
export const object =
  (errcode = 47001): Check =>
  (value) =>
    isObject(value) ? undefined : errcode;
export const among =
  (values: unknown[], errcode: number): Check =>
  (value) =>
    values.includes(value) ? undefined : errcode;
export const list =
  (most: number, errcode: number): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= most ? undefined : errcode;
export const openId: Check = (value) => (typeof value === 'string' && /^o[\w-]{5,}$/.test(value) ? undefined : 40003);
