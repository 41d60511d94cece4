/** Whether an account has code that this component may work on. */
import type { AccountRecord } from '../protocol/account-record.ts';
import { CODE_PERMISSION, permissionNames } from '../protocol/permissions.ts';
import { en, listed, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Throws USAGE for an official account, NOT_GRANTED without permission set 18. */
export function expectCodeAccount(account: AccountRecord): void {
  if (account.kind === 'mp') throw notMini(account.appId);
  // An account of which nothing is known may have granted it: WeChat will say.
  const isKnown = account.funcInfo.length > 0;
  if (isKnown && !account.funcInfo.includes(CODE_PERMISSION)) throw notGranted(account.appId);
}

/** Whether its code can be worked on, as far as the stored account tells: one of those that `all` means. */
export const isCodeAccount = ({ kind, funcInfo, revokedAt, removedAt }: AccountRecord): boolean =>
  kind !== 'mp' && funcInfo.includes(CODE_PERMISSION) && revokedAt === undefined && removedAt === undefined;

const notMini = (appId: string): WxopError =>
  new WxopError(
    'USAGE',
    text(
      `${appId} is an official account: only mini programs have code to release.`,
      `${appId} 是公众号：只有小程序有代码可发布。`,
    ),
    {
      hint: text(
        'Name a mini program: `wxop accounts list --kind mini`.',
        '请指定小程序：`wxop accounts list --kind mini`。',
      ),
    },
  );

const notGranted = (appId: string): WxopError => {
  const set = listed(permissionNames([CODE_PERMISSION]));
  return new WxopError('NOT_GRANTED', text(en`${appId} did not grant ${set}.`, zh`${appId} 未授予权限集：${set}。`), {
    hint: text(
      `Let the merchant authorize again and tick it; one component at a time can have it. If it did: \`wxop accounts sync ${appId}\`.`,
      `请商家重新授权并勾选；同一时间只有一个第三方平台可持有。若已授予：\`wxop accounts sync ${appId}\`。`,
    ),
  });
};
