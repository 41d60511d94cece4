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
  if (as === undefined) {
    expectNoAccountPath(path);
    if (tokenOf === undefined) throw unknownHolder(path);
  }
  const holder = await resolveHolder(context, as ?? 'component');
  return { holder, tokenName: tokenNameOf(path, 'component' in holder) };
}

/** `component`, or an account by any of its names. */
export async function resolveHolder(context: Context, as: string): Promise<Holder> {
  return as === 'component' ? { component: true } : { account: await resolveAccount(context, as) };
}

/** Throws USAGE for a path that is called with an account's token where no account is named. */
export function expectNoAccountPath(path: string): void {
  if (knownPath(path)?.tokenOf === 'account') throw needsAccount(path);
}

const needsAccount = (path: string): WxopError =>
  new WxopError('USAGE', text(`${path} needs an account's token.`, `${path} 须使用帐号的令牌调用。`), {
    hint: text('Name the account: --as <account>.', '请指明帐号：--as <account>。'),
  });

const unknownHolder = (path: string): WxopError =>
  new WxopError('USAGE', text(`wxop does not know whose token ${path} takes.`, `未知 ${path} 应使用谁的令牌。`), {
    hint: text(
      'Add --as component, --as <account> or --as none.',
      '请指明：--as component、--as <account> 或 --as none。',
    ),
  });
