/** The text of a menu file as a tree in which everything knows its place, and what is wrong with it as JSON. */
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { text, type Text } from '../../sentences/text.ts';
import { doubtful, wrong, type MenuFault, type Report } from './fault.ts';

/** A value of the document and its place. */
export interface Spot {
  /** `button[1].sub_button[0].name`; empty for the whole document. */
  path: string;
  offset: number;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** Of a text, a number, true or false. */
  value?: unknown;
  /** Of an object; if a name occurs twice, the later one. */
  fields: Map<string, Spot>;
  /** Of a list. */
  items: Spot[];
}

export interface Document {
  /** What offsets count in: the text without its byte order mark. */
  source: string;
  /** Undefined when the text is no JSON. */
  root?: Spot;
}

/** A menu has four levels of brackets; the parser must not run out of stack on a hostile file. */
const DEEPEST = 64;

/** Reads a file's bytes or its text. */
export function readJson(given: string | Uint8Array, report: Report): Document {
  const decoded = typeof given === 'string' ? given : decode(given, report);
  if (typeof decoded !== 'string') return decoded;
  const source = decoded.replace(/^\ufeff/, '');
  const start = { path: '', offset: 0 };
  if (source !== decoded) {
    report(start, BYTE_ORDER_MARK);
  }
  if (source.trim() === '') {
    report(start, wrong('json', text('The file is empty.', '文件为空。'), { errcode: 44002 }));
    return { source };
  }
  const deep = depthExceeded(source);
  if (deep !== undefined) {
    report({ path: '', offset: deep }, wrong('json', TOO_DEEP, { errcode: 47001 }));
    return { source };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: true });
  const [first] = errors;
  if (first || !tree) {
    report({ path: '', offset: first?.offset ?? 0 }, syntaxFault(source, first));
    return { source };
  }
  reportEscapes(source, report);
  return { source, root: spotOf(tree, '', report) };
}

const BYTE_ORDER_MARK = doubtful(
  'byte-order-mark',
  text('The file begins with a byte order mark; wxop leaves it out.', '文件以 BOM 开头；wxop 会将其略去。'),
  {
    errcode: 47001,
    hint: text(
      'Save it as UTF-8 without BOM: other tools stumble over it.',
      '请存为无 BOM 的 UTF-8：其他工具可能出错。',
    ),
  },
);
const TOO_DEEP = text('Brackets are nested too deep for a menu.', '括号嵌套过深。');

/** Bytes that are not UTF-8 are reported at the place of the first. */
function decode(bytes: Uint8Array, report: Report): string | Document {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const loose = new TextDecoder('utf-8').decode(bytes);
    const at = { path: '', offset: Math.max(0, loose.indexOf('\ufffd')) };
    const hint = text('Save it as UTF-8 (it may be GBK or UTF-16).', '请存为 UTF-8（可能是 GBK 或 UTF-16）。');
    report(at, wrong('encoding', text('The file is not UTF-8.', '文件不是 UTF-8 编码。'), { errcode: 65318, hint }));
    return { source: loose };
  }
}

// The scanner's numbers; the enumeration itself exists only for the compiler.
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, STRING, END] = [1, 2, 3, 4, 10, 17];

function* tokensOf(source: string): Generator<{ kind: number; offset: number; written: string }> {
  const scanner = createScanner(source, true);
  for (let kind: number = scanner.scan(); kind !== END; kind = scanner.scan()) {
    const offset = scanner.getTokenOffset();
    yield { kind, offset, written: source.slice(offset, offset + scanner.getTokenLength()) };
  }
}

function depthExceeded(source: string): number | undefined {
  let depth = 0;
  for (const { kind, offset } of tokensOf(source)) {
    if (kind === OPEN_BRACE || kind === OPEN_BRACKET) depth++;
    else if (kind === CLOSE_BRACE || kind === CLOSE_BRACKET) depth--;
    if (depth > DEEPEST) return offset;
  }
  return undefined;
}

