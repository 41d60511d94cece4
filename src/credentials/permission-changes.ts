/** What a new authorization changed of what an account granted. */
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import { permissionNames } from '../protocol/permissions.ts';
import type { Store } from '../store/store.ts';

export interface PermissionChanges {
  added: number[];
  removed: number[];
}

/** Undefined when nothing changed. */
export function permissionChanges(
  before: readonly number[] | undefined,
  after: readonly number[],
): PermissionChanges | undefined {
  if (!before) return undefined;
  const added = after.filter((id) => !before.includes(id));
  const removed = before.filter((id) => !after.includes(id));
  return added.length + removed.length > 0 ? { added, removed } : undefined;
}

/** Against the authorization before this one, as far as the store still knows it. */
export async function changesOfAuthorization(
  store: Pick<Store, 'history'>,
  { appId, authorizedAt, funcInfo }: AccountRecord,
): Promise<PermissionChanges | undefined> {
  const history = await store.history(`account/${appId}`);
  const before = history.find(({ value }) => value.authorizedAt > 0 && value.authorizedAt < authorizedAt);
  return permissionChanges(before?.value.funcInfo, funcInfo);
}

/** `+ custom menus (15), - users (2)`. */
export function changesInWords({ added, removed }: PermissionChanges): Text {
  const signed = (sign: string, ids: number[]) =>
    permissionNames(ids).map((name) => text(en`${sign} ${name}`, zh`${sign} ${name}`));
  return listed([...signed('+', added), ...signed('-', removed)]);
}
