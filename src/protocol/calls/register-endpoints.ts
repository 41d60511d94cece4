/**
 * Fast registration of mini programs: of a company, of a person, and for trial.
 * Source: developers.weixin.qq.com, 第三方平台 → 快速注册企业小程序, 快速注册个人小程序, 注册试用小程序.
 */
import { text, type Text } from '../../sentences/text.ts';
import type { Json } from '../../runtime/json-object.ts';
import { must, type Endpoint } from './endpoints.ts';
import { numberField, textField } from './release/answer-fields.ts';

export interface Applicant {
  /** As it is registered; of a sole trader without a name: 个体户 and the name of the person. */
  name: string;
  legalName: string;
  legalWechat: string;
}

export interface Company extends Applicant {
  code: string;
  codeType: number;
  phone?: string;
}

const written = ({ name, legalName, legalWechat }: Applicant): Json => ({
  name,
  legal_persona_wechat: legalWechat,
  legal_persona_name: legalName,
});

const COMPANY = { method: 'POST', path: '/cgi-bin/component/fastregisterweapp', tokenOf: 'component' } as const;

export const registerCompany: Endpoint<Company, void> = {
  ...COMPANY,
  // Each sends the legal person a message, and too many failures bar the company.
  repeatable: false,
  query: () => ({ action: 'create' }),
  write: ({ code, codeType, phone = '', ...applicant }) => ({
    ...written(applicant),
    code,
    code_type: codeType,
    component_phone: phone,
  }),
  read: () => undefined,
};

const searchCompany: Endpoint<Applicant, void> = {
  ...COMPANY,
  repeatable: true,
  query: () => ({ action: 'search' }),
  write: written,
  read: () => undefined,
};

export interface PersonalTask {
  taskId: string;
  /** What the person opens in WeChat; absent where a query leaves it out. */
  authorizeUrl?: string;
  status: number;
}

const readTask = (document: Json): PersonalTask => {
  const authorizeUrl = textField(document, 'authorize_url');
  return {
    taskId: textField(document, 'taskid'),
    ...(authorizeUrl !== '' && { authorizeUrl }),
    status: numberField(document, 'status') ?? 0,
  };
};

const PERSONAL = {
  method: 'POST',
  path: '/wxa/component/fastregisterpersonalweapp',
  tokenOf: 'component',
  read: readTask,
} as const;

export const registerPersonal: Endpoint<{ name: string; wechat: string; phone?: string }, PersonalTask> = {
  ...PERSONAL,
  repeatable: false,
  query: () => ({ action: 'create' }),
  write: ({ name, wechat, phone = '' }) => ({ idname: name, wxuser: wechat, component_phone: phone }),
};

const queryPersonal: Endpoint<{ taskId: string }, PersonalTask> = {
  ...PERSONAL,
  repeatable: true,
  query: () => ({ action: 'query' }),
  write: ({ taskId }) => ({ taskid: taskId }),
};

/** They share their paths with the calls that register: `wxop api` is told of those. */
export const REGISTRATION_QUERIES = { company: searchCompany, personal: queryPersonal };

export interface Trial {
  /** Comes back in the event, with the appid. */
  uniqueId: string;
  authorizeUrl: string;
}

export const registerTrial: Endpoint<{ name: string; openId: string }, Trial> = {
  method: 'POST',
  path: '/wxa/component/fastregisterbetaweapp',
  tokenOf: 'component',
  repeatable: false,
  write: ({ name, openId }) => ({ name, openid: openId }),
  read: (document) => ({ uniqueId: must(document, 'unique_id'), authorizeUrl: must(document, 'authorize_url') }),
};

/** What a company's search answers while nothing is decided: errcode → state. */
export const COMPANY_STATES: Record<number, { state: string; means: Text }> = {
  89251: {
    state: 'face-check',
    means: text("waits for the legal person's face check in WeChat", '等待法人在微信中人脸核身'),
  },
  89252: { state: 'comparing', means: text('company and legal person are being compared', '正在核对企业与法人信息') },
  89253: { state: 'unfinished', means: text('not finished; a field may be missing', '尚未完成，可能缺少参数') },
};

/** The states of a person's task (枚举信息). */
export const PERSONAL_STATES: Record<number, Text> = {
  0: text('asked for', '已生成任务'),
  1: text('timed out', '任务超时'),
  2: text('refused by the person', '用户已拒绝'),
  3: text('the person agreed', '用户同意创建'),
  4: text('the face check has begun', '已发起人脸认证'),
  5: text('the face check failed', '人脸认证失败'),
  6: text('the face check is passed', '人脸认证通过'),
  7: text('a code was sent to the mobile number', '已下发手机验证码'),
  8: text('the mobile number was not confirmed', '手机验证失败'),
  9: text('the mobile number is confirmed', '手机验证成功'),
  10: text('creation was submitted', '已提交创建'),
  11: text('creation failed', '创建失败'),
  12: text('created', '创建成功'),
  13: text('confirmed', '验证成功'),
  14: text('not confirmed', '验证失败'),
  1001: text('the subject has as many mini programs as it may', '主体创建小程序数量达到上限'),
  1002: text('the subject is on the blacklist', '主体违规命中黑名单'),
  1003: text('the administrator has as many accounts as they may', '管理员绑定帐号数量达到上限'),
  1004: text('the administrator is on the blacklist', '管理员违规命中黑名单'),
  1005: text('the mobile number has as many accounts as it may', '管理员手机绑定帐号数量达到上限'),
  1006: text('the mobile number is on the blacklist', '管理员手机号违规命中黑名单'),
  1007: text('the identity card has as many accounts as it may', '管理员身份证创建帐号数量达到上限'),
};
