/** `wxop api`: any call of WeChat's API, with the right token. */
import { defineCommand, parameter, type Prepared } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Json } from '../../runtime/json-object.ts';
import type { Holder } from '../../wechat-api/call.ts';
import type { RawAnswer } from '../../wechat-api/transport.ts';
import { isChanging, knownPath } from '../../protocol/calls/api-paths.ts';
import { insteadOf } from '../../protocol/calls/exchanges.ts';
import { checkExchange, methodAndPath, readAddress, withComponent } from '../../protocol/calls/call-address.ts';
import { pair } from '../../protocol/calls/read-fields.ts';
import { PAGED_PATHS, pagingOf, type Paging } from '../../protocol/calls/paging.ts';
import { checkAnswerFlags, printAnswer, printPages, type AnswerFlags } from './print-answer.ts';
import { hasBody, readApiBody, type ApiBody, type BodyFlags } from './read-api-body.ts';
import { durationArgument } from '../arguments.ts';
import { signedFor } from '../resolve-holder.ts';

/** Bytes. The largest medium that WeChat gives out is far smaller. */
const LARGEST_ANSWER = 100 * 1024 * 1024;

interface ApiFlags extends AnswerFlags, BodyFlags {
  as?: string;
  query: string[];
  force?: boolean;
  timeout: number;
}

const repeated = (typed: string, before: string[] = []): string[] => [...before, typed];
const REPEATABLE = { parse: repeated, fallback: [] as string[] };

export const command = defineCommand({
  arguments: {
    first: parameter(
      '<method-or-path>',
      text('GET or POST, which may be left out, before the path', 'GET 或 POST（可省略），其后为路径'),
    ),
    second: parameter('[path]', text('the path of the API, with or without a query', '接口路径，可带参数')),
  },
  flags: {
    as: parameter(
      '--as <holder>',
      text('whose token: component, an account, or none', '使用谁的令牌：component、某帐号或 none'),
    ),
    query: parameter(
      '--query <name=value>',
      text('a parameter of the query; repeatable', '查询参数，可重复'),
      REPEATABLE,
    ),
    data: parameter(
      '-d, --data <json>',
      text('the body: JSON, @file, or - for stdin', '正文：JSON、@文件，或 - 表示标准输入'),
    ),
    field: parameter(
      '-F, --field <name=value>',
      text(
        'a field of a JSON body: a number, true, false, null, text, or @file for the text of a file',
        '正文的字段：数字、true、false、null、文本或 @文件',
      ),
      REPEATABLE,
    ),
    rawField: parameter(
      '-f, --raw-field <name=value>',
      text('the same, always as text', '同上，始终作为文本'),
      REPEATABLE,
    ),
    upload: parameter('--upload <name=@file>', text('a file, sent as a form', '以表单上传的文件')),
    paginate: parameter('--paginate', text('all pages of a list, one after the other', '依次获取列表的所有分页')),
    slurp: parameter('--slurp', text('the pages in one JSON array', '将各页合为一个 JSON 数组')),
    output: parameter('-o, --output <file>', text('write the answer to a file', '将应答写入文件')),
    include: parameter('-i, --include', text('print the status and the headers too', '同时输出状态与响应头')),
    timeout: parameter('--timeout <duration>', text('maximum time for each request', '每个请求的时限'), {
      parse: durationArgument,
      fallback: 60_000,
    }),
    force: parameter('--force', text('allow a call that changes credentials', '允许会更换凭据的调用')),
  },
  examples: [
    'wxop api /cgi-bin/menu/get --as wx0123456789abcdef',
    'wxop api /cgi-bin/component/api_get_authorizer_list --paginate --slurp',
    'wxop api POST /cgi-bin/menu/create --as gh_1a2b --data @menu.json',
    'wxop api /cgi-bin/tags/create --as gh_1a2b --field "tag[name]=vip"',
    'wxop api /cgi-bin/media/get --query media_id=M --as gh_1a2b --output a.jpg',
    'wxop api "/cgi-bin/media/upload?type=image" --as tea --upload media=@a.jpg',
  ],
  risk: 'production',
  output: 'document',
  prepare: (context, { first, second, ...flags }) => prepareCall(context, flags, first, second),
});

