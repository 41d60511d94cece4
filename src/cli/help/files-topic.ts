/** `wxop help files`: what is stored where, for whom, and how to back it up. */
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { examplesBlock, proseBlock } from './sections.ts';
import type { Topic, TopicContext } from './topics.ts';

const FILES: { path: string; holds: Text }[] = [
  { path: 'config.json', holds: text('the settings of the profiles, secrets too', '各配置的设置，包括机密') },
  {
    path: 'state/<component appid>/',
    holds: text(
      'ticket, tokens and accounts: a file for each version, the last three are kept (not where WXOP_STORE is a Redis)',
      'ticket、令牌与帐号：每个版本一个文件，保留最近三个（WXOP_STORE 为 Redis 时不在此处）',
    ),
  },
  {
    path: 'state/<component appid>/journal/',
    holds: text('accepted pushes, still encrypted, for seven days', '已接收的推送，仍为密文，保留七天'),
  },
  {
    path: 'refused-<component appid>.json',
    holds: text('the last hundred rejected pushes: when and why', '最近一百次被拒绝的推送：时间与原因'),
  },
  {
    path: 'backups/<component appid>/<appid>/',
    holds: text('menus as they were before each push, restore or delete', '每次推送、恢复或删除之前的菜单'),
  },
];
const CACHE = text(
  'Compiled code of wxop itself is in the cache folder of your user; it holds no data (NODE_DISABLE_COMPILE_CACHE=1 does without).',
  'wxop 自身的编译结果在用户的缓存目录中，不含数据（NODE_DISABLE_COMPILE_CACHE=1 时不使用）。',
);
const PRIVATE = text(
  'All of it is for its owner only: files 0600, folders 0700. What others could read is repaired with a warning; what others may change is refused (NOT_PRIVATE).',
  '全部内容仅属主可用：文件 0600，目录 0700。可被他人读取的会修正权限并警告；可被他人改动的会拒绝（NOT_PRIVATE）。',
);
const BACK_UP = [
  {
    line: 'wxop accounts export --output accounts.wxop',
    about: text(
      'accounts, refresh tokens and ticket in one encrypted file',
      '帐号、refresh_token 与 ticket，存为一个加密文件',
    ),
  },
  {
    line: 'wxop accounts import accounts.wxop',
    about: text('bring them back, also on another machine or into another store', '恢复；也可在其他机器或其他存储上'),
  },
  {
    line: 'wxop accounts sync',
    about: text(
      'without a copy: WeChat gives everything back for AppID, AppSecret and one ticket',
      '没有备份时：凭 AppID、AppSecret 与一个 ticket 即可从微信恢复',
    ),
  },
];
const COPY = text(
  'A copy of the whole folder is a backup too, if no wxop writes meanwhile. Keep it as secret as the folder, or encrypt the store first: `wxop store encrypt`.',
  '在没有 wxop 写入时复制整个目录也是备份；请同样保密，或先加密存储：`wxop store encrypt`。',
);

const inHome = ({ home }: TopicContext): Text => {
  const folder = home();
  return text(en`In ${folder} (WXOP_HOME moves it):`, zh`位于 ${folder}（可用 WXOP_HOME 更改）：`);
};

export const topic: Topic = {
  sections: (context) => [
    {
      body: [
        proseBlock(inHome(context)),
        { kind: 'rows', rows: FILES.map(({ path, holds }) => ({ term: path, about: holds })), isStacked: true },
      ],
    },
    { body: [proseBlock(PRIVATE), proseBlock(CACHE)] },
    { title: text('Back up and restore', '备份与恢复'), body: [examplesBlock(BACK_UP)] },
    { body: [proseBlock(COPY)] },
    {
      title: text('Manual', '手册'),
      isInline: true,
      body: [proseBlock(text('docs/store.md, docs/moving.md', 'docs/zh/store.md、docs/zh/moving.md'))],
    },
  ],
  document: (lang, context) => ({
    home: context.home(),
    files: FILES.map(({ path, holds }) => ({ path, holds: inLang(holds, lang) })),
    backUp: BACK_UP.map(({ line, about }) => ({ command: line, about: inLang(about, lang) })),
  }),
};
