/**
 * Tokens that another program owns: what it stored is used, and waited for, but never replaced.
 * Two owners of one component's tokens invalidate each other's (40001).
 */
import { en, text, type Text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Store, TokenRecord } from '../store/store.ts';
import type { Holder } from '../wechat-api/call.ts';
import { tokenKey, type TokenCache } from './token-cache.ts';

/** Milliseconds that the owner gets to store another token, and between two looks. */
const PATIENCE = 6_000;
const LOOK_EVERY = 500;

export interface ExternalTokensOptions {
  store: Store;
  owner: Text;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  learn: (secret: string) => void;
}

export function createExternalTokens({ store, owner, now, sleep, learn }: ExternalTokensOptions): TokenCache {
  async function waitFor(holder: Holder, isGood: (token: TokenRecord) => boolean): Promise<TokenRecord> {
    for (let waited = 0; ; waited += LOOK_EVERY) {
      const found = await store.read(tokenKey(holder));
      if (found) learn(found.value.accessToken);
      if (found && isGood(found.value)) return found.value;
      if (waited >= PATIENCE) throw missing(holder, owner, found !== undefined);
      await sleep(LOOK_EVERY);
    }
  }

  const lives = (token: TokenRecord): boolean => token.expiresAt > now();
  return {
    // Whatever `minTtl` asks for: a longer life is not ours to get.
    token: (holder) => waitFor(holder, lives),
    replace: (holder, rejected) => waitFor(holder, (token) => token.accessToken !== rejected && lives(token)),
  };
}

function missing(holder: Holder, owner: Text, isRejected: boolean): WxopError {
  const name = 'component' in holder ? 'component' : holder.account;
  const seconds = PATIENCE / 1000;
  const notReplaced = text(
    en`WeChat rejects the token of ${name}, and ${owner} did not replace it within ${seconds} s.`,
    zh`微信拒绝了 ${name} 的令牌，${owner} 未在 ${seconds} 秒内更换。`,
  );
  const noneCame = text(
    en`${owner} has no valid token of ${name}; none came within ${seconds} s.`,
    zh`${owner} 没有 ${name} 的有效令牌，等待 ${seconds} 秒后仍没有。`,
  );
  return new WxopError('TIMEOUT', isRejected ? notReplaced : noneCame, {
    hint: text(
      en`${owner} gets tokens when it needs them: let it make a call for this account, and see that it runs.`,
      zh`${owner} 在需要时才换取令牌：请让它为该帐号发起一次调用，并确认其正在运行。`,
    ),
  });
}
