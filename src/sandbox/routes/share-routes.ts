/** What is shown to people: QR codes, short links, and links into mini programs. */
import { randomBytes } from 'node:crypto';
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { TRIAL_CODE } from '../releases/trial-code.ts';
import type { WechatState } from '../wechat-state.ts';
import { accountRoutes, filled, object, among, type AccountCall } from './account-call.ts';
import { Download, OK, type Route } from './route.ts';

/** 帐号服务. */
const QR_SETS = [3];
/** Seconds: thirty days, and a minute where nothing is said. */
const [LONGEST, SHORTEST] = [30 * 24 * 3600, 60];
const TEMPORARY = ['QR_SCENE', 'QR_STR_SCENE'];
const LASTING = ['QR_LIMIT_SCENE', 'QR_LIMIT_STR_SCENE'];
const [MOST_LASTING, SCENE_LETTERS, LONG_DATA, CODE_SCENE] = [100_000, 64, 4 * 1024, 32];

const picture = (): Download => new Download('image/jpeg', 'qrcode.jpg', Buffer.from(TRIAL_CODE, 'base64'));
const token = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** What a QR code says of itself: a number or a text, by the kind of its code. */
function checkScene({ action_name, action_info }: Json): void {
  const scene = (action_info as Json).scene;
  if (!isObject(scene)) throw new ApiRefusal(40053);
  const { scene_id: id, scene_str: name } = scene;
  if (String(action_name).includes('STR')) {
    if (typeof name !== 'string' || name === '' || name.length > SCENE_LETTERS) throw new ApiRefusal(40053);
  } else {
    const most = action_name === 'QR_LIMIT_SCENE' ? MOST_LASTING : 0xffffffff;
    if (!Number.isInteger(Number(id)) || Number(id) < 1 || Number(id) > most) throw new ApiRefusal(40053);
  }
}

export function shareRoutes(wechat: WechatState): Record<string, Route> {
  const tickets = new Set<string>();
  const shortened = new Map<string, { long_data: string; create_time: number; expire_seconds: number }>();

  const lifeOf = (seconds: unknown): number => Math.min(Number(seconds ?? LONGEST) || SHORTEST, LONGEST);
  const mini = (call: AccountCall): AccountCall => ({ kind: 'mini', ...call });

  return {
    ...accountRoutes(wechat, {
      '/cgi-bin/qrcode/create': {
        kind: 'mp',
        sets: QR_SETS,
        needs: { action_name: among([...TEMPORARY, ...LASTING], 40052), action_info: object(40053) },
        answer: (_, asked) => {
          checkScene(asked);
          const ticket = `gQ${token(70)}==`;
          tickets.add(ticket);
          const ends = TEMPORARY.includes(asked.action_name as string);
          const expire_seconds = Math.max(lifeOf(asked.expire_seconds ?? SHORTEST), 1);
          return { ticket, ...(ends && { expire_seconds }), url: `http://weixin.qq.com/q/${token(18)}` };
        },
      },
      '/cgi-bin/shorten/gen': {
        kind: 'mp',
        needs: { long_data: filled(40035) },
        answer: (_, asked) => {
          const long_data = asked.long_data as string;
          if (Buffer.byteLength(long_data) > LONG_DATA) throw new ApiRefusal(40035);
          const short_key = token(11);
          const expire_seconds = lifeOf(asked.expire_seconds);
          shortened.set(short_key, { long_data, create_time: wechat.seconds(), expire_seconds });
          return { ...OK, short_key };
        },
      },
      '/cgi-bin/shorten/fetch': {
        kind: 'mp',
        needs: { short_key: filled(40035) },
        answer: (_, asked) => {
          const found = shortened.get(asked.short_key as string);
          if (!found || found.create_time + found.expire_seconds <= wechat.seconds()) throw new ApiRefusal(40035);
          return { ...OK, ...found };
        },
      },
      '/wxa/genwxashortlink': mini({
        needs: { page_url: filled(40035) },
        answer: (account) => ({ ...OK, link: `#小程序://${account.nickName}/${token(8)}` }),
      }),
      '/wxa/generate_urllink': mini({ answer: () => ({ ...OK, url_link: `https://wxaurl.cn/${token(8)}` }) }),
      '/wxa/generatescheme': mini({ answer: () => ({ ...OK, openlink: `weixin://dl/business/?t=${token(8)}` }) }),
      '/wxa/getwxacode': mini({ needs: { path: filled(40159) }, answer: picture }),
      '/cgi-bin/wxaapp/createwxaqrcode': mini({ needs: { path: filled(40159) }, answer: picture }),
      '/wxa/getwxacodeunlimit': mini({
        needs: { scene: filled(40169) },
        answer: (_, asked) => {
          if ((asked.scene as string).length > CODE_SCENE) throw new ApiRefusal(40169);
          return picture();
        },
      }),
    }),
    // At mp.weixin.qq.com.
    '/cgi-bin/showqrcode': {
      method: 'GET',
      token: 'none',
      answer: (_, __, { query }) => {
        if (!tickets.has(query.get('ticket') ?? '')) throw new ApiRefusal(40035);
        return picture();
      },
    },
  };
}
