/** `wxop accounts export`: everything that cannot be fetched again, in one file. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { writeExport, type Bundle } from '../../credentials/export-file.ts';
import type { Dated } from '../../credentials/import-outcome.ts';
import type { Unreadable } from '../../credentials/account-reader.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { AccountRecord } from '../../protocol/account-record.ts';
import type { Store } from '../../store/store.ts';
import { confirm } from '../confirm.ts';
import { expectNoFile, writePrivateOutput } from '../files.ts';
import { YES } from '../flags.ts';
import { passphraseFor } from './passphrase.ts';

export const command = defineCommand({
  flags: {
    output: parameter(
      '-o, --output <file>',
      text('write to this file (0600) instead of stdout', '写入该文件（0600），否则输出'),
    ),
    plain: parameter('--plain', text('without encryption', '不加密')),
    force: parameter('--force', text('overwrite an existing file', '覆盖已有文件')),
    yes: YES,
  },
  examples: ['wxop accounts export --output accounts.wxop', 'wxop accounts export > accounts.wxop'],
  risk: 'writes',
  output: 'document',
  run: async (context, { output: path, plain = false, force = false, yes }) => {
    const { terminal } = context;
    const { componentAppId } = context.settings.need('componentAppId');
    const output = path === '-' ? undefined : path;
    if (output === undefined && terminal.out.isTTY) throw notToTerminal();
    if (output !== undefined && !force) await expectNoFile(output);
    if (plain) {
      terminal.warn(UNENCRYPTED);
      if (!(await confirm(context, { yes }, MAY_BE_PLAIN))) return;
    }
    const passphrase = plain ? undefined : await passphraseFor(context, { isNew: true });

    const store = await context.store();
    const { accounts, unreadable } = await readAccounts(context, store);
    const ticket = (await store.read('ticket'))?.value;
    const bundle: Bundle = { componentAppId, exportedAt: context.now(), ticket, accounts };
    const content = await writeExport(bundle, passphrase);
    if (output === undefined) terminal.reveal(content);
    else await writePrivateOutput(output, content, force);

    expectAll(context, unreadable, accounts.length + unreadable.length);
    const summary = { file: output, accounts: accounts.length, ticket: ticket !== undefined, encrypted: !plain };
    if (terminal.json && output !== undefined) return terminal.printJson(summary);
    terminal.note(exported(summary));
  },
});

const notToTerminal = (): WxopError =>
  new WxopError('USAGE', text('Credentials are not written to a terminal.', '不会将凭据输出到终端。'), {
    hint: text('Name a file: -o accounts.wxop.', '请指定文件：-o accounts.wxop。'),
  });

const UNENCRYPTED = text(
  'The refresh tokens in the file are not encrypted: anyone who gets the file can read them. Without --plain, WXOP_PASSPHRASE protects them.',
  '文件中的 refresh_token 未加密，任何拿到文件的人都能读取。不加 --plain 则以 WXOP_PASSPHRASE 加密。',
);
const MAY_BE_PLAIN = text('Export them in plain text?', '确定以明文导出？');

/** One that cannot be read does not keep the others from being exported. */
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

/** Throws PARTLY_FAILED, with a line for each account that is missing. */
function expectAll({ terminal }: Context, unreadable: Unreadable[], all: number): void {
  if (unreadable.length === 0) return;
  terminal.note(
    ...unreadable.map(({ appId, error }) => text(en`${appId}  ${error.text}`, zh`${appId}  ${error.text}`)),
  );
  const missing = unreadable.length;
  throw new WxopError(
    'PARTLY_FAILED',
    text(
      `${missing} of ${all} accounts could not be read and are not in the export; the others are.`,
      `${all} 个帐号中有 ${missing} 个无法读取，未包含在导出中；其余均已导出。`,
    ),
    {
      hint: text(
        'Restore them with `wxop accounts sync`, then export again.',
        '请用 `wxop accounts sync` 恢复后重新导出。',
      ),
    },
  );
}

const AND_TICKET = text(' and the ticket', '和 ticket');

function exported({ accounts, ticket }: { accounts: number; ticket: boolean }) {
  const more = ticket ? AND_TICKET : '';
  return text(
    en`Exported ${accounts} accounts${more}. Next: run \`wxop accounts import\` on the other machine.`,
    zh`已导出 ${accounts} 个帐号${more}。下一步：在目标机器运行 \`wxop accounts import\`。`,
  );
}
