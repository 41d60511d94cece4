/** What is said where a change of domains is not what was wanted. */
import type { DomainWay } from '../protocol/calls/mini-program/domain-endpoints.ts';
import { en, firstOf, listed, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** A domain that WeChat did not do with as it was asked, although its answer has errcode 0. */
export interface Untaken {
  domain: string;
  why: 'invalid' | 'withoutIcp' | 'missing' | 'stillThere';
}

const SHOWN = 10;
const WHY: Record<Untaken['why'], Text> = {
  invalid: text('not valid', '不合法'),
  withoutIcp: text('without ICP filing', '未备案'),
  missing: text('not stored', '未保存'),
  stillThere: text('still there', '仍存在'),
};

/** NOT_KEPT: which ones, and why as far as WeChat says. */
export function notTaken(untaken: readonly Untaken[], given: number, way: DomainWay): WxopError {
  const named = untaken.map(({ domain, why }) => text(en`${domain} (${WHY[why]})`, zh`${domain}（${WHY[why]}）`));
  const which = firstOf(named, SHOWN);
  return new WxopError(
    'NOT_KEPT',
    text(
      en`WeChat answered with success and did not take ${untaken.length} of ${given} domains: ${which}.`,
      zh`微信应答成功，但 ${given} 个域名中有 ${untaken.length} 个未生效：${which}。`,
    ),
    { hint: listed([...stepsAfter(untaken, way)], text(' ', '')) },
  );
}

function* stepsAfter(untaken: readonly Untaken[], way: DomainWay): Generator<Text> {
  const has = (wanted: Untaken['why']): boolean => untaken.some(({ why }) => why === wanted);
  if (has('invalid')) yield text('Correct what is not valid.', '请更正不合法的域名。');
  if (has('withoutIcp')) yield text('File the domain (ICP 备案) first.', '请先完成域名备案。');
  if (has('missing') && way === 'component') {
    yield text(
      "Register it in the component's own list first: `wxop mini domains add --own`.",
      '请先登记到第三方平台自身的列表：`wxop mini domains add --own`。',
    );
  }
  yield text(
    'The others stay as they are now: `wxop mini domains get`. Each change counts towards 50 a month.',
    '其余域名已按当前状态保留：`wxop mini domains get`。每次修改计入每月 50 次。',
  );
}

export const domainsUnknown = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the domains were changed.',
    '微信没有应答，无法判断域名是否已修改。',
  ),
  hint: text(
    'Look with `wxop mini domains get`; running it again sends only what is missing.',
    '请用 `wxop mini domains get` 查看；重新运行只会提交缺少的部分。',
  ),
};
