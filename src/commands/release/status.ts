/** `wxop release status`: the three slots of a mini program beside each other. */
import { defineCommand } from '../../cli/command.ts';
import { readCodeState } from '../../release/code-state.ts';
import { nextStepOf, slotRows, stateJson, type SlotRow } from '../../release/state-rows.ts';
import { localTime } from '../../sentences/local-time.ts';
import { text } from '../../sentences/text.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';

const TONES = {
  approved: 'ok',
  rejected: 'failure',
  delayed: 'attention',
  withdrawn: 'secondary',
  inAudit: undefined,
  unknown: undefined,
} as const;

const ROWS: Rows<SlotRow> = {
  columns: [
    { title: text('', ''), seen: ({ slot }) => slot, isKey: true },
    { title: text('version', '版本'), seen: ({ version }) => version, long: { become: 'cut', least: 8 } },
    {
      title: text('state', '状态'),
      seen: ({ state }) => state,
      tone: ({ status }) => status && TONES[status],
    },
    {
      title: text('since', '时间'),
      seen: ({ time }) => (time === '' ? '-' : localTime(Date.parse(time))),
      piped: ({ time }) => time || '-',
      spare: 1,
    },
    {
      title: text('description', '描述'),
      seen: ({ description }) => description,
      long: { become: 'wrapped', least: 12 },
    },
  ],
  csv: [],
};

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  examples: ['wxop release status wx0123456789abcdef'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account }) => {
    const { terminal } = context;
    const { appId, name, call } = await openMiniProgram(context, account);
    const state = await readCodeState(call);
    const document = { appId, nickName: name, ...stateJson(state) };
    await printRows(terminal, { ...ROWS, rows: slotRows(state), format: undefined, document });
    const next = nextStepOf(state, appId);
    if (next && !terminal.json) terminal.note(next);
  },
});
