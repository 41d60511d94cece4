/** `wxop help ci`: what a script or a job without a terminal needs to know. */
import { inLang, text, type Text } from '../../sentences/text.ts';
import { definitionOf, type SettingName } from '../../settings/setting-definitions.ts';
import { exitCodeRows } from './exit-codes-topic.ts';
import { examplesBlock, proseBlock, rowsBlock, type Row } from './sections.ts';
import type { Topic } from './topics.ts';

const INTRODUCTION = text(
  'A job needs no terminal and no files: every setting can come from the environment. Nothing is asked where there is no terminal or CI is set; what must be confirmed needs --yes.',
  '任务不需要终端，也不需要文件：所有设置都可以来自环境变量。没有终端或设置了 CI 时不会提问；需要确认的操作请加 --yes。',
);
const OWNER = text(
  'One owner per component: a new component_access_token ends the older ones after about five minutes. Share the store of the listener (WXOP_STORE), so that a job renews nothing that is still valid.',
  '每个第三方平台只能有一个令牌来源：新的 component_access_token 使旧的在约五分钟后失效。请与监听共用存储（WXOP_STORE），任务便不会更换仍然有效的令牌。',
);
const VARIABLES: SettingName[] = ['componentAppId', 'componentAppSecret', 'store', 'storeKey', 'lang'];
const HOME: Row = {
  term: 'WXOP_HOME',
  about: text('a folder of the job; without it, that of its user', '任务自己的目录；不设置则为其用户的目录'),
};

const variables = (): Row[] => [
  ...VARIABLES.map((name) => ({ term: definitionOf(name).environment, about: definitionOf(name).about })),
  HOME,
];

const FLAGS: { flag: string; about: Text }[] = [
  {
    flag: '--json',
    about: text(
      'the answer as JSON on stdout; nothing on stdout where it fails',
      '结果以 JSON 输出到 stdout；失败时 stdout 为空',
    ),
  },
  { flag: '--yes', about: text('do not ask', '不再确认') },
  { flag: '--quiet', about: text('print nothing but errors on stderr', '除错误外不输出到 stderr') },
  { flag: '--timeout', about: text('an end for whatever can wait', '为可能等待的操作设定时限') },
];

const PATTERN = [
  { line: 'export WXOP_HOME=$(mktemp -d)', about: text('a home of its own', '使用独立的目录') },
  {
    line: 'printf %s "$TICKET" | wxop ticket set',
    about: text(
      'without a shared store: from one ticket everything else',
      '没有共用存储时：由一个 ticket 恢复其余内容',
    ),
  },
  'wxop accounts sync',
  { line: 'wxop menu push wx0123456789abcdef draft.json --yes --json', about: text('the work', '实际操作') },
  {
    line: 'TOKEN=$(wxop token get wx0123456789abcdef)',
    about: text('a token for another program', '供其他程序使用的令牌'),
  },
];

export const topic: Topic = {
  sections: () => [
    { body: [proseBlock(INTRODUCTION)] },
    { title: text('Pattern', '写法'), body: [examplesBlock(PATTERN)] },
    { title: text('Variables', '环境变量'), body: [rowsBlock(variables())] },
    { title: text('Flags', '选项'), body: [rowsBlock(FLAGS.map(({ flag, about }) => ({ term: flag, about })))] },
    { title: text('Exit codes', '退出码'), body: [rowsBlock(exitCodeRows())] },
    { body: [proseBlock(OWNER)] },
    {
      title: text('Manual', '手册'),
      isInline: true,
      body: [
        proseBlock(
          text(
            'docs/ci.md (GitHub Actions, GitLab CI, Jenkins)',
            'docs/zh/ci.md（GitHub Actions、GitLab CI、Jenkins）',
          ),
        ),
      ],
    },
  ],
  document: (lang) => ({
    variables: variables().map(({ term, about }) => ({ name: inLang(term, lang), about: inLang(about, lang) })),
    flags: FLAGS.map(({ flag, about }) => ({ flag, about: inLang(about, lang) })),
    exitCodes: exitCodeRows().map(({ term, about }) => ({ exitCode: Number(term), means: inLang(about, lang) })),
  }),
};
