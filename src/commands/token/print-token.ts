/** Prints a token on stdout, unmasked: showing it is what `token get` and `token component` are for. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { DEFAULT_MIN_TTL, LONGEST_MIN_TTL } from '../../protocol/lifetimes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { TokenRecord } from '../../store/store.ts';
import { durationArgument } from '../arguments.ts';

export const MIN_TTL = parameter('--min-ttl <duration>', text('minimum remaining lifetime', '最短剩余有效期'), {
  parse: durationArgument,
  fallback: DEFAULT_MIN_TTL,
});

/** Throws USAGE where no token lives that long. */
export function expectMinTtl(minTtl: number): void {
  if (minTtl <= LONGEST_MIN_TTL) return;
  throw new WxopError('USAGE', text('--min-ttl is 110m at most.', '--min-ttl 最大为 110m。'), {
    hint: text('WeChat issues tokens that live for two hours.', '微信的 access_token 有效期为两小时。'),
  });
}

export function printToken(context: Context, token: TokenRecord, minTtl: number, holder: object): void {
  const { terminal } = context;
  const left = token.expiresAt - context.now();
  if (left < minTtl) terminal.warn(shorterThanAsked(left, minTtl));
  const { accessToken, expiresAt } = token;
  if (terminal.json) terminal.revealJson({ ...holder, accessToken, expiresAt: iso(expiresAt) });
  else terminal.reveal(`${accessToken}\n`);
}

function shorterThanAsked(left: number, minTtl: number) {
  const [remaining, wanted] = [formatDuration(left), formatDuration(minTtl)];
  return text(
    en`WeChat's newest token expires in ${remaining}, which is less than the ${wanted} you asked for.`,
    zh`微信的最新令牌仅剩 ${remaining}，少于要求的 ${wanted}。`,
  );
}
