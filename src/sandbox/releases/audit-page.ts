/** The page on which a person decides audits, as WeChat's reviewers do. */
import { escapeHtml } from '../../sentences/escape-html.ts';
import type { AuditVerdict } from '../sandbox-options.ts';
import { sandboxPage } from '../sandbox-page.ts';
import type { Account } from '../wechat-state.ts';
import type { AuditCase, AuditStatus } from './mini-program.ts';
import type { AuditOutcome } from './script/release-script.ts';

export const AUDITS_PAGE = '/_sandbox/audits';
/** Where its form goes. */
export const AUDIT_ACTION = '/_sandbox/page/audit';
/** Decided ones that are shown. */
const MOST_DECIDED = 50;

const STATUS: Record<AuditStatus, string> = { 0: '审核通过', 1: '审核被拒绝', 2: '审核中', 3: '已撤回', 4: '审核延后' };

interface SubmittedAudit {
  account: Account;
  audit: AuditCase;
}

/** The newest audits first; of each mini program only the newest can be open. */
export function auditPage(submitted: SubmittedAudit[]): string {
  const isOpen = ({ audit }: SubmittedAudit): boolean => audit.status === 2 || audit.status === 4;
  const open = submitted.filter(isOpen);
  const decided = submitted.filter((one) => !isOpen(one)).slice(0, MOST_DECIDED);
  const forms = open.map(
    (one) => `<section>${described(one)}
<form method="post" action="${AUDIT_ACTION}"><input type="hidden" name="appid" value="${one.account.appId}">
<textarea name="reason" rows="2" placeholder="拒绝或延后的原因（HTML）"></textarea>
<input name="screenshots" placeholder="截图的 media_id，用 | 分隔">
<div class="row"><button name="outcome" value="pass">通过</button><button name="outcome" value="reject">拒绝</button><button name="outcome" value="delay">延后</button></div>
</form></section>`,
  );
  return sandboxPage(
    '代码审核',
    `${forms.join('\n') || '<p>没有待审核的版本。</p>'}
${decided.map((one) => `<section>${described(one)}</section>`).join('\n')}`,
  );
}

const described = ({ account, audit }: SubmittedAudit): string =>
  `<p><strong>${escapeHtml(account.nickName)}</strong><span>${account.appId} · ${audit.id} · ${escapeHtml(audit.build.version)} · ${STATUS[audit.status]}</span>
${escapeHtml(audit.build.description)}</p>`;

/** What the form says. */
export function verdictIn(form: URLSearchParams): AuditVerdict {
  const [reason, screenshots] = [form.get('reason') ?? '', form.get('screenshots') ?? ''];
  return {
    appId: form.get('appid') ?? '',
    outcome: (form.get('outcome') ?? '') as AuditOutcome,
    ...(reason !== '' && { reason }),
    ...(screenshots !== '' && { screenshots: screenshots.split('|') }),
  };
}
