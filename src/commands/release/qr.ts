/** `wxop release qr`: the code with which testers open the trial version, drawn on the terminal, or as WeChat drew it in a file. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { fetchPicture } from '../../release/fetch-picture.ts';
import { text } from '../../sentences/text.ts';
import { noteWritten, writeOutput } from '../files.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    output: parameter(
      '-o, --output <file>',
      text('write it there instead of drawing it', '写入该文件，而不在终端显示'),
      {
        byDefault: text(
          '<appid>-trial.jpg where no terminal has room for it',
          '终端放不下或并非终端时为 <appid>-trial.jpg',
        ),
      },
    ),
    page: parameter('--page <path>', text('the page that it opens, with its query', '打开的页面，可带参数')),
  },
  notes: text(
    'It always opens the newest trial version, for its testers and the administrator only.',
    '始终打开最新的体验版，仅体验成员与管理员可用。',
  ),
  examples: [
    'wxop release qr wx0123456789abcdef',
    'wxop release qr 春风茶馆 --output tea.jpg --page "pages/index/index?a=1"',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, output, page }) => {
    const { terminal } = context;
    const { appId } = await openMiniProgram(context, account);
    const query = page === undefined ? '' : `?path=${encodeURIComponent(page)}`;
    const { bytes, extension } = await fetchPicture(await context.wechat.rawCall(), appId, {
      method: 'GET',
      path: `/wxa/get_qrcode${query}`,
    });
    if (output === undefined && (await isDrawn(context, bytes))) return;
    const file = output ?? `${appId}-trial.${extension}`;
    await writeOutput(file, bytes);
    if (terminal.json) return terminal.printJson({ appId, file, bytes: bytes.length });
    await noteWritten(context, file);
    if (!terminal.out.isTTY) terminal.print(file);
  },
});

/** False where there is no terminal, no room on it, or no link in the picture. */
async function isDrawn({ terminal }: Context, bytes: Buffer): Promise<boolean> {
  if (!terminal.err.isTTY || terminal.json || terminal.quiet) return false;
  const [{ linkInPicture }, { showQr }] = await Promise.all([
    import('../../terminal/qr-in-picture.ts'),
    import('../../terminal/show-qr.ts'),
  ]);
  const link = linkInPicture(bytes);
  if (link === undefined || (await showQr(terminal, link))) return false;
  terminal.note(SCAN);
  return true;
}

const SCAN = text('Testers and the administrator scan it with WeChat.', '由体验成员或管理员用微信扫描。');
