/**
 * Checks an ext_json offline: its own rules, and its pages against those of the template.
 * Source: developers.weixin.qq.com, 小程序模板开发 (ext.json 配置), 上传代码并生成体验版; what operators report of 85045 and 85048.
 */
import { collectFaults, doubtful, wrong, type Report } from '../../menu/grammar/fault.ts';
import { readJson, type Spot } from '../../menu/grammar/read-json.ts';
import type { MenuProblem } from '../../menu/grammar/validate-menu.ts';
import { closestName } from '../../sentences/closest-name.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import type { Json } from '../../runtime/json-object.ts';
import { rootOf, type AppPages } from './app-pages.ts';
import { checkPlugins } from './check-plugins.ts';
import { checkPrivateInfos } from './check-private-infos.ts';

export interface ExtJsonCheck {
  /** What is sent; undefined when there is an error. */
  document?: Json;
  /** In the order of the file. */
  problems: MenuProblem[];
}

export interface ExtJsonOptions {
  /** The merchant whose file it is; an extAppid must be its appid. */
  appId?: string;
  /** What the template has; without it, only the file itself is checked. */
  pages?: AppPages;
  /** A standard template, which takes little. */
  isStandard?: boolean;
}

/** Takes a file's bytes, so that a wrong encoding is found, or its text. */
export function checkExtJson(source: string | Uint8Array, options: ExtJsonOptions = {}): ExtJsonCheck {
  const { report, problemsIn } = collectFaults();
  // Its numbers are those of menus: WeChat has one for every ext_json that it cannot read.
  const document = readJson(source, (at, fault) => report(at, { ...fault, errcode: UNREADABLE }));
  if (document.root) checkDocument(document.root, options, report);
  const problems = problemsIn(document.source);
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  return { document: JSON.parse(document.source) as Json, problems };
}

const UNREADABLE = 85048;

type Kind = Spot['kind'];

/** The members that are merged into the template's app.json, and what each must be. */
const MEMBERS: Record<string, Kind> = {
  extAppid: 'string',
  ext: 'object',
  pages: 'array',
  extPages: 'object',
  window: 'object',
  networkTimeout: 'object',
  tabBar: 'object',
  subPackages: 'array',
  subpackages: 'array',
  plugins: 'object',
  navigateToMiniProgramAppIdList: 'array',
  requiredPrivateInfos: 'array',
  functionalPages: 'object',
  sitemap: 'object',
  customOpen: 'object',
};
/** They belong into the project's own file. */
const WITHOUT_EFFECT = ['extEnable', 'directCommit'];
const OF_STANDARD = ['extAppid', 'ext', 'window'];
/** May be of another kind than the documents say. */
const LOOSE = ['functionalPages', 'sitemap', 'customOpen'];

const KINDS: Partial<Record<Kind, Text>> = {
  string: text('a text', '字符串'),
  object: text('an object', '对象'),
  array: text('a list', '数组'),
};

function checkDocument(root: Spot, { appId, pages, isStandard = false }: ExtJsonOptions, report: Report): void {
  if (root.kind !== 'object') return report(root, wrong('field-type', NO_OBJECT, { errcode: UNREADABLE }));
  for (const [name, spot] of root.fields) {
    checkMember(name, spot, report);
    if (isStandard && !OF_STANDARD.includes(name)) {
      report(spot, wrong('standard-template', notInStandard(name), { errcode: 9402203 }));
    }
  }
  if (appId !== undefined) checkExtAppid(ofKind(root.fields.get('extAppid'), 'string'), appId, report);
  checkPaths(root, pages, report);
  checkPlugins(ofKind(root.fields.get('plugins'), 'object'), report);
  for (const item of ofKind(root.fields.get('navigateToMiniProgramAppIdList'), 'array')?.items ?? []) {
    if (!/^wx[0-9a-f]{16}$/.test(String(item.value))) report(item, doubtful('appid', noAppId(String(item.value))));
  }
  const infos = ofKind(root.fields.get('requiredPrivateInfos'), 'array');
  if (infos) checkPrivateInfos(infos, report);
}

function checkPaths(root: Spot, pages: AppPages | undefined, report: Report): void {
  const listed = ofKind(root.fields.get('pages'), 'array');
  if (listed) checkPages(listed, pages && new Set(pages.main), report);
  const inPackages = checkSubPackages(root, pages, report);
  // Nothing is left of the template's own pages where the file lists some.
  const kept = listed ? textsOf(listed) : pages?.main;
  const left = kept && new Set([...kept, ...(inPackages ?? pages?.inPackages ?? [])]);
  checkExtPages(ofKind(root.fields.get('extPages'), 'object'), pages?.roots ? left : pages?.all, report);
  checkTabBar(root, { listed, inTabs: left, tabs: pages?.tabs ?? [] }, report);
}

