/** The account that a person means: by its appid, or by any other name that tells it apart. */
import type { Context } from '../context.ts';
import { text } from '../errors.ts';

/** What help says of an argument that names an account. */
export const ACCOUNT = text(
  'the account: its appid, alias, gh_… or a part of its name',
  '帐号：AppID、别名、原始 ID gh_… 或名称的一部分',
);

const APPID = /^wx[0-9a-f]{16}$/;

/**
 * The appid. An appid is taken as it is; alias, original id, nickname or a part of it are looked up among the stored
 * accounts. Throws USAGE where several fit, NO_ACCOUNT where none does.
 */
export async function whichAccount(context: Context, name: string): Promise<string> {
  // A cached token is read without a look at the other ten thousand accounts.
  if (APPID.test(name)) return name;
  const { findAccount } = await import('./find-account.ts');
  return findAccount(context, name);
}
