/** Media and material: what is uploaded comes back. */
import { randomBytes } from 'node:crypto';
import type { Account, WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { Download, string, type ApiCall, type Route } from './route.ts';

/** 素材管理. */
const MEDIA_SET = 11;
/** Seconds that a temporary medium is kept. */
const KEPT = 3 * 24 * 3600;
const LIMITS: Record<string, number> = {
  image: 10 * 1024 * 1024,
  voice: 2 * 1024 * 1024,
  video: 10 * 1024 * 1024,
  thumb: 64 * 1024,
};
const MOST_A_PAGE = 20;

interface Medium {
  type: string;
  mediaType: string;
  fileName: string;
  content: Buffer;
  at: number;
  isPermanent: boolean;
}

/** A mini program reads the pictures of its rejections with this one: 开发管理. */
const DEVELOPMENT_SET = 18;

/** `pictureOf`: the pictures that WeChat itself made for an account. */
export function mediaRoutes(
  wechat: WechatState,
  pictureOf: (appId: string, mediaId: string) => Download | undefined,
): Record<string, Route> {
  /** Appid and media_id → what was uploaded. */
  const media = new Map<string, Medium>();

  const granted = (token: string): Account => {
    const holder = wechat.holderOf(token);
    if (!holder.funcInfo.includes(MEDIA_SET)) throw new ApiRefusal(61007);
    return holder;
  };

  function take(call: ApiCall, token: string, isPermanent: boolean): { mediaId: string; medium: Medium } {
    const { appId } = granted(token);
    const type = call.query.get('type') ?? '';
    const limit = LIMITS[type];
    if (limit === undefined) throw new ApiRefusal(40004);
    const file = fileIn(call, 'media');
    if (!file || file.content.length === 0 || file.content.length > limit) throw new ApiRefusal(40006);
    if (!/\.\w+$/.test(file.fileName)) throw new ApiRefusal(40005);
    const mediaId = randomBytes(24).toString('base64url');
    const medium = { ...file, type, at: wechat.seconds(), isPermanent };
    media.set(`${appId} ${mediaId}`, medium);
    return { mediaId, medium };
  }

  return {
    '/cgi-bin/media/upload': {
      method: 'POST',
      token: 'account',
      isForm: true,
      answer: (_, token, call) => {
        const { mediaId, medium } = take(call, token, false);
        return { type: medium.type, media_id: mediaId, created_at: medium.at };
      },
    },
    '/cgi-bin/media/get': {
      method: 'GET',
      token: 'account',
      answer: (_, token, { query }) => {
        const { appId } = granted(token);
        const found = media.get(`${appId} ${query.get('media_id') ?? ''}`);
        if (!found || (!found.isPermanent && found.at < wechat.seconds() - KEPT)) throw new ApiRefusal(40007);
        if (found.type === 'video') return { video_url: `http://video.example.com/${found.fileName}` };
        return new Download(found.mediaType, found.fileName, found.content);
      },
    },
    '/cgi-bin/material/add_material': {
      method: 'POST',
      token: 'account',
      isForm: true,
      answer: (_, token, call) => {
        const { mediaId, medium } = take(call, token, true);
        return { media_id: mediaId, ...(medium.type === 'image' && { url: `http://mmbiz.example.com/${mediaId}` }) };
      },
    },
    '/cgi-bin/material/get_material': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const { appId, kind, funcInfo } = wechat.holderOf(token);
        if (!funcInfo.includes(kind === 'mini' ? DEVELOPMENT_SET : MEDIA_SET)) throw new ApiRefusal(61007);
        const mediaId = string(body, 'media_id');
        const picture = pictureOf(appId, mediaId);
        if (picture) return picture;
        const found = media.get(`${appId} ${mediaId}`);
        if (!found?.isPermanent) throw new ApiRefusal(40007);
        return new Download(found.mediaType, found.fileName, found.content);
      },
    },
    '/cgi-bin/material/batchget_material': {
      method: 'POST',
      token: 'account',
      answer: (body, token) => {
        const { appId } = granted(token);
        const [offset, count] = [Number(body.offset), Number(body.count)];
        if (!Number.isInteger(offset) || !Number.isInteger(count) || count > MOST_A_PAGE) throw new ApiRefusal(40035);
        const all = [...media].filter(
          ([key, { type, isPermanent }]) => isPermanent && key.startsWith(`${appId} `) && type === string(body, 'type'),
        );
        const page = all.slice(offset, offset + count);
        return {
          total_count: all.length,
          item_count: page.length,
          item: page.map(([key, { fileName, at }]) => ({
            media_id: key.split(' ')[1],
            name: fileName,
            update_time: at,
          })),
        };
      },
    },
  };
}

/** The file in this field of a form; undefined when there is none. */
export function fileIn(
  { body, contentType }: ApiCall,
  field: string,
): Pick<Medium, 'fileName' | 'mediaType' | 'content'> | undefined {
  const [, boundary] = /boundary="?([^";]+)/.exec(contentType) ?? [];
  if (boundary === undefined) return undefined;
  // One byte, one character: what is between the borders comes out as it went in.
  for (const part of body.toString('latin1').split(`--${boundary}`)) {
    const [, head, content] = /^\r\n([^]*?)\r\n\r\n([^]*)\r\n$/.exec(part) ?? [];
    const [, name, fileName] = /name="([^"]*)"; filename="([^"]*)"/.exec(head ?? '') ?? [];
    if (name !== field || fileName === undefined || content === undefined) continue;
    const [, mediaType = 'application/octet-stream'] = /content-type: *([^\r\n]+)/i.exec(head ?? '') ?? [];
    return {
      fileName: Buffer.from(fileName, 'latin1').toString('utf8'),
      mediaType,
      content: Buffer.from(content, 'latin1'),
    };
  }
  return undefined;
}