function checkExtPages(extPages: Spot | undefined, known: ReadonlySet<string> | undefined, report: Report): void {
  for (const [page, spot] of extPages?.fields ?? []) {
    checkPage(page, spot, known, report);
    if (spot.kind !== 'object') report(spot, wrong('field-type', mustBe(page, 'object'), { errcode: UNREADABLE }));
  }
}

interface Tabs {
  /** The pages of the file. */
  listed: Spot | undefined;
  inTabs: ReadonlySet<string> | undefined;
  /** Of the template. */
  tabs: readonly string[];
}

function checkTabBar(root: Spot, { listed, inTabs, tabs: ofTemplate }: Tabs, report: Report): void {
  const tabs = ofKind(root.fields.get('tabBar'), 'object')?.fields.get('list');
  if (tabs) checkTabs(tabs, inTabs, report);
  else if (listed && listed.items.length > 0) checkTabsOfTemplate(listed, ofTemplate, inTabs, report);
}

function checkExtAppid(spot: Spot | undefined, appId: string, report: Report): void {
  if (!spot || spot.value === appId) return;
  report(spot, wrong('ext-appid', ofAnotherMerchant(String(spot.value), appId), { hint: LEAVE_OUT }));
}

const ofKind = (spot: Spot | undefined, kind: Kind): Spot | undefined => (spot?.kind === kind ? spot : undefined);

const textsOf = (list: Spot): string[] => list.items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));

function checkMember(name: string, spot: Spot, report: Report): void {
  const kind = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : undefined;
  if (WITHOUT_EFFECT.includes(name)) return report(spot, doubtful('no-effect', withoutEffect(name)));
  if (kind === undefined) {
    return report(spot, doubtful('unknown-field', unknownMember(name), hintOf(name, Object.keys(MEMBERS))));
  }
  if (spot.kind === kind || LOOSE.includes(name)) return;
  report(spot, wrong('field-type', mustBe(name, kind), { errcode: UNREADABLE }));
}

function checkPages(list: Spot, known: ReadonlySet<string> | undefined, report: Report): void {
  if (list.items.length === 0) report(list, wrong('pages-empty', NO_PAGES, { errcode: 85047 }));
  const seen = new Set<string>();
  for (const item of list.items) {
    const page = pathIn(item, report);
    if (page === undefined) continue;
    checkPage(page, item, known, report);
    if (seen.has(page)) report(item, doubtful('page-twice', listedTwice(page)));
    seen.add(page);
  }
}

function pathIn(spot: Spot, report: Report): string | undefined {
  if (typeof spot.value === 'string') return spot.value;
  report(spot, wrong('field-type', PATH_IS_TEXT, { errcode: UNREADABLE }));
  return undefined;
}

function checkPage(page: string, spot: Spot, known: ReadonlySet<string> | undefined, report: Report): void {
  if (page.startsWith('/')) return report(spot, wrong('page-path', withSlash(page), { errcode: 85045 }));
  if (!known || known.has(page)) return;
  report(spot, wrong('page-path', notInTemplate(page), { errcode: 85045, ...hintOf(page, [...known]) }));
}

function hintOf(name: string, known: readonly string[]): { hint?: Text } {
  const near = closestName(name, known);
  return near ? { hint: didYouMean(near) } : {};
}

/** The pages of the sub-packages that are left; undefined where the file says nothing of them. */
function checkSubPackages({ fields }: Spot, pages: AppPages | undefined, report: Report): string[] | undefined {
  const [list, other] = ['subPackages', 'subpackages'].map((name) => fields.get(name));
  if (list && other) report(other, doubtful('sub-package', TWO_SPELLINGS));
  return ofKind(list ?? other, 'array')?.items.flatMap((subPackage) => {
    const root = subPackage.fields.get('root');
    const inside = ofKind(subPackage.fields.get('pages'), 'array');
    if (typeof root?.value !== 'string' || !inside) {
      report(subPackage, wrong('sub-package', SUB_PACKAGE, { errcode: 85013 }));
      return [];
    }
    const plugins = subPackage.fields.get('plugins');
    if (plugins) report(plugins, doubtful('plugin', PLUGINS_OF_PACKAGE));
    const folder = rootOf(root.value);
    if (pages?.roots && !pages.roots.includes(folder)) {
      report(root, wrong('page-path', noSuchRoot(folder), { errcode: 85045, ...hintOf(folder, pages.roots) }));
      return [];
    }
    return inside.items.flatMap((item) => {
      const page = pathIn(item, report);
      if (page === undefined) return [];
      checkPage(`${folder}/${page}`, item, pages?.all, report);
      return [`${folder}/${page}`];
    });
  });
}

