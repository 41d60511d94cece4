/** `wxop accounts import`: reads what `wxop accounts export` wrote. */
import { open } from 'node:fs/promises';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { readBundle } from '../../credentials/bundle.ts';
import { openExport, readExport } from '../../credentials/export-file.ts';
import { decodeText } from '../../runtime/decode-text.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { unreadable } from '../files.ts';
import { FORMAT } from '../flags.ts';
import { importItems } from '../import-items.ts';
import { passphraseFor } from './passphrase.ts';

/** Bytes: more than a hundred thousand accounts. */
const LARGEST = 128 * 1024 * 1024;

export const command = defineCommand({
  arguments: { file: parameter('<file>', text('the exported file; - for stdin', '导出的文件；- 表示标准输入')) },
  flags: {
    overwrite: parameter('--overwrite', text('replace accounts that are newer here', '即使本地的更新也覆盖')),
    plain: parameter(
      '--plain',
      text('accept a file that is not encrypted though a passphrase is set', '已设置口令时仍接受未加密的文件'),
    ),
    format: FORMAT,
  },
  examples: ['wxop accounts import accounts.wxop', 'ssh old wxop accounts export | wxop accounts import -'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { file: path, overwrite = false, plain = false, format }) => {
    const { componentAppId } = context.settings.need('componentAppId');
    const file = readExport(path === '-' ? await context.stdin.text() : await readBounded(path), componentAppId);
    const passphrase = file.header.encryption ? await passphraseFor(context, { isNew: false }) : undefined;
    const { ticket, entries } = readBundle(await openExport(file, passphrase));
    if (!file.header.encryption && !plain) expectNoPassphrase(context);
    const items = { ticket: () => Promise.resolve(ticket), accounts: entries };
    return {
      question: text(`Import ${entries.length} accounts?`, `导入 ${entries.length} 个帐号？`),
      run: async () => void (await importItems(context, items, { overwrite, format })),
    };
  },
});

/** Whoever can change a file can take its encryption off: then nothing says who made it. */
function expectNoPassphrase({ settings }: Context): void {
  if (settings.find('passphrase') === undefined) return;
  throw new WxopError(
    'USAGE',
    text('A passphrase is set, but the file is not encrypted.', '已设置口令，但该文件未加密。'),
    {
      hint: text(
        'Nothing was changed. If you exported it with --plain: add --plain here too. Otherwise somebody else made it.',
        '未作任何更改。若文件确由 --plain 导出，请在此也加上 --plain；否则该文件并非原件。',
      ),
    },
  );
}

const EXPORTED = text('Name a file that `wxop accounts export` wrote.', '请指定 `wxop accounts export` 导出的文件。');

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).size > LARGEST) throw new Error('too large');
      return decodeText(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error, EXPORTED);
  }
}
