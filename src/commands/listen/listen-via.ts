/** `wxop listen --via`: pushes of the team's listener on this machine, without a tunnel. */
import type { Context } from '../../cli/context.ts';
import type { JournalEntry } from '../../delivery/journal.ts';
import { iso } from '../../sentences/iso-time.ts';
import { exactLocalTime } from '../../sentences/local-time.ts';
import { inOneLine } from '../../sentences/printable.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { createActivityPrinter } from '../activity-printer.ts';
import { via } from '../flags.ts';
import { timedOut } from './timed-out.ts';

export interface ViaFlags {
  via: string;
  as?: string;
  respond?: boolean;
  since?: number;
  until?: string;
  timeout?: number;
  workers: number;
  standingLink?: boolean;
  attach?: boolean;
}

export async function listenVia(context: Context, flags: ViaFlags): Promise<void> {
  const { terminal } = context;
  via.expectOnly(context.settings, [
    ['--workers', flags.workers > 1],
    ['--standing-link', flags.standingLink === true],
    ['--attach', flags.attach === true],
    ['--until', flags.until !== undefined],
  ]);
  const services = await context.listener();
  const targets = await services.targets();
  const host = via.hostOf(flags.via);
  const show = createActivityPrinter(context);
  try {
    const attached = services.attachTo(
      { via: flags.via, name: flags.as, respond: flags.respond, since: flags.since },
      (activity) => {
        switch (activity.type) {
          case 'attached':
            if (terminal.json) return terminal.printJson({ type: 'attached', via: host });
            terminal.note(activity.since === undefined ? attachedTo(host) : attachedAgain(host, activity.since));
            return;
          case 'away':
            return terminal.warn(via.away(activity.error.text, activity.pause));
          case 'gap':
            return printGap(context, host, activity);
          case 'push':
            return printPush(context, activity.entry);
          default:
            return show(activity);
        }
      },
    );
    const forwarding = targets.map(({ name, format }) => ({ url: name, format }));
    if (forwarding.length > 0 && !terminal.json)
      terminal.note(
        ...forwarding.map(({ url, format }) => text(`Forwarding to ${url} (${format})`, `转发到 ${url} (${format})`)),
      );
    const { timeout } = flags;
    await Promise.race([
      attached,
      ...(timeout === undefined ? [] : [context.sleep(timeout).then(() => Promise.reject(timedOut(flags)))]),
    ]);
  } catch (error) {
    // Being stopped is how it ends, not how it fails.
    if (!isError(error, 'CANCELLED')) throw error;
  } finally {
    await show.finished();
  }
  terminal.note(text('Stopped.', '已停止。'));
}

const attachedTo = (host: string): Text => text(`Attached to ${host}.`, `已接入 ${host}。`);

function attachedAgain(host: string, since: number): Text {
  const time = exactLocalTime(since);
  return text(
    en`Attached to ${host}; what came since ${time} follows.`,
    zh`已接入 ${host}，将补收 ${time} 之后的推送。`,
  );
}

/** What is no longer in the listener's journal. */
function printGap({ terminal }: Context, host: string, { from, to }: { from: number; to: number }): void {
  if (terminal.json) return terminal.printJson({ type: 'gap', from: iso(from), to: iso(to) });
  const [start, end] = [exactLocalTime(from), exactLocalTime(to)];
  terminal.warn(
    text(
      en`What ${host} received from ${start} to ${end} may be missing: its journal no longer goes back so far (--journal-keep, --journal-size).`,
      zh`${host} 在 ${start} 至 ${end} 期间的推送可能缺失：其推送日志已不含该时段（--journal-keep、--journal-size）。`,
    ),
  );
}

function printPush({ terminal }: Context, { id, kind, appId, type, event, receivedAt }: JournalEntry): void {
  if (terminal.json) {
    terminal.printJson({
      type: 'push',
      id,
      kind,
      ...(appId && { appId }),
      pushType: type,
      ...(event && { event }),
      receivedAt: iso(receivedAt),
    });
    return;
  }
  if (terminal.quiet) return;
  const name = [appId || '-', type, event].filter(Boolean).join(' ');
  terminal.print(`${exactLocalTime(receivedAt).slice(11)}  ${inOneLine(`${name}  ${id}`)}`);
}
