/**
 * Testers (体验成员) of a merchant's mini program.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序成员管理 (bind_tester, unbind_tester, memberauth).
 */
import type { Endpoint } from '../endpoints.ts';
import { listField, textField } from '../release/answer-fields.ts';

/** A person as WeChat lists testers: without a name. */
export const getTesters: Endpoint<void, string[]> = {
  method: 'POST',
  path: '/wxa/memberauth',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({ action: 'get_experiencer' }),
  read: (document) =>
    listField(document, 'members')
      .map((one) => textField(one, 'userstr'))
      .filter((userstr) => userstr !== ''),
};

/** Refused with 85004 where the person is a tester already. */
export const bindTester: Endpoint<{ wechatId: string }, string> = {
  method: 'POST',
  path: '/wxa/bind_tester',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: ({ wechatId }) => ({ wechatid: wechatId }),
  read: (document) => textField(document, 'userstr'),
};

export type Tester = { wechatId: string } | { userstr: string };

export const unbindTester: Endpoint<Tester, void> = {
  method: 'POST',
  path: '/wxa/unbind_tester',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: (tester) => ('userstr' in tester ? { userstr: tester.userstr } : { wechatid: tester.wechatId }),
  read: () => undefined,
};
