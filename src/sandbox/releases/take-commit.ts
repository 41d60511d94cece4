/** What commit takes: a template of the library and an ext_json that fits it; with which number it refuses the rest. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { AccountScript, ScriptedTemplate } from './script/release-script.ts';
import { LOCATION_INTERFACES } from '../../protocol/location-interfaces.ts';
import { type MiniProgram, type UploadedBuild } from './mini-program.ts';
import type { StoredCode } from './template-library.ts';

const MOST_VERSION = 64;
/** What getFuzzyLocation does not go with. */
const EXACT = ['getLocation', 'onLocationChange', 'startLocationUpdate', 'startLocationUpdateBackground'];
const OF_STANDARD_TEMPLATES = ['extAppid', 'ext', 'window'];

function must(fits: boolean, errcode: number): asserts fits {
  if (!fits) throw new ApiRefusal(errcode);
}

/** Throws an ApiRefusal. */
export function takeCommit(
  body: Json,
  templateOf: (id: number) => StoredCode | undefined,
  { script, rights }: MiniProgram,
  at: number,
): UploadedBuild {
  const { template_id, ext_json, user_version: version, user_desc: description } = body;
  // A number, or the text of one.
  must(/^\d+$/.test(String(template_id)), 47001);
  must(typeof ext_json === 'string', 47001);
  must(typeof version === 'string' && version !== '' && [...version].length <= MOST_VERSION, 47001);
  must(typeof description === 'string', 47001);
  const template = templateOf(Number(template_id));
  must(template !== undefined, 85014);
  must(template.code.fault !== 'broken', 85043);
  must(template.code.fault !== 'too-large', 85044);
  const ext = parse(ext_json);
  if (template.type === 1)
    must(
      Object.keys(ext).every((key) => OF_STANDARD_TEMPLATES.includes(key)),
      9402203,
    );
  const pages = takePages(ext, template.code);
  takePlugins(ext.plugins, script);
  return {
    version,
    description,
    pages,
    uses: template.code.uses ?? [],
    declared: takePrivateInfos(ext.requiredPrivateInfos, rights) ?? template.code.requiredPrivateInfos ?? [],
    lacksJumpList: template.code.jumps === true && listOf(ext.navigateToMiniProgramAppIdList).length === 0,
    at,
  };
}

function parse(written: string): Json {
  try {
    const ext: unknown = JSON.parse(written);
    if (isObject(ext)) return ext;
  } catch {
    // Falls through: both are no ext_json.
  }
  throw new ApiRefusal(85048);
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Every page of the build, those of sub-packages with their root. */
function takePages(ext: Json, code: ScriptedTemplate): string[] {
  const templatePages = code.pages ?? [];
  const pages = ext.pages === undefined ? templatePages : ext.pages;
  must(Array.isArray(pages), 85013);
  must(pages.length > 0, 85047);
  must(
    pages.every((page) => templatePages.includes(page as string)),
    85045,
  );
  const ofTemplate = pathsOf(code.subPackages);
  const given = ext.subPackages ?? ext.subpackages;
  must(given === undefined || Array.isArray(given), 85013);
  const inPackages = given === undefined ? ofTemplate : pathsOf(given);
  must(
    inPackages.every((path) => ofTemplate.includes(path)),
    85045,
  );
  const all = [...(pages as string[]), ...inPackages];
  must(ext.extPages === undefined || isObject(ext.extPages), 85013);
  must(
    Object.keys(ext.extPages ?? {}).every((path) => all.includes(path)),
    85045,
  );
  // What is left out of ext_json is the template's, and must fit the pages as well.
  const { list = (code.tabs ?? []).map((pagePath) => ({ pagePath })) } = isObject(ext.tabBar) ? ext.tabBar : {};
  for (const tab of listOf(list)) {
    must(isObject(tab) && typeof tab.pagePath === 'string' && tab.pagePath !== '', 85046);
    must(all.includes(tab.pagePath), 85045);
  }
  return all;
}

const pathsOf = (packages: unknown): string[] =>
  listOf(packages).flatMap((one) =>
    isObject(one)
      ? listOf(one.pages).map((page) => `${String(one.root).replace(/\/$/, '')}/${String(page)}`)
      : [String(one)],
  );

function takePlugins(plugins: unknown, { plugins: added }: AccountScript): void {
  must(plugins === undefined || isObject(plugins), 85013);
  for (const plugin of Object.values(plugins ?? {})) {
    must(isObject(plugin) && /^wx[0-9a-f]{16}$/.test(String(plugin.provider)), 80067);
    must(/^(?:\d+\.\d+\.\d+|latest|dev)$/.test(String(plugin.version)), 80066);
    must(added === undefined || added.includes(String(plugin.provider)), 80082);
  }
}

function takePrivateInfos(names: unknown, rights: ReadonlySet<string>): string[] | undefined {
  if (names === undefined) return undefined;
  must(Array.isArray(names) && names.every((name) => LOCATION_INTERFACES.includes(name as string)), 85310);
  const declared = names as string[];
  must(!declared.includes('getFuzzyLocation') || !declared.some((name) => EXACT.includes(name)), 85311);
  must(
    declared.every((name) => rights.has(name)),
    85312,
  );
  return declared;
}
