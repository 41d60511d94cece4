/** `wxop mini`: what mini programs need before an audit, and whether they are in service. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const mini: Noun = {
  about: text('settings of mini programs that an audit needs', '小程序提审前所需的设置'),
  group: 'programs',
  manual: 'mini-programs.md',
  examples: [
    'wxop mini privacy get wx0123456789abcdef',
    'wxop mini domains get wx0123456789abcdef',
    'wxop mini testers list wx0123456789abcdef',
    'wxop mini visit show wx0123456789abcdef',
  ],
  groups: {
    privacy: text('the privacy guide (用户隐私保护指引)', '用户隐私保护指引'),
    domains: text('server and web-view domains', '服务器域名与业务域名'),
    testers: text('testers of the trial version', '体验成员'),
    visit: text('whether users can open it', '服务状态'),
  },
  verbs: {
    'privacy get': {
      about: text('show the privacy guide, and what it lacks', '查看用户隐私保护指引及其缺少的内容'),
      load: () => import('./privacy-get.ts'),
    },
    'privacy set': {
      about: text('set the privacy guide from a file', '用文件设置用户隐私保护指引'),
      load: () => import('./privacy-set.ts'),
    },
    'domains get': {
      about: text('show server and web-view domains', '查看服务器域名与业务域名'),
      load: () => import('./domains-get.ts'),
    },
    'domains add': {
      about: text('add domains', '添加域名'),
      load: async () => ({ command: (await import('./domains-change.ts')).domainsAdd }),
    },
    'domains remove': {
      about: text('remove domains', '移除域名'),
      load: async () => ({ command: (await import('./domains-change.ts')).domainsRemove }),
    },
    'domains set': {
      about: text('replace the domains of a kind', '替换某一种类的全部域名'),
      load: async () => ({ command: (await import('./domains-change.ts')).domainsSet }),
    },
    'testers list': {
      about: text('list testers', '列出体验成员'),
      load: () => import('./testers-list.ts'),
    },
    'testers add': {
      about: text('add testers', '添加体验成员'),
      load: async () => ({ command: (await import('./testers-change.ts')).testersAdd }),
    },
    'testers remove': {
      about: text('remove testers', '移除体验成员'),
      load: async () => ({ command: (await import('./testers-change.ts')).testersRemove }),
    },
    categories: {
      about: text('list categories and the state of their audits', '查看类目及其审核状态'),
      load: () => import('./categories.ts'),
    },
    'visit show': {
      about: text('show whether mini programs are in service', '查看服务状态'),
      load: () => import('./visit-show.ts'),
    },
    'visit on': {
      about: text('take up the service again', '恢复服务'),
      load: async () => ({ command: (await import('./visit-switch.ts')).visitOn }),
    },
    'visit off': {
      about: text('suspend the service, for all users at once', '暂停服务，立即对全部用户生效'),
      load: async () => ({ command: (await import('./visit-switch.ts')).visitOff }),
    },
  },
};
