/** Encryption at rest: AES-256-GCM over a record's value, bound to the record's name and version. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export interface Sealer {
  /** `v1.<key id>.<nonce, cipher text and tag as base64url>`; opens only with the same context. */
  seal(plain: string, context: string): string;
  /**
   * The plain text, or undefined when it was damaged, or taken from another place.
   * Throws SETTINGS_INVALID when it was sealed with another key.
   */
  open(sealed: string, context: string): string | undefined;
  /** Whether it was sealed with this key. */
  isOurs(sealed: string): boolean;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([0-9a-f]{8})\.([\w-]+)$/;

/** `key`: 32 bytes as 64 hexadecimal digits or as base64 (the shapes that the setting allows). */
export function createSealer(key: string): Sealer {
  const secret = /^[0-9a-f]{64}$/i.test(key) ? Buffer.from(key, 'hex') : Buffer.from(key, 'base64');
  // Tells a wrong key from damage, and tells nothing of the key.
  const id = createHmac('sha256', secret).update('wxop store key').digest('hex').slice(0, 8);

  return {
    isOurs: (sealed) => SEALED.exec(sealed)?.[1] === id,
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, secret, nonce).setAAD(Buffer.from(context));
      const sealed = [nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `v1.${id}.${Buffer.concat(sealed).toString('base64url')}`;
    },
    open: (sealed, context) => {
      const [, keyId, content = ''] = SEALED.exec(sealed) ?? [];
      if (keyId === undefined) return undefined;
      if (keyId !== id) throw wrongKey();
      const bytes = Buffer.from(content, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const plain = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
        return Buffer.concat(plain).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function wrongKey(): WxopError {
  return new WxopError(
    'SETTINGS_INVALID',
    text(
      'WXOP_STORE_KEY is not the key that this store was encrypted with.',
      'WXOP_STORE_KEY 与加密该存储的密钥不符。',
    ),
    {
      hint: text('Set the key that was used then. Nothing was changed.', '请设置当初使用的密钥。未作任何更改。'),
    },
  );
}
