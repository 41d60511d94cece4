/** Changes the domains of a mini program in one of the two ways, and compares what WeChat shows afterwards. */
import {
  changeComponentServerDomains,
  changeComponentWebViewDomains,
  changeDirectServerDomains,
  changeDirectWebViewDomains,
  DOMAIN_KINDS,
  getComponentServerDomains,
  getComponentWebViewDomains,
  getDirectServerDomains,
  getDirectWebViewDomains,
  type DomainChange,
  type DomainWay,
  type LeftOut,
  type ServerDomains,
} from '../protocol/calls/mini-program/domain-endpoints.ts';
import { sendOnce, type Seen, type StepOptions } from '../release/steps/send-once.ts';
import { isError, type WxopError } from '../sentences/wxop-error.ts';
import { domainsUnknown, notTaken, type Untaken } from './domain-failures.ts';
import type { HolderCall } from '../wechat-api/call.ts';

/** By what it is for; only the kinds that are named change. */
export type KindLists = Partial<ServerDomains> & { webView?: string[] };

export interface ChangedDomains {
  /** Of the kinds that were named. */
  before: KindLists;
  after: KindLists;
  /** False where everything was as wanted before, and nothing was sent. */
  isChanged: boolean;
}

const LOOKS = [1_000, 4_000];
/** Nothing new, and not registered; the list of web-view domains unchanged. Another may have been faster. */
const NOTHING_TO_DO = [85017, 89019];

/** The list after a change. */
const combined = (before: readonly string[], given: readonly string[], action: DomainChange): string[] => [
  ...new Set(
    action === 'delete'
      ? before.filter((one) => !given.includes(one))
      : action === 'set'
        ? given
        : [...before, ...given],
  ),
];

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((domain) => other.includes(domain));

/** What is sent: for a whole list all of it, otherwise only what is missing or is there. */
const difference = (before: readonly string[], given: readonly string[], action: DomainChange): string[] =>
  action === 'set' ? [...given] : given.filter((one) => before.includes(one) === (action === 'delete'));

/** Throws what WeChat refuses with, and NOT_KEPT where it took less, or something else. */
export async function changeDomains(
  call: HolderCall,
  { action, way, domains: { webView, ...server } }: { action: DomainChange; way: DomainWay; domains: KindLists },
  options: StepOptions,
): Promise<ChangedDomains> {
  const parts: ChangedDomains[] = [];
  let notKept: WxopError | undefined;
  if (DOMAIN_KINDS.some((kind) => server[kind])) {
    try {
      parts.push(await changeServer(call, { action, way, server }, options));
    } catch (error) {
      if (!webView || !isError(error, 'NOT_KEPT')) throw error;
      notKept = error;
    }
  }
  if (webView) parts.push(await changeWebView(call, { action, way, webView }, options));
  if (notKept) throw notKept;
  return {
    before: Object.assign({}, ...parts.map(({ before }) => before)) as KindLists,
    after: Object.assign({}, ...parts.map(({ after }) => after)) as KindLists,
    isChanged: parts.some(({ isChanged }) => isChanged),
  };
}

