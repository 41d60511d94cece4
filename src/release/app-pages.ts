/** The pages of a template, from the app.json of its project. */
import { asObject, isObject, type Json } from '../runtime/json-object.ts';

export interface AppPages {
  /** Of the main package. */
  main: string[];
  inPackages: string[];
  /** Of its tab bar. */
  tabs: string[];
  all: ReadonlySet<string>;
}

/** Undefined where the document lists no pages. */
export function readAppPages(app: Json): AppPages | undefined {
  const main = texts(app.pages);
  if (main.length === 0) return undefined;
  const packages = Array.isArray(app.subPackages) ? app.subPackages : app.subpackages;
  const inPackages = (Array.isArray(packages) ? packages.filter(isObject) : []).flatMap((one) => {
    const { root, pages } = asObject(one);
    const folder = typeof root === 'string' ? root.replace(/\/+$/, '') : '';
    return texts(pages).map((page) => `${folder}/${page}`);
  });
  const { list } = asObject(app.tabBar);
  const tabs = texts((Array.isArray(list) ? list : []).map((tab) => asObject(tab).pagePath));
  return { main, inPackages, tabs, all: new Set([...main, ...inPackages]) };
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
