/** Reads the fields of a plan's source; each throws USAGE at the place of a value that is of another kind. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { closestName } from '../../sentences/closest-name.ts';
import { parseDuration } from '../../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import type { Path, PlacedDocument } from './placed-document.ts';

export interface PlanFields extends PlacedDocument {
  text(name: string): string | undefined;
  /** A whole number of at least `least`. */
  count(name: string, least: number, fallback?: number): number;
  /** An empty object where it is not there. */
  object(path: Path, value: unknown): Json;
  choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice;
  flag(name: string, fallback: boolean): boolean;
  names(name: string): string[];
  /** Milliseconds. */
  duration(path: Path, value: unknown, fallback: number): number;
  /** For values of forms that only one field has. */
  wrong(path: Path, expected: Text): never;
  unknown(path: Path, known?: readonly string[]): never;
}

export function createPlanFields(document: PlacedDocument): PlanFields {
  const { whole, fail } = document;
  const wrong = (path: Path, expected: Text): never => fail(path, mustBe(path.join('.'), expected));

  return {
    ...document,
    wrong,
    unknown(path, known = []) {
      const near = closestName(String(path.at(-1)), known);
      return fail(path, unknownField(String(path.at(-1))), near ? didYouMean(near) : undefined);
    },
    text(name) {
      const value = whole[name];
      if (value === undefined || value === null) return undefined;
      // 2.10 would be 2.1.
      if (typeof value === 'number') return fail([name], quoteIt(name));
      return typeof value === 'string' ? value : wrong([name], A_TEXT);
    },
    count(name, least, fallback) {
      const value = whole[name] ?? fallback;
      return Number.isSafeInteger(value) && (value as number) >= least
        ? (value as number)
        : wrong([name], text(`a whole number of at least ${least}`, `不小于 ${least} 的整数`));
    },
    object(path, value) {
      if (value === undefined || value === null) return {};
      return isObject(value) ? value : wrong(path, AN_OBJECT);
    },
    choice(name, choices, fallback) {
      const value = whole[name] ?? fallback;
      return choices.find((one) => one === value) ?? wrong([name], text(choices.join(' | '), choices.join(' | ')));
    },
    flag(name, fallback) {
      const value = whole[name] ?? fallback;
      return typeof value === 'boolean' ? value : wrong([name], text('true or false', 'true 或 false'));
    },
    names(name) {
      const value = whole[name] ?? [];
      return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : wrong([name], A_LIST);
    },
    duration(path, value, fallback) {
      if (value === undefined) return fallback;
      const written = typeof value === 'number' ? String(value) : value;
      return (typeof written === 'string' ? parseDuration(written) : undefined) ?? wrong(path, A_DURATION);
    },
  };
}

const A_TEXT = text('a text', '字符串');
const AN_OBJECT = text('an object', '对象');
const A_LIST = text('a list of accounts', '帐号列表');
const A_DURATION = text('a duration such as 60s or 10m', '时长，如 60s、10m');
const unknownField = (name: string): Text =>
  text(en`${name} is not a field of this file.`, zh`${name} 不是该文件的字段。`);
const didYouMean = (near: string): Text => text(en`Did you mean ${near}?`, zh`是否想用 ${near}？`);
const mustBe = (name: string, what: Text): Text => text(en`${name} must be ${what}.`, zh`${name} 必须是${what}。`);
const quoteIt = (name: string): Text =>
  text(en`${name} must be a text: write it in quotes.`, zh`${name} 必须是字符串，请加引号。`);