async function changeServer(
  call: HolderCall,
  { action, way, server }: { action: DomainChange; way: DomainWay; server: Partial<ServerDomains> },
  options: StepOptions,
): Promise<ChangedDomains> {
  const isDirect = way === 'direct';
  const look = (): Promise<ServerDomains> =>
    call(isDirect ? getDirectServerDomains : getComponentServerDomains, undefined);
  const named = DOMAIN_KINDS.filter((kind) => server[kind]);
  const pick = (lists: ServerDomains): Partial<ServerDomains> =>
    Object.fromEntries(named.map((kind) => [kind, lists[kind]]));
  const before = await look();
  const wanted = Object.fromEntries(
    DOMAIN_KINDS.map((kind) => [kind, combined(before[kind], server[kind] ?? [], server[kind] ? action : 'add')]),
  ) as ServerDomains;
  const isAs = (lists: ServerDomains, other: ServerDomains): boolean =>
    DOMAIN_KINDS.every((kind) => isSame(lists[kind], other[kind]));
  if (isAs(before, wanted)) return { before: pick(before), after: pick(before), isChanged: false };
  const lists: Partial<ServerDomains> =
    // A kind that is left out of a whole setting might be emptied.
    action === 'set'
      ? wanted
      : Object.fromEntries(
          named
            .map((kind) => [kind, difference(before[kind], server[kind] ?? [], action)] as const)
            .filter(([, some]) => some.length > 0),
        );
  const answer = await change<LeftOut | undefined>(
    () => call(isDirect ? changeDirectServerDomains : changeComponentServerDomains, { action, lists }),
    async () => judge(await look(), { before, wanted }, isAs),
    options,
  );
  const after = await look();
  expectTaken(
    named.flatMap((kind) => untaken(after[kind], wanted[kind], action, answer)),
    named.flatMap((kind) => server[kind] ?? []).length,
    way,
  );
  return { before: pick(before), after: pick(after), isChanged: true };
}

async function changeWebView(
  call: HolderCall,
  { action, way, webView }: { action: DomainChange; way: DomainWay; webView: string[] },
  options: StepOptions,
): Promise<ChangedDomains> {
  const isDirect = way === 'direct';
  const look = (): Promise<string[]> =>
    call(isDirect ? getDirectWebViewDomains : getComponentWebViewDomains, undefined);
  const before = await look();
  const wanted = combined(before, webView, action);
  if (isSame(before, wanted)) return { before: { webView: before }, after: { webView: before }, isChanged: false };
  await change(
    () =>
      call(isDirect ? changeDirectWebViewDomains : changeComponentWebViewDomains, {
        action,
        domains: difference(before, webView, action),
      }),
    async () => judge(await look(), { before, wanted }, isSame),
    options,
  );
  const after = await look();
  expectTaken(untaken(after, wanted, action), webView.length, way);
  return { before: { webView: before }, after: { webView: after }, isChanged: true };
}

/** Undefined where WeChat says that there is nothing to do: what it shows then decides, as it does after every change. */
async function change<Answer>(
  send: () => Promise<Answer>,
  look: () => Promise<Seen<undefined>>,
  options: StepOptions,
): Promise<Answer | undefined> {
  const sent = await sendOnce<Answer | undefined>(
    {
      send: async () => {
        try {
          return await send();
        } catch (error) {
          const isDone = NOTHING_TO_DO.some((errcode) => isError(error, 'PLATFORM_REFUSED', errcode));
          if (isDone && (await look()).effect === 'there') return undefined;
          throw error;
        }
      },
      afterLoss: 'look-then-repeat-once',
      look,
      pauses: LOOKS,
      unknown: domainsUnknown,
    },
    options,
  );
  return sent.answer;
}

function judge<Lists>(
  shown: Lists,
  { before, wanted }: { before: Lists; wanted: Lists },
  isAs: (one: Lists, other: Lists) => boolean,
): Seen<undefined> {
  if (isAs(shown, wanted)) return { effect: 'there', answer: undefined };
  return { effect: isAs(shown, before) ? 'absent' : 'unclear' };
}

/** What is missing of the wanted list, and what is in it that should not. */
function untaken(after: string[], wanted: string[], action: DomainChange, left?: LeftOut): Untaken[] {
  const missing = wanted.filter((one) => !after.includes(one));
  const extra = action === 'add' ? [] : after.filter((one) => !wanted.includes(one));
  return [
    ...missing.map((domain) => ({
      domain,
      why: left?.withoutIcp.includes(domain)
        ? ('withoutIcp' as const)
        : left?.invalid.includes(domain)
          ? ('invalid' as const)
          : ('missing' as const),
    })),
    ...extra.map((domain) => ({ domain, why: 'stillThere' as const })),
  ];
}

function expectTaken(untakenDomains: Untaken[], given: number, way: DomainWay): void {
  if (untakenDomains.length > 0) throw notTaken(untakenDomains, given, way);
}
