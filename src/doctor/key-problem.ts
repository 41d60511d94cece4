/** What is wrong with a key that was copied by hand. The sentence repeats nothing of the key. */
import { text, type Text } from '../sentences/text.ts';

const LENGTH = 43;

/** Undefined if it has the form of an EncodingAESKey: 43 characters that are 32 bytes. */
export function aesKeyProblem(given: string): Text | undefined {
  const key = given.trim();
  if (/\s/.test(key)) return text('it was pasted with blanks or line breaks inside', '其中夹有空格或换行');
  if (/^[0-9a-f]{64}$/i.test(key))
    return text('it is hexadecimal, not the key of the console', '这是十六进制，不是控制台的 Key');
  if (key.length === LENGTH + 1 && key.endsWith('=')) {
    return text('it ends with =, which the console does not show', '末尾多了 =，控制台并不显示');
  }
  if (key.length !== LENGTH) {
    return text(`it has ${key.length} characters instead of ${LENGTH}`, `长度为 ${key.length}，应为 ${LENGTH}`);
  }
  if (!/^[A-Za-z0-9+/]+$/.test(key)) return text('it has characters that no such key has', '含有不允许的字符');
  return Buffer.from(`${key}=`, 'base64').length === 32 ? undefined : text('it is not 32 bytes', '解码后不是 32 字节');
}

/** Undefined if it has the form of a 消息校验Token. */
export function messageTokenProblem(given: string): Text | undefined {
  const token = given.trim();
  if (/\s/.test(token)) return text('it was pasted with blanks inside', '其中夹有空格');
  if (token.length < 3 || token.length > 32) {
    return text(`it has ${token.length} characters; 3 to 32 are allowed`, `长度为 ${token.length}，应为 3 到 32`);
  }
  return /^[A-Za-z0-9]+$/.test(token)
    ? undefined
    : text('it has other than letters and digits', '含有字母和数字以外的字符');
}

/** Undefined if it has the form of an appid. */
export function appIdProblem(given: string): Text | undefined {
  const appId = given.trim();
  if (/^gh_/.test(appId)) return text('it is an original id (gh_…), not an appid', '这是原始 ID（gh_…），不是 AppID');
  if (appId !== appId.toLowerCase()) return text('it has capital letters', '含有大写字母');
  return /^wx[0-9a-f]{16}$/.test(appId)
    ? undefined
    : text('it is not wx and 16 hexadecimal digits', '不是 wx 加 16 位十六进制字符');
}
