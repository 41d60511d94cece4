/** What goes online and comes back. */
import { OK } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import type { AuditCase, MiniProgram, OnlineVersion } from '../mini-program.ts';
import { hostsOf, releaseDomains } from '../domains.ts';
import type { AccountAnswers } from './release-routes.ts';
import type { Releases } from '../releases.ts';
import { Unchanged } from './unchanged.ts';

/** Earlier versions that can be brought back. */
const MOST_HISTORY = 5;
const FIRST_APP_VERSION = 1;
const BASE_LIBRARIES = ['3.8.0', '3.5.0', '3.0.0', '2.30.0', '2.20.0', '2.0.0', '1.0.0'];

type Paths =
  | '/wxa/release'
  | '/wxa/revertcoderelease'
  | '/wxa/grayrelease'
  | '/wxa/getgrayreleaseplan'
  | '/wxa/revertgrayrelease'
  | '/wxa/change_visitstatus'
  | '/wxa/getvisitstatus'
  | '/cgi-bin/wxopen/getweappsupportversion'
  | '/cgi-bin/wxopen/setweappsupportversion';

export function onlineAnswers({ wechat, componentDomains }: Releases): Pick<AccountAnswers, Paths> {
  function publish(program: MiniProgram, audit: AuditCase): void {
    audit.isReleased = true;
    if (program.online) program.history = [...program.history, program.online].slice(-MOST_HISTORY);
    else program.isVisible = true;
    program.lastAppVersion = Math.max(program.lastAppVersion + 1, FIRST_APP_VERSION);
    program.online = { appVersion: program.lastAppVersion, build: audit.build, at: wechat.seconds() };
    if (program.gray?.status === 1) program.gray.status = 3;
    program.guides.online = program.guides.development;
    releaseDomains(program.domains, hostsOf(componentDomains.server), hostsOf(componentDomains.jump));
  }

  function revert(program: MiniProgram, given: string | null): void {
    if (given !== null && !/^\d+$/.test(given)) throw new ApiRefusal(40097);
    if (program.gray?.status === 1) throw new ApiRefusal(87011);
    const target = program.history.findLast(({ appVersion }) => given === null || appVersion === Number(given));
    if (!target) throw new ApiRefusal(87012);
    // What was online is gone for good, and so is what was released in between.
    program.history = program.history.slice(0, program.history.indexOf(target));
    program.online = { ...target, at: wechat.seconds() };
  }

  function grow(program: MiniProgram, body: Record<string, unknown>): void {
    const { gray_percentage: percentage, support_experiencer_first, support_debuger_first } = body;
    if (typeof percentage !== 'number' || !Number.isInteger(percentage)) throw new ApiRefusal(40097);
    if (program.script.named === false) throw new ApiRefusal(86002);
    const [testersFirst, membersFirst] = [support_experiencer_first === true, support_debuger_first === true];
    if (percentage < 0 || percentage > 100 || (percentage === 0 && !testersFirst && !membersFirst)) {
      throw new ApiRefusal(85081);
    }
    if (!program.online) throw new ApiRefusal(85079);
    const latest = program.audits.at(-1);
    if (!latest || latest.status !== 0 || latest.isReleased) throw new ApiRefusal(85080);
    const running = program.gray?.status === 1 ? program.gray : undefined;
    if (running && percentage <= running.percentage) throw new ApiRefusal(85082);
    program.gray = { status: 1, percentage, testersFirst, membersFirst, at: running?.at ?? wechat.seconds() };
    if (percentage === 100) publish(program, latest);
  }

  return {
    '/wxa/release': (program) => {
      const latest = program.audits.at(-1);
      if (!latest) throw new ApiRefusal(85019);
      if (latest.isReleased) throw new ApiRefusal(85052);
      if (latest.status !== 0) throw new ApiRefusal(85020);
      publish(program, latest);
      return OK;
    },
    '/wxa/revertcoderelease': (program, _, { query }) => {
      const [action, appVersion] = [query.get('action'), query.get('app_version')];
      if (action === null) {
        revert(program, appVersion);
        return OK;
      }
      // Nobody knows which of the two WeChat would obey.
      if (action !== 'get_history_version' || appVersion !== null) throw new ApiRefusal(40097);
      const list = program.history.map(versionItem).reverse();
      const isObject = program.script.quirks?.includes('version-list-object') === true;
      return new Unchanged({ ...OK, version_list: isObject ? Object.fromEntries(list.entries()) : list });
    },
    '/wxa/grayrelease': (program, body) => {
      grow(program, body);
      return OK;
    },
    '/wxa/getgrayreleaseplan': ({ gray }) => ({
      ...OK,
      gray_release_plan: {
        status: gray?.status ?? 0,
        create_timestamp: gray?.at ?? 0,
        gray_percentage: gray?.percentage ?? 0,
        support_experiencer_first: gray?.testersFirst ?? false,
        support_debuger_first: gray?.membersFirst ?? false,
      },
    }),
    '/wxa/revertgrayrelease': ({ gray }) => {
      if (gray?.status === 1) gray.status = 4;
      return OK;
    },
    '/wxa/change_visitstatus': (program, { action }) => {
      if (action !== 'open' && action !== 'close') throw new ApiRefusal(85022);
      if (!program.online) throw new ApiRefusal(85021);
      program.isVisible = action === 'open';
      return OK;
    },
    '/wxa/getvisitstatus': ({ isVisible }) => ({ ...OK, status: isVisible ? 1 : 0 }),
    '/cgi-bin/wxopen/getweappsupportversion': ({ baseLibrary }) => ({
      ...OK,
      now_version: baseLibrary,
      uv_info: { items: BASE_LIBRARIES.map((version, index) => ({ version, percentage: 50 / 2 ** index })) },
    }),
    '/cgi-bin/wxopen/setweappsupportversion': (program, { version }) => {
      if (!BASE_LIBRARIES.includes(String(version))) throw new ApiRefusal(89014);
      program.baseLibrary = String(version);
      return OK;
    },
  };
}

const versionItem = ({ appVersion, build }: OnlineVersion): object => ({
  app_version: appVersion,
  user_version: build.version,
  user_desc: build.description,
  commit_time: build.at,
});
