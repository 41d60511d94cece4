/**
 * What menu/create asks of the fields of a button, as rules that name WeChat's error.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 创建接口, and 返回码说明.
 */
import { text, type Text } from '../../sentences/text.ts';
import { doubtful, wrong, wrongType, type Report } from './fault.ts';
import type { Spot } from './read-json.ts';

/** Where a button stands. */
export interface FieldPlace {
  /** In the bar, or in a sub-menu. */
  level: 'top' | 'sub';
  /** In a conditional menu. */
  isConditional: boolean;
}

const ERRCODES = {
  top: { name: 40018, key: 40019, url: 40020, domain: 40055 },
  sub: { name: 40025, key: 40026, url: 40027, domain: 40054 },
};
const NAME_BYTES = { top: 16, sub: 60 };
/** In columns of the phone: about 4 and 7 汉字. */
const NAME_COLUMNS = { top: 8, sub: 14 };
const KEY_BYTES = 128;
const URL_BYTES = 1024;

export function checkName(button: Spot, { level }: FieldPlace, report: Report): void {
  const errcode = ERRCODES[level].name;
  const name = textOf(button, 'name', errcode, report);
  if (!name) return;
  const [most, columns] = [NAME_BYTES[level], NAME_COLUMNS[level]];
  if (isTooLong(name, 'name', most, errcode, report)) return;
  if (name.value.trim() === '')
    report(name, doubtful('name-blank', text('The name is only blanks.', '名称仅含空白。')));
  else if (columnsOf(name.value) > columns) {
    report(name, doubtful('name-cut', cutAfter(columns / 2)));
  }
}

const cutAfter = (hanzi: number): Text =>
  text(`The phone cuts this name after about ${hanzi} 汉字.`, `手机约显示 ${hanzi} 个汉字，其余会被截断。`);

/** A 汉字 and an emoji take two. */
const columnsOf = (name: string): number =>
  [...name].reduce((columns, character) => columns + ((character.codePointAt(0) ?? 0) >= 0x2e80 ? 2 : 1), 0);

/** One of the fields that the type of the button asks for. */
export function checkField(button: Spot, field: string, place: FieldPlace, report: Report): void {
  const rule = RULES[field];
  const spot = textOf(button, field, rule?.errcode(place), report);
  if (spot) rule?.check(spot, place, report);
}

type TextSpot = Spot & { value: string };

interface FieldRule {
  /** What WeChat says of a field that is missing or empty. */
  errcode: (place: FieldPlace) => number | undefined;
  check: (spot: TextSpot, place: FieldPlace, report: Report) => void;
}

const RULES: Record<string, FieldRule> = {
  key: {
    errcode: ({ level }) => ERRCODES[level].key,
    check: (spot, { level }, report) => void isTooLong(spot, 'key', KEY_BYTES, ERRCODES[level].key, report),
  },
  url: { errcode: ({ level }) => ERRCODES[level].url, check: checkUrl },
  media_id: { errcode: () => 40007, check: (spot, _place, report) => checkId(spot, 'media_id', 40007, report) },
  article_id: {
    errcode: () => undefined,
    check: (spot, _place, report) => checkId(spot, 'article_id', undefined, report),
  },
  appid: { errcode: () => 40166, check: checkAppId },
  pagepath: { errcode: () => 40165, check: checkPagePath },
};

/** The field, when it is there and a text; otherwise it is reported. */
function textOf(button: Spot, field: string, errcode: number | undefined, report: Report): TextSpot | undefined {
  const spot = button.fields.get(field);
  if (!spot) {
    report(button, wrong('required', text(`The field ${field} is missing.`, `缺少字段 ${field}。`), { errcode }));
  } else if (spot.kind !== 'string') {
    const message = text(`${field} must be a text, in double quotes.`, `${field} 必须是双引号括起的文本。`);
    report(spot, wrongType(message));
  } else if (spot.value === '') {
    report(spot, wrong('required', text(`The field ${field} is empty.`, `字段 ${field} 为空。`), { errcode }));
  } else return spot as TextSpot;
  return undefined;
}

function isTooLong(spot: TextSpot, field: string, most: number, errcode: number, report: Report): boolean {
  const bytes = Buffer.byteLength(spot.value);
  if (bytes <= most) return false;
  const message = text(
    `The ${field} has ${bytes} bytes; ${most} are the most (a 汉字 has 3).`,
    `${field} 为 ${bytes} 字节；最多 ${most} 字节（一个汉字 3 字节）。`,
  );
  report(spot, wrong(`${field}-length`, message, { errcode }));
  return true;
}

const HTTP = text(
  'It begins with https:// or http://, and has no blanks.',
  '应以 https:// 或 http:// 开头，且不含空白。',
);

function checkUrl(spot: TextSpot, { level, isConditional }: FieldPlace, report: Report): void {
  if (isTooLong(spot, 'url', URL_BYTES, ERRCODES[level].url, report)) return;
  if (/^https?:\/\/[^/\s][^\s]*$/i.test(spot.value) && URL.canParse(spot.value)) return;
  const errcode = isConditional ? 65317 : ERRCODES[level].domain;
  report(spot, wrong('url', text('This is no web address.', '不是网页地址。'), { errcode, hint: HTTP }));
}

function checkId(spot: TextSpot, field: string, errcode: number | undefined, report: Report): void {
  if (!/[\s/:]/.test(spot.value)) return;
  const message = text(
    `This is no ${field}: it has no blanks, slashes or colons.`,
    `不是 ${field}：其中不会有空白、斜杠或冒号。`,
  );
  report(spot, wrong(field.replace('_', '-'), message, { errcode }));
}

function checkAppId(spot: TextSpot, _place: FieldPlace, report: Report): void {
  if (/^wx[0-9a-f]{16}$/.test(spot.value)) return;
  const message = text("This is no mini program's appid.", '不是小程序的 AppID。');
  const hint = text('It is wx and 16 hexadecimal digits, in lower case.', '应为 wx 加 16 位十六进制数字，全部小写。');
  report(spot, wrong('appid', message, { errcode: 40166, hint }));
}

function checkPagePath(spot: TextSpot, _place: FieldPlace, report: Report): void {
  const hint: Text = text('For example pages/index/index.', '例如 pages/index/index。');
  if (/^[a-z]+:|^\/\/|\s/i.test(spot.value)) {
    const message = text('This is no path of a page in the mini program.', '不是小程序的页面路径。');
    report(spot, wrong('pagepath', message, { errcode: 40165, hint }));
  } else if (spot.value.startsWith('/')) {
    report(
      spot,
      doubtful('pagepath', text('A page path has no slash at its start.', '页面路径开头不带斜杠。'), { hint }),
    );
  }
}
