/** The menus that the sandbox's merchants start with. All names, addresses and ids are made up. */
import type { Menus } from './menus.ts';

/** Nothing was ever made: there is not even an empty one. */
export const NO_MENU: Menus = { isOpen: false, conditional: [] };

const TEA_BUTTONS = [
  { type: 'click', name: '今日推荐', key: 'TODAY' },
  {
    name: '点单',
    sub_button: [
      { type: 'view', name: '在线点单', url: 'https://tea.example.com/order?from=menu' },
      {
        type: 'miniprogram',
        name: '小程序点单',
        appid: 'wx0d1e2f3a4b5c6d7e',
        pagepath: 'pages/order/index',
        url: 'https://tea.example.com/order',
      },
      { type: 'scancode_push', name: '扫码点单', key: 'SCAN_TABLE' },
      { type: 'location_select', name: '附近门店', key: 'NEAR' },
    ],
  },
  {
    name: '我的',
    sub_button: [
      { type: 'view', name: '会员卡', url: 'https://tea.example.com/card' },
      { type: 'pic_photo_or_album', name: '晒图有礼', key: 'PHOTO' },
      { type: 'media_id', name: '茶单', media_id: 'a3bc-EXAMPLE_permanent-1' },
    ],
  },
];

export const API_MENU: Menus = {
  isOpen: true,
  created: { button: TEA_BUTTONS, menuid: 208396938 },
  conditional: [],
};

export const CONDITIONAL_MENUS: Menus = {
  isOpen: true,
  created: {
    button: [
      { type: 'view', name: '新书', url: 'https://books.example.com/new' },
      {
        name: '服务',
        sub_button: [
          { type: 'scancode_waitmsg', name: '扫码还书', key: 'RETURN' },
          { type: 'view_limited', name: '借阅须知', media_id: 'b4cd-EXAMPLE_permanent-2' },
          { type: 'article_id', name: '本月书单', article_id: 'EXAMPLE_article-9' },
        ],
      },
    ],
    menuid: 208396939,
  },
  conditional: [
    {
      button: [{ type: 'view', name: '会员新书', url: 'https://books.example.com/member' }],
      matchrule: { group_id: 2 },
      menuid: 208396993,
    },
    {
      button: [
        { type: 'view', name: '安卓版', url: 'https://books.example.com/android' },
        { type: 'click', name: '客服', key: 'HELP' },
      ],
      matchrule: { group_id: 2, client_platform_type: 2 },
      menuid: 208396994,
    },
  ],
};

export const WEBSITE_MENU: Menus = {
  isOpen: true,
  website: {
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
  conditional: [],
};

export const EMPTY_WEBSITE_MENU: Menus = { isOpen: true, website: { button: [] }, conditional: [] };

/** A type that no document names. */
export const CHANNELS_MENU: Menus = {
  isOpen: true,
  website: {
    button: [
      { type: 'view', name: '作品', url: 'https://film.example.com/works' },
      { type: 'finder', name: '视频号', value: 'sphEXAMPLE0001' },
    ],
  },
  conditional: [],
};

/** Articles as older answers have them: without the id of the material. */
export const OLD_NEWS_MENU: Menus = {
  isOpen: true,
  website: {
    button: [
      {
        type: 'news',
        name: '游记',
        news_info: {
          list: [
            {
              title: '江南三日',
              author: '橘子旅行',
              digest: '',
              show_cover: 0,
              cover_url: 'http://mmbiz.example.com/jn.jpg',
              content_url: 'http://mp.weixin.example.com/s?__biz=MzB&mid=1',
              source_url: '',
            },
            {
              title: '带什么去',
              author: '橘子旅行',
              digest: '',
              show_cover: 0,
              cover_url: 'http://mmbiz.example.com/bag.jpg',
              content_url: 'http://mp.weixin.example.com/s?__biz=MzB&mid=2',
              source_url: '',
            },
          ],
        },
      },
      { type: 'view', name: '订票', url: 'https://trip.example.com/', sub_button: { list: [] } },
    ],
  },
  conditional: [],
};

/** Made on the website, of nothing but what an API could make too. */
export const PLAIN_WEBSITE_MENU: Menus = {
  isOpen: true,
  website: {
    button: [
      { type: 'view', name: '房间', url: 'https://inn.example.com/rooms' },
      {
        name: '出行',
        sub_button: {
          list: [
            { type: 'view', name: '路线', url: 'https://inn.example.com/way' },
            {
              type: 'miniprogram',
              name: '预订',
              appid: 'wx1a2b3c4d5e6f7a8b',
              pagepath: 'pages/book',
              url: 'https://inn.example.com/book',
            },
          ],
        },
      },
    ],
  },
  conditional: [],
};

export const OFF_MENU: Menus = { ...PLAIN_WEBSITE_MENU, isOpen: false };
