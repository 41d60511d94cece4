/** `wxop api`: any call of the platform, with the right token. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Json } from '../../runtime/json-object.ts';
import type { RawAnswer } from '../../wechat-api/transport.ts';
import { isChanging, knownPath } from '../../protocol/calls/api-paths.ts';
import { insteadOf } from '../../protocol/calls/exchanges.ts';
import { checkExchange, methodAndPath, readAddress, withComponent } from '../../protocol/calls/api-request.ts';
import { pair } from '../../protocol/calls/read-fields.ts';
import { PAGED_PATHS, pagingOf, type Paging } from '../../protocol/calls/paging.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import { checkAnswerFlags, printAnswer, printPages, type AnswerFlags } from './answer.ts';
import { hasBody, readBody, type ApiBody, type BodyFlags } from './body.ts';
import { duration } from '../arguments.ts';
import { signedFor } from '../holder.ts';
import type { Declaring } from '../../cli/declaring.ts';

/** The largest medium that the platform gives out is far smaller. */
const LARGEST_ANSWER = 100 * 1024 * 1024;

interface ApiFlags extends AnswerFlags, BodyFlags {
  as?: string;
  query: string[];
  force?: boolean;
  yes?: boolean;
  timeout: number;
}

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const more = (value: string, before: string[]): string[] => [...before, value];
  examples(
    program
      .command('api')
      .argument(
        '<method-or-path>',
        say(text('GET or POST, which may be left out, before the path', 'GET 或 POST（可省略），其后为路径')),
      )
      .argument('[path]', say(text('the path of the API, with or without a query', '接口路径，可带参数')))
      .option(
        '--as <holder>',
        say(text('whose token: component, an account, or none', '使用谁的 token：component、某帐号或 none')),
      )
      .option(
        '--query <name=value>',
        say(text('a parameter of the query; may be repeated', '查询参数，可重复')),
        more,
        [],
      )
      .option(
        '-d, --data <json>',
        say(text('the body: JSON, @file, or - for stdin', '正文：JSON、@文件，或 - 表示标准输入')),
      )
      .option(
        '-F, --field <name=value>',
        say(
          text(
            'a field of a JSON body: a number, true, false, null, text, or @file for the text of a file',
            '正文的字段：数字、true、false、null、文本或 @文件',
          ),
        ),
        more,
        [],
      )
      .option('-f, --raw-field <name=value>', say(text('the same, always as text', '同上，始终作为文本')), more, [])
      .option('--upload <name=@file>', say(text('a file, sent as a form', '以表单上传的文件')))
      .option('--paginate', say(text('all pages of a list, one after the other', '依次获取列表的所有分页')))
      .option('--slurp', say(text('the pages in one JSON array', '将各页合为一个 JSON 数组')))
      .option('-o, --output <file>', say(text('write the answer to a file', '将应答写入文件')))
      .option('-i, --include', say(text('print the status and the headers too', '同时输出状态与响应头')))
      .option(
        '--timeout <duration>',
        say(text('for each request (default 60s)', '每个请求的时限（默认 60s）')),
        duration,
        60_000,
      )
      .option('--force', say(text('even a call that changes credentials', '允许会更换凭据的调用')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(
        say(
          text(
            'any call, with the right token; prints what the platform sent, untouched',
            '以正确的 token 调用任意接口，原样输出平台的应答',
          ),
        ),
      )
      .action(action(run)),
    'wxop api /cgi-bin/menu/get --as wx0123456789abcdef',
    'wxop api /cgi-bin/component/api_get_authorizer_list --paginate --slurp',
    'wxop api POST /cgi-bin/menu/create --as gh_1a2b --data @menu.json',
    'wxop api /cgi-bin/tags/create --as gh_1a2b --field "tag[name]=vip"',
    'wxop api /cgi-bin/media/get --query media_id=M --as gh_1a2b --output a.jpg',
    'wxop api "/cgi-bin/media/upload?type=image" --as tea --upload media=@a.jpg',
  );
}

async function run(context: Context, flags: ApiFlags, first: string, second?: string): Promise<void> {
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
  const body = await readBody(context, flags, { method, path, query, componentAppId });
  const signed = await signedFor(context, path, flags.as);
  if (knownPath(path)?.namesComponent === 'query' && !query.has('component_appid')) {
    query.set('component_appid', componentAppId());
  }

  const whose = !signed ? '' : 'component' in signed.holder ? componentAppId() : signed.holder.account;
  const question = text(
    `Call ${method} ${path} as ${whose || 'nobody'}?`,
    `以 ${whose || '无 token'} 的身份调用 ${method} ${path}？`,
  );
  const isAsked = isChanging(method, path) || insteadOf(path) !== undefined;
  if (isAsked && !(await confirmInProduction(context, flags, question))) return;

  const call = await context.wechat.rawCall();
  const send = (sentQuery: URLSearchParams, sent: ApiBody): Promise<RawAnswer> =>
    call(
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
  if (!paging) return printAnswer(context, await send(query, body), flags);
  const isQuery = paging.where === 'query';
  const given = isQuery ? Object.fromEntries(query) : objectIn(body);
  const pages = pagesOf(paging, given, (parameters) =>
    isQuery
      ? send(new URLSearchParams(parameters as Record<string, string>), body)
      : send(query, { ...body, body: withComponent(JSON.stringify(parameters), path, componentAppId) }),
  );
  await printPages(context, pages, flags);
}

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
  throw new WxopError('USAGE', text(`${path} has no pages that wxop knows.`, `${path} 没有已知的分页方式。`), {
    hint: text(`--paginate goes with ${PAGED_PATHS.join(', ')}.`, `--paginate 适用于 ${PAGED_PATHS.join('、')}。`),
  });
}
