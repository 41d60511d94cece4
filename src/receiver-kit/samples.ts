/**
 * What WeChat pushes, filled with made-up values: component events and accounts' messages.
 * Source: developers.weixin.qq.com, 第三方平台 → 授权事件推送 and 消息与事件推送; 公众号 → 接收普通消息, 接收事件推送.
 */
import type { XmlFields } from '../protocol/events.ts';

export interface SampleOptions {
  componentAppId: string;
  /** The account's appid and original id. */
  appId: string;
  userName: string;
  /** The follower. */
  openId: string;
  /** Unix seconds. */
  now: number;
  /** Letters and digits, new for each push. */
  unique: string;
}

export interface Sample {
  kind: 'event' | 'message';
  fields: XmlFields;
}

type Make = (options: SampleOptions) => XmlFields;

const CODE_LIFE = 3600;

const grant: Make = ({ appId, now, unique }) => ({
  AuthorizerAppid: appId,
  AuthorizationCode: `queryauthcode@@@${unique}`,
  AuthorizationCodeExpiredTime: now + CODE_LIFE,
  PreAuthCode: `preauthcode@@@${unique}`,
});

const COMPANY: XmlFields = {
  name: '示例茶饮有限公司',
  code: '91500000MA00000000',
  code_type: 1,
  legal_persona_wechat: 'example_wechat',
  legal_persona_name: '张三',
  component_phone: '023-00000000',
};

/** InfoType → what it has beside AppId, CreateTime and InfoType. */
const EVENTS: Record<string, Make> = {
  component_verify_ticket: ({ unique }) => ({ ComponentVerifyTicket: `ticket@@@${unique}` }),
  authorized: grant,
  updateauthorized: grant,
  unauthorized: ({ appId }) => ({ AuthorizerAppid: appId }),
  notify_third_fasteregister: ({ appId, unique }) => ({
    appid: appId,
    status: 0,
    auth_code: `queryauthcode@@@${unique}`,
    msg: 'ok',
    info: COMPANY,
  }),
  notify_third_fastregisterbetaapp: ({ appId, unique }) => ({
    appid: appId,
    status: 0,
    msg: 'ok',
    info: { unique_id: unique, name: '示例茶饮' },
  }),
  notify_third_fastverifybetaapp: ({ appId }) => ({ appid: appId, status: 0, msg: 'ok', info: COMPANY }),
  notify_icpfiling_verify_result: ({ appId, unique }) => ({
    task_id: unique,
    verify_appid: appId,
    result: 3,
    along_with_auth_result: 1,
  }),
  notify_apply_icpfiling_result: ({ appId }) => ({ authorizer_appid: appId, beian_status: 6 }),
  notify_3rd_wxa_auth: ({ appId, unique }) => ({
    appid: appId,
    taskid: unique,
    task_status: 3,
    apply_status: 5,
    message: 'ok',
    dispatch_info: { provider: '示例审核机构', contact: '023-00000000', dispatch_time: 0 },
  }),
  notify_3rd_wxa_wxverify: ({ appId, now }) => ({ appid: appId, expired: now + 30 * 86_400, message: '认证即将到期' }),
  notify_3rd_wxa_auth_and_icp: ({ unique }) => ({ procedure_id: unique, procedure_status: 14 }),
  order_path_apply_result_notify: ({ appId }) => ({
    list: [
      { appid: appId, ret_code: 0 },
      { appid: 'wx0123456789abcdef', ret_code: 1 },
    ],
  }),
  order_path_audit_result_notify: ({ appId, now }) => ({
    list: { appid: appId, audit_id: 1, status: 2, apply_time: now - 3600, audit_time: now, reason: '' },
  }),
};

const media = (kind: string): XmlFields => ({ MediaId: `media_${kind}_example` });

/** MsgType → what it has beside the users, CreateTime, MsgType and MsgId. */
const MESSAGES: Record<string, XmlFields> = {
  text: { Content: 'hello' },
  image: { PicUrl: 'https://mmbiz.example.com/picture.jpg', ...media('image') },
  voice: { ...media('voice'), Format: 'amr' },
  video: { ...media('video'), ThumbMediaId: 'media_thumb_example' },
  shortvideo: { ...media('video'), ThumbMediaId: 'media_thumb_example' },
  location: { Location_X: '29.563010', Location_Y: '106.551557', Scale: 16, Label: '重庆市渝中区' },
  link: { Title: '公众平台官网链接', Description: '公众平台官网链接', Url: 'https://example.com/' },
  miniprogrampage: { Title: '示例页面', AppId: 'wx0123456789abcdef', PagePath: 'pages/index/index' },
};

