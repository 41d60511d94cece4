/** The pages of a template: from the app.json of its project, or from what WeChat lists of a trial version. */
import { asObject, isObject, type Json } from '../../runtime/json-object.ts';

export interface AppPages {
  /** Of the main package. */
  main: string[];
  inPackages: string[];
  /** Of its tab bar. */
  tabs: string[];
  /** Sub-packages by their roots; undefined where it is not known which pages are theirs: then all are in `main`. */
  roots?: string[];
  all: ReadonlySet<string>;
}

/** Undefined where the document lists no pages. */
export function readAppPages(app: Json): AppPages | undefined {
  const main = texts(app.pages);
  if (main.length === 0) return undefined;
  const packages = Array.isArray(app.subPackages) ? app.subPackages : app.subpackages;
  const subPackages = (Array.isArray(packages) ? packages.filter(isObject) : []).map(({ root, pages }) => ({
    root: rootOf(root),
    pages: texts(pages),
  }));
  const inPackages = subPackages.flatMap((one) => one.pages.map((page) => `${one.root}/${page}`));
  const { list } = asObject(app.tabBar);
  const tabs = texts((Array.isArray(list) ? list : []).map((tab) => asObject(tab).pagePath));
  const roots = subPackages.map(({ root }) => root);
  return { main, inPackages, tabs, roots, all: new Set([...main, ...inPackages]) };
}

/** What get_page lists; it says neither which pages are those of sub-packages, nor what the tab bar leads to. */
export const pagesOfTrial = (listed: readonly string[]): AppPages => ({
  main: [...listed],
  inPackages: [],
  tabs: [],
  all: new Set(listed),
});

export const rootOf = (root: unknown): string => (typeof root === 'string' ? root.replace(/\/+$/, '') : '');

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
