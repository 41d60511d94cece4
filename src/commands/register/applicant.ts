/** What is given of an applicant, checked before WeChat sees it: failures there count against the applicant. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { Endpoint } from '../../protocol/calls/endpoints.ts';
import { ANSWER_LOST, isAnswerLost } from '../../release/steps/send-once.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

const WECHAT_ID = /^[A-Za-z][\w-]{5,19}$/;

function wechatId(typed: string): string {
  if (WECHAT_ID.test(typed)) return typed;
  throw new WxopError('USAGE', text(en`${typed} cannot be a WeChat id.`, zh`${typed} 不是微信号。`), {
    hint: text(
      '6 to 20 letters, digits, - and _, beginning with a letter; not a nickname, not a mobile number, not an openid.',
      '6 到 20 位字母、数字、减号或下划线，以字母开头；不是昵称、手机号或 openid。',
    ),
  });
}

export const CONTACT_PHONE = parameter(
  '--phone <number>',
  text('your telephone number, shown to them', '您的联系电话，会向其显示'),
);

/** A company and its legal person: what a registration is asked for with, and found by. */
export const APPLICANT = {
  name: parameter('<name>', text('the company as it is registered', '企业名称，与工商登记一致')),
  legalName: parameter('<legal-name>', text('its legal person', '法人姓名')),
  legalWechat: parameter('<legal-wechat>', text('the WeChat id of the legal person', '法人微信号')),
};

export const expectWechatId = (typed: string): string => wechatId(typed);

/** Sends it once. A lost answer is never followed by a second registration. */
export async function registerOnce<Args, Answer>(
  context: Context,
  endpoint: Endpoint<Args, Answer>,
  args: Args,
  lookWith: Text,
): Promise<Answer> {
  const keeper = await context.keeper();
  // The token first: where it cannot be had, nothing was sent.
  const token = await keeper.token({ component: true });
  try {
    return await keeper.call({ component: true }, endpoint, args, token);
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    context.terminal.note(ANSWER_LOST);
    throw new WxopError(
      'OUTCOME_UNKNOWN',
      text(
        'The answer was lost: WeChat may have begun the registration, or not.',
        '应答丢失：微信可能已开始注册，也可能没有。',
      ),
      { hint: lookWith, cause: error },
    );
  }
}
