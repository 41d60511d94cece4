/** `wxop store`: where the credentials are, and encryption at rest, on and off in place. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const store: Noun = {
  about: text('the store of the credentials, and its encryption', '凭据的存储与静态加密'),
  group: 'tokens',
  manual: 'store.md',
  examples: ['wxop store show', 'wxop store encrypt'],
  verbs: {
    show: {
      about: text('its place, how much it holds, encrypted or not', '查看位置、记录数量与加密状态'),
      load: () => import('./show.ts'),
    },
    encrypt: {
      about: text('encrypt all of it in place with WXOP_STORE_KEY', '用 WXOP_STORE_KEY 就地加密全部记录'),
      load: () => import('./encrypt.ts'),
    },
    decrypt: {
      about: text('remove the encryption in place; needs the key', '就地解除加密，需要密钥'),
      load: () => import('./decrypt.ts'),
    },
  },
};
