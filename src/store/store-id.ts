/** The random id by which programs recognize that they use the same store. */
import { isError } from '../sentences/wxop-error.ts';
import type { Records, Stored } from './store.ts';

type Id = Records['store'];

export async function storeId(
  read: () => Promise<Stored<Id> | undefined>,
  write: (value: Id) => Promise<Stored<Id>>,
): Promise<string> {
  const stored = await read();
  if (stored) return stored.value.id;
  // Loaded where it is needed: a cached token, which every script asks for, is read without it.
  const { randomBytes } = await import('node:crypto');
  try {
    return (await write({ id: randomBytes(12).toString('hex') })).value.id;
  } catch (error) {
    if (isError(error, 'STORE_CONFLICT')) return storeId(read, write);
    throw error;
  }
}
