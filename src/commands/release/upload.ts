/** `wxop release upload`: a template with the merchant's own values, as the trial version. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isUsableVersion, LONGEST_VERSION } from '../../protocol/calls/release/code-endpoints.ts';
import type { Template } from '../../protocol/calls/release/template-endpoints.ts';
import { isOpenAudit, readCodeState } from '../../release/code-state.ts';
import { findTemplate } from '../../release/steps/template-steps.ts';
import { uploadCode } from '../../release/steps/upload-code.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Json } from '../../runtime/json-object.ts';
import { problemLines } from '../../terminal/problem-lines.ts';
import { actAs } from '../act-as.ts';
import { countArgument } from '../arguments.ts';
import { readInput } from '../files.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';
import { templatePages } from './template-pages.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    template: parameter('--template <id>', text('its id: `wxop template list`', '模板 ID：`wxop template list`'), {
      parse: countArgument(0),
    }),
    codeVersion: parameter(
      '--code-version <text>',
      text("its version; the template's by default", '版本号；默认与模板相同'),
    ),
    description: parameter(
      '--description <text>',
      text("its description; the template's by default", '版本描述；默认与模板相同'),
    ),
    extJson: parameter(
      '--ext-json <file>',
      text("the merchant's ext_json; - is stdin", '商家的 ext_json；- 表示标准输入'),
    ),
    appJson: parameter(
      '--app-json <file>',
      text("the app.json of the template's project, to check pages against", '模板项目的 app.json，用于核对页面'),
    ),
    pagesOf: parameter(
      '--pages-of <account>',
      text(
        'a mini program whose trial version was made of this template, to check pages against',
        '体验版由该模板生成的小程序，用于核对页面',
      ),
    ),
    dryRun: parameter('--dry-run', text('check, show and upload nothing', '只检查并显示，不上传')),
  },
  notes: text(
    'The trial version of the mini program is replaced; an open audit keeps the code that it was submitted with.',
    '会替换小程序的体验版；审核中的版本仍是提交时的代码。',
  ),
  examples: [
    'wxop release upload wx0123456789abcdef --template 12',
    'wxop release upload 春风茶馆 --template 12 --ext-json tea.json',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, template: templateId, codeVersion, description: given, ...files }) => {
    const { terminal } = context;
    if (templateId === undefined) throw nameTemplate();
    const { appId, name, call, steps } = await openMiniProgram(context, account);
    const template = await findTemplate((await actAs(context, { component: true })).call, templateId);
    const extJson = JSON.stringify({ extAppid: appId, ...(await readExtJson(context, files, appId, template)) });
    const version = codeVersion ?? template.version;
    const description = given ?? template.description;
    if (!isUsableVersion(version)) throw unusableVersion();
    const upload = { templateId, extJson, version, description };
    const document = { appId, templateId, version, description, extJson: JSON.parse(extJson) as Json };
    if (files.dryRun) {
      if (terminal.json) terminal.printJson({ ...document, uploaded: false });
      else terminal.note(wouldUpload(name, templateId, version));
      return;
    }
    const state = await readCodeState(call);
    const { wasLost } = await uploadCode(call, upload, state.trial, steps);
    if (terminal.json) return terminal.printJson({ ...document, uploaded: true, answerLost: wasLost });
    terminal.note(uploaded(name, templateId, version));
    if (state.audit && isOpenAudit(state.audit)) terminal.note(AUDIT_KEEPS);
    terminal.note(nextIsCheck(appId));
  },
});

interface Files {
  extJson?: string;
  appJson?: string;
  pagesOf?: string;
}

/** Its problems are told on stderr. Throws EXT_JSON_INVALID. */
async function readExtJson(
  context: Context,
  { extJson, ...from }: Files,
  appId: string,
  { isStandard }: Template,
): Promise<Json> {
  if (extJson === undefined) return {};
  const { checkExtJson } = await import('../../release/ext-json/check-ext-json.ts');
  const pages = await templatePages(context, from);
  const bytes = extJson === '-' ? await context.stdin.bytes() : await readInput(extJson);
  const { document, problems } = checkExtJson(bytes, { appId, isStandard, ...(pages && { pages }) });
  const { terminal } = context;
  if (!terminal.json) {
    for (const line of await problemLines(context, { path: extJson, bytes, problems }, 'err')) terminal.note(line);
  }
  if (document) return document;
  const [first] = problems.filter(({ severity }) => severity === 'error');
  const at = `${extJson}:${first?.line ?? 1}:${first?.column ?? 1}`;
  const message = first?.message ?? '';
  throw new WxopError('EXT_JSON_INVALID', text(en`${at}: ${message}`, zh`${at}：${message}`), {
    hint: NOTHING_UPLOADED,
    ...(first?.errcode !== undefined && { errcode: first.errcode }),
  });
}

const NOTHING_UPLOADED = text('Nothing was uploaded: correct the file.', '未上传任何内容，请修改文件。');
const AUDIT_KEEPS = text(
  'An audit is open: it goes on with the code that it was submitted with.',
  '有审核正在进行：审核的仍是提交时的代码。',
);
const nameTemplate = (): WxopError =>
  new WxopError('USAGE', text('Which template? --template is missing.', '缺少 --template。'), {
    hint: text('See `wxop template list`.', '请查看 `wxop template list`。'),
  });
const unusableVersion = (): WxopError =>
  new WxopError(
    'USAGE',
    text(`A version has 1 to ${LONGEST_VERSION} characters.`, `版本号须为 1 至 ${LONGEST_VERSION} 个字符。`),
    { hint: text('Give another with --code-version.', '请用 --code-version 指定。') },
  );
const wouldUpload = (name: string, templateId: number, version: string): Text =>
  text(
    en`Would upload template ${templateId} to ${name} as version ${version}.`,
    zh`将把模板 ${templateId} 上传到 ${name}，版本 ${version}。`,
  );
const uploaded = (name: string, templateId: number, version: string): Text =>
  text(
    en`Uploaded template ${templateId} to ${name}: the trial version is ${version}.`,
    zh`已将模板 ${templateId} 上传到 ${name}，体验版为 ${version}。`,
  );
const nextIsCheck = (appId: string): Text =>
  text(
    `WeChat now looks for private interfaces, about a minute: \`wxop release check ${appId}\`.`,
    `微信正在检测隐私接口，约需一分钟：\`wxop release check ${appId}\`。`,
  );
