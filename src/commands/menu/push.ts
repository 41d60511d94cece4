/** `wxop menu push`: a file becomes an account's menu, or a folder of drafts the menus of their accounts. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { concurrencyFlag, expectRows, FORMAT, YES } from '../flags.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';
import {
  ACCEPT_LOSS,
  changeMenu,
  DRY_RUN,
  printChange,
  refreshDumpDocuments,
  type ChangeFlags,
} from './change-menu.ts';
import { ABOUT_MENU_FILE, loadMenu } from './menu-file.ts';
import { pushAll } from './push-all.ts';
import { readDumpDocuments } from '../../menu/menu-target.ts';

const CONCURRENCY = 16;

export const command = defineCommand({
  arguments: {
    account: parameter('[account]', ABOUT_ACCOUNT),
    file: parameter('[file]', ABOUT_MENU_FILE),
  },
  flags: {
    all: parameter('--all <dir>', text('every DIR/<appid>/draft.json', '目录下全部 <appid>/draft.json')),
    force: parameter('--force', text('even if the live menu changed since the dump', '即使当前菜单在导出后已变化')),
    acceptLoss: ACCEPT_LOSS,
    dryRun: DRY_RUN,
    yes: YES,
    concurrency: concurrencyFlag(CONCURRENCY),
    format: FORMAT,
  },
  examples: [
    'wxop menu push wx0123456789abcdef menus/wx0123456789abcdef/draft.json',
    'wxop menu push --all menus --dry-run',
    'wxop menu push --all menus --yes --json',
  ],
  risk: 'writes',
  output: 'document',
  run: (context, { account, file, all, ...flags }) => {
    if (all !== undefined && account === undefined) return pushAll(context, flags, all);
    if (all !== undefined || account === undefined || file === undefined) throw eitherOneOrAll();
    expectRows(flags.format, '--all');
    return pushOne(context, flags, account, file);
  },
});

const eitherOneOrAll = (): WxopError =>
  new WxopError('USAGE', text('Name an account and a file, or --all DIR.', '请指定帐号与文件，或 --all 目录。'), {
    hint: text('See `wxop menu push --help`.', '请查看 `wxop menu push --help`。'),
  });

async function pushOne(context: Context, flags: ChangeFlags, account: string, file: string): Promise<void> {
  // A file with errors costs the account no call.
  const draft = await loadMenu(context, file);
  const appId = await resolveAccount(context, account);
  const dumped = file === '-' ? {} : await readDumpDocuments(file);
  const outcome = await changeMenu(
    context,
    flags,
    { appId, draft, dumped },
    {
      question: (name) => text(`Push this menu to ${name}?`, `将该菜单推送到 ${name}？`),
      notes: ({ isChecked }) => (isChecked ? [] : [UNCHECKED]),
    },
  );
  printChange(context, outcome);
  if (outcome.live) refreshDumpDocuments(context, file, appId, dumped, outcome.live);
}

const UNCHECKED = text(
  'No self.json or api.json beside the file: changes made since it was written could not be ruled out.',
  '文件旁没有 self.json 或 api.json：无法检查菜单此后是否被修改。',
);
