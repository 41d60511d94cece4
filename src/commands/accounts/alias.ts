/** `wxop accounts alias`: a short name of the operator's own for an account. */
import { printable } from '../../sentences/printable.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { foldName } from '../../sentences/closest-name.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';

/** Nothing that a list of names or a shell would take apart, and nothing that is another kind of name already. */
const ALIAS = /^(?!wx[0-9a-f]{16}$)(?!gh_)[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]{0,63}$/iu;

export function declareAlias(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('alias')
      .argument('<appid>', say(ABOUT_ACCOUNT))
      .argument(
        '[alias]',
        say(text('the new name; without it, shows the one there is', '新的别名；省略则显示现有别名')),
      )
      .option('--remove', say(text('takes the alias away', '移除别名')))
      .description(
        say(
          text(
            'a name of your own for an account, which every command takes',
            '为帐号设置别名，所有命令均可用别名指定帐号',
          ),
        ),
      )
      .action(action(alias)),
    'wxop accounts alias wx0123456789abcdef tea',
    'wxop accounts alias tea --remove',
  );
}

async function alias(
  context: Context,
  { remove = false }: { remove?: boolean },
  name: string,
  wanted?: string,
): Promise<void> {
  const { terminal } = context;
  if (remove && wanted !== undefined) {
    throw new WxopError('USAGE', text('An alias or --remove, not both.', '别名与 --remove 只能取其一。'), {
      hint: text('Nothing was changed.', '未作任何更改。'),
    });
  }
  const keeper = await context.keeper();
  const appId = await resolveAccount(context, name);
  let account = await keeper.account(appId);
  if (remove || wanted !== undefined) {
    if (wanted !== undefined) await expectFree(context, appId, wanted);
    account = await keeper.giveAlias(appId, wanted?.normalize('NFC'));
  }
  if (terminal.json) return terminal.printJson({ appId, alias: account.alias ?? null });
  if (!remove && wanted === undefined) return terminal.print(account.alias ?? '-');
  const shown = `${appId}${account.nickName ? ` (${printable(account.nickName)})` : ''}`;
  terminal.note(
    terminal.say(
      account.alias === undefined
        ? text(`${shown} has no alias any more.`, `已移除 ${shown} 的别名。`)
        : text(`${shown} is ${account.alias} now.`, `${shown} 的别名现为 ${account.alias}。`),
    ),
  );
}

/** Elsewhere these words mean somebody else: `--as component`, `--as none`. */
const HOLDERS = ['component', 'none'];

async function expectFree(context: Context, appId: string, wanted: string): Promise<void> {
  if (!ALIAS.test(wanted) || HOLDERS.includes(foldName(wanted))) {
    throw new WxopError('USAGE', text('That cannot be an alias.', '该名称不能用作别名。'), {
      hint: text(
        '1 to 64 letters, digits, dots, hyphens and _, no blanks; not an appid, not gh_…, not component or none.',
        '1 到 64 位字母（含汉字）、数字、点、连字符或 _，不含空格；不能是 AppID、gh_…、component 或 none。',
      ),
    });
  }
  for await (const other of (await context.keeper()).accounts()) {
    if ('error' in other || other.appId === appId) continue;
    const isIts = (name = ''): boolean => foldName(name) === foldName(wanted);
    if (isIts(other.alias)) {
      throw new WxopError('USAGE', text(`${other.appId} has that alias.`, `${other.appId} 已使用该别名。`), {
        hint: text(
          `Take it away first: wxop accounts alias ${other.appId} --remove`,
          `请先移除：wxop accounts alias ${other.appId} --remove`,
        ),
      });
    }
    // An alias counts before a name: what was meant for the one would happen to the other.
    if (isIts(other.nickName)) {
      throw new WxopError('USAGE', text(`That is the name of ${other.appId}.`, `该名称是 ${other.appId} 的名称。`), {
        hint: text('Take another one. Nothing was changed.', '请换一个别名。未作任何更改。'),
      });
    }
  }
}
