/**
 * The publish check (全网发布检测): WeChat plays merchant and user with accounts of its own.
 * Source: developers.weixin.qq.com, 第三方平台 → 全网发布接入检测说明.
 */
import type { AccountMessage } from './events.ts';

export interface PublishCheckAccount {
  appId: string;
  /** The original id. */
  userName: string;
  kind: 'mp' | 'mini';
}

const PAIRS: [mp: [string, string], mini: [string, string]][] = [
  [
    ['wx570bc396a51b8ff8', 'gh_3c884a361561'],
    ['wxd101a85aa106f53e', 'gh_8dad206e9538'],
  ],
  [
    ['wx9252c5e0bb1836fc', 'gh_c0f28a78b318'],
    ['wxc39235c15087f6f3', 'gh_905ae9d01059'],
  ],
  [
    ['wx8e1097c5bc82cde9', 'gh_3f222ed8d140'],
    ['wx7720d01d4b2a4500', 'gh_393666f1fdf4'],
  ],
  [
    ['wx14550af28c71a144', 'gh_26128078e9ab'],
    ['wx05d483572dcd5d8b', 'gh_39abb5d4e1b7'],
  ],
  [
    ['wxa35b9c23cfe664eb', 'gh_2b3713f184a6'],
    ['wx5910277cae6fd970', 'gh_7818dcb60240'],
  ],
];

/** The ten accounts that WeChat picks from. */
export const PUBLISH_CHECK_ACCOUNTS: PublishCheckAccount[] = PAIRS.flatMap(([mp, mini]) => [
  { appId: mp[0], userName: mp[1], kind: 'mp' },
  { appId: mini[0], userName: mini[1], kind: 'mini' },
]);

const OF_THE_CHECK = new Set(PAIRS.flat(2));

export const TEST_TEXT = 'TESTCOMPONENT_MSG_TYPE_TEXT';
const CODE_PREFIX = 'QUERY_AUTH_CODE:';

/** The text that asks for a customer-service message, with its code. */
export const askWithCode = (code: string): string => CODE_PREFIX + code;
/** What that message must say. */
export const answerFromApi = (code: string): string => `${code}_from_api`;
/** The passive reply to the test text. */
export const TEXT_REPLY = `${TEST_TEXT}_callback`;
/** The passive reply to an event: dropped by WeChat about 2018, harmless to keep. */
export const eventReply = (event: string): string => `${event}from_callback`;

/** What a message of the check asks for; undefined for every other message. */
export type Ask =
  { case: 'event'; event: string; reply: string } | { case: 'text'; reply: string } | { case: 'api'; code: string };

export function askOf({ msgType, event, toUserName, fields }: AccountMessage, appId: string): Ask | undefined {
  if (!OF_THE_CHECK.has(appId) && !OF_THE_CHECK.has(toUserName)) return undefined;
  if (msgType === 'event') return event ? { case: 'event', event, reply: eventReply(event) } : undefined;
  const content = typeof fields.Content === 'string' ? fields.Content.trim() : '';
  if (msgType !== 'text') return undefined;
  if (content === TEST_TEXT) return { case: 'text', reply: TEXT_REPLY };
  const code = content.startsWith(CODE_PREFIX) ? content.slice(CODE_PREFIX.length).trim() : '';
  return code === '' ? undefined : { case: 'api', code };
}
