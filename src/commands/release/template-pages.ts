/** The pages that an ext_json is checked against: of the template's project, or of a trial version that was made of it. */
import type { Context } from '../../cli/context.ts';
import { getPages, getVersionInfo } from '../../protocol/calls/release/code-endpoints.ts';
import { pagesOfTrial, readAppPages, type AppPages } from '../../release/ext-json/app-pages.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { readJsonFile } from '../files.ts';
import { openMiniProgram } from './mini-program.ts';

/** `appJson`: a path; `pagesOf`: an account. Undefined where neither is given. */
export async function templatePages(
  context: Context,
  { appJson, pagesOf }: { appJson?: string; pagesOf?: string },
): Promise<AppPages | undefined> {
  if (appJson !== undefined && pagesOf !== undefined) throw oneOfBoth();
  if (pagesOf !== undefined) return pagesOfAccount(context, pagesOf);
  return appJson === undefined ? undefined : pagesInFile(context, appJson);
}

async function pagesInFile(context: Context, path: string): Promise<AppPages> {
  const app = await readJsonFile(context, path);
  const pages = app && readAppPages(app);
  if (pages) return pages;
  throw new WxopError(
    'USAGE',
    text(en`${path} is not an app.json with pages.`, zh`${path} 不是含有 pages 的 app.json。`),
    {
      hint: text("Name the app.json of the template's project, as it was built.", '请指定模板项目构建后的 app.json。'),
    },
  );
}

/** WeChat shows the pages of code only where it was uploaded: those of a template nowhere. */
async function pagesOfAccount(context: Context, given: string): Promise<AppPages> {
  const { name, call } = await openMiniProgram(context, given);
  try {
    const listed = await call(getPages, undefined);
    const { trial } = await call(getVersionInfo, undefined);
    if (!context.terminal.json) context.terminal.note(checkedAgainst(name, trial?.version ?? '-'));
    return pagesOfTrial(listed);
  } catch (error) {
    throw isError(error, 'PLATFORM_REFUSED', 86001) ? noTrial(name) : error;
  }
}

const checkedAgainst = (name: string, version: string): Text =>
  text(
    en`Paths are checked against the trial version ${version} of ${name}.`,
    zh`按 ${name} 的体验版 ${version} 核对页面路径。`,
  );
const oneOfBoth = (): WxopError =>
  new WxopError(
    'USAGE',
    text('Pages come from an app.json or from a mini program, not from both.', '页面只能取自 app.json 或某个小程序。'),
    { hint: text('Leave one of them out.', '请删去其中一个。') },
  );
const noTrial = (name: string): WxopError =>
  new WxopError(
    'WRONG_STAGE',
    text(en`${name} has no trial version to read pages from.`, zh`${name} 没有体验版可读取页面。`),
    {
      errcode: 86001,
      hint: text(
        'Upload the template to it first, without leaving pages out: `wxop release upload`.',
        '请先向它上传该模板，且不删减页面：`wxop release upload`。',
      ),
    },
  );
