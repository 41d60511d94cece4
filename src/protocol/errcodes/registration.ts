/** Registration of mini programs. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const LIMITED = text('The limit is for all components together.', '该限制对所有第三方平台合并计算。');
const FORM = text('Something in the form does not fit the register.', '所填信息与登记信息不符。');
const PENDING = text('The registration is under way.', '注册流程正在进行。');

export const REGISTRATION: Errcodes = {
  61026: entry('no', text('registration was denied', '注册被拒绝'), FORM, STEPS.CONSOLE),
  61027: entry('no', text('too many registrations', '注册次数超过限制'), LIMITED, STEPS.OTHER_APPLICANT),
  61051: entry(
    'no',
    text('the kind of real-name check is not allowed', '实名类型不符合要求'),
    FORM,
    STEPS.FIX_APPLICANT,
  ),
  61052: entry('no', text('the account must be verified first', '帐号须先完成认证'), FORM, STEPS.FIX_APPLICANT),
  61053: entry(
    'no',
    text('the subject has reached its limit of registrations', '主体注册数量超过限制'),
    LIMITED,
    STEPS.OTHER_APPLICANT,
  ),
  61054: entry(
    'no',
    text('the subject is on the blacklist', '主体在黑名单中'),
    text('WeChat has barred it from registering.', '微信已禁止该主体注册。'),
    STEPS.OTHER_APPLICANT,
  ),
  61055: entry(
    'no',
    text('the registrations of this month are used up', '本月注册额度已用完'),
    LIMITED,
    text('Wait for the next month.', '请等待下个月。'),
  ),
  61056: entry('no', text('copy_wx_verify is required', '须填写 copy_wx_verify'), FORM, STEPS.FIX_APPLICANT),
  61058: entry(
    'no',
    text('the ticket of the real-name check is not valid', '实名校验的 ticket 无效'),
    FORM,
    STEPS.FIX_APPLICANT,
  ),
  61061: entry('no', text('subjects from abroad cannot register', '境外主体不可注册'), FORM, STEPS.OTHER_APPLICANT),
  ...each(
    [61063, 61064, 61065, 61066, 61067, 61068, 61069],
    entry(
      'no',
      text(
        'the administrator, id card or mobile number is at its limit or blocked',
        '管理员、身份证或手机号超过限制或在黑名单中',
      ),
      LIMITED,
      STEPS.OTHER_APPLICANT,
    ),
  ),
  61070: entry('no', text('the names do not match', '姓名与微信号不一致'), FORM, STEPS.FIX_APPLICANT),
  86004: entry('no', text('the WeChat id is not valid', '无效的微信号'), FORM, STEPS.FIX_APPLICANT),
  89247: entry('backoff', text('WeChat failed while registering', '注册时系统内部错误'), STEPS.TRANSIENT, STEPS.BUSY),
  89248: entry('no', text('the kind of company code is not valid', '企业代码类型无效'), FORM, STEPS.FIX_APPLICANT),
  89249: entry(
    'backoff',
    text('a registration of this subject is running', '该主体已有注册任务正在执行'),
    PENDING,
    text('Try again 24 hours after the last one.', '请在上次任务 24 小时后重试。'),
  ),
  89250: entry(
    'no',
    text('there is no such registration', '未找到该注册任务'),
    text('The data is not that of an earlier request, or it is over.', '信息与此前的请求不一致，或任务已结束。'),
    text(
      'Give exactly what was given then; if the account was created, `wxop accounts list` shows it.',
      '请填写与当时完全一致的信息；若小程序已创建，可用 `wxop accounts list` 查看。',
    ),
  ),
  89251: entry(
    'backoff',
    text("the legal person's face check is awaited", '等待法人人脸核身'),
    PENDING,
    text('The legal person confirms in WeChat.', '请法人在微信中完成核身。'),
  ),
  89252: entry(
    'backoff',
    text('the data of company and legal person are being compared', '企业与法人信息正在校验'),
    PENDING,
    text('Wait, then ask again.', '请稍后再查询。'),
  ),
  89253: entry(
    'backoff',
    text('the registration is not finished', '注册尚未完成'),
    PENDING,
    text('Wait, then ask again; if it stays so, a field may be missing.', '请稍后再查询；若一直如此，可能缺少参数。'),
  ),
  89254: entry(
    'no',
    text('the component lacks permission sets', '第三方平台权限集不全'),
    text('Fast registration needs further sets, published.', '快速注册需要更多权限集并已发布。'),
    text('Add the sets in the console and publish again (全网发布).', '请在控制台补充权限集并重新全网发布。'),
  ),
  89255: entry('no', text('the company code is not valid', 'code 参数无效'), FORM, STEPS.FIX_APPLICANT),
  89256: entry(
    'no',
    text('the token is not valid', '令牌信息有误'),
    text('The token is not that of the component that began it.', '令牌不属于发起注册的第三方平台。'),
    text(
      'Send the component token of the component that began it: `wxop token component` prints one.',
      '请使用发起注册的第三方平台的令牌：`wxop token component` 可输出。',
    ),
  ),
};
