/** Asks WeChat to push tickets. */
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import { OVERDUE } from './watch-tickets.ts';

/** Without a recent ticket, asks WeChat once to push. Being refused is a warning: tickets may come all the same. */
export async function startPush(context: Context, newestTicket: number | undefined): Promise<void> {
  const { terminal, settings } = context;
  if (newestTicket !== undefined && context.now() - newestTicket < OVERDUE) return;
  if (settings.find('componentAppSecret') === undefined) {
    terminal.warn(
      text(
        'No AppSecret yet: tickets are taken and kept, but no token can be had and no authorization finished. Add it with `wxop init`.',
        '尚未设置 AppSecret：可以接收并保存 ticket，但无法换取 token 或完成授权。请用 `wxop init` 补充。',
      ),
    );
    return;
  }
  try {
    await (await context.keeper()).startPush();
    terminal.note(
      terminal.say(
        text('Asked WeChat to push a ticket; it comes within ten minutes.', '已请求微信推送 ticket，十分钟内送达。'),
      ),
    );
  } catch (thrown) {
    if (context.runtime.signal.aborted) return;
    const error = toWxopError(thrown);
    terminal.warn(error.text);
    if (error.hint) terminal.note(`  ${terminal.say(error.hint)}`);
    terminal.note(
      `  ${terminal.say(text('If settings were changed in the console: save them and publish (全网发布).', '若在控制台修改过设置：请保存并全网发布。'))}`,
    );
  }
}
