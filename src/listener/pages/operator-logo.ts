/** The operator's logo, as a file: read once, when a listener starts that has one. */
import { readFile, stat } from 'node:fs/promises';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Logo } from './page.ts';

const MOST = 128 * 1024;

/** Throws SETTINGS_INVALID for what cannot be shown. What its bytes are counts, not what its name says. */
export async function readLogo(path: string): Promise<Logo> {
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw cannotUse(path, text(`cannot be read (${error.code ?? ''})`, `无法读取（${error.code ?? ''}）`));
  });
  if (!file.isFile()) throw cannotUse(path, text('is no file', '不是文件'));
  if (file.size > MOST) throw cannotUse(path, tooLarge(file.size));
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw cannotUse(path, text(`cannot be read (${error.code ?? ''})`, `无法读取（${error.code ?? ''}）`));
  });
  const type = typeOf(bytes);
  if (type === undefined) throw cannotUse(path, isSvg(bytes) ? NO_SVG : NO_IMAGE);
  return { type, bytes };
}

function typeOf(bytes: Buffer): Logo['type'] | undefined {
  const begins = bytes.subarray(0, 12).toString('latin1');
  if (begins.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (begins.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  return begins.startsWith('RIFF') && begins.endsWith('WEBP') ? 'image/webp' : undefined;
}

const isSvg = (bytes: Buffer): boolean => /<svg[\s>]/i.test(bytes.subarray(0, 1024).toString('latin1'));

const NO_SVG = text('is an SVG, which can hold scripts', '是 SVG，可能含有脚本');
const NO_IMAGE = text('is neither PNG nor JPEG nor WebP', '不是 PNG、JPEG 或 WebP 图片');
const tooLarge = (size: number): Text =>
  text(
    `has ${Math.ceil(size / 1024)} KiB, more than ${MOST / 1024}`,
    `有 ${Math.ceil(size / 1024)} KiB，超过 ${MOST / 1024} KiB`,
  );

const cannotUse = (path: string, why: Text): WxopError =>
  new WxopError('SETTINGS_INVALID', text(en`The logo ${path} ${why}.`, zh`标志 ${path} ${why}。`), {
    hint: text(
      'Set WXOP_OPERATOR_LOGO to a PNG, JPEG or WebP of at most 128 KiB; 192 by 192 pixels are enough.',
      '请将 WXOP_OPERATOR_LOGO 设为不超过 128 KiB 的 PNG、JPEG 或 WebP 图片；192×192 像素即可。',
    ),
  });
