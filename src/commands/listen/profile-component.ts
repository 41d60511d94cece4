/** A component that shares a port: its profile, and its lines, which say whose they are. */
import type { Context } from '../../cli/context.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { pad } from '../../terminal/columns.ts';
import type { Terminal } from '../../terminal/terminal.ts';

export interface ProfileComponent {
  name: string;
  componentAppId: string;
  /** Made anew for each try: what could not be opened stays so. */
  context: Context;
  open: () => Context;
}

/** `width`: of the longest name. */
export function openProfile(context: Context, name: string, width: number): ProfileComponent {
  const component = { name, componentAppId: '' };
  const open = (): Context => context.forProfile(name, (terminal) => labelLines(terminal, component, pad(name, width)));
  return Object.assign(component, { open, context: open() });
}

function labelLines(
  terminal: Terminal,
  component: Pick<ProfileComponent, 'name' | 'componentAppId'>,
  label: string,
): void {
  const { print, printJson, note, warn, trace } = terminal;
  const labelled = (line: string | Text): Text =>
    text(`${label}  ${inLang(asText(line), 'en')}`, `${label}  ${inLang(asText(line), 'zh')}`);
  Object.assign(terminal, {
    print: (...lines) => print(...lines.map(labelled)),
    note: (...lines) => note(...lines.map(labelled)),
    warn: (warning) => warn(text(en`${component.name}: ${warning}`, zh`${component.name}：${warning}`)),
    trace: (line) => trace(`${label}  ${component.componentAppId}  ${line}`),
    printJson: (...values) =>
      printJson(
        ...values.map((value) => {
          const { type, ...rest } = value as { type?: string };
          const { name: profile, componentAppId } = component;
          return { type, profile, componentAppId, ...rest };
        }),
      ),
  } satisfies Partial<Terminal>);
}

const asText = (line: string | Text): Text => (typeof line === 'string' ? text(line, line) : line);
