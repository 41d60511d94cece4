/** Messages, followers and media. */
import { text } from '../../sentences/text.ts';
import { entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const MEDIA = text(
  'A media_id that is wrong, foreign or older than three days.',
  'media_id 错误、属于其他帐号，或已超过三天。',
);
const SHORTER = text('Make it shorter.', '请缩短内容。');
const MUST_WRITE = text(
  'The user must write, click a menu or scan again; then answer in time.',
  '须等用户再次发消息、点击菜单或扫码，并在时限内回复。',
);
const FOLLOWER = text(
  'Use the openid that came with a message to this account.',
  '请使用该帐号收到的消息中的 openid。',
);

export const CONVERSATIONS: Errcodes = {
  40003: entry(
    'no',
    text('the openid is not valid', 'openid 无效'),
    text('The user belongs to another account.', '该用户属于其他帐号。'),
    FOLLOWER,
  ),
  40004: entry('no', text('the media has a type that is not allowed', '媒体文件类型不合法'), MEDIA, STEPS.FIX_MEDIA),
  40005: entry('no', text('the file has a format that is not allowed', '文件格式不合法'), MEDIA, STEPS.FIX_MEDIA),
  40006: entry(
    'no',
    text('the file has a size that is not allowed', '文件大小不合法'),
    text('Too large for its kind, or empty.', '超过该类型的上限，或为空。'),
    STEPS.FIX_MEDIA,
  ),
  40007: entry('no', text('the media_id is not valid', 'media_id 无效'), MEDIA, STEPS.FIX_MEDIA),
  40008: entry(
    'no',
    text('the kind of message is not valid', '消息类型不合法'),
    text('msgtype is misspelt, or the account may not send it.', 'msgtype 有误，或该帐号不支持。'),
    text('Compare msgtype with the documents.', '请对照文档检查 msgtype。'),
  ),
  43004: entry(
    'no',
    text('the user does not follow the account', '用户未关注该帐号'),
    text('Never followed, or no longer.', '从未关注或已取消关注。'),
    text('Nothing can be sent until the user follows.', '用户关注之前无法发送。'),
  ),
  44004: entry(
    'no',
    text('the text is empty', '文本内容为空'),
    text('The content field is missing or blank.', '缺少 content 字段或内容为空。'),
    text('Send a text with something in it.', '请提供非空的文本内容。'),
  ),
  45002: entry(
    'no',
    text('the content is too long', '消息内容超过限制'),
    text('A text message has 2048 bytes at most.', '文本消息最多 2048 字节。'),
    SHORTER,
  ),
  45015: entry(
    'no',
    text('the time to reply is over', '回复时间超过限制'),
    text(
      '48 hours after a message, one minute after a click, a follow or a scan.',
      '用户发消息后 48 小时内，点击、关注、扫码后 1 分钟内。',
    ),
    MUST_WRITE,
  ),
  45047: entry(
    'no',
    text('too many messages without an answer', '客服消息条数超过限制'),
    text(
      'Five within 48 hours after a message, three after a click, a follow or a scan.',
      '用户发消息后 48 小时内最多 5 条，点击、关注、扫码后最多 3 条。',
    ),
    MUST_WRITE,
  ),
  46001: entry('no', text('there is no such media', '不存在的媒体数据'), MEDIA, STEPS.FIX_MEDIA),
  46004: entry(
    'no',
    text('there is no such user', '不存在的用户'),
    text('The user belongs to another account.', '该用户属于其他帐号。'),
    FOLLOWER,
  ),
};
