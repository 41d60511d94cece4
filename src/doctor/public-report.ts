/** The report that can be shown in public: no credential, and nothing that names the operator or a merchant. */
import { inOneLine } from '../sentences/printable.ts';
import { inLang, text, type Lang, type Text } from '../sentences/text.ts';
import { definitionOf, SETTING_NAMES, type SettingName } from '../settings/setting-definitions.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Result } from './examination.ts';
import { isPrivateAddress } from '../runtime/hosts.ts';

export interface ReportFacts {
  lang: Lang;
  version: string;
  nodeVersion: string;
  platform: string;
  /** ISO 8601. */
  at: string;
  /** Undefined if they cannot be read. */
  settings: Settings | undefined;
  results: readonly Result[];
  /** Label and number: pushes, accounts. */
  counts: [Text, string][];
  /** Names that identify somebody, and what replaces each. */
  names: [name: string, instead: string][];
}

/** Settings whose values identify nobody. */
const HARMLESS: SettingName[] = ['port', 'forwardFormat', 'forwardEvents', 'lang'];

export function publicReport(facts: ReportFacts): string {
  const { lang, version, nodeVersion, platform, at, settings, results, counts, names } = facts;
  const say = (english: string, chinese: string): string => inLang(text(english, chinese), lang);
  const hide = hiding(names);
  const cell = (content: string): string => asMarkdown(hide(content));
  const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    '# wxop doctor',
    '',
    `wxop ${version}, Node ${nodeVersion}, ${platform}, ${at}`,
    '',
    `## ${say('Checks', '检查')}`,
    '',
    row(say('check', '检查'), say('verdict', '结果'), say('seen', '所见')),
    '| --- | --- | --- |',
    ...results.map((result) =>
      row(
        result.id,
        result.verdict === 'failed' ? `failed ${result.code}` : result.verdict,
        [result.seen, result.next].flatMap((part) => (part ? inLang(part, lang) : [])).join(' → '),
      ),
    ),
    '',
    `## ${say('Settings', '设置')}`,
    '',
    row(say('setting', '设置'), say('from', '来源'), say('value', '值')),
    '| --- | --- | --- |',
    ...(settings ? SETTING_NAMES.flatMap((name) => settingRow(name, settings, row)) : []),
    '',
    `## ${say('Numbers', '数量')}`,
    '',
    ...counts.map(([label, number]) => `- ${inLang(label, lang)}: ${cell(number)}`),
    '',
  ].join('\n');
}

const CODE = /(`[^`]*`)/;

/** One line that is text to Markdown, but for commands between backquotes: WeChat or a server may have written a part of it. */
function asMarkdown(content: string): string {
  const line = inOneLine(content);
  // Longer runs pair in another way than single ones do.
  const single = line.includes('``') ? line.replaceAll('`', "'") : line;
  const parts = single.split(CODE).map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\<[\]]/g, '\\$&')));
  return parts.join('').replaceAll('|', '\\|');
}

function settingRow(name: SettingName, settings: Settings, row: (...cells: string[]) => string): string[] {
  const given = settings.given(name);
  if (!given) return [];
  const origin = given.origin.startsWith('profile ') ? 'profile' : given.origin;
  return [row(name, origin, shown(name, given.value))];
}

function shown(name: SettingName, value: string): string {
  if (value === definitionOf(name).fallback || HARMLESS.includes(name)) return value;
  if (name === 'store' || name === 'publicUrl') return `${value.split('://')[0]}://…`;
  return '***';
}

/** With its path: the target of a foreign server's redirect may name the operator, too. */
const OTHER_URLS = /\b(https?:\/\/)(?:[^\s/@|]*@)?([\w.-]*[a-z][\w.-]*)[^\s|，,()（）]*/gi;
const KNOWN_HOSTS = /^(?:localhost|(?:[\w-]+\.)*weixin\.qq\.com)$/i;

/** Longest first: a name may be a part of another. */
function hiding(names: ReportFacts['names']): (content: string) => string {
  const ordered = names.filter(([name]) => name.length > 1).sort(([a], [b]) => b.length - a.length);
  return (content) => {
    let hidden = content;
    for (const [name, instead] of ordered) hidden = hidden.replaceAll(name, instead);
    return hidden
      .replace(OTHER_URLS, (url, scheme: string, host: string) =>
        KNOWN_HOSTS.test(host) ? url : `${scheme}<other host>`,
      )
      .replace(/\b(wx[0-9a-f]{4})[0-9a-f]{8}([0-9a-f]{4})\b/g, '$1…$2')
      .replace(/\bgh_\w+/g, 'gh_…')
      .replace(/\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b/g, (address, start: string) =>
        isPrivateAddress(address) ? address : `${start}.x.x`,
      )
      .replace(/(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}(?![\w:])/gi, (address) =>
        isPrivateAddress(address) ? address : 'x:x::x',
      );
  };
}
