/** One of several components on a port: it receives until it ends, and tries again while it cannot. */
import type { Context } from '../../cli/context.ts';
import type { SharedPart } from '../../cli/listener/share-components.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, type WxopError } from '../../sentences/wxop-error.ts';
import type { ProfileComponent } from './profile-component.ts';
import { ofProfile } from './shared-profiles.ts';

/** What a component that shares a port is given. */
export interface Sharing {
  part: SharedPart;
  /** It receives. */
  joined: () => void;
  /** Ends with the others, or when its profile is changed or gone. */
  ended: Promise<void>;
  /** Stands behind `/authorize` where a host does not tell components apart. */
  query: string;
}

/** Receives for one component until it is stopped. */
export type Receive = (context: Context, sharing: Sharing) => Promise<void>;

/** Milliseconds between two tries of a component that cannot receive yet. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 60_000];

export interface Receiving extends ProfileComponent {
  part: SharedPart;
  over: AbortController;
  /** Resolves when it receives for the first time. */
  joined: Promise<void>;
  hasJoined: () => void;
  /** Rejects with what it cannot go on with. */
  running: Promise<void>;
}

/** Tries until it receives: a store that is away keeps back no other component. */
export async function keepReceiving(
  component: Receiving,
  receive: Receive,
  onFailure: (failure: WxopError) => void,
): Promise<void> {
  const { name, part, over } = component;
  const ended = new Promise<void>((done) => over.signal.addEventListener('abort', () => done(), { once: true }));
  let hasJoined = false;
  const sharing: Sharing = {
    part,
    ended,
    query: `?component=${component.componentAppId}`,
    joined: () => {
      hasJoined = true;
      component.hasJoined();
    },
  };
  for (let pause = FIRST_PAUSE, isFirst = true; ; pause = Math.min(pause * 2, LONGEST_PAUSE), isFirst = false) {
    const { terminal, runtime } = component.context;
    try {
      return await receive(component.context, sharing);
    } catch (thrown) {
      const error = toWxopError(thrown);
      if (error.code === 'CANCELLED') return;
      const isMistake = ['SETTINGS_INVALID', 'SETTINGS_MISSING', 'USAGE'].includes(error.code);
      if (hasJoined || (isFirst && isMistake)) throw hasJoined ? error : ofProfile(name, error);
      part.failed();
      if (isFirst) onFailure(ofProfile(name, error));
      const sentence = notReceiving(error.text, pause);
      // The process that started this worker looks at the same store, and says it once for all.
      if (runtime.worker) terminal.trace(terminal.say(sentence));
      else terminal.warn(sentence);
    }
    const waited = new AbortController();
    void ended.then(() => waited.abort());
    const isOver = await component.context.sleep(pause, waited.signal).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    await component.context.close();
    component.context = component.open();
  }
}

const notReceiving = (why: Text, pause: number): Text => {
  const next = formatDuration(pause);
  return text(
    en`It cannot receive yet; its pushes are answered 503. ${why} Trying again in ${next}.`,
    zh`暂时无法接收，其推送以 503 应答。${why}${next}后重试。`,
  );
};
