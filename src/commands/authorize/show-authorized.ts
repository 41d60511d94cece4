/** The account that authorized, and what that changed. */
import type { Context } from '../../cli/context.ts';
import { changesInWords, type PermissionChanges } from '../../credentials/permission-changes.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { accountJsonOf, accountLines } from '../account-view.ts';

export interface Authorized {
  account: AccountRecord;
  /** Of its token. */
  expiresAt?: number;
  permissions?: PermissionChanges;
}

export function showAuthorized({ terminal }: Context, { account, expiresAt, permissions }: Authorized): void {
  if (terminal.json) {
    const document = {
      type: 'authorized',
      account: accountJsonOf(account, expiresAt === undefined ? undefined : { expiresAt }),
    };
    return terminal.printJson({ ...document, ...(permissions && { permissions }) });
  }
  terminal.note(text('Authorized:', '授权成功：'));
  terminal.print(...accountLines(account, terminal));
  if (!permissions) return;
  const changes = changesInWords(permissions);
  terminal.print(text(en`since the last authorization: ${changes}`, zh`与上次授权相比：${changes}`));
}
