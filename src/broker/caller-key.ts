/**
 * A key as a caller holds it: `wxop_<component appid>_<name>_<43 random characters>`. Its name leads to its record, and the
 * appid spares the caller another setting.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface CallerKey {
  componentAppId: string;
  name: string;
}

const SHAPE = /^wxop_(wx[0-9a-f]{16})_([a-z0-9][a-z0-9-]{0,39})_[\w-]{43}$/;

/** Undefined for what is no key. */
export function readCallerKey(key: string): CallerKey | undefined {
  const [, componentAppId, name] = SHAPE.exec(key) ?? [];
  return componentAppId === undefined || name === undefined ? undefined : { componentAppId, name };
}

export const newCallerKey = ({ componentAppId, name }: CallerKey): string =>
  `wxop_${componentAppId}_${name}_${randomBytes(32).toString('base64url')}`;

/** 256 random bits need no salt and no slow digest. */
export const keyDigest = (key: string): string => hash('sha256', key, 'base64');

/** In a time that does not depend on where they differ. */
export const isSameDigest = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
