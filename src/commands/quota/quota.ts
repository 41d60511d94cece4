/** `wxop quota`: how many calls are left today, and clearing what was used. */
import { table } from '../../terminal/columns.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import type { Holder } from '../../wechat-api/call.ts';
import { knownPath } from '../../protocol/calls/api-paths.ts';
import { getQuota, type Quota } from '../../protocol/calls/quota-endpoints.ts';
import { holderNamed } from '../holder.ts';
import type { Declaring } from '../../cli/declaring.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const quota = program
    .command('quota')
    .description(
      say(text("calls that are left today, the component's or an account's", '第三方平台或帐号当日剩余的调用额度')),
    );
  examples(quota, 'wxop quota get', 'wxop quota clear --component');
  examples(
    quota
      .command('get')
      .argument('[path]', say(text('one API; without it, the important ones', '某个接口；省略则列出常用接口')))
      .option(
        '--as <holder>',
        say(text('whose: component (default) or an account', '查询对象：component（默认）或某帐号')),
      )
      .description(say(text('limit, used and left', '上限、已用与剩余')))
      .action(action(get)),
    'wxop quota get',
    'wxop quota get --as wx0123456789abcdef',
    'wxop quota get /cgi-bin/component/api_component_token --json',
  );
  examples(
    quota
      .command('clear')
      .argument('[account]', say(text('the account whose quota is cleared', '要清零的帐号')))
      .option('--component', say(text("the component's own quota", '第三方平台自身的额度')))
      .option('--path <path>', say(text('one API only', '仅清零某个接口')))
      .option('--yes', say(text('do not ask', '不再询问')))
      .description(say(text('makes the quota whole again; ten times a month', '清零已用额度；每月 10 次')))
      .action(action(clear)),
    'wxop quota clear --component',
    'wxop quota clear wx0123456789abcdef --yes',
    'wxop quota clear wx0123456789abcdef --path /cgi-bin/menu/create',
  );
}

/** What an operator runs into. */
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

type Row = { path: string } & (Partial<Quota> | { error: { code: string; message: string; errcode?: number } });

async function get(context: Context, { as }: { as?: string }, path?: string): Promise<void> {
  const { terminal } = context;
  const holder = await holderOf(context, as, path);
  const keeper = await context.keeper();
  const ask = (asked: string): Promise<Quota> => keeper.call(holder, getQuota, { path: asked });
  const rows: Row[] = [];
  if (path !== undefined) rows.push({ path: slashed(path), ...(await ask(slashed(path))) });
  else {
    for (const asked of 'component' in holder ? OF_COMPONENT : OF_ACCOUNT) rows.push(await rowOf(context, asked, ask));
  }
  const name = 'component' in holder ? 'component' : holder.account;
  if (terminal.json) return terminal.printJson({ holder: name, quotas: rows });
  const header = [text('path', '接口'), text('limit', '上限'), text('used', '已用'), text('left', '剩余')].map(
    terminal.say,
  );
  const cells = rows.map((row) =>
    'error' in row ? [row.path, '-', '-', `- (${row.error.errcode ?? row.error.code})`] : [row.path, ...numbers(row)],
  );
  terminal.print(...table(header, cells, terminal.out));
}

const numbers = ({ dailyLimit, used, remain }: Partial<Quota>): string[] => [dailyLimit, used, remain].map(String);

/** One API that this holder may not use is told beside the others; whatever is wrong with all of them is thrown. */
async function rowOf(context: Context, path: string, ask: (path: string) => Promise<Quota>): Promise<Row> {
  try {
    return { path, ...(await ask(path)) };
  } catch (thrown) {
    const error = toWxopError(thrown);
    if (error.errcode !== 76021 && error.errcode !== 76022) throw error;
    const { code, errcode } = error;
    return { path, error: { code, message: error.text[context.lang], ...(errcode !== undefined && { errcode }) } };
  }
}

interface ClearFlags {
  component?: boolean;
  path?: string;
  yes?: boolean;
}

async function clear(context: Context, { component, path, yes }: ClearFlags, account?: string): Promise<void> {
  if ((account === undefined) === !component) {
    throw new WxopError(
      'USAGE',
      text('Name one account, or say --component.', '请指定一个帐号，或使用 --component。'),
      {
        hint: text('Ten clears a month are shared by all who call for it.', '每月 10 次清零由所有调用方共用。'),
      },
    );
  }
  const holder = await holderNamed(context, account ?? 'component');
  const { clearQuota } = await import('./clear.ts');
  await clearQuota(context, { holder, path: path === undefined ? undefined : slashed(path), yes });
}

/** As `--as` says, or as the path wants it. */
async function holderOf(context: Context, as: string | undefined, path: string | undefined): Promise<Holder> {
  if (as === undefined && path !== undefined && knownPath(slashed(path))?.tokenOf === 'account') {
    throw new WxopError('USAGE', text(`${path} is called as an account.`, `${path} 须以帐号的身份调用。`), {
      hint: text('Say which: --as <appid>.', '请指明帐号：--as <appid>。'),
    });
  }
  return holderNamed(context, as ?? 'component');
}

const slashed = (path: string): string => `/${path.replace(/^\/+/, '')}`;
