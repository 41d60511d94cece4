/** The ext_json of one mini program of a plan: common and own values, checked, with faults at their place in the file. */
import type { AppPages } from '../../../release/ext-json/app-pages.ts';
import { checkExtJson } from '../../../release/ext-json/check-ext-json.ts';
import { mergeExtJson } from '../../../release/ext-json/merge-ext-json.ts';
import type { PlanSource, SourceAccount } from '../../../release/plans/plan-source.ts';
import { isObject, type Json } from '../../../runtime/json-object.ts';
import { en, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';

export interface PlannedExtJsonOptions {
  source: PlanSource;
  file: string;
  pages: AppPages | undefined;
  isStandard: boolean;
  /** Told of what is doubtful, once for each place. */
  warn: (sentence: Text) => void;
}

/** Gives for each mini program what is sent for it. Throws EXT_JSON_INVALID. */
export function createExtJsonPlanner({ source, file, pages, isStandard, warn }: PlannedExtJsonOptions) {
  const warned = new Set<string>();
  return (appId: string, { extJson, path }: Pick<SourceAccount, 'extJson' | 'path'>): Json => {
    const merged: Json = { extAppid: appId, ...mergeExtJson(source.extJson, extJson) };
    const { document, problems } = checkExtJson(JSON.stringify(merged), {
      appId,
      isStandard,
      ...(pages && { pages }),
    });
    const placeOf = (written: string): string => {
      const steps = stepsOf(merged, written);
      const isOwn = has(extJson, steps) || (!has(source.extJson, steps) && has(extJson, steps.slice(0, 1)));
      return `${file}:${source.placeOf([...(isOwn ? path : ['extJson']), ...steps])}`;
    };
    for (const problem of problems) {
      const place = placeOf(problem.path);
      if (problem.severity === 'error') {
        throw new WxopError(
          'EXT_JSON_INVALID',
          text(en`${place}: ${problem.message} (for ${appId})`, zh`${place}：${problem.message}（帐号 ${appId}）`),
          { hint: problem.hint ?? NO_PLAN, ...(problem.errcode !== undefined && { errcode: problem.errcode }) },
        );
      }
      if (warned.has(place)) continue;
      warned.add(place);
      warn(text(en`${place}: ${problem.message}`, zh`${place}：${problem.message}`));
    }
    return document ?? merged;
  };
}

type Step = string | number;

/** `extPages.pages/a.b/c` as steps: names may contain dots. */
function stepsOf(document: unknown, written: string): Step[] {
  const item = /^\[(\d+)\]\.?/.exec(written);
  if (item && Array.isArray(document)) {
    const index = Number(item[1]);
    return [index, ...stepsOf(document[index], written.slice(item[0].length))];
  }
  if (!isObject(document)) return [];
  const name = Object.keys(document)
    .filter((one) => written === one || written.startsWith(`${one}.`) || written.startsWith(`${one}[`))
    .sort((one, other) => other.length - one.length)[0];
  return name === undefined ? [] : [name, ...stepsOf(document[name], written.slice(name.length).replace(/^\./, ''))];
}

function has(document: unknown, [first, ...others]: readonly Step[]): boolean {
  if (first === undefined) return document !== undefined;
  if (Array.isArray(document)) return has(document[Number(first)], others);
  return isObject(document) && Object.hasOwn(document, first) && has(document[first], others);
}

const NO_PLAN = text('No plan was written: correct the file.', '未生成计划，请修改文件。');
