/** The privacy guide (用户隐私保护指引) of one mini program: the one in development, and the one that is online. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';

export interface PrivacyGuide {
  owner: Json;
  settings: { privacy_key: string; privacy_text: string; privacy_label: string }[];
  sdks: unknown[];
  /** Unix seconds. */
  updatedAt: number;
}

/** privacy_key → as the pages name it. */
export const PRIVACY_KEYS: Record<string, string> = {
  UserInfo: '用户信息（微信昵称、头像）',
  Location: '位置信息',
  Address: '地址',
  Invoice: '发票信息',
  RunData: '微信运动数据',
  Record: '麦克风',
  Album: '选中的照片或视频信息',
  Camera: '摄像头',
  PhoneNumber: '手机号码',
  Contact: '通讯录（仅写入）权限',
  DeviceInfo: '设备信息',
  EXIDNumber: '身份证号码',
  EXOrderInfo: '订单信息',
  EXUserPublishContent: '发布内容',
  EXUserFollowAcct: '所关注账号',
  EXUserOpLog: '操作日志',
  AlbumWriteOnly: '相册（仅写入）权限',
  LicensePlate: '车牌号',
  BlueTooth: '蓝牙',
  CalendarWriteOnly: '日历（仅写入）权限',
  Email: '邮箱',
  MessageFile: '选中的文件',
};

const CONTACTS = ['contact_phone', 'contact_email', 'contact_qq', 'contact_weixin'];
const OWNER: Json = {
  contact_phone: '',
  contact_email: '',
  contact_qq: '',
  contact_weixin: '',
  store_expire_timestamp: '',
  ext_file_media_id: '',
  notice_method: '',
  store_region: 0,
};

export const emptyGuide = (): PrivacyGuide => ({ owner: OWNER, settings: [], sdks: [], updatedAt: 0 });

export const filledGuide = (): PrivacyGuide => ({
  ...emptyGuide(),
  owner: { ...OWNER, contact_phone: '02300000000', notice_method: '弹窗' },
  settings: [setting('UserInfo', '展示头像与昵称'), setting('Address', '寄送商品')],
});

const setting = (privacy_key: string, privacy_text: string) => ({ privacy_key, privacy_text, privacy_label: '' });
const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Without it nothing may be submitted. */
export const isComplete = ({ owner }: PrivacyGuide): boolean =>
  CONTACTS.some((name) => isFilled(owner[name])) && isFilled(owner.notice_method);

/** What setprivacysetting takes in place of a guide; throws an ApiRefusal. */
export function takeGuide(
  body: Json,
  before: PrivacyGuide | undefined,
  files: ReadonlySet<string>,
  at: number,
): PrivacyGuide {
  const version = guideVersion(body);
  const { owner_setting: owner, setting_list: list, sdk_privacy_info_list: sdks = [] } = body;
  if (!isObject(owner) || !Array.isArray(sdks)) throw new ApiRefusal(47001);
  if (!CONTACTS.some((name) => isFilled(owner[name]))) throw new ApiRefusal(86069);
  if (!isFilled(owner.notice_method)) throw new ApiRefusal(86070);
  const { store_expire_timestamp: kept = '', ext_file_media_id: file = '' } = owner;
  if (kept !== '' && !(typeof kept === 'string' && /^\d+(?:天|个?月|年)$/.test(kept))) throw new ApiRefusal(86072);
  if (version === 1) {
    if (!before) throw new ApiRefusal(86074);
    if (file !== '') throw new ApiRefusal(86075);
    // The online guide keeps what it declares.
    if (list !== undefined) throw new ApiRefusal(47001);
    return { ...before, owner: { ...before.owner, ...owner }, updatedAt: at };
  }
  if (file !== '' && !(typeof file === 'string' && files.has(file))) throw new ApiRefusal(86073);
  if (!Array.isArray(list)) throw new ApiRefusal(47001);
  const settings = (list as unknown[]).map((one) => {
    if (!isObject(one) || !isFilled(one.privacy_key)) throw new ApiRefusal(47001);
    // Another name for the text is accepted, and ignored.
    return setting(one.privacy_key as string, typeof one.privacy_text === 'string' ? one.privacy_text : '');
  });
  return { owner: { ...OWNER, ...owner }, settings, sdks, updatedAt: at };
}

/** 2, in development, unless the body says 1; throws 86071. */
export function guideVersion({ privacy_ver: version = 2 }: Json): 1 | 2 {
  if (version !== 1 && version !== 2) throw new ApiRefusal(86071);
  return version;
}
