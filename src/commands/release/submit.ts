/** `wxop release submit`: hands the trial version in for audit. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { AuditForm } from '../../protocol/calls/release/audit-endpoints.ts';
import { getCodeCategories } from '../../protocol/calls/release/code-endpoints.ts';
import { readAuditNeeds } from '../../mini-program/audit-needs.ts';
import { defaultItems, readAuditForm } from '../../release/audit-form.ts';
import { submitForAudit } from '../../release/steps/audit-steps.ts';
import { isOpenAudit, isTrialAudited, readCodeState } from '../../release/code-state.ts';
import { expectSubmittableTrial } from '../../release/expect-stage.ts';
import { foundInterfaces, isCheckClean } from '../../release/steps/wait-for-detection.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { readJsonFile } from '../files.ts';
import { ACCOUNT } from '../flags.ts';
import { detect, DETECTION_TIMEOUT } from './check.ts';
import { openMiniProgram } from './mini-program.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    description: parameter('--description <text>', text('what changed, for the reviewer', '版本说明，供审核人员参考')),
    feedback: parameter(
      '--feedback <text>',
      text('what you say to the last rejection; ignored without one', '对上次驳回的反馈；上次未被驳回则忽略'),
    ),
    form: parameter(
      '--form <file>',
      text('a JSON file with fields of submit_audit; - is stdin', '含 submit_audit 字段的 JSON 文件；- 表示标准输入'),
    ),
    privateApisUnused: parameter(
      '--private-apis-unused',
      text(
        'promise that private interfaces which are not declared or granted are never called',
        '承诺不会调用未声明或未获授权的隐私接口',
      ),
    ),
    timeout: DETECTION_TIMEOUT,
  },
  notes: text(
    "It waits for the detection, and costs one of the month's audits that all mini programs share. Without item_list in the form, the first category of the mini program is sent.",
    '会先等待检测结束。每次提交消耗一次当月审核额度，由全部小程序共用。表单中没有 item_list 时，提交小程序的第一个类目。',
  ),
  examples: [
    'wxop release submit wx0123456789abcdef',
    'wxop release submit 春风茶馆 --description "summer menu" --form audit.json',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, timeout, ...flags }) => {
    const { terminal } = context;
    const form = await formOf(context, flags);
    const { appId, name, call, steps } = await openMiniProgram(context, account);
    const state = await readCodeState(call);
    const { audit } = state;
    if (audit && isOpenAudit(audit) && isTrialAudited(state)) {
      const { auditId, version } = audit;
      if (terminal.json) terminal.printJson({ appId, auditId, version, submitted: false, answerLost: false });
      else terminal.note(inAuditAlready(version, auditId));
      return;
    }
    const { version } = expectSubmittableTrial(state, appId);
    await expectCleanCode(context, call, timeout, form.privacyApiNotUse);
    for (const { long } of await readAuditNeeds(call)) terminal.warn(long);
    const items = form.items ?? defaultItems(await call(getCodeCategories, undefined));
    const { answer: auditId, wasLost } = await submitForAudit(
      call,
      { ...form, items },
      { version, before: audit },
      steps,
    );
    if (terminal.json) {
      terminal.printJson({ appId, auditId: auditId ?? null, version, submitted: true, answerLost: wasLost });
    } else terminal.note(submitted(name, version, auditId), onceApproved(appId));
  },
});

async function expectCleanCode(
  context: Context,
  call: HolderCall,
  timeout: number,
  isPromised: boolean | undefined,
): Promise<void> {
  try {
    const check = await detect(context, call, timeout);
    if (!isCheckClean(check) && !isPromised) throw foundInterfaces(check);
  } catch (error) {
    // The other form in which the detection says what it found.
    if (!isPromised || !isError(error, 'PLATFORM_REFUSED', 61040)) throw error;
  }
}

interface FormFlags {
  description?: string;
  feedback?: string;
  form?: string;
  privateApisUnused?: true;
}

async function formOf(context: Context, given: FormFlags): Promise<Partial<AuditForm>> {
  return {
    ...(given.form !== undefined && (await readForm(context, given.form))),
    ...(given.description !== undefined && { versionDescription: given.description }),
    ...(given.feedback !== undefined && { feedback: given.feedback }),
    ...(given.privateApisUnused && { privacyApiNotUse: true }),
  };
}

async function readForm(context: Context, path: string): Promise<Partial<AuditForm>> {
  const document = await readJsonFile(context, path);
  if (document) return readAuditForm(document);
  throw new WxopError('USAGE', text(en`${path} is not a JSON object.`, zh`${path} 不是 JSON 对象。`), {
    hint: text('It holds the body of submit_audit.', '内容应为 submit_audit 的请求体。'),
  });
}

const submitted = (name: string, version: string, auditId: number | undefined): Text => {
  const id = auditId === undefined ? '' : text(en` (audit ${auditId})`, zh`（审核单 ${auditId}）`);
  return text(
    en`Submitted version ${version} of ${name}${id}. WeChat takes hours to days.`,
    zh`已提交 ${name} 的版本 ${version}${id}。审核需数小时至数天。`,
  );
};
const onceApproved = (appId: string): Text =>
  text(
    `Look with \`wxop release status ${appId}\`; once it is approved: \`wxop release publish ${appId}\`.`,
    `可用 \`wxop release status ${appId}\` 查看；通过后：\`wxop release publish ${appId}\`。`,
  );
const inAuditAlready = (version: string, auditId: number): Text =>
  text(
    en`Version ${version} is in audit already (${auditId}): nothing was submitted.`,
    zh`版本 ${version} 已在审核中（${auditId}），未重复提交。`,
  );
