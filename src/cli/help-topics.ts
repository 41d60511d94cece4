/** The help topics, made from the tables that the code itself uses, so that they cannot be out of date. */
import { ERROR_CODES, EXIT_CODES } from '../sentences/error-codes.ts';
import { en, inLang, text, zh, type Lang, type Text } from '../sentences/text.ts';
import { definitionOf, hasSecret, SETTING_NAMES } from '../settings/setting-definitions.ts';

interface Topic {
  lines: () => (string | Text)[];
  /** The same for scripts. */
  document: (lang: Lang) => unknown;
}

const EVERY_SETTING = text('Every setting can come from the environment.', '所有设置都可以来自环境变量。');
const PRECEDENCE = text(
  'Precedence: flag > environment > profile > default.',
  '优先级：命令行选项 > 环境变量 > 配置 > 默认值。',
);
const ALSO = text(
  'Also honoured: NO_COLOR, FORCE_COLOR, CI, HTTPS_PROXY, HTTP_PROXY, NO_PROXY,\nNODE_EXTRA_CA_CERTS, LC_ALL, LC_MESSAGES, LANG.',
  '同时遵循：NO_COLOR、FORCE_COLOR、CI、HTTPS_PROXY、HTTP_PROXY、NO_PROXY、\nNODE_EXTRA_CA_CERTS、LC_ALL、LC_MESSAGES、LANG。',
);
/** Variables that are no settings of a profile. */
const OTHERS = [
  { names: ['WXOP_HOME'], about: text('folder of settings and credentials', '设置与凭据所在目录') },
  { names: ['WXOP_PROFILE', '--profile'], about: text('which component to act as', '使用的配置') },
];

const settings = () => [
  ...OTHERS,
  ...SETTING_NAMES.map((name) => {
    const { environment, flag, fallback, about } = definitionOf(name);
    const names = [environment, ...(hasSecret(name) ? [`${environment}_FILE`] : []), ...(flag ? [flag] : [])];
    return { names, about, fallback };
  }),
];

const settingLines = ({ names, about, fallback }: { names: string[]; about: Text; fallback?: string }) => [
  names.join('  '),
  text(en`    ${about}`, zh`    ${about}`),
  ...(fallback ? [text(`    default: ${fallback}`, `    默认：${fallback}`)] : []),
];

const TOPICS: Record<string, Topic> = {
  environment: {
    lines: () => [EVERY_SETTING, PRECEDENCE, '', ...settings().flatMap(settingLines), '', ALSO],
    document: (lang) => settings().map((setting) => ({ ...setting, about: inLang(setting.about, lang) })),
  },
  'exit-codes': {
    lines: () =>
      Object.entries(EXIT_CODES).map(([code, means]) => {
        const number = code.padStart(3);
        return text(en`${number}  ${means}`, zh`${number}  ${means}`);
      }),
    document: (lang) =>
      Object.entries(EXIT_CODES).map(([code, means]) => ({ exitCode: Number(code), means: inLang(means, lang) })),
  },
  errors: {
    lines: () =>
      Object.entries(ERROR_CODES).map(([code, { exit, means }]) => {
        const name = code.padEnd(20);
        return text(en`${name} ${exit}  ${means}`, zh`${name} ${exit}  ${means}`);
      }),
    document: (lang) =>
      Object.entries(ERROR_CODES).map(([code, { exit, retryable, means }]) => ({
        code,
        exitCode: exit,
        retryable,
        means: inLang(means, lang),
      })),
  },
};

/** What stdout gets for a topic: lines, or one JSON document. */
export function topicText(name: string, lang: Lang, isJson: boolean): string {
  const topic = TOPICS[name];
  if (isJson) return `${JSON.stringify(topic?.document(lang))}\n`;
  return (topic?.lines() ?? []).map((line) => `${inLang(line, lang)}\n`).join('');
}
