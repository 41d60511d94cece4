/** `wxop help environment`: every setting, its variable, its flag, its default. */
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { definitionOf, hasSecret, SETTING_NAMES } from '../../settings/setting-definitions.ts';
import { proseBlock, type Row } from './sections.ts';
import type { Topic } from './topics.ts';

export const PRECEDENCE = text(
  'Precedence: flag > environment > profile > default.',
  '优先级：命令行选项 > 环境变量 > 配置 > 默认值。',
);
const INTRODUCTION = text(
  'Every setting can come from the environment. A secret can also stand in a file that its …_FILE variable names.',
  '所有设置都可以来自环境变量；机密也可以放在 …_FILE 变量所指的文件中。',
);
const ALSO = text(
  'Also honoured: NO_COLOR, FORCE_COLOR, TERM, COLUMNS, CI, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, LC_ALL, LC_MESSAGES, LANG.',
  '同时遵循：NO_COLOR、FORCE_COLOR、TERM、COLUMNS、CI、HTTPS_PROXY、HTTP_PROXY、NO_PROXY、NODE_EXTRA_CA_CERTS、LC_ALL、LC_MESSAGES、LANG。',
);

interface Variable {
  /** Its variables, and its flag. */
  names: string[];
  about: Text;
  fallback?: string;
}

/** Variables that are no settings of a profile. */
const OTHERS: Variable[] = [
  { names: ['WXOP_HOME'], about: text('folder of settings and credentials', '设置与凭据所在目录') },
  { names: ['WXOP_TIMEOUT', '--timeout'], about: text('limit for the whole command', '整个命令的时限') },
  { names: ['WXOP_PROFILE', '--profile'], about: text('which component to act as', '使用的配置') },
];

const variables = (): Variable[] => [
  ...OTHERS,
  ...SETTING_NAMES.map((name) => {
    const { environment, flag, fallback, about } = definitionOf(name);
    const names = [environment, ...(hasSecret(name) ? [`${environment}_FILE`] : []), ...(flag ? [flag] : [])];
    return { names, about, fallback };
  }),
];

const row = ({ names, about, fallback }: Variable): Row => ({
  term: names.join('  '),
  about: fallback === undefined ? about : text(en`${about} (default ${fallback})`, zh`${about}（默认 ${fallback}）`),
});

export const topic: Topic = {
  sections: () => [
    { body: [proseBlock(INTRODUCTION), proseBlock(PRECEDENCE)] },
    { body: [{ kind: 'rows', rows: variables().map(row), isStacked: true }] },
    { body: [proseBlock(ALSO)] },
  ],
  document: (lang) => variables().map((variable) => ({ ...variable, about: inLang(variable.about, lang) })),
};
