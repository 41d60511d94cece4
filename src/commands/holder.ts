/** Whose token a call carries: as the path wants it, or as `--as` says. */
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Holder } from '../wechat-api/call.ts';
import type { Signed } from '../wechat-api/raw-call.ts';
import { knownPath, tokenNameOf } from '../protocol/calls/api-paths.ts';
import { resolveAccount } from './resolve-account.ts';

/** Undefined for a call without a token. Throws USAGE where nothing tells whose it is. */
export async function signedFor(context: Context, path: string, as: string | undefined): Promise<Signed | undefined> {
  const tokenOf = knownPath(path)?.tokenOf;
  if (as === 'none' || (as === undefined && tokenOf === 'none')) return undefined;
  if (as === undefined && (tokenOf === undefined || tokenOf === 'account')) throw whose(path, tokenOf);
  const holder = await holderNamed(context, as ?? 'component');
  return { holder, tokenName: tokenNameOf(path, 'component' in holder) };
}

/** `component`, or an account by any of its names. */
export async function holderNamed(context: Context, as: string): Promise<Holder> {
  return as === 'component' ? { component: true } : { account: await resolveAccount(context, as) };
}

const whose = (path: string, tokenOf: 'account' | undefined): WxopError =>
  tokenOf === 'account'
    ? new WxopError('USAGE', text(`${path} is called as an account.`, `${path} 须以帐号的身份调用。`), {
        hint: text('Say which: --as <appid>.', '请指明帐号：--as <appid>。'),
      })
    : new WxopError('USAGE', text(`Whose token ${path} takes is not known.`, `未知 ${path} 应使用谁的 token。`), {
        hint: text(
          'Say it: --as component, --as <appid>, or --as none.',
          '请指明：--as component、--as <appid> 或 --as none。',
        ),
      });
