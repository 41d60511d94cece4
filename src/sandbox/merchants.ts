/** The merchants of the sandbox: accounts of both kinds, with menus made on the website, by API, switched off, or none. */
import { createHash } from 'node:crypto';
import { PUBLISH_CHECK_ACCOUNTS } from '../protocol/publish-check.ts';
import type { Menus } from './menus.ts';
import {
  API_MENU,
  CHANNELS_MENU,
  CONDITIONAL_MENUS,
  EMPTY_WEBSITE_MENU,
  NO_MENU,
  OFF_MENU,
  OLD_NEWS_MENU,
  PLAIN_WEBSITE_MENU,
  WEBSITE_MENU,
} from './sample-menus.ts';

export interface Merchant {
  appId: string;
  /** The original id. */
  userName: string;
  nickName: string;
  kind: 'mp' | 'mini';
  /** Verified (已认证) by WeChat: without it there is no menu API. */
  isVerified: boolean;
  funcInfo: number[];
  menus: Menus;
}

const mp = (nickName: string, funcInfo: number[], menus: Menus): Omit<Merchant, 'appId' | 'userName'> => ({
  nickName,
  kind: 'mp',
  isVerified: true,
  funcInfo,
  menus,
});

const KNOWN: Omit<Merchant, 'appId' | 'userName'>[] = [
  mp('春风茶馆', [1, 2, 3, 4, 7, 11, 15], API_MENU),
  mp('山城火锅', [1, 3, 11, 15], WEBSITE_MENU),
  mp('云上书店', [1, 2, 15], EMPTY_WEBSITE_MENU),
  mp('老街照相馆', [1, 15], NO_MENU),
  { ...mp('拾光花店', [17, 18, 19, 30, 45], NO_MENU), kind: 'mini' },
  mp('江畔书屋', [1, 11, 15], CONDITIONAL_MENUS),
  mp('时光影像', [1, 15], CHANNELS_MENU),
  mp('橘子旅行', [1, 11, 15], OLD_NEWS_MENU),
  { ...mp('阿明小铺', [1, 15], PLAIN_WEBSITE_MENU), isVerified: false },
  mp('雨后咖啡', [1, 15], OFF_MENU),
  mp('拾级小院', [1, 15], PLAIN_WEBSITE_MENU),
  mp('北门书局', [1, 3], API_MENU),
];

/** The first `count` merchants; the same ones at every start. */
export function merchants(count: number): Merchant[] {
  return Array.from({ length: count }, (_, index) => {
    const known = KNOWN[index] ?? mp(`商家 ${index + 1}`, [1, 15], API_MENU);
    return { ...identityOf(`merchant ${index + 1}`), ...known };
  });
}

function identityOf(name: string): Pick<Merchant, 'appId' | 'userName'> {
  const digest = createHash('sha256').update(name).digest('hex');
  return { appId: `wx${digest.slice(0, 16)}`, userName: `gh_${digest.slice(16, 28)}` };
}

/** So many mini programs, with everything that a release needs; the same ones at every start. */
export function miniPrograms(count: number): Merchant[] {
  return Array.from({ length: count }, (_, index) => ({
    ...identityOf(`mini program ${index + 1}`),
    ...mp(`小店 ${index + 1}`, [17, 18, 19, 30, 45, 76], NO_MENU),
    kind: 'mini',
  }));
}

/** The mini program that a registration made. */
export const registeredProgram = (nickName: string, index: number): Merchant => ({
  ...identityOf(`registration ${index + 1}`),
  ...mp(nickName, [17, 18, 25, 30, 40], NO_MENU),
  kind: 'mini',
  isVerified: false,
});

/** The ten accounts of the publish check. */
export function testMerchants(): Merchant[] {
  return PUBLISH_CHECK_ACCOUNTS.map(({ appId, userName, kind }) => ({
    appId,
    userName,
    kind,
    nickName: kind === 'mp' ? '检测公众号' : '检测小程序',
    isVerified: true,
    funcInfo: kind === 'mp' ? [1, 15] : [19],
    menus: NO_MENU,
  }));
}
