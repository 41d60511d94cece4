/** The help topics, made from the tables that the code itself uses, so that they cannot be out of date. */
import { ERROR_CODES, EXIT_CODES } from '../sentences/error-codes.ts';
import { type Lang } from '../sentences/text.ts';
import { definitionOf, hasSecret, SETTING_NAMES } from '../settings/setting-definitions.ts';

export function topicLines(topic: string, lang: Lang): string[] {
  const say = (en: string, zh: string): string => (lang === 'zh' ? zh : en);
  switch (topic) {
    case 'environment':
      return [
        say('Every setting can come from the environment.', '所有设置都可以来自环境变量。'),
        say('Precedence: flag > environment > profile > default.', '优先级：命令行选项 > 环境变量 > 配置 > 默认值。'),
        '',
        `WXOP_HOME\n    ${say('folder of settings and credentials', '设置与凭据所在目录')}`,
        `WXOP_PROFILE  --profile\n    ${say('which component to act as', '使用的配置')}`,
        ...SETTING_NAMES.map((name) => {
          const { environment, flag, fallback, about } = definitionOf(name);
          const names = [
            environment,
            ...(hasSecret(name) ? [`${environment}_FILE`] : []),
            ...(flag ? [flag] : []),
          ].join('  ');
          return `${names}\n    ${about[lang]}${fallback ? `\n    ${say('default: ', '默认：')}${fallback}` : ''}`;
        }),
        '',
        say(
          'Also honoured: NO_COLOR, FORCE_COLOR, CI, HTTPS_PROXY, HTTP_PROXY, NO_PROXY,\nNODE_EXTRA_CA_CERTS, LC_ALL, LC_MESSAGES, LANG.',
          '同时遵循：NO_COLOR、FORCE_COLOR、CI、HTTPS_PROXY、HTTP_PROXY、NO_PROXY、\nNODE_EXTRA_CA_CERTS、LC_ALL、LC_MESSAGES、LANG。',
        ),
      ];
    case 'exit-codes':
      return Object.entries(EXIT_CODES).map(([code, means]) => `${code.padStart(3)}  ${means[lang]}`);
    default:
      return Object.entries(ERROR_CODES).map(([code, { exit, means }]) => `${code.padEnd(20)} ${exit}  ${means[lang]}`);
  }
}
