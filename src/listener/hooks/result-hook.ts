/** `--on-result`: one call for each outcome, some at a time; failing is a warning, and nothing waits for it but the end. */
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { toWxopError } from '../../sentences/wxop-error.ts';
import { callOperator, type OperatorCallOptions } from './operator-call.ts';

const AT_ONCE = 4;
/** After so many failures in a row the others are not called: each would wait for the same deadline. */
const GIVES_UP = 5;
/** Milliseconds until it is tried again. */
const RESTS = 60_000;

export interface ResultHookOptions extends OperatorCallOptions {
  /** A command or a URL; undefined: nobody is called. */
  call: string | undefined;
  now: () => number;
  warn: (warning: Text) => void;
}

export interface ResultNews {
  /** What there is news of: `release`, `release-run`, or an event of WeChat's. */
  type: string;
  result: string;
  componentAppId: string;
  appId?: string;
  run?: string;
}

export interface ResultHook {
  tell(result: ResultNews): void;
  /** Resolves when nothing is under way. */
  finished(): Promise<void>;
}

export function createResultHook({ call, now, warn, ...options }: ResultHookOptions): ResultHook {
  const waiting: ResultNews[] = [];
  const underWay = new Set<Promise<void>>();
  const atWork = new Set<string | undefined>();
  let [failures, restsUntil, skipped] = [0, 0, 0];

  /** What there is of one mini program comes in its order. */
  function next(): ResultNews | undefined {
    const index = waiting.findIndex(({ appId }) => !atWork.has(appId));
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  }

  async function work(command: string): Promise<void> {
    for (let result = next(); result; result = next()) {
      if (now() < restsUntil) {
        skipped++;
        continue;
      }
      const { appId } = result;
      atWork.add(appId);
      const failure = await callOperator(command, { document: result, facts: factsOf(result), onInput: true }, options)
        // The listener or the run must not end for it.
        .catch((error: unknown) => toWxopError(error).text);
      atWork.delete(appId);
      if (options.signal.aborted) return void waiting.splice(0);
      if (failure === undefined) {
        failures = 0;
        continue;
      }
      warn(notCalled(result, failure));
      if (++failures >= GIVES_UP) restsUntil = now() + RESTS;
    }
  }

  function begin(command: string): void {
    if (underWay.size >= AT_ONCE || !waiting.some(({ appId }) => !atWork.has(appId))) return;
    const worker = work(command).finally(() => {
      underWay.delete(worker);
      // What came after it had looked for the last time.
      begin(command);
    });
    underWay.add(worker);
  }

  return {
    tell(result) {
      if (call === undefined) return;
      waiting.push(result);
      begin(call);
    },
    async finished() {
      while (underWay.size > 0) await Promise.all(underWay);
      if (skipped > 0) warn(leftOut(skipped));
      skipped = 0;
    },
  };
}

const factsOf = ({ type, result, componentAppId, appId, run }: ResultNews): Record<string, string> => ({
  COMPONENT_APPID: componentAppId,
  RESULT_TYPE: type,
  RESULT: result,
  ...(appId !== undefined && { APPID: appId }),
  ...(run !== undefined && { RUN: run }),
});

const notCalled = ({ appId, result }: ResultNews, failure: Hole): Text => {
  const about =
    appId === undefined ? text(en`${result}`, zh`${result}`) : text(en`${appId} ${result}`, zh`${appId} ${result}`);
  return text(en`Could not report the result ${about}: ${failure}.`, zh`结果 ${about} 通知失败：${failure}。`);
};
const leftOut = (count: number): Text =>
  text(
    `${count} results were not reported, because reporting failed again and again. Correct --on-result; \`wxop release show\` has them.`,
    `因连续通知失败，有 ${count} 个结果未通知。请修正 --on-result；可用 \`wxop release show\` 查看。`,
  );
