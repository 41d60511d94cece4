/** What an audit needs beside code and category, as far as it can be read: domains and the privacy guide. */
import { getEffectiveServerDomains, type ServerDomains } from '../protocol/calls/mini-program/domain-endpoints.ts';
import { getPrivacyGuide } from '../protocol/calls/mini-program/privacy-endpoints.ts';
import { en, firstOf, text, zh, type Text } from '../sentences/text.ts';
import { isError } from '../sentences/wxop-error.ts';
import { missingInGuide } from './guide-file.ts';
import type { HolderCall } from '../wechat-api/call.ts';

/** Found missing before an audit. */
export interface AuditNeed {
  /** For a cell of a table. */
  short: Text;
  long: Text;
}

const SHOWN = 4;

/** Only reads. What cannot be read is not said to be missing. */
export async function readAuditNeeds(call: HolderCall): Promise<AuditNeed[]> {
  const guide = await orNothing(call(getPrivacyGuide, { version: 'development' }));
  const domains = await orNothing(call(getEffectiveServerDomains, undefined));
  const missing = guide ? missingInGuide(guide) : [];
  const { console, component, direct, effective } = domains ?? {};
  const hasDomains = [console, component, direct, effective].some((lists) => lists && isAny(lists));
  return [...(missing.length > 0 ? [lacksInGuide(missing)] : []), ...(domains && !hasDomains ? [NO_DOMAINS] : [])];
}

const isAny = ({ request }: ServerDomains): boolean => request.length > 0;

/** An interruption is none of what cannot be read. */
const orNothing = <Answer>(asked: Promise<Answer>): Promise<Answer | undefined> =>
  asked.catch((error: unknown) => {
    if (isError(error, 'CANCELLED')) throw error;
    return undefined;
  });

function lacksInGuide(missing: readonly Text[]): AuditNeed {
  const which = firstOf(missing, SHOWN);
  return {
    short: text('privacy guide incomplete', '隐私保护指引不完整'),
    long: text(
      en`The privacy guide lacks ${which}: an audit rejects that. See \`wxop mini privacy get\`.`,
      zh`隐私保护指引缺少${which}，审核会被驳回。请查看 \`wxop mini privacy get\`。`,
    ),
  };
}

const NO_DOMAINS: AuditNeed = {
  short: text('no request domain', '没有请求域名'),
  long: text(
    'No request domain is set: the code reaches no server of yours. See `wxop mini domains add`.',
    '尚未设置请求域名，代码无法访问您的服务器。请查看 `wxop mini domains add`。',
  ),
};
