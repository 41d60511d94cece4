/** What a value must look like: a shape gives the path of the first place that does not, or undefined. */
import { isObject } from '../../../runtime/json-object.ts';

export type Shape = (value: unknown, path: string) => string | undefined;

const test =
  (fits: (value: unknown) => boolean): Shape =>
  (value, path) =>
    fits(value) ? undefined : path || '.';

export const isText = test((value) => typeof value === 'string');
export const isFlag = test((value) => typeof value === 'boolean');
export const isCount = test((value) => Number.isInteger(value) && (value as number) >= 0);
export const oneOf = (...allowed: readonly unknown[]): Shape => test((value) => allowed.includes(value));

export const listOf =
  (item: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? first(value, (one, index) => item(one, `${path}[${index}]`)) : path;

/** Any names; what is under each has this shape. */
export const recordOf =
  (item: Shape, isName: (name: string) => boolean = () => true): Shape =>
  (value, path) =>
    isObject(value)
      ? first(Object.entries(value), ([name, one]) => (isName(name) ? item(one, at(path, name)) : at(path, name)))
      : path;

/** These names and no others. */
export const objectOf =
  (fields: Record<string, Shape>, required: string[] = []): Shape =>
  (value, path) => {
    if (!isObject(value)) return path || '.';
    const missing = required.find((name) => value[name] === undefined);
    if (missing !== undefined) return at(path, missing);
    return first(Object.entries(value), ([name, one]) => {
      const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return shape && one !== undefined ? shape(one, at(path, name)) : shape ? undefined : at(path, name);
    });
  };

/** The first shape where the value is of this type, the second otherwise. */
export const either =
  (isFirst: (value: unknown) => boolean, one: Shape, other: Shape): Shape =>
  (value, path) =>
    (isFirst(value) ? one : other)(value, path);

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function first<Item>(items: Item[], faultOf: (item: Item, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
