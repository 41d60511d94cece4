/** `--json` with chosen fields: which words are fields, and which fields the output of a command has. */
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { schemaText } from './schema-text.ts';
import type { JsonFilter } from '../terminal/json-filter.ts';

const FIELDS = /^[a-z]\w*(?:\.\w+)*(?:,[a-z]\w*(?:\.\w+)*)*$/i;

/** What is asked of the JSON of a command. */
export interface Filtering {
  fields?: string[];
  jq?: string;
  output: 'document' | 'lines';
  /** Of the command. */
  names: string[];
  warn: (sentence: Text) => void;
}

/** Throws USAGE for a field that is none of the command's, and for what is no jq expression. */
export async function filterOf({ fields, jq, output, names, warn }: Filtering): Promise<JsonFilter> {
  const { createJsonFilter } = await import('../terminal/json-filter.ts');
  if (fields) checkFields(fields, names);
  if (output === 'document') return createJsonFilter({ fields, jq });
  // A line says by its type what it is; one that fails is told at once, and the next one may not.
  return createJsonFilter({ fields: fields && [...new Set(['type', ...fields])], jq, onFailure: warn });
}

export interface Asked {
  argv: string[];
  fields?: string[];
}

/**
 * Takes the fields out of the command line. `--json=a,b` always names fields; a word after `--json` does if it has a
 * comma and each of its parts is a field of the command.
 */
export function takeFields(argv: string[], operandsOf: (argv: string[]) => string[]): Asked {
  const at = argv.findIndex((word) => word.startsWith('--json='));
  if (at >= 0) {
    const fields = (argv[at] ?? '').slice('--json='.length).split(',').filter(Boolean);
    return { argv: argv.with(at, '--json'), fields };
  }
  const { word, rest } = afterJson(argv);
  if (!word?.includes(',')) return { argv };
  const names = commandIn(operandsOf(rest));
  return areFields(word, names) ? { argv: rest, fields: word.split(',') } : { argv };
}

/** The command line with `--json=word`, where the word after `--json` is a field; otherwise undefined. */
export function asField(argv: string[], names: readonly string[]): string[] | undefined {
  const { word, rest, at } = afterJson(argv);
  return word !== undefined && areFields(word, names) ? rest.with(at, `--json=${word}`) : undefined;
}

function afterJson(argv: string[]): { word?: string; rest: string[]; at: number } {
  const at = argv.indexOf('--json');
  const word = at < 0 ? undefined : argv[at + 1];
  if (word === undefined || !FIELDS.test(word)) return { rest: argv, at };
  return { word, rest: argv.toSpliced(at + 1, 1), at };
}

/** A noun and its verb, or a command of one word. */
function commandIn(operands: string[]): string[] {
  const names = operands.slice(0, 2).filter((name) => /^[a-z-]+$/.test(name));
  return [names, names.slice(0, 1)].find((each) => each.length > 0 && schemaText(fileOf(each)) !== undefined) ?? [];
}

/** The schema of `wxop accounts list` is `accounts-list`. */
const fileOf = (names: readonly string[]): string => names.join('-');

const areFields = (word: string, names: readonly string[]): boolean =>
  schemaText(fileOf(names)) !== undefined &&
  word.split(',').every((field) => has(readSchema(names), field.split('.'), true));

function checkFields(fields: readonly string[], names: readonly string[]): void {
  const schema = readSchema(names);
  const unknown = fields.find((field) => !has(schema, field.split('.'), false));
  if (fields.length > 0 && unknown === undefined) return;
  const known = [...new Set(objectsOf(schema).flatMap(({ properties = {} }) => Object.keys(properties)))].join(', ');
  const command = `wxop ${names.join(' ')}`;
  throw new WxopError(
    'USAGE',
    unknown === undefined
      ? text('--json= takes field names, with commas between them.', '--json= 后须为字段名，以逗号分隔。')
      : text(`The output of \`${command}\` has no field '${unknown}'.`, `\`${command}\` 的输出没有字段 '${unknown}'。`),
    { hint: text(`Its fields: ${known}`, `字段：${known}`) },
  );
}

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  $defs?: Record<string, Schema>;
}

const parseFile = (name: string): Schema => JSON.parse(schemaText(name) ?? '{}') as Schema;

/** With the references to other schemas put in their place where they are asked for. */
function readSchema(names: readonly string[]): Resolved {
  return { schema: parseFile(fileOf(names)), root: fileOf(names) };
}

interface Resolved {
  schema: Schema;
  /** The file that its references are relative to. */
  root: string;
}

function follow({ schema, root }: Resolved): Resolved {
  if (schema.$ref === undefined) return { schema, root };
  const [file = '', pointer = ''] = schema.$ref.split('#');
  const path = file ? file.replace(/\.json$/, '') : root;
  const name = pointer.replace('/$defs/', '');
  const document = parseFile(path);
  return follow({ schema: (name ? document.$defs?.[name] : document) ?? {}, root: path });
}

/** The objects that a value of this schema may be: rows of an array, and each kind of a line. */
function objectsIn(one: Resolved): Resolved[] {
  const { schema, root } = follow(one);
  const below = [...(schema.items ? [schema.items] : []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [{ schema, root }, ...below.flatMap((each) => objectsIn({ schema: each, root }))];
}

const objectsOf = (one: Resolved): Schema[] => objectsIn(one).map(({ schema }) => schema);

/** `isCertain`: what WeChat's own documents may have besides does not count. */
function has(one: Resolved, [name, ...rest]: string[], isCertain: boolean): boolean {
  if (name === undefined) return true;
  return objectsIn(one).some(({ schema: { properties = {}, additionalProperties }, root }) => {
    if (Object.hasOwn(properties, name)) return has({ schema: properties[name] ?? {}, root }, rest, isCertain);
    if (typeof additionalProperties === 'object') return has({ schema: additionalProperties, root }, rest, isCertain);
    return additionalProperties === true && !isCertain;
  });
}
