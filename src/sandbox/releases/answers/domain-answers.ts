/** The calls on domains, the mini program's and the component's. */
import type { Json } from '../../../runtime/json-object.ts';
import { OK, string } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import {
  actionIn,
  changeComponent,
  changeServer,
  changeWebview,
  hostsOf,
  spendChange,
  type ComponentDomains,
} from '../domains.ts';
import type { MiniProgram } from '../mini-program.ts';
import type { Releases } from '../releases.ts';
import type { AccountAnswers, ComponentAnswers } from './release-routes.ts';
import { Unchanged } from './unchanged.ts';

type AccountPaths =
  | '/wxa/modify_domain'
  | '/wxa/modify_domain_directly'
  | '/wxa/get_effective_domain'
  | '/wxa/setwebviewdomain'
  | '/wxa/setwebviewdomain_directly'
  | '/wxa/get_effective_webviewdomain'
  | '/wxa/get_webviewdomain_confirmfile';
type ComponentPaths =
  | '/cgi-bin/component/modify_wxa_server_domain'
  | '/cgi-bin/component/modify_wxa_jump_domain'
  | '/cgi-bin/component/get_domain_confirmfile';

const [MOST_SERVER, MOST_JUMP] = [1000, 300];

export function domainAnswers({ componentDomains, now }: Releases): Pick<AccountAnswers, AccountPaths> {
  function server(program: MiniProgram, body: Json, way: 'third' | 'direct'): object {
    const { domains } = program;
    const action = actionIn(body);
    if (action === 'get') return new Unchanged({ ...OK, ...domains[way] });
    const registered = way === 'third' ? hostsOf(componentDomains.server) : undefined;
    const { lists, ignored } = changeServer(domains[way], body, action, registered);
    spendChange(domains.changes, now(), 86102);
    domains[way] = lists;
    return { ...OK, ...lists, ...ignored };
  }

  function webview(program: MiniProgram, body: Json, way: 'thirdWebview' | 'directWebview'): object {
    const { domains } = program;
    if (program.script.personal) throw new ApiRefusal(89231);
    if (body.action === 'get') return new Unchanged({ ...OK, webviewdomain: domains[way] });
    const registered = way === 'thirdWebview' ? hostsOf(componentDomains.jump) : undefined;
    domains[way] = changeWebview(domains[way], body, registered);
    return { ...OK, webviewdomain: domains[way] };
  }

  return {
    '/wxa/modify_domain': (program, body) => server(program, body, 'third'),
    '/wxa/modify_domain_directly': (program, body) => server(program, body, 'direct'),
    '/wxa/get_effective_domain': ({ domains: { console, third, direct, live } }) => ({
      ...OK,
      mp_domain: console,
      third_domain: third,
      direct_domain: direct,
      effective_domain: live,
    }),
    '/wxa/setwebviewdomain': (program, body) => webview(program, body, 'thirdWebview'),
    '/wxa/setwebviewdomain_directly': (program, body) => webview(program, body, 'directWebview'),
    '/wxa/get_effective_webviewdomain': ({ domains }) => ({
      ...OK,
      mp_webviewdomain: [],
      third_webviewdomain: domains.thirdWebview,
      direct_webviewdomain: domains.directWebview,
      effective_webviewdomain: domains.liveWebview,
    }),
    '/wxa/get_webviewdomain_confirmfile': ({ account }) => ({ ...OK, ...confirmFile(account.appId) }),
  };
}

export function componentDomainAnswers({
  componentDomains,
  now,
  wechat,
}: Releases): Pick<ComponentAnswers, ComponentPaths> {
  function change(domains: ComponentDomains, body: Json, name: string, most: number): object {
    const isPublishedToo = body.is_modify_published_together === true;
    const action = actionIn(body);
    const invalid = changeComponent(domains, string(body, name), action, { most, isPublishedToo, now: now() });
    const answer = {
      ...OK,
      [`published_${name}`]: domains.published.join(';'),
      [`testing_${name}`]: domains.testing.join(';'),
      [`invalid_${name}`]: invalid.join(';'),
    };
    return action === 'get' ? new Unchanged(answer) : answer;
  }
  return {
    '/cgi-bin/component/modify_wxa_server_domain': (body) =>
      change(componentDomains.server, body, 'wxa_server_domain', MOST_SERVER),
    '/cgi-bin/component/modify_wxa_jump_domain': (body) =>
      change(componentDomains.jump, body, 'wxa_jump_h5_domain', MOST_JUMP),
    '/cgi-bin/component/get_domain_confirmfile': () => ({ ...OK, ...confirmFile(wechat.component.appId) }),
  };
}

const confirmFile = (appId: string): object => ({ file_name: `${appId.slice(-10)}.txt`, file_content: appId.slice(2) });
