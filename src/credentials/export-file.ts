/**
 * The file that carries accounts between machines and stores: one JSON document with a header for everybody, and the
 * content plain or sealed. Sealed: the passphrase goes through scrypt; one half of what comes out is the key of
 * AES-256-GCM, which authenticates the header too, and the other half tells a wrong passphrase from damage.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { toJson } from '../sentences/printable.ts';
import { en, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { TicketRecord } from '../store/store.ts';
import type { Dated } from './import-outcome.ts';

const FORMAT = 'wxop-accounts';
const VERSION = 1;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What scrypt costs: 128 MiB and about half a second. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
/** The most that a file may ask for, so that its author cannot make us compute for long. */
const DEAREST = { N: 2 ** 18, r: 8, p: 2 };

/** Everything that cannot be had again: access tokens can. */
export interface Bundle {
  componentAppId: string;
  exportedAt: number;
  ticket?: TicketRecord;
  accounts: Dated<AccountRecord>[];
}

interface Encryption {
  kdf: 'scrypt';
  N: number;
  r: number;
  p: number;
  salt: string;
  /** Tells whether a passphrase is the right one, and no more than the content itself would. */
  check: string;
  cipher: typeof CIPHER;
  nonce: string;
}

/** What everybody may read of the file. */
export interface Header {
  format: typeof FORMAT;
  version: number;
  componentAppId: string;
  exportedAt: string;
  accounts: number;
  encryption?: Encryption;
}

/** What is read of a file before its passphrase is known. */
export interface ReadFile {
  header: Header;
  content: unknown;
}

/** The text of the file; sealed unless there is no passphrase. */
export async function writeExport(bundle: Bundle, passphrase: string | undefined): Promise<string> {
  const { componentAppId, exportedAt, ticket, accounts } = bundle;
  const open: Header = {
    format: FORMAT,
    version: VERSION,
    componentAppId,
    exportedAt: new Date(exportedAt).toISOString(),
    accounts: accounts.length,
  };
  const content = { ticket, accounts };
  if (passphrase === undefined) return document({ ...open, content });
  const [salt, nonce] = [randomBytes(16), randomBytes(NONCE_BYTES)];
  const { key, check } = await derive(passphrase, salt, COST);
  const encryption: Encryption = {
    kdf: 'scrypt',
    ...COST,
    salt: salt.toString('base64'),
    check: check.toString('base64'),
    cipher: CIPHER,
    nonce: nonce.toString('base64'),
  };
  const header = { ...open, encryption };
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(authenticated(header));
  const sealed = [cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()];
  return document({ ...header, content: Buffer.concat(sealed).toString('base64') });
}

const document = (value: object): string => `${toJson(value, 2)}\n`;

/** Reads the header. Throws RECORD_DAMAGED, RECORD_NEWER, and SETTINGS_INVALID for a file of another component. */
export function readExport(content: string, componentAppId: string): ReadFile {
  const document = parse(content);
  if (document?.format !== FORMAT) throw notOurs();
  const { version, encryption } = document;
  if (typeof version === 'number' && version > VERSION) throw newer();
  const header = { ...document, content: undefined } as unknown as Header;
  const isWhole = version === VERSION && typeof header.componentAppId === 'string' && Number.isInteger(header.accounts);
  if (!isWhole || (encryption !== undefined && !isEncryption(encryption))) throw damagedFile();
  if (header.componentAppId !== componentAppId) throw foreign(header.componentAppId, componentAppId);
  return { header, content: document.content };
}

/** Opens a file whose header was read. Throws SETTINGS_INVALID for a wrong passphrase, RECORD_DAMAGED. */
export async function openExport({ header, content }: ReadFile, passphrase: string | undefined): Promise<unknown> {
  const { encryption } = header;
  if (!encryption) return content;
  const { key, check } = await derive(passphrase ?? '', Buffer.from(encryption.salt, 'base64'), encryption);
  const expected = Buffer.from(encryption.check, 'base64');
  if (expected.length !== check.length || !timingSafeEqual(expected, check)) throw wrongPassphrase();
  const bytes = Buffer.from(typeof content === 'string' ? content : '', 'base64');
  const nonce = Buffer.from(encryption.nonce, 'base64');
  if (bytes.length < TAG_BYTES || nonce.length !== NONCE_BYTES) throw damagedFile();
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(authenticated(header)).setAuthTag(bytes.subarray(-TAG_BYTES));
  let plain: string;
  try {
    plain = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    throw damagedFile();
  }
  return parse(plain);
}