/** Pages that are left out, and that the tab bar of the template leads to all the same. */
function checkTabsOfTemplate(
  listed: Spot,
  tabs: readonly string[],
  known: ReadonlySet<string> | undefined,
  report: Report,
): void {
  const lost = tabs.find((page) => known?.has(page) === false);
  if (lost !== undefined) report(listed, wrong('tab-path', tabWithoutPage(lost), { errcode: 85045 }));
}

function checkTabs(list: Spot, known: ReadonlySet<string> | undefined, report: Report): void {
  if (list.kind !== 'array') return report(list, wrong('field-type', mustBe('tabBar.list', 'array')));
  if (list.items.length < 2 || list.items.length > 5) report(list, wrong('tab-count', TAB_COUNT, { errcode: 85046 }));
  for (const item of list.items) {
    const path = item.fields.get('pagePath');
    if (typeof path?.value !== 'string' || path.value === '') {
      report(path ?? item, wrong('tab-path', TAB_WITHOUT_PATH, { errcode: 85046 }));
    } else checkPage(path.value, path, known, report);
  }
}

const NO_OBJECT = text('An ext_json must be an object.', 'ext_json 必须是对象。');
const NO_PAGES = text(
  'pages is empty: leave it out to keep the pages of the template.',
  'pages 为空：若要保留模板的页面，请删去该字段。',
);
const PATH_IS_TEXT = text('The path of a page must be a text.', '页面路径必须是字符串。');
const SUB_PACKAGE = text('A sub-package needs root and pages.', '分包须有 root 与 pages。');
const TWO_SPELLINGS = text('subPackages is there too: this spelling is ignored.', '已有 subPackages，此写法会被忽略。');
const PLUGINS_OF_PACKAGE = text(
  'The plugins of a sub-package cannot be changed through ext_json.',
  '分包内的插件不能通过 ext_json 更改。',
);
const TAB_COUNT = text('A tabBar has 2 to 5 tabs.', 'tabBar 须有 2 至 5 个标签。');
const TAB_WITHOUT_PATH = text('This tab has no pagePath.', '该标签缺少 pagePath。');
const LEAVE_OUT = text('Leave it out: wxop puts it in.', '可省略：wxop 会自动填入。');

const mustBe = (name: string, kind: Kind): Text => {
  const what = KINDS[kind] ?? kind;
  return text(en`${name} must be ${what}.`, zh`${name} 必须是${what}。`);
};
const withoutEffect = (name: string): Text =>
  text(
    en`${name} has no effect here: it belongs in the ext.json of a project.`,
    zh`${name} 在此无效：它属于项目中的 ext.json。`,
  );
const unknownMember = (name: string): Text =>
  text(
    en`${name} is not a field of ext_json; put your own values in ext.`,
    zh`${name} 不是 ext_json 的字段；自定义内容应放入 ext。`,
  );
const didYouMean = (near: string): Text => text(en`Did you mean ${near}?`, zh`是否想用 ${near}？`);
const ofAnotherMerchant = (given: string, appId: string): Text =>
  text(en`extAppid is ${given}, and this is for ${appId}.`, zh`extAppid 为 ${given}，而目标帐号是 ${appId}。`);
const notInStandard = (name: string): Text =>
  text(
    en`A standard template takes no ${name}: only ${OF_STANDARD.join(', ')}.`,
    zh`标准模板不能设置 ${name}：只能设置 ${OF_STANDARD.join('、')}。`,
  );
const noSuchRoot = (root: string): Text =>
  text(en`The template has no sub-package ${root}.`, zh`模板中没有分包 ${root}。`);
const noAppId = (given: string): Text => text(en`${given} is not an appid.`, zh`${given} 不是 AppID。`);
const listedTwice = (page: string): Text => text(en`The page ${page} is listed twice.`, zh`页面 ${page} 重复。`);
const withSlash = (page: string): Text =>
  text(en`The path ${page} must not begin with a slash.`, zh`路径 ${page} 不能以斜杠开头。`);
const notInTemplate = (page: string): Text => text(en`The template has no page ${page}.`, zh`模板中没有页面 ${page}。`);
const tabWithoutPage = (page: string): Text =>
  text(
    en`The tab bar of the template still leads to ${page}, which is not among these pages.`,
    zh`模板的 tabBar 仍指向 ${page}，但该页面不在列表中。`,
  );
