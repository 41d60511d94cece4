/** The merchants of the sandbox: accounts of both kinds, with menus made on the website, by API, switched off, or none. */
import { createHash } from 'node:crypto';
import { TEST_ACCOUNTS } from '../protocol/publish-check.ts';

export interface Merchant {
  appId: string;
  /** The original id. */
  userName: string;
  nickName: string;
  kind: 'mp' | 'mini';
  funcInfo: number[];
  /** The answer of get_current_selfmenu_info. */
  menu: unknown;
}

const API_MENU = {
  is_menu_open: 1,
  selfmenu_info: {
    button: [
      { type: 'click', name: '今日推荐', key: 'TODAY' },
      {
        name: '点单',
        sub_button: {
          list: [
            { type: 'view', name: '在线点单', url: 'https://tea.example.com/order?from=menu' },
            {
              type: 'miniprogram',
              name: '小程序点单',
              appid: 'wx0d1e2f3a4b5c6d7e',
              pagepath: 'pages/order/index',
              url: 'https://tea.example.com/order',
            },
            { type: 'scancode_push', name: '扫码点单', key: 'SCAN_TABLE', sub_button: { list: [] } },
            { type: 'location_select', name: '附近门店', key: 'NEAR' },
          ],
        },
      },
      {
        name: '我的',
        sub_button: {
          list: [
            { type: 'view', name: '会员卡', url: 'https://tea.example.com/card' },
            { type: 'pic_photo_or_album', name: '晒图有礼', key: 'PHOTO' },
            { type: 'media_id', name: '茶单', value: 'a3bc-EXAMPLE_permanent-1' },
          ],
        },
      },
    ],
  },
};

const WEBSITE_MENU = {
  is_menu_open: 1,
  selfmenu_info: {
    button: [
      { type: 'text', name: '订位电话', value: '订位请拨 023-6666 8888\n每天 11:00–22:00' },
      {
        name: '看看',
        sub_button: {
          list: [
            {
              type: 'news',
              name: '本周新菜',
              value: 'q9_EXAMPLE_material',
              news_info: {
                list: [
                  {
                    title: '老火锅的三种辣',
                    author: '山城火锅',
                    digest: '从微辣到特辣',
                    show_cover: 1,
                    cover_url: 'http://mmbiz.example.com/cover.jpg',
                    content_url: 'http://mp.weixin.example.com/s?__biz=MzA',
                    source_url: '',
                  },
                ],
              },
            },
            { type: 'img', name: '门店实景', value: 'TEMP_EXAMPLE_img' },
            { type: 'voice', name: '老板说', value: 'TEMP_EXAMPLE_voice' },
            { type: 'video', name: '后厨直播', value: 'http://mp.weixin.example.com/mp/video?vid=wxv_1' },
          ],
        },
      },
      { type: 'view', name: '外卖', url: 'https://hotpot.example.com/' },
    ],
  },
};

const KNOWN: Omit<Merchant, 'appId' | 'userName'>[] = [
  { nickName: '春风茶馆', kind: 'mp', funcInfo: [1, 2, 3, 4, 7, 11, 15], menu: API_MENU },
  { nickName: '山城火锅', kind: 'mp', funcInfo: [1, 3, 11, 15], menu: WEBSITE_MENU },
  { nickName: '云上书店', kind: 'mp', funcInfo: [1, 2, 15], menu: { is_menu_open: 1, selfmenu_info: { button: [] } } },
  { nickName: '老街照相馆', kind: 'mp', funcInfo: [1, 15], menu: { is_menu_open: 0 } },
  { nickName: '拾光花店', kind: 'mini', funcInfo: [17, 18, 19, 30, 45], menu: undefined },
];

/** The first `count` merchants; the same ones at every start. */
export function merchants(count: number): Merchant[] {
  return Array.from({ length: count }, (_, index) => {
    const digest = createHash('sha256')
      .update(`merchant ${index + 1}`)
      .digest('hex');
    const known = KNOWN[index] ?? {
      nickName: `商家 ${index + 1}`,
      kind: 'mp' as const,
      funcInfo: [1, 15],
      menu: API_MENU,
    };
    return { appId: `wx${digest.slice(0, 16)}`, userName: `gh_${digest.slice(16, 28)}`, ...known };
  });
}

/** The ten accounts of the publish check. */
export function testMerchants(): Merchant[] {
  return TEST_ACCOUNTS.map(({ appId, userName, kind }) => ({
    appId,
    userName,
    kind,
    nickName: kind === 'mp' ? '检测公众号' : '检测小程序',
    funcInfo: kind === 'mp' ? [1, 15] : [19],
    menu: kind === 'mp' ? { is_menu_open: 0 } : undefined,
  }));
}
