/** `wxop ticket set`: stores a ticket that was received elsewhere. */
import { defineCommand } from '../../cli/command.ts';
import { iso } from '../../sentences/iso-time.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

const QUESTION = text('Replace the stored ticket?', '替换已保存的 ticket？');
const STORED = text('Stored. The next pushed ticket replaces it.', '已保存，之后收到的推送会替换它。');

export const command = defineCommand({
  examples: ['printf %s "$TICKET" | wxop ticket set'],
  risk: 'production',
  output: 'document',
  question: () => QUESTION,
  run: async (context) => {
    const { terminal } = context;
    const ticket = (await context.stdin.text()).trim();
    if (!/^[\w@.~+/=-]{8,512}$/.test(ticket)) throw noTicketOnStdin();
    const receivedAt = context.now();
    await (await context.keeper()).keepTicket({ ticket, createTime: 0, receivedAt });
    const { componentAppId } = context.settings.need('componentAppId');
    if (terminal.json) terminal.printJson({ componentAppId, receivedAt: iso(receivedAt) });
    else terminal.note(STORED);
  },
});

const noTicketOnStdin = (): WxopError =>
  new WxopError('USAGE', text('There is no ticket on stdin.', '标准输入中没有 ticket。'), {
    hint: text(
      'Pass it on stdin: `printf %s "$TICKET" | wxop ticket set`.',
      '请从标准输入传入：`printf %s "$TICKET" | wxop ticket set`。',
    ),
  });
