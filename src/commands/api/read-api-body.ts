/** What `wxop api` sends: JSON as it was written, fields, or a form with a file. */
import { basename } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { withComponent } from '../../protocol/calls/call-address.ts';
import { bodyOfFields, pair, typed, type Value } from '../../protocol/calls/read-fields.ts';
import { multipart } from '../../protocol/calls/multipart.ts';
import { decodeText } from '../../runtime/decode-text.ts';
import { readInput } from '../files.ts';

export interface BodyFlags {
  data?: string;
  field: string[];
  rawField: string[];
  upload?: string;
}

export interface ApiBody {
  body?: string | Uint8Array;
  contentType?: string;
}

const fieldsIn = ({ field, rawField }: BodyFlags): number => field.length + rawField.length;

export const hasBody = (flags: BodyFlags): boolean =>
  flags.data !== undefined || flags.upload !== undefined || fieldsIn(flags) > 0;

interface Target {
  method: string;
  path: string;
  /** Fields of a GET are added to it. */
  query: URLSearchParams;
  componentAppId: () => string;
}

/** Reads the files that are named. Throws USAGE for flags that exclude each other. */
export async function readApiBody(context: Context, flags: BodyFlags, target: Target): Promise<ApiBody> {
  const { method, path, query, componentAppId } = target;
  if (flags.data !== undefined && (flags.upload !== undefined || fieldsIn(flags) > 0)) {
    throw usage('--data is the whole body already.', '--data 已是完整的正文。');
  }
  const fields = await readFields(context, flags);
  if (method === 'GET' || method === 'HEAD') {
    if (flags.data !== undefined || flags.upload !== undefined)
      throw usage(`A ${method} has no body.`, `${method} 没有正文。`);
    for (const [name, value] of fields) query.append(name, String(value));
    return {};
  }
  if (flags.upload !== undefined) {
    const [name, place] = pair(flags.upload, '--upload');
    const content = await readInput(place.replace(/^@/, ''));
    const file = { name, value: { fileName: basename(place.replace(/^@/, '')), content } };
    const texts = fields.map(([field, value]) => ({ name: field, value: String(value) }));
    return multipart([...texts, file]);
  }
  if (flags.data !== undefined) {
    return { body: withComponent(await readData(context, flags.data), path, componentAppId) };
  }
  return { body: withComponent(JSON.stringify(bodyOfFields(fields)), path, componentAppId) };
}

async function readFields(context: Context, { field, rawField }: BodyFlags): Promise<[string, Value][]> {
  const fields: [string, Value][] = rawField.map((written) => pair(written, '--raw-field'));
  for (const written of field) {
    const [name, value] = pair(written, '--field');
    fields.push([name, value.startsWith('@') ? await readData(context, value) : typed(value)]);
  }
  return fields;
}

/** Text itself, `@file`, or `-` and `@-` for stdin. */
async function readData(context: Context, written: string): Promise<string> {
  if (written === '-' || written === '@-') return context.stdin.text();
  return written.startsWith('@') ? decodeText(await readInput(written.slice(1))) : written;
}

const usage = (en: string, zh: string): WxopError =>
  new WxopError('USAGE', text(en, zh), { hint: text('See `wxop api --help`.', '请查看 `wxop api --help`。') });
