/** The link of an attempt, as text, as a QR code in the terminal, and as a picture. */
import { pathToFileURL } from 'node:url';
import { qrPng, qrSvg } from '../../terminal/qr-file.ts';
import { qrModules } from '../../terminal/qr.ts';
import { showQr } from '../../terminal/show-qr.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { launchUrl } from '../../protocol/links.ts';
import type { AttemptRecord } from '../../store/store.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
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

export async function showLink(context: Context, attempt: AttemptRecord, options: LinkFlags): Promise<void> {
  const { terminal } = context;
  const launch = launchUrl(context.publicUrl(), attempt.id);
  const { mobileUrl = '', pcUrl = '' } = attempt.links ?? {};
  const { returnTo: returnUrl } = attempt;
  const link = options.link === 'mobile' ? mobileUrl : launch;
  if (terminal.json) {
    const links = { launchUrl: launch, mobileUrl, pcUrl, expiresAt: iso(attempt.expiresAt) };
    terminal.printJson({ type: 'link', ...links, ...(returnUrl !== undefined && { returnUrl }) });
  } else if (options.wait) {
    terminal.note(SEND_LINK, '', (await terminal.paint('err')).link(link, link), '');
  } else {
    terminal.print((await terminal.paint('out')).link(link, link));
  }
  await showCode(context, link, options);
  const left = formatDuration(attempt.expiresAt - context.now());
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
