/** Builds the push that `wxop trigger` sends: a sample or the caller's XML, with the fields that were set. */
import { randomBytes } from 'node:crypto';
import { parseXml, writeXml } from '../../protocol/events.ts';
import type { PushOptions, PushSecrets } from '../../protocol/write-push.ts';
import { sampleOf, withField, type Sample } from '../../receiver-kit/samples.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

const USER_NAME = 'gh_0123456789ab';
const OPEN_ID = 'oTriggerFollowerOfTheAccount';

export interface BuildPushOptions {
  component: PushSecrets;
  to: string;
  appId: string;
  /** `name=value`, each sets a field of the inner XML. */
  fields: readonly string[];
  /** Milliseconds. */
  now: number;
  /** Name of a sample. */
  event?: string;
  /** For a name that has no sample. */
  kind?: Sample['kind'];
  /** The inner XML, instead of a sample. */
  xml?: string;
}

/** A new push each time. Throws USAGE for an event that is not known, and for fields that are not `name=value`. */
export function buildPush(options: BuildPushOptions): { kind: Sample['kind']; push: PushOptions } {
  const { component, to, appId, xml } = options;
  const timestamp = Math.floor(options.now / 1000);
  const unique = randomBytes(24).toString('hex');
  const sample = xml === undefined ? sampleNamed(options, timestamp, unique) : undefined;
  const fields = options.fields.reduce((made, pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw wrongUsage(text(`Not name=value: ${pair}`, `不是 name=value 格式：${pair}`));
    return withField(made, pair.slice(0, at), pair.slice(at + 1));
  }, sample?.fields ?? {});
  const kind = sample?.kind ?? options.kind ?? (parseXml(xml ?? '')?.MsgType === undefined ? 'event' : 'message');
  const push: PushOptions = {
    component,
    url: to.replaceAll('$APPID$', appId),
    message: xml ?? writeXml(fields),
    outer: kind === 'event' ? { AppId: component.appId } : { ToUserName: USER_NAME },
    timestamp,
    nonce: String(randomBytes(4).readUInt32BE()),
    random: unique.slice(0, 16),
    ...(kind === 'message' && { openId: OPEN_ID }),
  };
  return { kind, push };
}

function sampleNamed({ event, kind, appId, component }: BuildPushOptions, now: number, unique: string): Sample {
  if (event === undefined) throw wrongUsage(text('An event or --xml is missing.', '缺少事件名称或 --xml。'));
  const about = { componentAppId: component.appId, appId, userName: USER_NAME, openId: OPEN_ID };
  const sample = sampleOf(event, { ...about, now, unique }, kind);
  if (sample) return sample;
  throw new WxopError('USAGE', text(`There is no event named ${event}.`, `没有名为 ${event} 的事件。`), {
    hint: text(
      'See `wxop trigger --list`; for a new one say what it is: --kind event or --kind message.',
      '请查看 `wxop trigger --list`；新事件请用 --kind event 或 --kind message 说明类型。',
    ),
  });
}

export const wrongUsage = (sentence: Text): WxopError =>
  new WxopError('USAGE', sentence, {
    hint: text('See `wxop trigger --help`.', '请查看 `wxop trigger --help`。'),
  });
