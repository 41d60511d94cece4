/**
 * What component events are about, in words, where wxop itself need not understand them.
 * Source: developers.weixin.qq.com, 第三方平台 → 快速注册小程序, 试用小程序, 小程序认证与备案. What the numbers of a status mean
 * beyond these is not documented.
 */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { OtherEvent } from './events.ts';

const NAMES: Record<string, Text> = {
  notify_third_fasteregister: text('registration of a mini program', '快速注册小程序'),
  notify_third_fastregisterbetaapp: text('trial mini program', '创建试用小程序'),
  notify_third_fastverifybetaapp: text('trial mini program made permanent', '试用小程序转正'),
  notify_icpfiling_verify_result: text('face check for the ICP filing', '备案人脸核身'),
  notify_apply_icpfiling_result: text('ICP filing', '小程序备案'),
  notify_3rd_wxa_auth: text('verification of a mini program', '小程序认证'),
  notify_3rd_wxa_wxverify: text('yearly verification', '小程序认证年审'),
  notify_3rd_wxa_auth_and_icp: text('verification and ICP filing', '小程序认证与备案'),
  order_path_apply_result_notify: text('order page applied for', '订单页申请结果'),
  order_path_audit_result_notify: text('order page reviewed', '订单页审核结果'),
};

/** How each says yes; another status is a no. Where nothing stands here, the number alone is shown. */
const YES: Record<string, string> = {
  notify_third_fasteregister: '0',
  notify_third_fastregisterbetaapp: '0',
  notify_third_fastverifybetaapp: '0',
  notify_icpfiling_verify_result: '3',
};

const DONE = text('done', '成功');
const said = (message = ''): string => (/^(?:ok)?$/i.test(message) ? '' : `, ${message}`);
const failed = (status: string, message?: string): Text =>
  text(en`failed (${status}${said(message)})`, zh`失败（${status}${said(message)}）`);

/** `registration of a mini program: done  wx…  (notify_third_fasteregister)`. */
export function eventInWords({
  infoType,
  appId,
  status,
  message,
}: Omit<OtherEvent, 'componentAppId' | 'createTime'>): Text {
  const name = NAMES[infoType];
  if (!name) return text(en`${infoType}`, zh`${infoType}`);
  const yes = YES[infoType];
  const outcome =
    status === undefined
      ? ''
      : yes === undefined
        ? `${status}${said(message)}`
        : status === yes
          ? DONE
          : failed(status, message);
  const about = outcome === '' ? name : text(en`${name}: ${outcome}`, zh`${name}：${outcome}`);
  const of = appId ? `  ${appId}` : '';
  return text(en`${about}${of}  (${infoType})`, zh`${about}${of}（${infoType}）`);
}