async function prepareCall(context: Context, flags: ApiFlags, first: string, second?: string): Promise<Prepared> {
  const { terminal, settings } = context;
  checkAnswerFlags(flags, terminal.json);
  const asked = methodAndPath(first, second);
  const queries = flags.query.map((written) => pair(written, '--query'));
  const { path, query } = readAddress(asked.written, settings.get('apiUrl'), queries);
  checkExchange(path, flags.force);
  const paging = flags.paginate ? pagingFor(path) : undefined;
  const method =
    asked.method ?? knownPath(path)?.method ?? (hasBody(flags) || paging?.where === 'body' ? 'POST' : 'GET');
  const componentAppId = (): string => settings.need('componentAppId').componentAppId;
  const body = await readApiBody(context, flags, { method, path, query, componentAppId });
  const signed = await signedFor(context, path, flags.as);
  if (knownPath(path)?.namesComponent === 'query' && !query.has('component_appid')) {
    query.set('component_appid', componentAppId());
  }

  const send = async (sentQuery: URLSearchParams, sent: ApiBody): Promise<RawAnswer> =>
    (await context.wechat.rawCall())(
      {
        method,
        path: sentQuery.size > 0 ? `${path}?${sentQuery.toString()}` : path,
        ...sent,
        repeatable: method === 'GET',
        deadline: flags.timeout,
        limit: LARGEST_ANSWER,
      },
      signed,
    );
  const run = async (): Promise<void> => {
    if (!paging) return printAnswer(context, await send(query, body), flags);
    const isQuery = paging.where === 'query';
    const given = isQuery ? Object.fromEntries(query) : objectIn(body);
    const pages = pagesOf(paging, given, (parameters) =>
      isQuery
        ? send(new URLSearchParams(parameters as Record<string, string>), body)
        : send(query, { ...body, body: withComponent(JSON.stringify(parameters), path, componentAppId) }),
    );
    await printPages(context, pages, flags);
  };
  if (!isChanging(method, path) && insteadOf(path) === undefined) return { run };
  return { run, question: askToCall(`${method} ${path}`, signed && holderId(signed.holder, componentAppId)) };
}

const holderId = (holder: Holder, componentAppId: () => string): string =>
  'component' in holder ? componentAppId() : holder.account;

const askToCall = (call: string, holder: string | undefined): Text =>
  holder === undefined
    ? text(`Call ${call} without a token?`, `不带令牌调用 ${call}？`)
    : text(`Call ${call} as ${holder}?`, `以 ${holder} 的身份调用 ${call}？`);

/** Page after page; the last one may be a refusal. */
async function* pagesOf(
  paging: Paging,
  given: Json,
  send: (parameters: Json) => Promise<RawAnswer>,
): AsyncGenerator<RawAnswer> {
  for (let asked: Json | undefined = { ...paging.first, ...given }; asked !== undefined;) {
    const answer: RawAnswer = await send(asked);
    yield answer;
    const next: Json | undefined = answer.refusal
      ? undefined
      : paging.next(documentOf(answer.bytes.toString('utf8')), asked);
    asked = next && { ...asked, ...next };
  }
}

function documentOf(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return {};
  }
}

function objectIn({ body }: ApiBody): Json {
  const document = documentOf(String(body ?? '{}'));
  return typeof document === 'object' && document !== null ? document : {};
}

function pagingFor(path: string): Paging {
  const paging = pagingOf(path);
  if (paging) return paging;
  throw new WxopError('USAGE', text(`wxop knows no pages of ${path}.`, `${path} 没有已知的分页方式。`), {
    hint: text(en`--paginate works with ${listed(PAGED_PATHS)}.`, zh`--paginate 适用于 ${listed(PAGED_PATHS)}。`),
  });
}
