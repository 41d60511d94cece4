/** `wxop release publish`: puts the approved version online, for everybody at once. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { isAuditOnline, readCodeState } from '../../release/code-state.ts';
import { publishApproved } from '../../release/steps/publish-steps.ts';
import { expectApprovedAudit } from '../../release/expect-stage.ts';
import { versionJson } from '../../release/state-rows.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    expect: parameter(
      '--expect <version>',
      text('publish only if this version is the approved one', '仅当审核通过的是该版本时才发布'),
    ),
  },
  notes: text(
    'WeChat publishes the latest approved version; another cannot be named. --expect refuses when it is not the one that you mean.',
    '微信只能发布最近审核通过的版本，无法指定其他版本。使用 --expect 可在版本不符时拒绝发布。',
  ),
  examples: ['wxop release publish wx0123456789abcdef', 'wxop release publish wx0123456789abcdef --expect 2.3.1 --yes'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { account, expect }) => {
    const { terminal } = context;
    const { appId, name, call, steps } = await openMiniProgram(context, account);
    const state = await readCodeState(call);
    const { auditId, version } = expectApprovedAudit(state, appId, expect);
    const before = state.online;
    const document = { appId, auditId, version };
    if (isAuditOnline(state)) {
      return {
        run: () => {
          const online = versionJson(before);
          if (terminal.json) terminal.printJson({ ...document, published: false, answerLost: false, online });
          else terminal.note(onlineAlready(version));
        },
      };
    }
    return {
      question: text(
        en`Publish version ${version} to all users of ${name}? Online now: ${before?.version || '-'}.`,
        zh`向 ${name} 的全部用户发布版本 ${version}？当前线上版：${before?.version || '-'}。`,
      ),
      run: async () => {
        const { answer, wasLost } = await publishApproved(call, { auditId, version, before }, steps);
        const { online } = await readCodeState(call);
        // WeChat is known to leave the name of an online version empty.
        const isOther = online !== undefined && online.version !== '' && online.version !== version;
        if (isOther) terminal.warn(answer.wasOnline ? wentBack(version, online.version) : showsOther(online.version));
        if (terminal.json) {
          const published = !answer.wasOnline;
          terminal.printJson({ ...document, published, answerLost: wasLost, online: versionJson(online) });
        } else if (!answer.wasOnline) terminal.note(published(name, version));
        else if (!isOther) terminal.note(onlineAlready(version));
      },
    };
  },
});

const published = (name: string, version: string): Text =>
  text(
    en`Published version ${version} of ${name}. Users get it at their next cold start.`,
    zh`已发布 ${name} 的版本 ${version}。用户下次冷启动时更新。`,
  );
const onlineAlready = (version: string): Text =>
  text(en`Version ${version} is online already: nothing was published.`, zh`版本 ${version} 已在线上，未重复发布。`);
/** After `release revert`: WeChat goes on taking the approved version for published. */
const wentBack = (version: string, online: string): Text =>
  text(
    en`Nothing was published. WeChat says that version ${version} was online already, and shows ${online}. If somebody went back, it takes a new upload and audit.`,
    zh`未重复发布。微信称版本 ${version} 已发布过，当前线上版为 ${online}。若曾回退，须重新上传并审核。`,
  );
const showsOther = (version: string): Text =>
  text(en`WeChat shows version ${version} as online.`, zh`微信显示的线上版为 ${version}。`);