/** Each field by its name, in an order of its own: what a program does to the layout of the file changes nothing. */
function authenticated({ format, version, componentAppId, exportedAt, accounts, encryption }: Header): Buffer {
  const { kdf, N, r, p, salt, check, cipher, nonce } = encryption ?? ({} as Encryption);
  const fields = [format, version, componentAppId, exportedAt, accounts, kdf, N, r, p, salt, check, cipher, nonce];
  return Buffer.from(JSON.stringify(fields));
}

function derive(passphrase: string, salt: Buffer, { N, r, p }: typeof COST): Promise<{ key: Buffer; check: Buffer }> {
  return new Promise((resolve, reject) => {
    // Composed: the same passphrase typed on another system is the same bytes.
    const typed = passphrase.normalize('NFC');
    const maxmem = 128 * (N + p + 2) * r + 1024;
    scrypt(typed, salt, 2 * KEY_BYTES, { N, r, p, maxmem }, (error, bytes) => {
      if (error) reject(error);
      else resolve({ key: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES) });
    });
  });
}

function isEncryption(value: unknown): value is Encryption {
  if (!isObject(value)) return false;
  const { kdf, N, r, p, salt, check, cipher, nonce } = value;
  const areNumbers = [N, r, p].every((number) => Number.isSafeInteger(number) && Number(number) > 0);
  const [n, blocks, lanes] = [Number(N), Number(r), Number(p)];
  const isBounded = n > 1 && n <= DEAREST.N && (n & (n - 1)) === 0 && blocks <= DEAREST.r && lanes <= DEAREST.p;
  const areTexts = [salt, check, nonce].every((part) => typeof part === 'string' && part.length <= 128);
  return kdf === 'scrypt' && cipher === CIPHER && areNumbers && isBounded && areTexts;
}

function parse(content: string): Json | undefined {
  try {
    const document: unknown = JSON.parse(content);
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

const NOTHING_CHANGED = text('Nothing was changed.', '未作任何更改。');

function notOurs(): WxopError {
  return new WxopError(
    'USAGE',
    text('This is no file of `wxop accounts export`.', '这不是 `wxop accounts export` 导出的文件。'),
    {
      hint: text(
        en`${NOTHING_CHANGED} To take over from another library: \`wxop import\`.`,
        zh`${NOTHING_CHANGED}如需从其他程序库接管：\`wxop import\`。`,
      ),
    },
  );
}

/** A file that says what it cannot: cut off, changed, or made by hand. */
export function damagedFile(): WxopError {
  return new WxopError('RECORD_DAMAGED', text('The file is damaged or was changed.', '文件已损坏或被改动。'), {
    hint: text(en`${NOTHING_CHANGED} Copy or export it again.`, zh`${NOTHING_CHANGED}请重新复制或导出。`),
  });
}

function newer(): WxopError {
  return new WxopError('RECORD_NEWER', text('The file was made by a newer wxop.', '文件由更新版本的 wxop 导出。'), {
    hint: text(en`${NOTHING_CHANGED} Update wxop on this machine.`, zh`${NOTHING_CHANGED}请升级本机的 wxop。`),
  });
}

function foreign(theirs: string, ours: string): WxopError {
  return new WxopError(
    'SETTINGS_INVALID',
    text(`The file is of the component ${theirs}; this is ${ours}.`, `文件属于第三方平台 ${theirs}，当前为 ${ours}。`),
    {
      hint: text(
        en`${NOTHING_CHANGED} Choose the other one with --profile or WXOP_COMPONENT_APPID.`,
        zh`${NOTHING_CHANGED}请用 --profile 或 WXOP_COMPONENT_APPID 选择对应的第三方平台。`,
      ),
    },
  );
}

function wrongPassphrase(): WxopError {
  return new WxopError('SETTINGS_INVALID', text('The passphrase is wrong.', '口令不正确。'), {
    hint: text(
      en`${NOTHING_CHANGED} It is the one that was given to \`wxop accounts export\`.`,
      zh`${NOTHING_CHANGED}请使用 \`wxop accounts export\` 时设置的口令。`,
    ),
  });
}
