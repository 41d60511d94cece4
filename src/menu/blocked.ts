/** Why a part of a live menu cannot be pushed again, and what to do instead. */
import { text, type Text } from '../sentences/text.ts';

/** A part of the live menu that the draft lacks, or has only in another form. */
export interface Blocked {
  /** Where it stands in the live menu: `button[1].sub_button[0]`. */
  path: string;
  name: string;
  /** The platform's own type; empty where there is none. */
  type: string;
  severity: 'lost' | 'lossy';
  reason: Text;
  /** What to do about it. */
  next: Text;
}

export interface Why {
  reason: Text;
  next: Text;
}

export const MAKE_MATERIAL = text(
  'Publish the article or keep it as permanent material, and use article_id or media_id.',
  '请发布文章或存为永久素材，然后使用 article_id 或 media_id。',
);

const temporary = (what: Text): Why => ({
  reason: text(
    `A ${what.en} set on the website: its value is a temporary media id, another one at each call, good for 3 days.`,
    `网页设置的${what.zh}：其 value 为临时素材 id，每次调用都不同，3 天后失效。`,
  ),
  next: text(
    'Download it with media/get, upload it with material/add_material, and use type media_id.',
    '请用 media/get 下载，用 material/add_material 上传为永久素材，再使用 media_id 类型。',
  ),
});
const PICTURE = temporary(text('picture', '图片'));

const WEBSITE_ONLY: Record<string, Why> = {
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
      'A video set on the website: its value is a link that expires, no material id.',
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

const UNKNOWN: Why = {
  reason: text('menu/create does not know this type.', 'menu/create 不支持该类型。'),
  next: text(
    'It stands in the raw files; set it again on the website after a push.',
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
  next: text('Expect that a push switches the menu on.', '推送后菜单可能会被启用。'),
};

/** Why a button of this type has no place in menu/create; the empty type is that of a button without one. */
export const whyNot = (type: string): Why =>
  (Object.hasOwn(WEBSITE_ONLY, type) ? WEBSITE_ONLY[type] : undefined) ?? UNKNOWN;

export const lost = ({ name, type = '' }: { name: string; type?: string }, path: string, why: Why): Blocked => ({
  path,
  name,
  type,
  severity: 'lost',
  ...why,
});

export const lossy = (...given: Parameters<typeof lost>): Blocked => ({ ...lost(...given), severity: 'lossy' });
