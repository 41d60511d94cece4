/** An ext_json, checked offline: each broken rule is named, with its place and WeChat's number. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pagesOfTrial, readAppPages } from '../../../src/release/ext-json/app-pages.ts';
import { checkExtJson } from '../../../src/release/ext-json/check-ext-json.ts';

const APP = {
  pages: ['pages/index/index', 'pages/cart/cart'],
  subPackages: [{ root: 'shop/', pages: ['list', 'item'] }],
  tabBar: { list: [{ pagePath: 'pages/index/index' }, { pagePath: 'pages/cart/cart' }] },
};
const pages = readAppPages(APP);
const appId = 'wx0123456789abcdef';
const found = (source: string) =>
  checkExtJson(source, { appId, pages }).problems.map(({ severity, rule, errcode, path }) => [
    severity,
    rule,
    errcode,
    path,
  ]);

test.each<[unknown, string, number | undefined, string]>([
  [[], 'field-type', 85048, ''],
  ['{"ext": {}}', 'field-type', 85048, ''],
  [{ extAppid: 'wxffffffffffffffff' }, 'ext-appid', undefined, 'extAppid'],
  [{ extAppid: 1 }, 'field-type', 85048, 'extAppid'],
  [{ ext: 'x' }, 'field-type', 85048, 'ext'],
  [{ pages: 'pages/index/index' }, 'field-type', 85048, 'pages'],
  [{ pages: [] }, 'pages-empty', 85047, 'pages'],
  [{ pages: [...APP.pages, 'pages/new/new'] }, 'page-path', 85045, 'pages[2]'],
  [{ pages: [...APP.pages, 'shop/list'] }, 'page-path', 85045, 'pages[2]'],
  [{ pages: ['/pages/index/index', ...APP.pages] }, 'page-path', 85045, 'pages[0]'],
  [{ pages: [1, ...APP.pages] }, 'field-type', 85048, 'pages[0]'],
  [{ pages: ['pages/index/index'] }, 'tab-path', 85045, 'pages'],
  [{ extPages: { 'pages/no/no': {} } }, 'page-path', 85045, 'extPages.pages/no/no'],
  [{ extPages: { 'shop/item': {} }, subPackages: [] }, 'page-path', 85045, 'extPages.shop/item'],
  [{ extPages: { 'shop/item': 1 } }, 'field-type', 85048, 'extPages.shop/item'],
  [{ window: [] }, 'field-type', 85048, 'window'],
  [{ networkTimeout: 1 }, 'field-type', 85048, 'networkTimeout'],
  [{ subPackages: {} }, 'field-type', 85048, 'subPackages'],
  [{ subPackages: [{ root: 'shop', pages: ['gone'] }] }, 'page-path', 85045, 'subPackages[0].pages[0]'],
  [{ subpackages: [{ root: 'shop', pages: ['gone'] }] }, 'page-path', 85045, 'subpackages[0].pages[0]'],
  [{ subPackages: [{ root: 'shops', pages: ['list'] }] }, 'page-path', 85045, 'subPackages[0].root'],
  [{ subPackages: [{ pages: ['list'] }] }, 'sub-package', 85013, 'subPackages[0]'],
  [{ tabBar: [] }, 'field-type', 85048, 'tabBar'],
  [{ tabBar: { list: [{ text: 'x' }, { pagePath: 'shop/list' }] } }, 'tab-path', 85046, 'tabBar.list[0]'],
  [{ tabBar: { list: [{ pagePath: '' }, { pagePath: 'shop/list' }] } }, 'tab-path', 85046, 'tabBar.list[0].pagePath'],
  [
    { tabBar: { list: [{ pagePath: '/pages/cart/cart' }, { pagePath: 'shop/list' }] } },
    'page-path',
    85045,
    'tabBar.list[0].pagePath',
  ],
  [
    { tabBar: { list: [{ pagePath: 'pages/no/no' }, { pagePath: 'shop/list' }] } },
    'page-path',
    85045,
    'tabBar.list[0].pagePath',
  ],
  [
    {
      pages: ['pages/index/index'],
      tabBar: { list: [{ pagePath: 'pages/index/index' }, { pagePath: 'pages/cart/cart' }] },
    },
    'page-path',
    85045,
    'tabBar.list[1].pagePath',
  ],
  [{ tabBar: { list: [{ pagePath: 'shop/list' }] } }, 'tab-count', 85046, 'tabBar.list'],
  [{ plugins: [] }, 'field-type', 85048, 'plugins'],
  [{ plugins: { map: { version: '1.0.0' } } }, 'plugin', 80066, 'plugins.map'],
  [{ plugins: { map: { version: 'newest', provider: appId } } }, 'plugin', 80066, 'plugins.map.version'],
  [{ plugins: { map: { version: '1.0.0', provider: 'map' } } }, 'plugin', 80067, 'plugins.map.provider'],
  [{ navigateToMiniProgramAppIdList: appId }, 'field-type', 85048, 'navigateToMiniProgramAppIdList'],
  [{ requiredPrivateInfos: 'getLocation' }, 'field-type', 85048, 'requiredPrivateInfos'],
  [{ requiredPrivateInfos: ['wx.getLocation'] }, 'private-info', 85310, 'requiredPrivateInfos[0]'],
  [{ requiredPrivateInfos: ['getPlace'] }, 'private-info', 85310, 'requiredPrivateInfos[0]'],
  ...['getLocation', 'onLocationChange', 'startLocationUpdate', 'startLocationUpdateBackground'].map(
    (name): [object, string, number, string] => [
      { requiredPrivateInfos: ['getFuzzyLocation', name] },
      'private-info',
      85311,
      'requiredPrivateInfos[1]',
    ],
  ),
])('%j is wrong: %s (%s) at %s', (document, rule, errcode, path) => {
  expect(found(JSON.stringify(document))).toEqual([['error', rule, errcode, path]]);
});

test('a standard template takes extAppid, ext and window only: 9402203', () => {
  const source = JSON.stringify({ extAppid: appId, ext: {}, window: {}, tabBar: {}, sitemap: {} });
  expect(checkExtJson(source, { appId, isStandard: true }).problems).toMatchObject(
    ['tabBar', 'sitemap'].map((path) => ({ path, rule: 'standard-template', errcode: 9402203, severity: 'error' })),
  );
});

test('what WeChat lists of a trial version is enough to find a wrong path, and makes nothing wrong that is right', () => {
  const listed = pagesOfTrial([...APP.pages, 'shop/list', 'shop/item']);
  const check = (document: object) => checkExtJson(JSON.stringify(document), { pages: listed }).problems;
  expect(check({ pages: ['pages/index/index', 'pages/card/card'] })).toMatchObject([
    { path: 'pages[1]', errcode: 85045, hint: { en: 'Did you mean pages/cart/cart?' } },
  ]);
  expect(check({ subPackages: [{ root: 'shop', pages: ['gone'] }] })).toMatchObject([{ errcode: 85045 }]);
  expect(check({ pages: ['pages/index/index'], extPages: { 'shop/item': {} } })).toEqual([]);
});

test.each([
  [{ lazyCodeLoading: 'x' }, 'unknown-field'],
  [{ navigateToMiniPrograramAppIdList: [] }, 'unknown-field'],
  [{ tabbar: {} }, 'unknown-field'],
  [{ directCommit: true }, 'no-effect'],
  [{ extEnable: true }, 'no-effect'],
  [{ navigateToMiniProgramAppIdList: ['春风茶馆'] }, 'appid'],
  [{ subPackages: [{ root: 'shop', pages: ['list'], plugins: {} }] }, 'plugin'],
  [{ subPackages: [], subpackages: [] }, 'sub-package'],
  [{ pages: [...APP.pages, 'pages/cart/cart'] }, 'page-twice'],
])('%j is doubtful (%s), and can be uploaded', (document, rule) => {
  const { document: read, problems } = checkExtJson(JSON.stringify(document), { appId, pages });
  expect(problems.map((problem) => [problem.severity, problem.rule])).toEqual([['warning', rule]]);
  expect(read).toEqual(document);
});

test.each(["{'ext': {}}", '{“ext”: {}}', '{"ext": {},}', '', '{"ext": '])('%s is no JSON: 85048', (source) => {
  expect(found(source)).toEqual([['error', 'json', 85048, '']]);
});

test('the place of a mistake is its line and column', () => {
  const source = '{\n  "pages": [\n    "pages/index/index",\n    "pages/cart/cart",\n    "pages/card/card"\n  ]\n}';
  expect(checkExtJson(source, { pages }).problems).toMatchObject([{ line: 5, column: 5, rule: 'page-path' }]);
});

test('a whole ext_json is right, and what is sent is what it says', () => {
  const document = {
    extAppid: appId,
    ext: { shop: 7, 名: '店' },
    pages: APP.pages,
    extPages: { 'shop/item': { navigationBarTitleText: '商品' } },
    window: { navigationBarTitleText: '春风' },
    tabBar: { list: [{ pagePath: 'pages/index/index' }, { pagePath: 'shop/list' }] },
    subPackages: [{ root: 'shop/', pages: ['list', 'item'] }],
    networkTimeout: { request: 5000 },
    plugins: { map: { version: '1.0.0', provider: appId } },
    navigateToMiniProgramAppIdList: [appId],
    functionalPages: true,
    sitemap: {},
    requiredPrivateInfos: ['getLocation', 'chooseAddress'],
  };
  expect(checkExtJson(JSON.stringify(document), { appId, pages })).toEqual({ document, problems: [] });
});

test('no document at all makes it fail, or lets an error pass for none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (source) => {
      const { document, problems } = checkExtJson(source, { appId, pages });
      expect(document === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
    }),
  );
});
