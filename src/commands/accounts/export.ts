/** `wxop accounts export`: everything that cannot be had again, in one file. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Unreadable } from '../../credentials/keeper.ts';
import type { AccountRecord, Store } from '../../store/store.ts';
import { writeExport, type Bundle } from '../../credentials/export-file.ts';
import type { Dated } from '../../credentials/import-outcome.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { passphraseFor } from './passphrase.ts';
import { expectNoFile, writePrivateOutput } from '../files.ts';

interface Options {
  output?: string;
  plain?: boolean;
  force?: boolean;
  yes?: boolean;
}

export function declareExport(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('export')
      .option('-o, --output <file>', say(text('into this file (0600); else to stdout', '写入该文件（0600），否则输出')))
      .option('--plain', say(text('without encryption', '不加密')))
      .option('--force', say(text('over a file that is there', '覆盖已有文件')))
      .option('--yes', say(text('do not ask', '不再确认')))
      .description(
        say(
          text(
            'all accounts with their refresh tokens, and the ticket, encrypted with a passphrase (typed, or WXOP_PASSPHRASE)',
            '导出全部帐号（含 refresh_token）与 ticket，用口令加密（键入，或 WXOP_PASSPHRASE）',
          ),
        ),
      )
      .action(action(exportAccounts)),
    'wxop accounts export --output accounts.wxop',
    'wxop accounts export > accounts.wxop',
  );
}

async function exportAccounts(context: Context, options: Options): Promise<void> {
  const { terminal } = context;
  const { componentAppId } = context.settings.need('componentAppId');
  const { plain = false, force = false } = options;
  const output = options.output === '-' ? undefined : options.output;
  if (output === undefined && terminal.out.isTTY) {
    throw new WxopError('USAGE', text('Credentials are not written to a terminal.', '不会将凭据输出到终端。'), {
      hint: text('Name a file: -o accounts.wxop.', '请指定文件：-o accounts.wxop。'),
    });
  }
  if (output !== undefined && !force) await expectNoFile(output);
  if (plain && !(await agreesToPlain(context, options))) return;
  const passphrase = plain ? undefined : await passphraseFor(context, { isNew: true });

  const store = await context.store();
  const { accounts, unreadable } = await readAccounts(context, store);
  const ticket = (await store.read('ticket'))?.value;
  const bundle: Bundle = { componentAppId, exportedAt: context.now(), ticket, accounts };
  const content = await writeExport(bundle, passphrase);
  if (output === undefined) terminal.reveal(content);
  else await writePrivateOutput(output, content, force);

  tellMissing(context, unreadable, accounts.length + unreadable.length);
  const summary = { file: output, accounts: accounts.length, ticket: ticket !== undefined, encrypted: !plain };
  if (terminal.json && output !== undefined) return terminal.printJson(summary);
  terminal.note(
    terminal.say(
      text(
        `Exported ${accounts.length} accounts${ticket ? ' and the ticket' : ''}. Next: \`wxop accounts import\` there.`,
        `已导出 ${accounts.length} 个帐号${ticket ? '和 ticket' : ''}。下一步：在目标机器运行 \`wxop accounts import\`。`,
      ),
    ),
  );
}

async function agreesToPlain({ terminal, prompts }: Context, { yes }: Options): Promise<boolean> {
  terminal.warn(
    text(
      'The file will hold refresh tokens that anybody can read who gets it.',
      '文件中的 refresh_token 未加密，任何拿到文件的人都能读取。',
    ),
  );
  if (yes) return true;
  if (!terminal.isInteractive) {
    throw new WxopError('USAGE', text('--plain needs --yes here.', '此处 --plain 需要 --yes。'), {
      hint: text('Better: without --plain, with WXOP_PASSPHRASE.', '建议：不用 --plain，设置 WXOP_PASSPHRASE。'),
    });
  }
  return (await prompts()).confirm(terminal.say(text('Export them in plain text?', '确定以明文导出？')), false);
}

/** One that cannot be read does not keep the others here. */
async function readAccounts(context: Context, store: Store) {
  const accounts: Dated<AccountRecord>[] = [];
  const unreadable: Unreadable[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    context.runtime.signal.throwIfAborted();
    if ('error' in account) {
      unreadable.push(account);
      continue;
    }
    const [newest] = await store.history(`account/${account.appId}`);
    accounts.push({ value: newest?.value ?? account, writtenAt: newest?.writtenAt ?? 0 });
  }
  return { accounts, unreadable };
}

function tellMissing({ terminal }: Context, unreadable: Unreadable[], all: number): void {
  if (unreadable.length === 0) return;
  for (const { appId, error } of unreadable) terminal.note(`${appId}  ${terminal.say(error.text)}`);
  throw new WxopError(
    'PARTLY_FAILED',
    text(
      `${unreadable.length} of ${all} accounts could not be read and are not in the export; the others are.`,
      `${all} 个帐号中有 ${unreadable.length} 个无法读取，未包含在导出中；其余均已导出。`,
    ),
    {
      hint: text(
        'Get them back with `wxop accounts sync`, then export again.',
        '请用 `wxop accounts sync` 恢复后重新导出。',
      ),
    },
  );
}
