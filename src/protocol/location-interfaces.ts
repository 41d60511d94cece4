/**
 * Interfaces of mini programs that need a right, and a declaration in `requiredPrivateInfos`; without `wx.`.
 * Source: developers.weixin.qq.com, 小程序 → 地理位置相关接口.
 */
export const LOCATION_INTERFACES = [
  'getFuzzyLocation',
  'getLocation',
  'onLocationChange',
  'startLocationUpdate',
  'startLocationUpdateBackground',
  'chooseLocation',
  'choosePoi',
  'chooseAddress',
];
