/** Reads a release script, JSON with comments, and says where it is wrong. */
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { en, text, zh } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { FAULT_KINDS } from '../../sandbox-options.ts';
import { ACCOUNT_CALLS, callName, COMPONENT_CALLS } from '../answers/release-calls.ts';
import { RELEASE_QUIRKS, type ReleaseScript, type ScriptedTemplate } from './release-script.ts';
import { either, isCount, isFlag, isText, listOf, objectOf, oneOf, recordOf, type Shape } from './shape.ts';

/** The script itself, or its text. Throws USAGE. */
export function readReleaseScript(given: ReleaseScript | string): ReleaseScript {
  const script: unknown = typeof given === 'string' ? parseScript(given) : given;
  const place = SCRIPT(script, '');
  if (place !== undefined) throw badPlace(place);
  return script as ReleaseScript;
}

function parseScript(written: string): unknown {
  const errors: ParseError[] = [];
  const script: unknown = parse(written.replace(/^\ufeff/, ''), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) throw noJson(written, first);
  return script;
}

const template: Shape = objectOf(
  {
    version: isText,
    description: isText,
    sourceAppId: isText,
    pages: listOf(isText),
    subPackages: listOf(objectOf({ root: isText, pages: listOf(isText) }, ['root', 'pages'])),
    tabs: listOf(isText),
    uses: listOf(isText),
    requiredPrivateInfos: listOf(isText),
    jumps: isFlag,
    fault: oneOf('broken', 'too-large'),
    type: oneOf(0, 1),
  },
  ['version'],
);

const audit: Shape = (value, path) =>
  objectOf(
    {
      outcome: oneOf('pass', 'reject', 'delay', 'person'),
      after: isCount,
      reason: isText,
      screenshots: listOf(isText),
      then: audit,
    },
    ['outcome'],
  )(value, path);

const CALL_NAMES = [...Object.keys(COMPONENT_CALLS), ...Object.keys(ACCOUNT_CALLS)].map(callName);
const isNumber = (value: unknown): boolean => typeof value === 'number';

const account: Shape = objectOf({
  sets: listOf(isCount),
  detection: isCount,
  upload: isCount,
  audit: either(Array.isArray, listOf(audit), audit),
  events: either(
    (value) => typeof value === 'string',
    oneOf('once', 'twice', 'never'),
    objectOf({ late: isCount, times: isCount }, ['late']),
  ),
  calls: recordOf(listOf(either(isNumber, () => undefined, oneOf('ok', ...FAULT_KINDS))), (name) =>
    CALL_NAMES.includes(name),
  ),
  latest: objectOf({ missing: isCount, previous: isCount }),
  revokedAfter: oneOf(...CALL_NAMES),
  named: isFlag,
  rename: objectOf({ outcome: oneOf('pass', 'reject'), after: isCount, nickname: isText, reason: isText }, ['outcome']),
  violations: listOf(objectOf({ reason: isText, content: isText, after: isCount, suspends: isFlag }, ['reason'])),
  game: isFlag,
  personal: isFlag,
  categories: listOf(objectOf({ name: isText, state: oneOf(1, 2, 3, 'withdrawn') }, ['name'])),
  guide: isFlag,
  domains: isFlag,
  rights: listOf(isText),
  application: objectOf({ outcome: oneOf('pass', 'reject'), after: isCount, reason: isText }, ['outcome']),
  plugins: listOf(isText),
  quirks: listOf(oneOf(...RELEASE_QUIRKS)),
});

const SCRIPT: Shape = objectOf({
  quota: objectOf({ limit: isCount, rest: isCount, speedupLimit: isCount, speedupRest: isCount }),
  templates: listOf(template),
  drafts: listOf(template),
  accounts: recordOf(account, (name) => name === '*' || /^wx[0-9a-f]{16}$/.test(name)),
});

/** A draft as a development mini program uploads it; throws USAGE. */
export function checkTemplate(given: ScriptedTemplate): ScriptedTemplate {
  const place = template(given, '');
  if (place !== undefined) throw badPlace(place);
  return given;
}

const badPlace = (place: string): WxopError =>
  new WxopError('USAGE', text(`The release script is wrong at ${place}.`, `发布脚本有误：${place}。`), {
    hint: text('docs/sandbox.md lists what it may say.', '可用的写法见 docs/zh/sandbox.md。'),
  });

const noJson = (written: string, { error, offset }: ParseError): WxopError => {
  const before = written.slice(0, offset).split('\n');
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  const found = printParseErrorCode(error);
  return new WxopError(
    'USAGE',
    text(
      en`The release script is not JSON: ${found}, line ${line}, column ${column}.`,
      zh`发布脚本不是 JSON：${found}，第 ${line} 行第 ${column} 列。`,
    ),
    { hint: text('It may contain comments and trailing commas.', '其中可以有注释和尾随逗号。') },
  );
};
