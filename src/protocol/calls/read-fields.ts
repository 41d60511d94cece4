/** A JSON body from `name=value`, as `gh api` reads it: `a[b]=1` nests, `a[]=1` appends. */
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Json } from '../../runtime/json-object.ts';

export type Value = string | number | boolean | null;
type Node = { [name: string]: Node } | Node[] | Value;

/** Splits at the first `=`. Throws USAGE where there is none. */
export function pair(written: string, flag: string): [name: string, value: string] {
  const at = written.indexOf('=');
  if (at > 0) return [written.slice(0, at), written.slice(at + 1)];
  throw new WxopError('USAGE', text(`${flag} ${written}: it has no value.`, `${flag} ${written}：缺少值。`), {
    hint: text(`Write it as ${flag} name=value.`, `格式为 ${flag} name=value。`),
  });
}

/** Whole numbers, true, false and null are what they look like; everything else is text. */
export function typed(value: string): Value {
  if (value === 'true') return true;
  if (value === 'false') return false;
  if (value === 'null') return null;
  // A number that JSON would round is an id, not an amount.
  return /^-?(?:0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Throws USAGE for names that contradict each other. */
export function bodyOfFields(fields: [name: string, value: Value][]): Json {
  // No prototype: `__proto__` is a name like any other.
  const body = Object.create(null) as Record<string, Node>;
  for (const [name, value] of fields) {
    const [, first, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
    if (first === undefined) throw contradiction(name);
    const steps = [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map(([, step = '']) => step)];
    put(body, steps, value, name);
  }
  return body;
}

function put(within: Record<string, Node>, steps: string[], value: Value, name: string): void {
  let node: Node = within;
  steps.forEach((step, index) => {
    const isLast = index === steps.length - 1;
    const fresh = (): Node => (steps[index + 1] === '' ? [] : (Object.create(null) as Node));
    if (Array.isArray(node) !== (step === '')) throw contradiction(name);
    if (typeof node !== 'object' || node === null) throw contradiction(name);
    if (Array.isArray(node)) {
      const added: Node = isLast ? value : fresh();
      node.push(added);
      node = added;
    } else {
      if (isLast && step in node) throw contradiction(name);
      node = node[step] ??= isLast ? value : fresh();
    }
  });
}

const contradiction = (name: string): WxopError =>
  new WxopError('USAGE', text(`The field ${name} does not fit the others.`, `字段 ${name} 与其他字段冲突。`), {
    hint: text(
      'name=value, name[inner]=value, or name[]=value.',
      '格式为 name=value、name[inner]=value 或 name[]=value。',
    ),
  });
