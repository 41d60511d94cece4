/** The categories of a mini program: those that an audit takes, and the state of the others. Only reads. */
import { getCategories, type CategoryState } from '../protocol/calls/mini-program/category-endpoints.ts';
import { getCodeCategories } from '../protocol/calls/release/code-endpoints.ts';
import { isError } from '../sentences/wxop-error.ts';
import type { HolderCall } from '../wechat-api/call.ts';

export interface ReadCategory {
  /** `一级-二级`, or with a third level. */
  name: string;
  ids: number[];
  state: CategoryState;
  /** Whether the form of an audit may name it. */
  isUsable: boolean;
  /** Of a rejection. */
  reason: string;
}

/** Permission set 30 (基本信息设置) was not granted. */
const NOT_GRANTED = [48001, 61007];

/** `isComplete`: without permission set 30 only those are seen that an audit takes. */
export async function readCategories(call: HolderCall): Promise<{ categories: ReadCategory[]; isComplete: boolean }> {
  const usable = (await call(getCodeCategories, undefined)).map((one): ReadCategory => {
    const names = [one.first_class, one.second_class, one.third_class].filter(Boolean);
    const ids = [one.first_id, one.second_id, one.third_id].filter((id) => id !== undefined);
    return { name: names.join('-'), ids, state: 'approved', isUsable: true, reason: '' };
  });
  const all = await call(getCategories, undefined).catch((error: unknown) => {
    if (NOT_GRANTED.some((errcode) => isError(error, 'PLATFORM_REFUSED', errcode))) return undefined;
    throw error;
  });
  const isKnown = (firstName: string, secondName: string): boolean =>
    usable.some(({ name }) => `${name}-`.startsWith(`${firstName}-${secondName}-`));
  const others = (all ?? [])
    .filter(({ firstName, secondName }) => !isKnown(firstName, secondName))
    .map(({ firstId, secondId, firstName, secondName, state, reason }): ReadCategory => ({
      name: [firstName, secondName].filter((name) => name !== '').join('-'),
      ids: [firstId, secondId].filter((id) => id !== undefined),
      state,
      isUsable: false,
      reason,
    }));
  return { categories: [...usable, ...others], isComplete: all !== undefined };
}
