/** The certificate of the broker, from files that are read again when they change: a renewed one needs no restart. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Milliseconds between two looks; they follow symlinks, and work on network file systems too. */
const LOOK_EVERY = 1_000;

export interface TlsPaths {
  cert: string;
  key: string;
}

export interface TlsPair {
  cert: Buffer;
  key: Buffer;
}

/** Throws SETTINGS_INVALID where they cannot be read, or do not belong together. */
export function readTlsPair({ cert, key }: TlsPaths): TlsPair {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new WxopError(
      'SETTINGS_INVALID',
      text(en`${cert} and ${key} cannot be used for TLS (${code}).`, zh`${cert} 与 ${key} 无法用于 TLS（${code}）。`),
      {
        cause: error,
        hint: text(
          'Name the certificate with its chain, and its key, both PEM: --tls-cert, --tls-key.',
          '请指定 PEM 格式的证书（含证书链）与私钥：--tls-cert、--tls-key。',
        ),
      },
    );
  }
}

/** `renewed` gets each new pair; a pair that does not fit (yet) is only told of. The result ends it. */
export function watchTlsPair(
  paths: TlsPaths,
  renewed: (pair: TlsPair) => void,
  warn: (sentence: Text) => void,
): () => void {
  const look = (): void => {
    try {
      renewed(readTlsPair(paths));
    } catch (error) {
      if (error instanceof WxopError) warn(error.text);
    }
  };
  const files = [paths.cert, paths.key];
  for (const file of files) watchFile(file, { interval: LOOK_EVERY, persistent: false }, look);
  return () => {
    for (const file of files) unwatchFile(file, look);
  };
}
