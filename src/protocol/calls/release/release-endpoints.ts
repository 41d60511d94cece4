/**
 * What the users of a mini program get: releasing, going back, and suspending.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序代码管理 (release, revertcoderelease, change_visitstatus, getvisitstatus).
 */
import type { Endpoint } from '../endpoints.ts';
import { listField, neededNumber, numberField, textField } from './answer-fields.ts';

/** Puts the latest approved version online; there is no argument to choose it. The second time 85052. */
export const releaseCode: Endpoint<void, void> = {
  method: 'POST',
  path: '/wxa/release',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: () => ({}),
  read: () => undefined,
};

/** A version that was online before. */
export interface EarlierVersion {
  appVersion: number;
  version: string;
  description: string;
  /** Unix seconds. */
  committedAt?: number;
}

/** Without its `action` the same path reverts. */
export const getEarlierVersions: Endpoint<void, EarlierVersion[]> = {
  method: 'GET',
  path: '/wxa/revertcoderelease',
  tokenOf: 'account',
  repeatable: true,
  query: () => ({ action: 'get_history_version' }),
  write: () => ({}),
  read: (document) =>
    listField(document, 'version_list').map((one) => {
      const committedAt = numberField(one, 'commit_time');
      return {
        appVersion: neededNumber(one, 'app_version'),
        version: textField(one, 'user_version'),
        description: textField(one, 'user_desc'),
        ...(committedAt && { committedAt }),
      };
    }),
};

/** Each time one step further back where it is not told how far: it always is. */
export const revertRelease: Endpoint<{ appVersion: number }, void> = {
  method: 'GET',
  path: '/wxa/revertcoderelease',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-only',
  query: ({ appVersion }) => ({ app_version: String(appVersion) }),
  write: () => ({}),
  read: () => undefined,
};

export type VisitAction = 'open' | 'close';

export const changeVisitStatus: Endpoint<{ action: VisitAction }, void> = {
  method: 'POST',
  path: '/wxa/change_visitstatus',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: ({ action }) => ({ action }),
  read: () => undefined,
};

/** False where it is suspended, by the component or as a punishment. */
export const getVisitStatus: Endpoint<void, { isOpen: boolean }> = {
  method: 'POST',
  path: '/wxa/getvisitstatus',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => ({ isOpen: neededNumber(document, 'status') === 1 }),
};
