/** Prints the help that was asked for. Loaded only then. */
import { homeOf } from '../../runtime/folders.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { inLang, text, type Lang } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { verbIn, type Entry } from '../command.ts';
import { commandPage, nounBelow, nounPage, rootPage, shortPage } from './help-pages.ts';
import { helpWidth, layOutHelp } from './lay-out-help.ts';
import type { Block, Section } from './sections.ts';
import { TOPICS, type TopicContext } from './topics.ts';

interface HelpOptions {
  /** `wxop help x`, `wxop x --help`, or a command line that ends too early. */
  asked: 'with help' | 'with --help' | 'not';
  commands: Record<string, Entry>;
  terminal: Terminal;
  runtime: Runtime;
  /** Throws where they cannot be read. */
  settings: () => Settings;
}

/** The exit code; undefined where the names lead to nothing that there is help for. */
export async function showHelp(names: readonly string[], options: HelpOptions): Promise<number | undefined> {
  const { asked, commands, terminal } = options;
  const [topic] = names;
  if (asked === 'with help' && topic !== undefined && Object.hasOwn(TOPICS, topic)) return showTopic(topic, options);
  if (asked === 'not') return showMissing(names, options);
  const sections = await pageOf(names, commands);
  if (!sections) return undefined;
  if (terminal.json) terminal.printJson(pageJson(sections, terminal.lang));
  else terminal.print(...(await linesFor('out', sections, options)));
  return 0;
}

async function showTopic(name: string, options: HelpOptions): Promise<number> {
  const { runtime, terminal, settings } = options;
  const { topic } = (await TOPICS[name]?.load()) ?? {};
  const context: TopicContext = { settings: () => valueOr(settings), home: () => homeOf(runtime) };
  if (terminal.json) terminal.printJson(topic?.document(terminal.lang, context));
  else terminal.print(...(await linesFor('out', topic?.sections(context) ?? [], options)));
  return 0;
}

/** Settings that cannot be read are none: help is where one looks when something is wrong. */
function valueOr(settings: () => Settings): Settings | undefined {
  try {
    return settings();
  } catch {
    return undefined;
  }
}

/** What stderr gets where a command or its verb is missing. */
async function showMissing(names: readonly string[], options: HelpOptions): Promise<number> {
  const { commands, terminal } = options;
  const page = names.length === 0 ? shortPage(commands) : await pageOf(names, commands);
  if (terminal.json) terminal.fail(new WxopError('USAGE', text('A command is missing.', '缺少命令。')));
  else terminal.note(...(await linesFor('err', page ?? [], options)));
  return 2;
}

async function pageOf([name, ...words]: readonly string[], commands: Record<string, Entry>) {
  if (name === undefined) return rootPage(commands, Object.keys(TOPICS));
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) return undefined;
  // What follows a command is its arguments.
  if (!('verbs' in entry)) return commandPage(name, entry, (await entry.load()).command);
  const [head] = words;
  if (head === undefined) return nounPage(name, entry);
  const isGroup = words.length === 1 && Object.hasOwn(entry.groups ?? {}, head);
  if (isGroup) return nounPage(`${name} ${head}`, nounBelow(entry, head));
  const verb = verbIn(entry, words);
  const listed = verb === undefined ? undefined : entry.verbs[verb];
  if (!listed) return undefined;
  return commandPage(`${name} ${verb}`, { manual: entry.manual, ...listed }, (await listed.load()).command);
}

async function linesFor(stream: 'out' | 'err', sections: Section[], { terminal, runtime }: HelpOptions) {
  const { bold, dim } = await terminal.paint(stream);
  return layOutHelp(sections, {
    lang: terminal.lang,
    width: helpWidth(runtime.environment, terminal[stream]),
    bold,
    dim,
  });
}

/** Section by section, for a machine that reads help. */
const pageJson = (sections: readonly Section[], lang: Lang) =>
  sections.flatMap(({ title, body }) =>
    body.map((block) => ({ ...(title && { title: title[lang] }), ...blockJson(block, lang) })),
  );

function blockJson(block: Block, lang: Lang) {
  if (block.kind === 'prose') return { text: inLang(block.text, lang) };
  if (block.kind === 'rows')
    return { rows: block.rows.map(({ term, about }) => ({ term: inLang(term, lang), about: inLang(about, lang) })) };
  return { examples: block.examples.map((example) => (typeof example === 'string' ? example : example.line)) };
}