const SYNTAX: Record<string, Text> = {
  InvalidSymbol: text('This is no JSON value.', '不是合法的 JSON 值。'),
  InvalidNumberFormat: text('This number is not written as JSON has it.', '数字格式不正确。'),
  PropertyNameExpected: text('The name of a field is missing here, in double quotes.', '此处缺少双引号括起的字段名。'),
  ValueExpected: text('A value is missing here.', '此处缺少值。'),
  ColonExpected: text('A colon is missing here.', '此处缺少冒号。'),
  CommaExpected: text('A comma is missing here.', '此处缺少逗号。'),
  CloseBraceExpected: text('The closing } is missing.', '缺少右花括号 }。'),
  CloseBracketExpected: text('The closing ] is missing.', '缺少右方括号 ]。'),
  EndOfFileExpected: text('The document is over, but something follows.', '文档已结束，但后面仍有内容。'),
  InvalidCommentToken: text('JSON has no comments.', 'JSON 不支持注释。'),
  UnexpectedEndOfComment: text('JSON has no comments.', 'JSON 不支持注释。'),
  UnexpectedEndOfString: text('The closing quote is missing in this line.', '此行缺少右引号。'),
  UnexpectedEndOfNumber: text('This number is not complete.', '数字不完整。'),
  InvalidUnicode: text('After \\u come four hexadecimal digits.', '\\u 之后须为四位十六进制数字。'),
  InvalidEscapeCharacter: text('This backslash escapes nothing that JSON knows.', '反斜杠转义不合法。'),
  InvalidCharacter: text('A control character must not stand in a text.', '文本中不能有控制字符。'),
};

function syntaxFault(source: string, error: ParseError | undefined): MenuFault {
  const name = error ? printParseErrorCode(error.error) : '';
  const isTrailing =
    (name === 'PropertyNameExpected' || name === 'ValueExpected') &&
    /,\s*$/.test(source.slice(0, error?.offset)) &&
    /^[\]}]/.test(source.slice(error?.offset));
  const message = isTrailing
    ? text('A comma stands before the closing bracket.', '右括号前有多余的逗号。')
    : (SYNTAX[name] ?? text('This is not JSON.', '不是合法的 JSON。'));
  return wrong('json', message, { errcode: 47001 });
}

/** WeChat refuses \uXXXX in what it gets; wxop sends the characters themselves. */
function reportEscapes(source: string, report: Report): void {
  const [first, ...others] = [...tokensOf(source)].filter(
    ({ kind, written }) => kind === STRING && /(?<!\\)(?:\\\\)*\\u/.test(written),
  );
  if (!first) return;
  const count = others.length + 1;
  const message = text(
    `${count} ${count === 1 ? 'text is' : 'texts are'} written as \\uXXXX; wxop sends the characters themselves.`,
    `有 ${count} 处文本写作 \\uXXXX；wxop 会发送字符本身。`,
  );
  const hint = text(
    'WeChat refuses the file if another tool posts it as it is.',
    '其他工具若原样提交该文件会被微信拒绝。',
  );
  report({ path: '', offset: first.offset }, doubtful('escapes', message, { errcode: 40033, hint }));
}

function spotOf(node: Node, path: string, report: Report): Spot {
  const spot: Spot = {
    path,
    offset: node.offset,
    kind: node.type === 'property' ? 'null' : node.type,
    fields: new Map(),
    items: [],
  };
  const children = node.children ?? [];
  if (node.type === 'array') spot.items = children.map((child, index) => spotOf(child, `${path}[${index}]`, report));
  else if (node.type !== 'object') spot.value = node.value;
  else {
    for (const { children: [key, value] = [] } of children) {
      if (!key || !value) continue;
      const name = String(key.value);
      const below = `${path}${path && '.'}${name}`;
      if (spot.fields.has(name)) {
        const message = text(`The field ${name} stands here twice.`, `字段 ${name} 重复。`);
        const hint = text('Keep one of them.', '请只保留一个。');
        report({ path: below, offset: key.offset }, wrong('duplicate-key', message, { hint }));
      }
      spot.fields.set(name, spotOf(value, below, report));
    }
  }
  if (typeof spot.value === 'string') reportCharacters(spot.value, spot, report);
  return spot;
}

/** JSON can carry these only as \uXXXX, which WeChat refuses. */
function reportCharacters(value: string, spot: Spot, report: Report): void {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (!/[\u0000-\u0007\u000b\u000e-\u001f]|\p{Surrogate}/u.test(value)) return;
  const message = text(
    'There is a control character or half a surrogate pair in it.',
    '其中含有控制字符或不完整的代理对。',
  );
  report(spot, wrong('characters', message, { errcode: 40033 }));
}
