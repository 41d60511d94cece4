/** What happens to a mini program without a call: its new name is decided, WeChat finds a violation. */
import type { Audits } from './audits.ts';
import type { MiniProgram, ViolationRecord } from './mini-program.ts';
import { accountScript, type ScriptedViolation } from './script/release-script.ts';
import type { Releases } from './releases.ts';

/** 违规与申诉: its events need it. */
const CONDUCT_SET = 76;
/** Milliseconds. */
const AFTER = 10_000;
const RULE = {
  rule_url: 'https://developers.weixin.qq.com/miniprogram/product/',
  rule_name: '微信小程序平台运营规范',
};

/** Plans what the script says; times count from the start. */
export function planIncidents(releases: Releases, audits: Audits): void {
  const { wechat, schedule, now, script } = releases;
  for (const { appId, kind } of wechat.accounts) {
    const { rename, violations = [] } = accountScript(script, appId);
    if (kind !== 'mini' || (!rename && violations.length === 0)) continue;
    const program = releases.programOf(appId);
    if (rename) {
      const { outcome, after = AFTER, nickname = '', reason = '' } = rename;
      program.isRenaming = true;
      schedule.at(now() + after, () => {
        program.isRenaming = false;
        const ret = outcome === 'pass' ? 3 : 2;
        audits.announce(program, 'wxa_nickname_audit', { ret, nickname, reason });
      });
    }
    violations.forEach((violation, index) => {
      schedule.at(now() + (violation.after ?? AFTER), () => punish(program, violation, `violation${index + 1}`));
    });
  }

  function punish(program: MiniProgram, { reason, content = '', suspends }: ScriptedViolation, id: string): void {
    const record: ViolationRecord = {
      illegal_record_id: id,
      create_time: wechat.seconds(),
      illegal_reason: reason,
      illegal_content: content,
      ...RULE,
    };
    program.violations.push(record);
    if (suspends) program.isVisible = false;
    if (!program.account.funcInfo.includes(CONDUCT_SET)) return;
    audits.announce(program, 'wxa_illegal_record', { ...record, appid: program.account.appId });
  }
}
