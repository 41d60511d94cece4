/** What JSON calls an object, before anyone has looked at its values. */
export type Json = Record<string, unknown>;

/** True for an object of JSON: no list, not null. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value where it is an object, an empty one otherwise. */
export const asObject = (value: unknown): Json => (isObject(value) ? value : {});
