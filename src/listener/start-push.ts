/** Asks WeChat to push tickets. */
import type { Keeper } from '../credentials/keeper.ts';
import { TICKET_OVERDUE } from '../protocol/lifetimes.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { en, text, zh } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface StartPushOptions {
  terminal: Pick<Terminal, 'note' | 'warn'>;
  settings: Pick<Settings, 'find'>;
  runtime: Pick<Runtime, 'signal'>;
  now(): number;
  keeper(): Promise<Pick<Keeper, 'startPush'>>;
}

const NO_SECRET = text(
  'No AppSecret yet: tickets are stored, but tokens cannot be obtained and authorizations cannot be finished. Add it with `wxop init`.',
  '尚未设置 AppSecret：可以接收并保存 ticket，但无法换取令牌或完成授权。请用 `wxop init` 补充。',
);
const ASKED = text(
  'Asked WeChat to push a ticket; it comes within ten minutes.',
  '已请求微信推送 ticket，十分钟内送达。',
);
const PUBLISH = text(
  'If settings were changed in the console: save them and publish (全网发布).',
  '若在控制台修改过设置：请保存并全网发布。',
);

/** Asks WeChat once to push, unless the newest ticket is recent. A refusal is only a warning: tickets may come all the same. */
export async function startPush(
  { terminal, settings, runtime, now, keeper }: StartPushOptions,
  newestTicket: number | undefined,
): Promise<void> {
  if (newestTicket !== undefined && now() - newestTicket < TICKET_OVERDUE) return;
  if (settings.find('componentAppSecret') === undefined) return terminal.warn(NO_SECRET);
  try {
    await (await keeper()).startPush();
    terminal.note(ASKED);
  } catch (thrown) {
    if (runtime.signal.aborted) return;
    const error = toWxopError(thrown);
    terminal.warn(error.text);
    for (const next of [error.hint, PUBLISH]) if (next) terminal.note(text(en`  ${next}`, zh`  ${next}`));
  }
}
