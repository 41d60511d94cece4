/** `wxop rid`: what WeChat recorded of a request. */
import { inColumns } from '../terminal/columns.ts';
import { defineCommand, parameter } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { en, text, zh, type Hole, type Text } from '../sentences/text.ts';
import { getRid } from '../protocol/calls/quota-endpoints.ts';
import { ridIn } from '../protocol/errcodes/parse-error-message.ts';
import { maskFields, maskQuery } from '../protocol/secret-fields.ts';
import { resolveHolder } from './resolve-holder.ts';
import { iso } from '../sentences/iso-time.ts';
import { timeOn } from '../sentences/local-time.ts';

const SHAPE = /^[0-9a-f]+(?:-[0-9a-f]+)+$/i;

const HOLDER = parameter(
  '--as <holder>',
  text('who made the call: component or an account', '发起调用的一方：component 或某帐号'),
  { byDefault: 'component' },
);

export const command = defineCommand({
  arguments: {
    rid: parameter(
      '<rid>',
      text('the rid of an errmsg, or the errmsg that contains it', 'errmsg 中的 rid，或包含它的 errmsg'),
    ),
  },
  flags: { as: HOLDER },
  examples: ['wxop rid 5f34ffda-15f5225d-519bc4eb', 'wxop rid 5f34ffda-15f5225d-519bc4eb --as wx0123456789abcdef'],
  risk: 'reads',
  output: 'document',
  run: async (context, { rid: written, as }) => print(context, await requestOf(context, expectRid(written), as)),
});

function expectRid(written: string): string {
  const rid = SHAPE.test(written.trim()) ? written.trim() : ridIn(written);
  if (rid !== undefined) return rid;
  throw new WxopError('USAGE', text(`${written} is not a rid.`, `${written} 不是 rid。`), {
    hint: text('A rid looks like 5f34ffda-15f5225d-519bc4eb.', '格式如 5f34ffda-15f5225d-519bc4eb。'),
  });
}

async function requestOf(context: Context, rid: string, as: string | undefined) {
  const holder = await resolveHolder(context, as ?? 'component');
  const seen = await (await context.keeper()).call(holder, getRid, { rid }).catch((error: unknown) => {
    throw as === undefined && isError(error, 'PLATFORM_REFUSED', 76003) ? notTheComponent(error, rid) : error;
  });
  return {
    rid,
    holder: 'component' in holder ? 'component' : holder.account,
    invokedAt: iso(seen.invokedAt * 1000),
    milliseconds: seen.milliseconds,
    clientIp: seen.clientIp,
    // Tokens and secrets do not help to find out why the call failed.
    url: maskQuery(seen.url),
    requestBody: maskFields(seen.requestBody),
    responseBody: maskFields(seen.responseBody),
  };
}

function print({ terminal, now }: Context, request: Awaited<ReturnType<typeof requestOf>>): void {
  if (terminal.json) return terminal.printJson(request);
  const at = timeOn(terminal.out, now())(Date.parse(request.invokedAt));
  const rows: [Text, Hole][] = [
    [text('at', '时间'), text(en`${at} (${request.milliseconds} ms)`, zh`${at} (${request.milliseconds} ms)`)],
    [text('from', '来源 IP'), request.clientIp],
    [text('url', '网址'), request.url],
    [text('sent', '请求'), request.requestBody],
    [text('answer', '应答'), request.responseBody],
  ];
  terminal.print(...inColumns(rows, { lang: terminal.lang, ...terminal.out }));
}

const notTheComponent = (error: WxopError, rid: string): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text('This request was not made with the component token.', '该请求不是用 component_access_token 发起的。'),
    {
      cause: error,
      errcode: 76003,
      hint: text(
        `Only the account that made it may ask: \`wxop rid ${rid} --as <account>\`.`,
        `只有发起调用的帐号可以查询：\`wxop rid ${rid} --as <account>\`。`,
      ),
    },
  );
