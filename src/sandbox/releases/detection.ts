/** The detection of location interfaces, which starts with every commit. */
import { ApiRefusal } from '../api-refusal.ts';
import type { MiniProgram } from './mini-program.ts';

/** Milliseconds. */
export const DETECTION = 3_000;

/** As get_code_privacy_info names them; throws 61040 for a finding where it must be without. */
export function detectionLists(
  { trial, rights }: MiniProgram,
  mustBeClean: boolean,
): { without_auth_list: string[]; without_conf_list: string[] } {
  const { uses = [], declared = [] } = trial ?? {};
  const wanted = [...new Set([...uses, ...declared])];
  const withoutRight = wanted.filter((name) => !rights.has(name)).map(prefixed);
  const undeclared = uses.filter((name) => rights.has(name) && !declared.includes(name)).map(prefixed);
  if (mustBeClean && withoutRight.length > 0) {
    throw new ApiRefusal(61040, `ext.json配置的隐私接口${withoutRight.join(',')}无权限，请申请权限后再提交审核`);
  }
  if (mustBeClean && undeclared.length > 0) {
    throw new ApiRefusal(61040, `代码中含有ext.json未配置隐私接口${undeclared.join(',')}`);
  }
  return { without_auth_list: withoutRight, without_conf_list: undeclared };
}

const prefixed = (name: string): string => `wx.${name}`;
