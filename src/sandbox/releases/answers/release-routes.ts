/** The calls of the code management as routes: token and permission set first, then the answer; what changed is counted. */
import { OK, type ApiCall, type CallBody, type Route } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import { auditAnswers } from './audit-answers.ts';
import type { Audits } from '../audits.ts';
import { codeAnswers, templateAnswers } from './code-answers.ts';
import type { MiniProgram } from '../mini-program.ts';
import { componentDomainAnswers, domainAnswers } from './domain-answers.ts';
import { privacyAnswers } from './privacy-answers.ts';
import { testerAnswers } from './tester-answers.ts';
import { onlineAnswers } from './online-answers.ts';
import { ACCOUNT_CALLS, COMPONENT_CALLS, type ReleaseCall } from './release-calls.ts';
import type { Releases } from '../releases.ts';
import { Unchanged } from './unchanged.ts';

export type ComponentAnswers = Record<keyof typeof COMPONENT_CALLS, (body: CallBody, call: ApiCall) => object>;
export type AccountAnswers = Record<
  keyof typeof ACCOUNT_CALLS,
  (program: MiniProgram, body: CallBody, call: ApiCall) => object
>;

export function releaseRoutes(releases: Releases, audits: Audits): Record<string, Route> {
  const { wechat, schedule } = releases;
  const ofComponent: ComponentAnswers = { ...templateAnswers(releases), ...componentDomainAnswers(releases) };
  const ofAccount: AccountAnswers = {
    ...codeAnswers(releases),
    ...auditAnswers(releases, audits),
    ...onlineAnswers(releases),
    ...privacyAnswers(releases, audits),
    ...testerAnswers(),
    ...domainAnswers(releases),
  };

  function holder(token: string, { sets = [], needsAll = false }: ReleaseCall): MiniProgram {
    const account = wechat.holderOf(token);
    if (account.kind !== 'mini') throw new ApiRefusal(48001);
    const isGranted = (set: number): boolean => account.funcInfo.includes(set);
    if (!(needsAll ? sets.every(isGranted) : sets.some(isGranted))) throw new ApiRefusal(61007);
    return releases.programOf(account.appId);
  }

  const accountRoute = (path: keyof typeof ACCOUNT_CALLS, declared: ReleaseCall): Route => ({
    method: declared.method,
    token: 'account',
    isForm: declared.isForm,
    answer: (body, token, call) => {
      schedule.runDue();
      const program = holder(token, declared);
      const isForgotten = declared.isSetting && program.script.quirks?.includes('settings-not-kept');
      if (isForgotten && body.action !== 'get') return OK;
      const answer = ofAccount[path](program, body, call);
      if (answer instanceof Unchanged) return answer.document;
      if (declared.isEffect) releases.countEffect(program, path);
      return answer;
    },
  });

  const componentRoute = (path: keyof typeof COMPONENT_CALLS, declared: ReleaseCall): Route => ({
    method: declared.method,
    token: 'component',
    answer: (body, _, call) => {
      const answer = ofComponent[path](body, call);
      if (answer instanceof Unchanged) return answer.document;
      if (declared.isEffect) releases.countComponentEffect(path);
      return answer;
    },
  });

  const routesOf = <Path extends string>(
    calls: Record<Path, ReleaseCall>,
    routeOf: (path: Path, declared: ReleaseCall) => Route,
  ): Record<string, Route> =>
    Object.fromEntries((Object.keys(calls) as Path[]).map((path) => [path, routeOf(path, calls[path])]));

  return { ...routesOf(COMPONENT_CALLS, componentRoute), ...routesOf(ACCOUNT_CALLS, accountRoute) };
}