const SCAN_RESULT: XmlFields = { EventKey: 'SCAN', ScanCodeInfo: { ScanType: 'qrcode', ScanResult: '1' } };
const PICTURES: XmlFields = {
  EventKey: 'PHOTO',
  SendPicsInfo: { Count: 2, PicList: { item: [{ PicMd5Sum: '0' }, { PicMd5Sum: '1' }] } },
};

/** Event → what it has beside the users, CreateTime, MsgType and Event. */
const MESSAGE_EVENTS: Record<string, XmlFields> = {
  subscribe: { EventKey: '' },
  unsubscribe: { EventKey: '' },
  SCAN: { EventKey: '1', Ticket: 'scene_ticket_example' },
  LOCATION: { Latitude: '29.563010', Longitude: '106.551557', Precision: '30.000000' },
  CLICK: { EventKey: 'TODAY' },
  VIEW: { EventKey: 'https://example.com/', MenuId: '1' },
  view_miniprogram: { EventKey: 'pages/index/index', MenuId: '1' },
  scancode_push: SCAN_RESULT,
  scancode_waitmsg: SCAN_RESULT,
  pic_sysphoto: PICTURES,
  pic_photo_or_album: PICTURES,
  pic_weixin: PICTURES,
  location_select: {
    EventKey: 'NEAR',
    SendLocationInfo: { Location_X: '29.56', Location_Y: '106.55', Scale: '16', Label: '重庆', Poiname: '' },
  },
  user_enter_tempsession: { SessionFrom: 'example' },
  debug_demo: { debug_str: 'hello world' },
  weapp_audit_success: { SuccTime: 0 },
  weapp_audit_fail: { Reason: '1:示例原因', FailTime: 0, ScreenShot: '' },
  weapp_audit_delay: { Reason: '示例原因', DelayTime: 0 },
  wxa_nickname_audit: { ret: 3, nickname: '示例茶饮', reason: '' },
};

/** The names that `sampleOf` knows, in groups. */
export const SAMPLE_NAMES = {
  events: Object.keys(EVENTS),
  messages: Object.keys(MESSAGES),
  messageEvents: Object.keys(MESSAGE_EVENTS),
};

/** The push with this name. A name that is not known needs its kind: it becomes an InfoType or an Event. */
export function sampleOf(name: string, options: SampleOptions, kind?: Sample['kind']): Sample | undefined {
  const { componentAppId, now } = options;
  const event = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  if (kind !== 'message' && (event || kind === 'event')) {
    const common = { AppId: componentAppId, CreateTime: now, InfoType: name };
    return { kind: 'event', fields: { ...common, ...event?.(options) } };
  }
  const users = { ToUserName: options.userName, FromUserName: options.openId, CreateTime: now };
  if (Object.hasOwn(MESSAGES, name)) {
    const id = String(Number.parseInt(options.unique.slice(0, 10), 36));
    return { kind: 'message', fields: { ...users, MsgType: name, ...MESSAGES[name], MsgId: id } };
  }
  if (!Object.hasOwn(MESSAGE_EVENTS, name) && kind !== 'message') return undefined;
  return { kind: 'message', fields: { ...users, MsgType: 'event', Event: name, ...MESSAGE_EVENTS[name] } };
}

/**
 * The same fields with one replaced: `info.name` reaches into `info`, and into each of a list. What was a number stays
 * one if it can.
 */
export function withField(fields: XmlFields, path: string, value: string): XmlFields {
  const [name = '', ...rest] = path.split('.');
  const old = fields[name];
  if (rest.length > 0) {
    const within = (inner: XmlFields): XmlFields => withField(inner, rest.join('.'), value);
    if (Array.isArray(old)) return { ...fields, [name]: old.map(within) };
    return { ...fields, [name]: within(typeof old === 'object' ? old : {}) };
  }
  return { ...fields, [name]: typeof old === 'number' && /^-?\d{1,15}$/.test(value) ? Number(value) : value };
}
