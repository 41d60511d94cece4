/** What WeChat asks in a publish check, step by step, and how it judges the answers. */
import { text, type Text } from '../sentences/text.ts';
import {
  answerFromApi,
  askWithCode,
  eventReply,
  TEST_TEXT,
  TEXT_REPLY,
  type PublishCheckAccount,
} from '../protocol/publish-check.ts';
import { ANSWER_DEADLINE } from '../protocol/write-push.ts';
import { judgeGenuine, judgeReply, type ReceiverAnswer, type AnswerVerdict } from './judge-answer.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { CheckedReceiver } from './checked-receiver.ts';

export interface PublishCheckStep {
  name: 'ticket' | 'authorized' | 'text' | 'event' | 'api';
  appId?: string;
  run(): Promise<AnswerVerdict>;
}

export interface PublishCheckStepsOptions {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

const OPEN_ID = 'oPublishCheckUser';
/** How often to look whether the message has come, in milliseconds. */
const POLL = 25;

/** In the order in which WeChat takes them; a step is made when it is its turn. */
export function* publishCheckSteps(
  options: PublishCheckStepsOptions,
  { sandbox, keys }: CheckedReceiver,
  accounts: PublishCheckAccount[],
): Generator<PublishCheckStep> {
  const push = async (event: string, appId: string, fields?: Record<string, string>): Promise<ReceiverAnswer> => {
    const startedAt = options.now();
    const { status, body } = await sandbox.push({ event, appId, fields });
    const milliseconds = options.now() - startedAt;
    if (status !== 0) return { status, body, milliseconds };
    return { status, body: '', milliseconds, silence: milliseconds < ANSWER_DEADLINE ? 'unreachable' : 'timeout' };
  };
  const message = (appId: string, fields: Record<string, string>): Promise<ReceiverAnswer> =>
    push('message', appId, { FromUserName: OPEN_ID, ...fields });

  yield { name: 'ticket', run: async () => judgeGenuine(await push('component_verify_ticket', ''), 'event', keys) };
  for (const { appId, userName, kind } of accounts) {
    const users = { from: userName, to: OPEN_ID };
    yield { name: 'authorized', appId, run: async () => judgeGenuine(await push('authorized', appId), 'event', keys) };
    if (kind === 'mp') {
      yield {
        name: 'text',
        appId,
        run: async () => judgeReply(await message(appId, { Content: TEST_TEXT }), TEXT_REPLY, users, keys),
      };
      yield {
        name: 'event',
        appId,
        run: async () => {
          const fields = { MsgType: 'event', Event: 'LOCATION', Content: '' };
          const judged = judgeReply(await message(appId, fields), eventReply('LOCATION'), users, keys);
          // WeChat no longer asks this.
          return judged.verdict === 'fail' ? { ...judged, verdict: 'warn' } : judged;
        },
      };
    }
    yield { name: 'api', appId, run: () => askByApi(options, sandbox, appId, message) };
  }
}

/** An empty answer at once, then the code as a customer-service message. */
async function askByApi(
  options: PublishCheckStepsOptions,
  sandbox: Sandbox,
  appId: string,
  message: (appId: string, fields: Record<string, string>) => Promise<ReceiverAnswer>,
): Promise<AnswerVerdict> {
  const code = sandbox.codeOf(appId);
  const calls = (path: string): number => sandbox.state().calls[path] ?? 0;
  const [queried, tried] = [calls(QUERY_AUTH), calls(CUSTOM_SEND)];
  const answered = await message(appId, { Content: askWithCode(code) });
  const fail = (reason: Text): AnswerVerdict => ({ verdict: 'fail', reason });
  if (answered.silence || answered.status !== 200) {
    return fail(text(`answered ${answered.status || 'nothing'}`, `应答 ${answered.status || '无'}`));
  }
  if (answered.body !== '') return fail(text('the answer is not empty', '应答内容不为空'));
  const deadline = options.now() + ANSWER_DEADLINE;
  const isThere = (): boolean =>
    sandbox
      .state()
      .sent.some((sent) => sent.appId === appId && sent.openId === OPEN_ID && sent.content === answerFromApi(code));
  while (!isThere() && options.now() < deadline) await options.sleep(POLL);
  if (isThere()) return { verdict: 'pass', reason: text('empty answer, then the message', '应答为空，随后收到消息') };
  if (calls(CUSTOM_SEND) > tried) {
    return fail(text('custom/send was called, but not with that text', '调用了 custom/send，但内容不正确'));
  }
  return fail(calls(QUERY_AUTH) > queried ? NO_MESSAGE : notExchanged(sandbox.url));
}

const NO_MESSAGE = text('the code was exchanged, but no message came', '已换取授权码，但未发送消息');
const notExchanged = (url: string): Text =>
  text(
    `api_query_auth did not arrive at ${url}: is that the receiver's API host?`,
    `未收到 api_query_auth：接收端的接口地址是否为 ${url}？`,
  );

const QUERY_AUTH = '/cgi-bin/component/api_query_auth';
const CUSTOM_SEND = '/cgi-bin/message/custom/send';
