/** The link of an attempt, as text, as a QR code in the terminal, and as a picture. */
import { pathToFileURL } from 'node:url';
import { qrPng, qrSvg } from '../../terminal/qr-file.ts';
import { qrModules } from '../../terminal/qr.ts';
import { showQr } from '../../terminal/show-qr.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { writeOutput } from '../files.ts';

const SEND_LINK = text(
  "Send this link to the account's administrator, or let them scan the code with WeChat:",
  '请将此链接发给帐号管理员，或由其用微信扫描二维码：',
);
const WITHOUT_COLOUR = text(
  'Without colour the code can be scanned on a dark background only; on a light one use --qr FILE.png.',
  '未使用颜色时二维码仅适合深色背景；浅色背景请用 --qr FILE.png。',
);

export interface LinkFlags {
  /** The link in the QR code. */
  link: 'launch' | 'mobile';
  /** A picture to write. */
  qr?: string;
  wait: boolean;
  /** Draws the code although stderr is no terminal. */
  draw?: boolean;
}

export interface ShownLink {
  launchUrl: string;
  mobileUrl: string;
  pcUrl: string;
  expiresAt: number;
  returnUrl?: string;
}

/** Throws USAGE for a file that is no picture. */
export function expectPicture(path: string): void {
  if (/\.(?:svg|png)$/i.test(path)) return;
  throw new WxopError(
    'USAGE',
    text('--qr takes a file that ends in .svg or .png.', '--qr 需要以 .svg 或 .png 结尾的文件。'),
    { hint: text('For example: --qr scan-me.png.', '例如：--qr scan-me.png。') },
  );
}

export async function showLink(context: Context, shown: ShownLink, options: LinkFlags): Promise<void> {
  const { terminal } = context;
  const { launchUrl, mobileUrl, pcUrl, expiresAt, returnUrl } = shown;
  const link = options.link === 'mobile' ? mobileUrl : launchUrl;
  if (terminal.json) {
    const links = { launchUrl, mobileUrl, pcUrl, expiresAt: iso(expiresAt) };
    terminal.printJson({ type: 'link', ...links, ...(returnUrl !== undefined && { returnUrl }) });
  } else if (options.wait) {
    terminal.note(SEND_LINK, '', (await terminal.paint('err')).link(link, link), '');
  } else {
    terminal.print((await terminal.paint('out')).link(link, link));
  }
  await showCode(context, link, options);
  const left = formatDuration(expiresAt - context.now());
  terminal.note(text(en`It works once, for ${left}.`, zh`仅可使用一次，${left}内有效。`));
}

async function showCode(context: Context, link: string, options: LinkFlags): Promise<void> {
  const { terminal } = context;
  if (options.qr !== undefined) await writeQr(context, link, options.qr);
  const isWanted = (terminal.err.isTTY && !context.runtime.environment.CI) || options.draw;
  if (!isWanted || terminal.json || terminal.quiet) return;
  const needed = await showQr(terminal, link);
  if (needed) return terminal.note(tooSmall(needed.columns, needed.rows));
  if (!terminal.err.color) terminal.note(WITHOUT_COLOUR);
}

const tooSmall = (columns: number, rows: number): Text =>
  text(
    `The QR code needs ${columns} columns and ${rows} rows: enlarge the terminal, use --qr FILE.png, or send the link.`,
    `二维码需要 ${columns} 列、${rows} 行：请放大终端窗口，使用 --qr FILE.png，或直接发送链接。`,
  );

async function writeQr(context: Context, link: string, path: string): Promise<void> {
  const modules = qrModules(link);
  await writeOutput(path, /\.svg$/i.test(path) ? qrSvg(modules) : qrPng(modules));
  const file = (await context.terminal.paint('err')).link(path, pathToFileURL(path).href);
  context.terminal.note(text(en`QR code written to ${file}.`, zh`二维码已写入 ${file}。`));
}
