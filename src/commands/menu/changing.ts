/** The verbs of `wxop menu` that change what followers see; their work is loaded when it is asked for. */
import type { Command } from 'commander';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { addConcurrency } from '../flags.ts';
import type { Declaring } from '../../cli/declaring.ts';
import type { PushAllFlags } from './push-all.ts';
import type { PushOneFlags } from './push.ts';
import type { RestoreFlags } from './restore.ts';
import { ABOUT_ACCOUNT } from '../resolve-account.ts';

/** So many accounts at once. */
const CONCURRENCY = 16;

export function declareChanging(menu: Command, { say, action, examples }: Declaring): void {
  const yes = (command: Command): Command => command.option('--yes', say(text('do not ask', '不再确认')));
  const loss = (command: Command): Command =>
    command.option(
      '--accept-loss',
      say(text('although entries made on the website would be lost', '接受网页创建的内容丢失')),
    );
  const dry = (command: Command): Command =>
    command.option('--dry-run', say(text('show what would change, change nothing', '仅显示变化，不作更改')));

  const push = menu
    .command('push')
    .argument('[account]', say(ABOUT_ACCOUNT))
    .argument('[file]', say(text('a menu file; - is stdin', '菜单文件；- 表示标准输入')))
    .option('--all <dir>', say(text('every DIR/<appid>/draft.json', '目录下全部 <appid>/draft.json')))
    .option('--force', say(text('although the live menu changed since the dump', '即使当前菜单在导出后已变化')));
  examples(
    addConcurrency(yes(dry(loss(push))), say, CONCURRENCY)
      .description(say(text('checks, shows the difference, backs up, asks, pushes', '检查、比较、备份、确认后推送')))
      .action(
        action(
          async (
            context,
            flags: PushAllFlags & { all?: string },
            account: string | undefined,
            file: string | undefined,
          ) => {
            const { all } = flags;
            if (all !== undefined && account === undefined) {
              return (await import('./push-all.ts')).pushAll(context, flags, all);
            }
            if (all === undefined && account !== undefined && file !== undefined) {
              return (await import('./push.ts')).pushOne(context, flags, account, file);
            }
            throw new WxopError(
              'USAGE',
              text('Name an account and a file, or --all DIR.', '请指定帐号与文件，或 --all 目录。'),
              {
                hint: text('See `wxop menu push --help`.', '请查看 `wxop menu push --help`。'),
              },
            );
          },
        ),
      ),
    'wxop menu push wx0123456789abcdef menus/wx0123456789abcdef/draft.json',
    'wxop menu push --all menus --dry-run',
    'wxop menu push --all menus --yes --json',
  );

  const restore = menu
    .command('restore')
    .argument('<account>', say(ABOUT_ACCOUNT))
    .argument('[backup]', say(text('its name or path; the newest by default', '备份名称或路径；默认最新')))
    .option('--list', say(text('list the backups, newest first', '列出备份，最新在前')));
  examples(
    yes(dry(loss(restore)))
      .description(say(text('the menus as they were before a push or delete', '恢复推送或删除前的菜单')))
      .action(
        action(async (context, flags: RestoreFlags, account: string, backup: string | undefined) =>
          (await import('./restore.ts')).restore(context, flags, account, backup),
        ),
      ),
    'wxop menu restore wx0123456789abcdef --list',
    'wxop menu restore wx0123456789abcdef --yes',
  );

  examples(
    yes(menu.command('delete').argument('<account>', say(ABOUT_ACCOUNT)))
      .option(
        '--accept-loss',
        say(text('although conditional menus could not be read for the backup', '即使无法读取个性化菜单并备份')),
      )
      .description(say(text('deletes the default menu and every conditional one', '删除默认菜单与全部个性化菜单')))
      .action(
        action(async (context, flags: PushOneFlags, account: string) =>
          (await import('./restore.ts')).remove(context, flags, account),
        ),
      ),
    'wxop menu delete wx0123456789abcdef',
  );
}
