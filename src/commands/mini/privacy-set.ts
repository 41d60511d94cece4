/** `wxop mini privacy set`: a guide from a file, for one mini program or for many. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { readGuideFile } from '../../mini-program/guide-file.ts';
import { setGuide } from '../../mini-program/set-guide.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { readJsonFile } from '../files.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts } from './chosen-accounts.ts';
import { outcomeOf, printOutcomes } from './print-outcomes.ts';
import { ONLINE_GUIDE } from './privacy-get.ts';
import { workOnEach } from './work-on-each.ts';

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
    // What is half written costs no call.
    const document = await readJsonFile(context, guide);
    if (!document) throw notAGuide(guide);
    const file = readGuideFile(document);
    const chosen = await chosenAccounts(context, choice);
    const worked = await workOnEach(context, chosen, concurrency, async (call, steps) => ({
      outcome: outcomeOf((await setGuide(call, file, online ? 'online' : 'development', steps)).isChanged),
    }));
    await printOutcomes(context, worked, { format, ...(!online && { afterwards: AFTER_RELEASE }) });
  },
});

const AFTER_RELEASE = text('It goes online with the next audit and release.', '随下次审核与发布上线。');

const notAGuide = (file: string): WxopError =>
  new WxopError('USAGE', text(en`${file} is not a JSON object.`, zh`${file} 不是 JSON 对象。`), {
    hint: text(
      '`wxop mini privacy get <account> -o guide.json` writes a file of the right shape.',
      '可用 `wxop mini privacy get <帐号> -o guide.json` 生成格式正确的文件。',
    ),
  });
