/** Why a part of a live menu cannot be pushed again, and what to do instead. */
import { en, listed, text, zh, type Text } from '../sentences/text.ts';

/** A part of the live menu that the draft lacks, or has only in another form. */
export interface Blocked {
  /** Its place in the live menu: `button[1].sub_button[0]`. */
  path: string;
  name: string;
  /** WeChat's own type; empty where there is none. */
  type: string;
  severity: 'lost' | 'lossy';
  reason: Text;
  /** What to do about it. */
  next: Text;
}

export interface BlockReason {
  reason: Text;
  next: Text;
}

export const MAKE_MATERIAL = text(
  'Publish the article or keep it as permanent material, and use article_id or media_id.',
  '请发布文章或存为永久素材，然后使用 article_id 或 media_id。',
);

const temporary = (what: Text): BlockReason => ({
  reason: text(
    en`A ${what} set on the website: its value is a temporary media id that changes with each call and expires after 3 days.`,
    zh`网页设置的${what}：其 value 为临时素材 id，每次调用都不同，3 天后失效。`,
  ),
  next: text(
    'Download it with media/get, upload it with material/add_material, and use type media_id.',
    '请用 media/get 下载，用 material/add_material 上传为永久素材，再使用 media_id 类型。',
  ),
});
const PICTURE = temporary(text('picture', '图片'));

const WEBSITE_ONLY: Record<string, BlockReason> = {
  text: {
    reason: text('No button of menu/create sends a text.', 'menu/create 没有发送文字的按钮类型。'),
    next: text(
      'Use type click, and let your service answer its event with the text.',
      '请改用 click 类型，由您的服务在收到事件后回复该文字。',
    ),
  },
  img: PICTURE,
  photo: PICTURE,
  voice: temporary(text('voice message', '语音')),
  video: {
    reason: text(
      'A video set on the website: its value is a link that expires, not a material id.',
      '网页设置的视频：其 value 为会失效的链接，而不是素材 id。',
    ),
    next: text(
      'Upload the video as permanent material by hand, and use type media_id.',
      '请手动将视频上传为永久素材，再使用 media_id 类型。',
    ),
  },
  '': {
    reason: text('It has neither a type nor a sub-menu.', '既没有类型，也没有子菜单。'),
    next: text('Give it a type in draft.json, or leave it out.', '请在 draft.json 中为其设置类型，或删去。'),
  },
};

const UNKNOWN: BlockReason = {
  reason: text('menu/create does not know this type.', 'menu/create 不支持该类型。'),
  next: text(
    'It is kept in the raw files; set it again on the website after a push.',
    '原始内容保留在原始文件中；推送后请在网页重新设置。',
  ),
};

export const OFF: Blocked = {
  path: 'is_menu_open',
  name: '',
  type: '',
  severity: 'lossy',
  reason: text(
    'The menu is switched off, which menu/create cannot express.',
    '菜单未启用，而 menu/create 无法表达这一状态。',
  ),
  next: text('A push may switch the menu on.', '推送后菜单可能会被启用。'),
};

/** Why menu/create does not take a button of this type; the empty type is that of a button without one. */
export const blockReasonOf = (type: string): BlockReason =>
  (Object.hasOwn(WEBSITE_ONLY, type) ? WEBSITE_ONLY[type] : undefined) ?? UNKNOWN;

export const lostEntry = (
  { name, type = '' }: { name: string; type?: string },
  path: string,
  reason: BlockReason,
): Blocked => ({
  path,
  name,
  type,
  severity: 'lost',
  ...reason,
});

export const lossyEntry = (...given: Parameters<typeof lostEntry>): Blocked => ({
  ...lostEntry(...given),
  severity: 'lossy',
});

/** An entry and why it cannot be pushed. */
export const describeBlocked = ({ name, path, reason }: Blocked): Text =>
  text(en`${name || path}: ${reason}`, zh`${name || path}: ${reason}`);

/** A sentence with its items: all in one line, and each item in a line of its own. */
export function withItems(sentence: Text, items: Text[]): { line: Text; lines: Text } {
  const inOneLine = listed(items, text(' ', ''));
  const below = listed(
    items.map((item) => text(en`\n - ${item}`, zh`\n - ${item}`)),
    text('', ''),
  );
  return {
    line: text(en`${sentence} ${inOneLine}`, zh`${sentence}${inOneLine}`),
    lines: text(en`${sentence}${below}`, zh`${sentence}${below}`),
  };
}
