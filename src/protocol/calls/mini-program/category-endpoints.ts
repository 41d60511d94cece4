/**
 * Categories (类目) of a merchant's mini program with the state of their audits.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序类目管理 (getcategory).
 */
import type { Endpoint } from '../endpoints.ts';
import { listField, numberField, textField } from '../release/answer-fields.ts';

const STATES: Record<number, 'inAudit' | 'rejected' | 'approved'> = { 1: 'inAudit', 2: 'rejected', 3: 'approved' };
export type CategoryState = 'inAudit' | 'rejected' | 'approved' | 'unknown';

export interface SetCategory {
  firstId?: number;
  firstName: string;
  secondId?: number;
  secondName: string;
  state: CategoryState;
  reason: string;
}

/** Needs permission set 30. */
export const getCategories: Endpoint<void, SetCategory[]> = {
  method: 'GET',
  path: '/cgi-bin/wxopen/getcategory',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) =>
    listField(document, 'categories').map((one) => {
      const [firstId, secondId] = [numberField(one, 'first'), numberField(one, 'second')];
      return {
        ...(firstId !== undefined && { firstId }),
        firstName: textField(one, 'first_name'),
        ...(secondId !== undefined && { secondId }),
        secondName: textField(one, 'second_name'),
        state: STATES[numberField(one, 'audit_status') ?? 0] ?? 'unknown',
        reason: textField(one, 'audit_reason'),
      };
    }),
};
