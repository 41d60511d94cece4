/** `wxop token`: valid access tokens, and who holds what. */
import { table } from '../../terminal/columns.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { DEFAULT_MIN_TTL, LONGEST_MIN_TTL } from '../../protocol/lifetimes.ts';
import type { TokenRecord } from '../../store/store.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { duration } from '../arguments.ts';
import { iso } from '../../sentences/iso-time.ts';
import { addBulkFlags } from '../flags.ts';
import type { Declaring } from '../../cli/command.ts';
import type { RefreshFlags } from './refresh.ts';
import { ACCOUNT, resolveAccount } from '../resolve-account.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const token = program.command('token').description(say(text('access tokens', 'access_token')));
  examples(token, 'wxop token get wx0123456789abcdef', 'wxop token list');
  const minTtl = (command: Command): Command =>
    command.option(
      '--min-ttl <duration>',
      say(text('it lives at least so much longer (default 5m)', '至少还有多长有效期（默认 5m）')),
      duration,
      DEFAULT_MIN_TTL,
    );
  examples(
    minTtl(token.command('get').argument('<appid>', say(ACCOUNT)))
      .description(
        say(text("prints an account's valid access token, nothing else", '输出帐号的有效 access_token，仅此而已')),
      )
      .action(action(get)),
    'wxop token get wx0123456789abcdef',
    'wxop token get 春风茶馆',
    'TOKEN=$(wxop token get wx0123456789abcdef --min-ttl 30m)',
  );
  examples(
    minTtl(token.command('component'))
      .description(say(text('prints a valid component access token', '输出有效的 component_access_token')))
      .action(action(component)),
    'wxop token component --min-ttl 30m',
  );
  examples(
    addBulkFlags(
      token
        .command('refresh')
        .argument('[appid]', say(ACCOUNT))
        .option('--all', say(text('every account that has not cancelled', '所有未取消授权的帐号')))
        .option('--yes', say(text('do not ask on a production profile', '生产环境配置也不再确认'))),
      say,
    )
      .description(say(text('gets new tokens, whatever the old ones are still worth', '强制换取新的 access_token')))
      .action(action(refresh)),
    'wxop token refresh wx0123456789abcdef',
    'wxop token refresh --all',
  );
  examples(
    token
      .command('list')
      .description(
        say(text('who holds a token, and for how long (no values)', '各 token 的持有者与剩余时间（不含内容）')),
      )
      .action(action(list)),
    'wxop token list',
  );
}

interface MinTtl {
  minTtl: number;
}

function checkMinTtl({ minTtl }: MinTtl): void {
  if (minTtl <= LONGEST_MIN_TTL) return;
  throw new WxopError('USAGE', text('--min-ttl is 110m at most.', '--min-ttl 最大为 110m。'), {
    hint: text('The platform gives tokens that live for two hours.', '平台的 access_token 有效期为两小时。'),
  });
}

async function get(context: Context, options: MinTtl, name: string): Promise<void> {
  checkMinTtl(options);
  const appId = await resolveAccount(context, name);
  const token = await (await context.keeper()).token({ account: appId }, options.minTtl);
  printToken(context, token, options, { appId });
}

async function component(context: Context, options: MinTtl): Promise<void> {
  checkMinTtl(options);
  const token = await (await context.keeper()).token({ component: true }, options.minTtl);
  printToken(context, token, options, { componentAppId: context.settings.need('componentAppId').componentAppId });
}

function printToken(context: Context, token: TokenRecord, { minTtl }: MinTtl, holder: object): void {
  const { terminal } = context;
  const left = token.expiresAt - context.now();
  if (left < minTtl) {
    const [is, wanted] = [formatDuration(left), formatDuration(minTtl)];
    terminal.warn(
      text(
        `The platform's newest token lives only ${is.en} more, less than the ${wanted.en} asked for.`,
        `平台的最新 token 仅剩 ${is.zh}，少于要求的 ${wanted.zh}。`,
      ),
    );
  }
  const { accessToken, expiresAt } = token;
  terminal.reveal(
    terminal.json ? `${JSON.stringify({ ...holder, accessToken, expiresAt: iso(expiresAt) })}\n` : `${accessToken}\n`,
  );
}

async function refresh(context: Context, options: RefreshFlags, name?: string): Promise<void> {
  // What only thousands of accounts need is not read for one cached token.
  const { refreshAll, refreshOne } = await import('./refresh.ts');
  if ((name === undefined) === !options.all) {
    throw new WxopError('USAGE', text('Name one account, or say --all.', '请指定一个帐号，或使用 --all。'), {
      hint: text('See `wxop accounts list`.', '请查看 `wxop accounts list`。'),
    });
  }
  return name === undefined ? refreshAll(context, options) : refreshOne(context, await resolveAccount(context, name));
}

async function list(context: Context): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const rows: { holder: string; expiresAt: string; ttlSeconds: number }[] = [];
  const add = (holder: string, token: TokenRecord | undefined): void => {
    if (!token) return;
    const ttlSeconds = Math.max(0, Math.floor((token.expiresAt - context.now()) / 1000));
    rows.push({ holder, expiresAt: iso(token.expiresAt), ttlSeconds });
  };
  add('component', (await store.read('component-token'))?.value);
  for (const appId of await store.list('token')) add(appId, (await store.read(`token/${appId}`))?.value);
  if (terminal.json) return terminal.printJson(rows);
  const header = [text('holder', '持有者'), text('expires', '到期时间'), text('left', '剩余')].map(terminal.say);
  const left = (seconds: number): string =>
    terminal.say(seconds > 0 ? formatDuration(seconds * 1000) : text('expired', '已过期'));
  terminal.print(
    ...table(
      header,
      rows.map((row) => [row.holder, row.expiresAt, left(row.ttlSeconds)]),
      terminal.out,
    ),
  );
}
