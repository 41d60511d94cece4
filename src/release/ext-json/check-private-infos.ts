/**
 * The location interfaces that an ext_json declares.
 * Source: developers.weixin.qq.com, 小程序 → 全局配置 → requiredPrivateInfos.
 */
import { LOCATION_INTERFACES } from '../../protocol/location-interfaces.ts';
import { wrong, type Report } from '../../menu/grammar/fault.ts';
import type { Spot } from '../../menu/grammar/read-json.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';

/** They are not declared beside getFuzzyLocation. */
const EXACT = ['getLocation', 'onLocationChange', 'startLocationUpdate', 'startLocationUpdateBackground'];

export function checkPrivateInfos(list: Spot, report: Report): void {
  const isFuzzy = list.items.some(({ value }) => value === 'getFuzzyLocation');
  for (const item of list.items) {
    const name = typeof item.value === 'string' ? item.value : '';
    if (!LOCATION_INTERFACES.includes(name))
      report(item, wrong('private-info', notDeclarable(name), { errcode: 85310 }));
    else if (isFuzzy && EXACT.includes(name)) {
      report(item, wrong('private-info', notBesideFuzzy(name), { errcode: 85311 }));
    }
  }
}

const notDeclarable = (name: string): Text =>
  name.startsWith('wx.')
    ? text(en`Here the name has no wx.: ${name.slice(3)}.`, zh`此处的名称不带 wx.：${name.slice(3)}。`)
    : text(
        en`${name} is not an interface that requiredPrivateInfos knows.`,
        zh`${name} 不是 requiredPrivateInfos 可声明的接口。`,
      );
const notBesideFuzzy = (name: string): Text =>
  text(en`getFuzzyLocation excludes ${name}.`, zh`getFuzzyLocation 与 ${name} 互斥。`);
