/** A new token though the stored one may be good: each makes the older ones invalid, so how often is counted. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Forced } from '../../credentials/token-cache.ts';
import type { TokenRecord } from '../../store/store.ts';
import type { Holder } from '../../wechat-api/call.ts';

export const FORCE = parameter(
  '--force',
  text('even after two forced tokens within a minute', '即使一分钟内已强制换取两次'),
);

export async function forceToken(context: Context, again: boolean, holder: Holder): Promise<TokenRecord> {
  const store = await context.store();
  // Ask WeChat for nothing that could not be stored.
  await store.proveWritable();
  const old = await store.read('component' in holder ? 'component-token' : `token/${holder.account}`);
  return (await context.keeper()).replace(holder, old?.value.accessToken ?? '', forcedOf(holder, again));
}

/** `again`: however many were forced before. */
export const forcedOf = (holder: Holder, again: boolean): Forced =>
  again ? {} : { tooOften: (count) => tooOften('component' in holder ? COMPONENT_NAME : holder.account, count) };

const COMPONENT_NAME = text('the component', '第三方平台');

const tooOften = (name: Text | string, count: number): WxopError =>
  new WxopError(
    'FORCED_TOO_OFTEN',
    text(
      en`${count} new tokens of ${name} were forced within the last minute; each made the older ones invalid.`,
      zh`最近一分钟内已为 ${name} 强制换取 ${count} 次令牌，每次都会使旧令牌失效。`,
    ),
    {
      hint: text(
        'Use the newest one (`wxop token list`), or wait a minute. `--force` gets another all the same.',
        '请使用最新的令牌（`wxop token list`），或等待一分钟；加 `--force` 仍可再次换取。',
      ),
    },
  );
