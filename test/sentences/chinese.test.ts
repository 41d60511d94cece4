/** The Chinese of the tool, as contributing/glossary.md rules it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');
/** What WeChat, a merchant or another program says there is theirs. */
const OF_OTHERS = /^(?:sandbox\/|receiver-kit\/samples\.ts)/;
const HAN = /\p{Script=Han}/u;

interface Sentence {
  place: string;
  chinese: string;
}

/** What is written: a hole is `${}`, code between backquotes is `x`. */
function writtenIn(node: ts.Node): string | undefined {
  const written = ts.isStringLiteralLike(node)
    ? node.text
    : ts.isTemplateExpression(node)
      ? node.head.text + node.templateSpans.map(({ literal }) => '${}' + literal.text).join('')
      : ts.isTaggedTemplateExpression(node)
        ? writtenIn(node.template)
        : undefined;
  return written?.replaceAll(/`[^`]*`/g, '`x`');
}

/** Every pair of `text`, and every other literal with a Chinese letter in it that is not the English of a pair. */
function sentencesIn(file: string, source: string): Sentence[] {
  const sentences: Sentence[] = [];
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const place = `${file}:${parsed.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isCallExpression(node) && node.expression.getText() === 'text' && node.arguments.length === 2) {
      const [english, chinese] = node.arguments.map((side) => writtenIn(side));
      if (chinese !== undefined && !HAN.test(chinese)) sentences.push({ place, chinese });
      if (english === undefined) visit(node.arguments[0]!);
      return visit(node.arguments[1]!);
    }
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'en') return;
    const written = ts.isTaggedTemplateExpression(node) ? undefined : writtenIn(node);
    if (written !== undefined && HAN.test(written)) sentences.push({ place, chinese: written });
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return sentences;
}

/** The console's own names of its fields, each as a word of the kind that it ends with. */
const withoutFields = (chinese: string): string =>
  chinese
    .replaceAll(/消息校验Token|消息加解密Key|(?:授权|消息与)事件接收URL/g, '值 x')
    .replaceAll(/(?:白名单IP|IP白名单)/g, '名单');

const RULES: { promise: string; wrong: RegExp }[] = [
  { promise: 'has full-width punctuation beside Chinese', wrong: /\p{Script=Han}[,;:!?()]|[,;!?(]\p{Script=Han}/u },
  { promise: 'quotes with “ and ”', wrong: /[「」『』]/ },
  {
    promise: 'has a space between Chinese and Latin letters, numbers or code',
    wrong: /\p{Script=Han}[A-Za-z0-9`]|[A-Za-z0-9`]\p{Script=Han}/u,
  },
  { promise: 'calls the component 第三方平台 and WeChat 微信, neither just 平台', wrong: /(?<!第三方|开放|公众)平台/ },
  { promise: 'calls a token 令牌, or by its whole name', wrong: /(?<![\w/-])tokens?(?![\w-])/i },
  { promise: 'calls an account 帐号', wrong: /账[号户]/ },
];

const isSentence = ({ chinese }: Sentence): boolean => HAN.test(chinese) && !COMMAND.test(chinese);
const COMMAND = /^wxop /;

const wrongIn = (sentences: Sentence[], wrong: RegExp): string[] =>
  sentences
    .filter((sentence) => isSentence(sentence) && wrong.test(withoutFields(sentence.chinese)))
    .map(({ place, chinese }) => `${place} ${chinese}`);

/** Two words of English and none of Chinese: a name alone, such as refresh_token, is the same in both. */
const isUntranslated = ({ chinese }: Sentence): boolean =>
  !HAN.test(chinese) &&
  !COMMAND.test(chinese) &&
  !/[，。：；（）]/.test(chinese) &&
  /[a-z]{3,} [a-z]{2,}/i.test(chinese);

const sentences = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !OF_OTHERS.test(file))
  .flatMap((file) => sentencesIn(file, readFileSync(join(SOURCE, file), 'utf8')));

describe('every Chinese sentence of the tool', () => {
  it.each(RULES)('$promise', ({ wrong }) => {
    expect(wrongIn(sentences, wrong)).toEqual([]);
  });

  it('is Chinese', () => {
    expect(sentences.filter(isUntranslated)).toEqual([]);
  });
});

it.each([
  ["text('Stop, now', '停止,现在')", 0],
  ['text(en`Set ${name}.`, zh`请设置「${name}」。`)', 1],
  ["text('a profile', '该profile')", 2],
  ['zh`由消息校验Token生成`', 2],
  ["text('the component', '平台')", 3],
  ['text(en`the token of ${name}`, zh`${name} 的 token`)', 4],
  ["text('the account', '账号')", 5],
])('%s is found', (source, rule) => {
  const found = RULES.map(({ wrong }) => wrongIn(sentencesIn('a.ts', source), wrong).length);
  expect(found).toEqual(RULES.map((_, index) => (index === rule ? 1 : 0)));
});

it("a sentence that was left in English is found, and what is English in a pair's first half is not", () => {
  const found = (source: string): Sentence[] => sentencesIn('a.ts', source).filter(isUntranslated);
  expect(found("text('Nothing was changed.', 'Nothing was changed.')")).toHaveLength(1);
  expect(found('text(en`See ${name}, please.`, zh`请看 ${name}。`)')).toEqual([]);
});
