/** Audits and releases of mini programs. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';

const FORM = text('A field of the audit form.', '审核表单的字段。');
const CORRECT_FORM = text(
  'Correct it and submit again: `wxop release submit --form FILE`.',
  '请修正后重新提交：`wxop release submit --form FILE`。',
);
const PUNISHED = text('Too many submissions were rejected.', '提审被拒次数过多。');
const LOOK = text('Look at the state: `wxop release status`.', '请查看状态：`wxop release status`。');
const GRAY = text('Gray release, for a part of the users.', '灰度发布。');

export const AUDITS: Errcodes = {
  53104: entry(
    'no',
    text('the release failed, and WeChat says no more', '发布失败，微信未说明原因'),
    text('Seen for a mini program that was approved.', '曾在审核通过的小程序上出现。'),
    text(
      'Report the rid to WeChat; `wxop rid` shows what it recorded.',
      '请将 rid 反馈给微信；`wxop rid` 可查看其记录。',
    ),
  ),
  85006: entry(
    'no',
    text('a tag is not valid', '标签格式错误'),
    text('At most ten, of 20 characters each.', '最多十个，每个不超过 20 字。'),
    CORRECT_FORM,
  ),
  85007: entry('no', text('a page of the form is not in the code', '表单中的页面路径错误'), FORM, CORRECT_FORM),
  85008: entry(
    'no',
    text('the mini program has no approved category', '没有审核通过的类目'),
    text('None was added, or it is in audit.', '未添加类目，或类目审核中。'),
    text('Add a category and wait until it is approved.', '请添加类目并等待审核通过。'),
  ),
  85009: entry(
    'no',
    text('a version is in audit already', '已有版本正在审核'),
    text(
      'At most one is open; a submission whose answer was lost counts, too.',
      '同一时间只能有一个；应答丢失的提交也算。',
    ),
    LOOK,
  ),
  85010: entry('no', text('an item of the form is incomplete', '表单项目缺少内容'), FORM, CORRECT_FORM),
  85011: entry(
    'no',
    text('a title is too long', '标题过长'),
    text('32 characters at most.', '最多 32 字。'),
    CORRECT_FORM,
  ),
  85012: entry(
    'no',
    text('there is no such audit', '审核单不存在'),
    text('It belongs to another mini program.', '属于其他小程序。'),
    LOOK,
  ),
  85019: entry(
    'no',
    text('no version was audited', '没有审核版本'),
    text('Nothing was submitted by this component.', '本第三方平台没有提交过审核。'),
    text('Submit first: `wxop release submit`.', '请先提交审核：`wxop release submit`。'),
  ),
  85020: entry(
    'no',
    text('the audit is not at the stage for this', '审核状态不允许该操作'),
    text(
      'In audit, rejected, or the mini program is suspended or not filed (备案).',
      '审核中、被驳回，或小程序被暂停、未备案。',
    ),
    LOOK,
  ),
  85023: entry(
    'no',
    text('the form has too many items, or none', '表单项目数量错误'),
    text('One to five.', '一至五个。'),
    CORRECT_FORM,
  ),
  85051: entry('no', text('the description or the preview is too long', '版本说明或预览过长'), FORM, CORRECT_FORM),
  85052: entry(
    'no',
    text('this version is online already', '该版本已发布'),
    text('A second click, or an answer that was lost.', '重复操作，或此前应答丢失。'),
    text(
      'Nothing is to be done, if it is the version that you mean: `wxop release status`.',
      '若版本无误则无需处理：`wxop release status`。',
    ),
  ),
  85058: entry(
    'no',
    text('there is no audit of this component', '没有有效的审核单'),
    text('Nothing was submitted by it, or a moment ago.', '未提交过审核，或刚刚提交。'),
    text('Look again in a minute: `wxop release status`.', '请一分钟后再查看：`wxop release status`。'),
  ),
  85064: entry(
    'no',
    text('there is no such template or draft', '找不到模板或草稿'),
    text(
      'It was deleted, replaced by a newer upload, or belongs to another component.',
      '已被删除、被新的上传替换，或属于其他第三方平台。',
    ),
    text(
      'Look: `wxop template list`, `wxop template drafts`.',
      '请查看：`wxop template list`、`wxop template drafts`。',
    ),
  ),
  85065: entry(
    'no',
    text('the template library is full', '模板库已满'),
    text('It holds 200 templates.', '最多 200 个模板。'),
    text(
      'Delete templates that are no longer used: `wxop template delete`.',
      '请删除不再使用的模板：`wxop template delete`。',
    ),
  ),
  85077: entry(
    'no',
    text('WeChat withdrew a category', '类目已失效'),
    text('It was approved once.', '此前曾审核通过。'),
    text('Let the merchant choose a category again.', '请商家重新选择类目。'),
  ),
  85079: entry(
    'no',
    text('the mini program was never online', '小程序没有线上版本'),
    GRAY,
    text('Publish it for everybody first.', '请先全量发布。'),
  ),
  85080: entry(
    'no',
    text('there is nothing approved that could be released gray', '没有可灰度的审核通过版本'),
    text('It is not approved, or online for everybody already.', '未通过审核，或已全量发布。'),
    LOOK,
  ),
  ...each(
    [85081, 85082],
    entry(
      'no',
      text('the percentage of the gray release is not valid', '灰度比例不合法'),
      text('It may only grow, to 100.', '只能增大，最大 100。'),
      text('Give a larger one.', '请填写更大的比例。'),
    ),
  ),
  85085: entry(
    'no',
    text("the month's audits of the component are used up", '本月提审额度已用完'),
    text('All mini programs of the component share them.', '额度由第三方平台的全部小程序共用。'),
    text(
      'Stop submitting. The administrator asks for more in the mini program 小程序服务商助手, or wait for the next month.',
      '请停止提交。管理员可在“小程序服务商助手”申请临时额度，或等待下个月。',
    ),
  ),
  85086: entry(
    'no',
    text('code must be uploaded before it is submitted', '提审前须先上传代码'),
    text(
      'Nothing was uploaded by this component; right after an upload, the privacy guide may be missing.',
      '本第三方平台未上传代码；若刚上传，可能缺少用户隐私保护指引。',
    ),
    text(
      'Upload first: `wxop release upload`; then look at the privacy guide.',
      '请先上传：`wxop release upload`；再检查隐私保护指引。',
    ),
  ),
  85087: entry(
    'no',
    text('the code opens mini programs that are not listed', '代码跳转的小程序未声明'),
    text('navigateToMiniProgramAppIdList is missing.', '缺少 navigateToMiniProgramAppIdList。'),
    text('Add it to the ext_json or the template, and upload again.', '请在 ext_json 或模板中添加后重新上传。'),
  ),
  85091: entry(
    'no',
    text('search is switched off', '搜索已关闭'),
    text('A setting of the mini program.', '小程序的设置。'),
    text('Let the merchant switch it on, and submit again.', '请商家开启后重新提交。'),
  ),
  ...each(
    [85092, 85093],
    entry(
      'no',
      text('the preview of the form is not valid', '预览信息不合法'),
      text('Another format, or too many pictures or videos.', '格式不符，或图片、视频过多。'),
      CORRECT_FORM,
    ),
  ),
  85094: entry(
    'no',
    text('the form needs a statement about content of users', '须填写用户生成内容声明'),
    text('The first audit with a social category.', '社交类目首次提审。'),
    text(
      'Add ugc_declare to the form: `wxop release submit --form FILE`.',
      '请在表单中添加 ugc_declare：`wxop release submit --form FILE`。',
    ),
  ),
  86002: entry(
    'no',
    text('name, avatar or introduction is not set', '未设置名称、头像或简介'),
    text('The mini program is new, or its new name is in audit.', '小程序刚创建，或改名正在审核。'),
    text('Set all three, wait for the name, then submit.', '请全部设置，等待名称审核后再提交。'),
  ),
  86007: entry(
    'no',
    text('this mini program may not be submitted', '小程序禁止提交'),
    PUNISHED,
    text('Ask WeChat why.', '请向微信了解原因。'),
  ),
  86008: entry(
    'no',
    text('the component may not submit', '第三方平台被禁止提交'),
    PUNISHED,
    text('Stop, and put right what WeChat names in the console.', '请停止提交，按控制台提示整改。'),
  ),
  86009: entry(
    'no',
    text('the component may submit no new mini programs', '第三方平台提交新小程序的能力被限制'),
    PUNISHED,
    text(
      'Stop, and put right what WeChat names in the console; updates still go.',
      '请停止提交新小程序，按控制台提示整改；迭代版本不受影响。',
    ),
  ),
  86010: entry(
    'no',
    text('the component may submit no new versions', '第三方平台提交迭代版本的能力被限制'),
    PUNISHED,
    text('Stop, and put right what WeChat names in the console.', '请停止提交，按控制台提示整改。'),
  ),
  87006: entry(
    'no',
    text('mini games cannot be submitted so', '小游戏不能提交'),
    text('Components release mini programs only.', '第三方平台只能发布小程序。'),
    text('Leave this account out.', '请跳过该帐号。'),
  ),
  87011: entry(
    'no',
    text('a gray release is running', '正在灰度发布'),
    text('It keeps the online version from being replaced.', '灰度期间不能回退。'),
    text('End the gray release first.', '请先结束灰度发布。'),
  ),
  87012: entry(
    'no',
    text('this version cannot be reverted or withdrawn', '该版本不能回退或撤回'),
    text('There is no earlier one, or the audit is decided already.', '没有更早的版本，或审核已有结果。'),
    LOOK,
  ),
  87013: entry(
    'no',
    text('the withdrawals of audits are used up', '撤回审核的次数已用完'),
    text('Five a day and ten a month for each mini program.', '每个小程序每天五次、每月十次。'),
    text('Wait until 00:00 Beijing time, or for the next month.', '请等到北京时间 0 点，或下个月。'),
  ),
  89401: entry(
    'backoff',
    text('WeChat is not steady at the moment', '系统暂不稳定'),
    text('A passing trouble of WeChat.', '微信侧的短暂故障。'),
    text('Try again in some minutes.', '请过几分钟重试。'),
  ),
  89402: entry(
    'no',
    text('the audit is not waiting', '审核单不在待审队列'),
    text('It was not submitted, or is decided.', '未提交，或已有结果。'),
    LOOK,
  ),
  89403: entry(
    'no',
    text('this audit cannot be hurried', '该审核不支持加急'),
    text('Its kind does not allow it.', '该类型不支持。'),
    text('Wait for its result.', '请等待审核结果。'),
  ),
  89404: entry(
    'no',
    text('the audit is hurried already', '审核已加急'),
    text('It was asked for before.', '此前已申请加急。'),
    text('Nothing is to be done.', '无需处理。'),
  ),
  89405: entry(
    'no',
    text("the month's hurries are used up", '本月加急额度已用完'),
    text('All mini programs of the component share them.', '额度由第三方平台的全部小程序共用。'),
    text('Wait for its result, or for the next month.', '请等待审核结果，或等待下个月。'),
  ),
  9400001: entry(
    'no',
    text('a development mini program cannot be released so', '开发小程序不能如此操作'),
    text('It is bound to the component as a development mini program.', '该小程序绑定为开发小程序。'),
    text('Unbind it in the console first.', '请先在控制台解绑。'),
  ),
};
