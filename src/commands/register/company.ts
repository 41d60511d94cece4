/** `wxop register company`: asks WeChat for a company's mini program. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { registerCompany } from '../../protocol/calls/register-endpoints.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { APPLICANT, expectWechatId, CONTACT_PHONE, registerOnce } from './applicant.ts';

/** Kind → how a code of it looks. */
const CODES: [type: number, looks: RegExp][] = [
  [1, /^[0-9A-Z]{18}$/],
  [2, /^[0-9A-Z]{8}-[0-9A-Z]$/],
  [3, /^\d{15}$/],
];

export const command = defineCommand({
  arguments: {
    name: APPLICANT.name,
    code: parameter('<code>', text('its 统一社会信用代码, or an older code', '统一社会信用代码等企业代码')),
    legalName: APPLICANT.legalName,
    legalWechat: APPLICANT.legalWechat,
  },
  flags: { phone: CONTACT_PHONE },
  notes: text(
    'The kind of the code follows from its form: 18 characters (统一社会信用代码), XXXXXXXX-X (组织机构代码) or 15 digits (营业执照注册号).',
    '代码类型由其格式判断：18 位（统一社会信用代码）、XXXXXXXX-X（组织机构代码）或 15 位数字（营业执照注册号）。',
  ),
  examples: ['wxop register company 示例茶饮有限公司 91500000MA00000000 张三 zhangsan_88'],
  risk: 'production',
  output: 'document',
  prepare: (context, { name, code, legalName, legalWechat, phone }) => {
    const codeType = CODES.find(([, looks]) => looks.test(code))?.[0];
    if (codeType === undefined) throw notACode(code);
    const company = { name, code, codeType, legalName, legalWechat: expectWechatId(legalWechat), phone };
    return {
      question: text(
        en`Register a mini program for ${name}? WeChat sends ${legalName} a message.`,
        zh`为 ${name} 注册小程序？微信会向 ${legalName} 发送消息。`,
      ),
      run: async () => {
        const { terminal } = context;
        await registerOnce(context, registerCompany, company, LOOK);
        if (terminal.json) terminal.printJson({ name, code, codeType, legalName, legalWechat, state: 'face-check' });
        else terminal.note(asked([name, legalName, legalWechat]));
      },
    };
  },
});

const LOOK = text(
  'Look with `wxop register query company` before you ask for it again: WeChat takes one at a time, for 24 hours.',
  '请先用 `wxop register query company` 查询，再决定是否重新提交：24 小时内同一主体只能有一个任务。',
);

const asked = (applicant: string[]): Text => {
  const query = `wxop register query company ${applicant.map(inShell).join(' ')}`;
  return text(
    en`WeChat has sent the legal person a message; they confirm within 24 hours. Keep \`wxop listen\` running: the event that follows brings the account. Until then: \`${query}\`.`,
    zh`微信已向法人发送消息，须在 24 小时内确认。请保持 \`wxop listen\` 运行：随后的事件会带来该帐号。期间可查询：\`${query}\`。`,
  );
};

/** As an argument that a shell takes whole. */
const inShell = (word: string): string =>
  /^[\p{L}\p{N}_-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const notACode = (code: string): WxopError =>
  new WxopError('USAGE', text(en`${code} is not a company code.`, zh`${code} 不符合任何企业代码的格式。`), {
    hint: text(
      '18 digits and capitals (统一社会信用代码), XXXXXXXX-X (组织机构代码), or 15 digits (营业执照注册号).',
      '18 位数字与大写字母（统一社会信用代码）、XXXXXXXX-X（组织机构代码）或 15 位数字（营业执照注册号）。',
    ),
  });
