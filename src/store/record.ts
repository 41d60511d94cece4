/** What stands in a store for one version of a record: JSON text, the value plain or sealed. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { asObject, isObject, type Json } from '../runtime/json-object.ts';
import { isDeviceName } from '../runtime/windows-files.ts';
// As a type: its ciphers are loaded where a key is set.
import type { Sealer } from './seal.ts';
import type { Form, Written } from './store.ts';

/** 2 since values can be sealed: whoever knows only 1 must not take such a record for a damaged one. */
const PLAIN_FORMAT = 1;
const SEALED_FORMAT = 2;

/** Records without credentials: plain in an encrypted store too, so that a lock can be taken without reading a key. */
const isPublic = (key: string): boolean => key === 'store' || key.startsWith('lock/') || key.startsWith('run/');

export interface RecordCodec {
  /** Sealed when there is a key, unless `form` says otherwise. */
  encode(
    record: { key: string; version: number; writtenAt: number; value: unknown; [also: string]: unknown },
    form?: Written,
  ): string;
  /** Whether a record is sealed in this form: some never are. */
  seals(key: string, form: Written): boolean;
  /**
   * Undefined when the text is damaged. Throws RECORD_NEWER, and for a sealed record without its key
   * SETTINGS_MISSING or SETTINGS_INVALID; `path` is for their sentences.
   */
  decode(content: string, where: { key: string; version: number; path: string }): Decoded | undefined;
  /** What can be told without opening it. */
  formOf(content: string): Form;
}

export interface Decoded {
  value: unknown;
  writtenAt: number;
  isSealed: boolean;
}

/** `namespace` (the component's appid) and the record's name and version are authenticated with a sealed value. */
export function createRecordCodec(namespace: string, sealer: Sealer | undefined): RecordCodec {
  const seals = (key: string, form: Written): boolean => sealer !== undefined && form === 'sealed' && !isPublic(key);
  const contextOf = (key: string, version: number): string => `${namespace}/${key}#${version}`;

  return {
    seals,
    formOf: (content) => {
      const { format, sealed, value } = parse(content);
      if (typeof format === 'number' && format > SEALED_FORMAT) return 'newer';
      if (format === PLAIN_FORMAT && isObject(value)) return 'plain';
      if (format !== SEALED_FORMAT || typeof sealed !== 'string') return 'damaged';
      return sealer?.isOurs(sealed) ? 'sealed' : 'foreign';
    },
    encode: ({ key, version, writtenAt, value, ...also }, form = 'sealed') => {
      const head = { version, ...also, writtenAt: new Date(writtenAt).toISOString() };
      const record =
        sealer && seals(key, form)
          ? { format: SEALED_FORMAT, ...head, sealed: sealer.seal(JSON.stringify(value), contextOf(key, version)) }
          : { format: PLAIN_FORMAT, ...head, value };
      return `${JSON.stringify(record, null, 2)}\n`;
    },
    decode: (content, { key, version, path }) => {
      const record = parse(content);
      const { format, sealed } = record;
      if (typeof format === 'number' && format > SEALED_FORMAT) throw newer(path);
      const writtenAt = Date.parse(String(record.writtenAt)) || 0;
      if (format !== SEALED_FORMAT) {
        const value = format === PLAIN_FORMAT ? record.value : undefined;
        return isObject(value) ? { value, writtenAt, isSealed: false } : undefined;
      }
      if (typeof sealed !== 'string') return undefined;
      if (!sealer) throw keyNeeded(path);
      const opened = sealer.open(sealed, contextOf(key, version));
      const value = opened === undefined ? undefined : (JSON.parse(opened) as unknown);
      return isObject(value) ? { value, writtenAt, isSealed: true } : undefined;
    },
  };
}

function parse(content: string): Json {
  try {
    return asObject(JSON.parse(content));
  } catch {
    return {};
  }
}

function newer(path: string): WxopError {
  return new WxopError(
    'RECORD_NEWER',
    text(`${path} was written by a newer wxop; it was left as it is.`, `${path} 由更新版本的 wxop 写入，未作改动。`),
    { hint: text('Update wxop on this machine.', '请升级本机的 wxop。') },
  );
}

/** What is said where a record is encrypted and no key is set. */
export function keyNeeded(place: string): WxopError {
  return new WxopError(
    'SETTINGS_MISSING',
    text(`${place} is encrypted, and no key is set.`, `${place} 已加密，但未设置密钥。`),
    {
      hint: text(
        'Set WXOP_STORE_KEY or WXOP_STORE_KEY_FILE. Without the key: a new store and `wxop accounts sync`.',
        '请设置 WXOP_STORE_KEY 或 WXOP_STORE_KEY_FILE。若密钥已丢失：使用新的存储并运行 `wxop accounts sync`。',
      ),
    },
  );
}

/** A damaged record; `aside` is where it was put, if it could be. */
export function damaged(path: string, aside: string | undefined): WxopError {
  return new WxopError(
    'RECORD_DAMAGED',
    aside
      ? text(`${path} is damaged; it was moved to ${aside}.`, `${path} 已损坏，已移至 ${aside}。`)
      : text(`${path} is damaged.`, `${path} 已损坏。`),
    {
      hint: text(
        'Run it again: the version before it counts now. What is still missing comes back with `wxop accounts sync` (accounts) or the next push (ticket).',
        '请重新运行：将使用其前一版本。仍缺失的帐号可用 `wxop accounts sync` 恢复，ticket 会随下次推送恢复。',
      ),
    },
  );
}

/** A write that does not follow the newest version. */
export function conflict(key: string): WxopError {
  return new WxopError('STORE_CONFLICT', text(`Somebody else wrote ${key} first.`, `${key} 已被他人先行写入。`), {
    hint: text('Run it again.', '请重新运行。'),
  });
}

/** Record names come from the outside (an appid in a URL): none may leave its place. Throws USAGE. */
export function checkedKey(key: string): string {
  // A folder of a device's name cannot be made on Windows, and homes move between machines.
  if (/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)?$/.test(key) && !key.split('/').some(isDeviceName)) return key;
  throw new WxopError('USAGE', text(`Not a valid name: ${key}`, `名称无效：${key}`), {
    hint: text('An appid is wx and 16 hexadecimal digits.', 'AppID 为 wx 加 16 位十六进制字符。'),
  });
}
