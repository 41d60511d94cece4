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

export interface PrimaryLink {
  claims: Claims;
  sharesFor: (what: 'links' | 'codes') => FairShares;
  onActivity: (activity: ListenerActivity) => void;
  /** The metrics of all processes. */
  metricsText(): Promise<string>;
  /** The port is open. `forgetCount` is called when another worker brought an account. */
  ready(url: string, forgetCount: () => void): void;
  failed(error: WxopError): void;
  /** Resolves when all that was said before has been heard. */
  heard(): Promise<unknown>;
}

export function createPrimaryLink({ peer, measure, verbose, redactDeep }: PrimaryLinkOptions): PrimaryLink {
  let recall: (identity: string) => Promise<Answer> | undefined = () => undefined;
  let forgetCount = (): void => undefined;
  const link = createLink(peer, {
    recall: async (identity: string) => {
      const answer = await recall(identity);
      // What was refused had no effect: whoever gets it again tries again.
      return answer?.rejection ? undefined : answer;
    },
    measure,
    'forget-count': () => forgetCount(),
  });
  return {
    claims: {
      take: async (identity) => (await link.ask<Answer>('claim', identity)) ?? undefined,
      answerWith: (given) => void (recall = given),
    },
    sharesFor: (what) => ({
      take: async (shares: readonly Share[]) => {
        const taken = await link.ask<{ wait: number } | { number: number }>('share', { what, shares });
        if (!taken || 'wait' in taken) return { wait: taken?.wait ?? 0 };
        return { giveBack: () => link.tell('give-back', taken.number) };
      },
    }),
    onActivity: (activity) => {
      if (activity.type === 'answered' && !verbose) return;
      // The commonest, and nothing in it can be secret.
      const told = tellActivity(activity);
      link.tell('activity', activity.type === 'message' ? told : redactDeep(told));
    },
    metricsText: async () => (await link.ask<string>('metrics')) ?? '',
    ready: (url, given) => {
      forgetCount = given;
      link.tell('ready', url);
    },
    failed: (error) => link.tell('failed', redactDeep(tellError(error))),
    heard: () => link.ask('heard').catch(() => undefined),
  };
}
