/** A YAML or JSON file whose values know where they are in it. */
import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { isObject, type Json } from '../../runtime/json-object.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

/** Names and indices, from the whole document down to one value. */
export type Path = readonly (string | number)[];

export interface PlacedDocument {
  whole: Json;
  /** `5:3` of a value, or of what is around it. */
  placeOf(path: Path): string;
  /** Throws USAGE with file, line and column. */
  fail(path: Path, sentence: Text, hint?: Text): never;
}

/** Throws USAGE for what cannot be read, or is no object. */
export function readPlacedDocument(content: string, file: string): PlacedDocument {
  expectUtf8(content, file);
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const placeOf = (path: Path): string => at(offsetOf(document, path));
  const fail = (path: Path, sentence: Text, hint?: Text): never => {
    throw wrongAt(file, placeOf(path), sentence, hint);
  };
  const [broken] = document.errors;
  if (broken) throw wrongAt(file, at(broken.pos[0]), text(broken.message, broken.message));
  // An alias that unfolds a thousandfold is no plan.
  const whole: unknown = document.toJS({ maxAliasCount: 100 });
  return { whole: isObject(whole) ? whole : fail([], NO_OBJECT), placeOf, fail };
}

/** Of a node, or of the nearest one around it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const key = parent.items.find(
        (pair) => String(isNode(pair.key) ? pair.key.toJSON() : pair.key) === String(last),
      )?.key;
      // A wrong value is found at its beginning, a wrong name at its own.
      const value: unknown = document.getIn(path.slice(0, length), true);
      const node = isNode(value) && value.range ? value : key;
      if (isNode(node) && node.range) return node.range[0];
    }
    if (isSeq(parent)) {
      const item = parent.items[Number(last)];
      if (isNode(item) && item.range) return item.range[0];
    }
  }
  return 0;
}

/** Throws USAGE at the first line that was not UTF-8 before it was decoded: Excel saves CSV as GBK in China. */
export function expectUtf8(content: string, file: string): void {
  const at = content.indexOf('\ufffd');
  if (at >= 0) throw wrongAt(file, `${content.slice(0, at).split('\n').length}:1`, NOT_UTF8, SAVE_AS_UTF8);
}

const NOT_UTF8 = text('The file is not UTF-8.', '文件不是 UTF-8 编码。');
const SAVE_AS_UTF8 = text(
  'Save it as UTF-8 (it may be GBK); in Excel the format is called “CSV UTF-8”.',
  '请存为 UTF-8（可能是 GBK）；Excel 中选择“CSV UTF-8”。',
);
const NO_OBJECT = text(
  'The file must be an object with template and accounts.',
  '文件必须是含有 template 与 accounts 的对象。',
);

/** A fault of a file, with its place in it. */
export const wrongAt = (file: string, place: string, sentence: Hole, hint?: Text): WxopError =>
  new WxopError('USAGE', text(en`${file}:${place}: ${sentence}`, zh`${file}:${place}：${sentence}`), {
    hint: hint ?? text('docs/releases.md shows such a file.', '写法见 docs/zh/releases.md。'),
  });
