/** `wxop accounts alias`: a short name of the operator's own for an account. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { foldName } from '../../sentences/closest-name.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { appIdAndName } from '../account-view.ts';
import { ACCOUNT } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';

/** Nothing that a shell or a list of names would split, and no other kind of name. */
const ALIAS = /^(?!wx[0-9a-f]{16}$)(?!gh_)[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]{0,63}$/iu;
/** These mean something else in `--as component` and `--as none`. */
const HOLDERS = ['component', 'none'];

export const command = defineCommand({
  arguments: {
    account: ACCOUNT,
    alias: parameter(
      '[alias]',
      text('the new alias; leave it out to show the current one', '新的别名；省略则显示现有别名'),
    ),
  },
  flags: { remove: parameter('--remove', text('remove the alias', '移除别名')) },
  examples: ['wxop accounts alias wx0123456789abcdef tea', 'wxop accounts alias tea --remove'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account: name, alias: wanted, remove = false }) => {
    const { terminal } = context;
    if (remove && wanted !== undefined) throw eitherAliasOrRemove();
    const keeper = await context.keeper();
    const appId = await resolveAccount(context, name);
    let account = await keeper.account(appId);
    if (remove || wanted !== undefined) {
      if (wanted !== undefined) await expectFree(context, appId, wanted);
      account = await keeper.giveAlias(appId, wanted?.normalize('NFC'));
    }
    const { alias } = account;
    if (terminal.json) return terminal.printJson({ appId, alias: alias ?? null });
    if (!remove && wanted === undefined) return terminal.print(alias ?? '-');
    const shown = appIdAndName(account);
    terminal.note(alias === undefined ? noAlias(shown) : newAlias(shown, alias));
  },
});

const noAlias = (account: string) => text(`${account} no longer has an alias.`, `已移除 ${account} 的别名。`);
const newAlias = (account: string, alias: string) =>
  text(`${account} now has the alias ${alias}.`, `${account} 的别名现为 ${alias}。`);

/** Throws USAGE for what can be no alias, and for the name of another account. */
async function expectFree(context: Context, appId: string, wanted: string): Promise<void> {
  if (!ALIAS.test(wanted) || HOLDERS.includes(foldName(wanted))) throw unfit();
  const isWanted = (name = ''): boolean => foldName(name) === foldName(wanted);
  for await (const other of (await context.keeper()).accounts()) {
    if ('error' in other || other.appId === appId) continue;
    if (isWanted(other.alias)) throw takenAsAlias(other.appId);
    // An alias counts before a name: a command meant for that account would reach this one.
    if (isWanted(other.nickName)) throw takenAsName(other.appId);
  }
}

const eitherAliasOrRemove = (): WxopError =>
  new WxopError('USAGE', text('Give an alias or --remove, not both.', '别名与 --remove 只能取其一。'), {
    hint: text('Nothing was changed.', '未作任何更改。'),
  });

const unfit = (): WxopError =>
  new WxopError('USAGE', text('That cannot be an alias.', '该名称不能用作别名。'), {
    hint: text(
      '1 to 64 letters, digits, dots, hyphens and _, no spaces; not an appid, not gh_…, not component or none.',
      '1 到 64 位字母（含汉字）、数字、点、连字符或 _，不含空格；不能是 AppID、gh_…、component 或 none。',
    ),
  });

const takenAsAlias = (appId: string): WxopError =>
  new WxopError('USAGE', text(`${appId} already has that alias.`, `${appId} 已使用该别名。`), {
    hint: text(
      `Remove it first: wxop accounts alias ${appId} --remove`,
      `请先移除：wxop accounts alias ${appId} --remove`,
    ),
  });

const takenAsName = (appId: string): WxopError =>
  new WxopError('USAGE', text(`That is the name of ${appId}.`, `该名称是 ${appId} 的名称。`), {
    hint: text('Choose another alias. Nothing was changed.', '请换一个别名。未作任何更改。'),
  });
