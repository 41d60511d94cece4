/** Lays a merchant's own ext_json over the one that all have in common. */
import { isObject, type Json } from '../../runtime/json-object.ts';

/** The second over the first: objects member by member, everything else as a whole. */
export function mergeExtJson(common: Json, own: Json): Json {
  const merged: Json = { ...common };
  for (const [name, value] of Object.entries(own)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? mergeExtJson(before, value) : value;
  }
  return merged;
}
