/** What a listener's `/healthz` tells of whose it is. */
import { asObject, type Json } from '../runtime/json-object.ts';

/** The stores that a listener is on: several where it is of several components. Undefined if something else answers. */
export function healthIn(body: string): { storeIds: string[] } | undefined {
  let document: Json;
  try {
    document = asObject(JSON.parse(body));
  } catch {
    return undefined;
  }
  const { components } = document;
  const documents = Array.isArray(components) ? components.map(asObject) : [document];
  const storeIds = documents.flatMap(({ storeId }) => (typeof storeId === 'string' ? [storeId] : []));
  return storeIds.length > 0 ? { storeIds } : undefined;
}
