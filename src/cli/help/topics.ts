/** The help topics, made where they can be from the tables that the code itself uses, so that they cannot be out of date. */
import type { Lang, Text } from '../../sentences/text.ts';
import { text } from '../../sentences/text.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import type { Section } from './sections.ts';

/** What a topic may ask for; nothing of it need be there. */
export interface TopicContext {
  settings: () => Settings | undefined;
  /** The folder of settings and credentials. */
  home: () => string;
}

export interface Topic {
  sections: (context: TopicContext) => Section[];
  /** The same for scripts. */
  document: (lang: Lang, context: TopicContext) => unknown;
}

interface ListedTopic {
  about: Text;
  load: () => Promise<{ topic: Topic }>;
}

export const TOPICS: Record<string, ListedTopic> = {
  environment: {
    about: text('every setting and its variable', '全部设置与环境变量'),
    load: () => import('./environment-topic.ts'),
  },
  'exit-codes': {
    about: text('what the exit code says', '退出码的含义'),
    load: () => import('./exit-codes-topic.ts'),
  },
  errors: { about: text("wxop's own error codes", 'wxop 自己的错误码'), load: () => import('./errors-topic.ts') },
  flags: {
    about: text('the flags that every command takes', '所有命令通用的选项'),
    load: () => import('./flags-topic.ts'),
  },
  tokens: {
    about: text('which token is which, how long it lives, what renews it', '各种令牌、有效期与更换方式'),
    load: () => import('./tokens-topic.ts'),
  },
  ci: {
    about: text('scripts and CI, without a terminal', '脚本与 CI（没有终端）'),
    load: () => import('./ci-topic.ts'),
  },
  console: {
    about: text("which of the console's fields gets what", '控制台的字段各填什么'),
    load: () => import('./console-topic.ts'),
  },
  files: {
    about: text('what is stored where, for whom, and how to back it up', '文件的位置、权限与备份'),
    load: () => import('./files-topic.ts'),
  },
};
