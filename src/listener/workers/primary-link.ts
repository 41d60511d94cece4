/** A worker's way to the process that started it: what only one of them all can know or show. */
import type { WxopError } from '../../sentences/wxop-error.ts';
import type { Peer } from '../../runtime/runtime.ts';
import type { Measured } from '../http/metrics.ts';
import type { FairShares, Share } from '../http/fair-shares.ts';
import type { Answer, Claims, ListenerActivity } from '../receiver.ts';
import { createLink } from './link.ts';
import { tellActivity, tellError } from './told-errors.ts';

export interface PrimaryLinkOptions {
  peer: Peer;
  /** What this process measured. */
  measure: () => Promise<Measured>;
  /** Lines of pushes are wanted. */
  verbose: boolean;
  redactDeep: <Value>(value: Value) => Value;
}

/** What one component has of the link. */
export interface ComponentLink {
  claims: Claims;
  sharesFor: (what: 'links' | 'codes') => FairShares;
  onActivity: (activity: ListenerActivity) => void;
  /** The metrics of all processes. */
  metricsText(): Promise<string>;
  /** `forget` is called when another worker brought an account. */
  forgetWith(forget: () => void): void;
}

export interface PrimaryLink extends ComponentLink {
  /** The link of one of several components. */
  of(componentAppId: string): ComponentLink;
  /** The port is open. */
  ready(url: string): void;
  failed(error: WxopError): void;
  /** Resolves when all that was said before has been heard. */
  heard(): Promise<unknown>;
}

type Recall = Parameters<Claims['answerWith']>[0];

export function createPrimaryLink({ peer, measure, verbose, redactDeep }: PrimaryLinkOptions): PrimaryLink {
  const recalls = new Map<string, Recall>();
  let forgets: (() => void)[] = [];
  const link = createLink(peer, {
    recall: async ([identity, component]: [identity: string, component?: string]) => {
      const answer = await recalls.get(component ?? '')?.(identity);
      // What was refused had no effect: whoever gets it again tries again.
      return answer?.rejection ? undefined : answer;
    },
    measure,
    'forget-count': () => forgets.forEach((forget) => forget()),
  });

  /** Without a component: of the only one. */
  const linkOf = (component?: string): ComponentLink => ({
    claims: {
      take: async (identity) =>
        (await link.ask<Answer>('claim', component === undefined ? [identity] : [identity, component])) ?? undefined,
      answerWith: (recall) => void recalls.set(component ?? '', recall),
    },
    sharesFor: (what) => ({
      take: async (shares: readonly Share[]) => {
        const taken = await link.ask<{ wait: number } | { number: number }>('share', { what, shares, component });
        if (!taken || 'wait' in taken) return { wait: taken?.wait ?? 0 };
        return { giveBack: () => link.tell('give-back', taken.number) };
      },
    }),
    onActivity: (activity) => {
      if (activity.type === 'answered' && !verbose) return;
      // The commonest, and nothing in it can be secret.
      const told = tellActivity(activity);
      const shown = activity.type === 'message' ? told : redactDeep(told);
      link.tell('activity', component === undefined ? [shown] : [shown, component]);
    },
    metricsText: async () => (await link.ask<string>('metrics')) ?? '',
    forgetWith: (forget) => (forgets = [...forgets, forget]),
  });

  return {
    ...linkOf(),
    of: linkOf,
    ready: (url) => void link.ask('ready', url).catch(() => undefined),
    failed: (error) => link.tell('failed', redactDeep(tellError(error))),
    heard: () => link.ask('heard').catch(() => undefined),
  };
}
