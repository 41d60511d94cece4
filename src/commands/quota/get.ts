/** `wxop quota get`: how many calls are left today. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { getQuota, withSlash, type Quota } from '../../protocol/calls/quota-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { toWxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { FORMAT } from '../flags.ts';
import { expectNoAccountPath, resolveHolder } from '../resolve-holder.ts';

/** The APIs whose limits an operator reaches first. */
const OF_COMPONENT = [
  'api_component_token',
  'api_create_preauthcode',
  'api_query_auth',
  'api_authorizer_token',
  'api_get_authorizer_info',
  'api_get_authorizer_list',
].map((name) => `/cgi-bin/component/${name}`);
const OF_ACCOUNT = [
  'get_current_selfmenu_info',
  'menu/get',
  'menu/create',
  'menu/delete',
  'menu/addconditional',
  'message/custom/send',
  'media/upload',
  'material/add_material',
  'user/get',
].map((name) => `/cgi-bin/${name}`);

interface Row extends Partial<Quota> {
  path: string;
  /** Of an API that this holder may not use. */
  error?: { code: string; message: string; errcode?: number };
}

const leftOf = ({ error, remain }: Row): string => (error ? `- (${error.errcode ?? error.code})` : String(remain));

const ROWS: Rows<Row> = {
  columns: [
    { title: text('path', '接口'), seen: ({ path }) => path, isKey: true },
    { title: text('limit', '上限'), seen: ({ dailyLimit = '-' }) => dailyLimit },
    { title: text('used', '已用'), seen: ({ used = '-' }) => used },
    {
      title: text('left', '剩余'),
      seen: leftOf,
      tone: ({ error, remain }) => (error ? 'secondary' : remain === 0 ? 'failure' : undefined),
    },
  ],
  csv: ['path', 'dailyLimit', 'used', 'remain', 'error'],
};

export const command = defineCommand({
  arguments: {
    path: parameter('[path]', text('one API; without it, the most important ones', '某个接口；省略则列出常用接口')),
  },
  flags: {
    as: parameter('--as <holder>', text('whose quota: component or an account', '查询对象：component 或某帐号'), {
      byDefault: 'component',
    }),
    format: FORMAT,
  },
  examples: [
    'wxop quota get',
    'wxop quota get --as wx0123456789abcdef',
    'wxop quota get /cgi-bin/component/api_component_token --json',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { path, as, format }) => {
    const { terminal } = context;
    const one = path === undefined ? undefined : withSlash(path);
    if (as === undefined && one !== undefined) expectNoAccountPath(one);
    const holder = await resolveHolder(context, as ?? 'component');
    const keeper = await context.keeper();
    const ask = (asked: string): Promise<Quota> => keeper.call(holder, getQuota, { path: asked });
    const rows: Row[] = [];
    if (one !== undefined) rows.push({ path: one, ...(await ask(one)) });
    else {
      for (const asked of 'component' in holder ? OF_COMPONENT : OF_ACCOUNT) {
        rows.push(await rowOf(context, asked, ask));
      }
    }
    const name = 'component' in holder ? 'component' : holder.account;
    await printRows(terminal, { ...ROWS, rows, format, document: { holder: name, quotas: rows } });
  },
});

/** An API that this holder may not use gets a row like the others; what is wrong with all of them is thrown. */
async function rowOf(context: Context, path: string, ask: (path: string) => Promise<Quota>): Promise<Row> {
  try {
    return { path, ...(await ask(path)) };
  } catch (thrown) {
    const error = toWxopError(thrown);
    if (error.errcode !== 76021 && error.errcode !== 76022) throw error;
    const { code, errcode } = error;
    return {
      path,
      error: { code, message: context.terminal.say(error.text), ...(errcode !== undefined && { errcode }) },
    };
  }
}
