/** `wxop mini privacy set`: a guide from a file, for one mini program or for many. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { readGuideFile } from '../../mini-program/guide-file.ts';
import { setGuide } from '../../mini-program/set-guide.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { printRows } from '../../terminal/rows.ts';
import type { BulkFailure } from '../bulk.ts';
import { readJsonFile } from '../files.ts';
import {
  ACCOUNTS,
  CHOICE_FLAGS,
  chosenAccounts,
  ONLINE_GUIDE,
  OUTCOME_COLUMNS,
  outcomeIn,
  outcomeOf,
  summaryOf,
  tellMiniFailures,
  workOnEach,
  type Outcome,
  type WorkedOn,
} from './chosen-accounts.ts';

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: {
    guide: parameter('--guide <file>', text('the guide as JSON; - is stdin', '指引的 JSON 文件；- 表示标准输入'), {
      isRequired: true,
    }),
    online: ONLINE_GUIDE,
    ...CHOICE_FLAGS,
  },
  notes: text(
    'It replaces everything that was declared, and goes online with the next audit and release. With --online only owner_setting is sent, and counts at once.',
    '会替换此前声明的全部内容，随下次审核与发布上线。使用 --online 时仅提交 owner_setting，立即生效。',
  ),
  examples: [
    'wxop mini privacy set wx0123456789abcdef --guide guide.json',
    'wxop mini privacy set --all --guide guide.json',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { guide, online, concurrency, format, ...choice }) => {
    const { terminal } = context;
    // What is half written costs no call.
    const document = await readJsonFile(context, guide);
    if (!document) throw notAGuide(guide);
    const file = readGuideFile(document);
    const chosen = await chosenAccounts(context, choice);
    const worked = await workOnEach(context, chosen, concurrency, async (call, steps) => ({
      outcome: outcomeOf((await setGuide(call, file, online ? 'online' : 'development', steps)).isChanged),
    }));
    const rows = worked.map((row): ChangedRow => ({ ...row, outcome: outcomeIn(row) }));
    const csv = ['nickName', 'appId', 'outcome', 'error'] as const;
    await printRows(terminal, { columns: OUTCOME_COLUMNS, csv, rows, format });
    if (!terminal.json)
      terminal.note(
        summaryOf(rows),
        ...(online || !rows.some(({ outcome }) => outcome === 'changed') ? [] : [AFTER_RELEASE]),
      );
    tellMiniFailures(context, rows);
  },
});

type ChangedRow = WorkedOn & { outcome: Outcome; error?: BulkFailure };

const AFTER_RELEASE = text('It goes online with the next audit and release.', '随下次审核与发布上线。');

const notAGuide = (file: string): WxopError =>
  new WxopError('USAGE', text(en`${file} is not a JSON object.`, zh`${file} 不是 JSON 对象。`), {
    hint: text(
      '`wxop mini privacy get <account> -o guide.json` writes a file of the right shape.',
      '可用 `wxop mini privacy get <帐号> -o guide.json` 生成格式正确的文件。',
    ),
  });
