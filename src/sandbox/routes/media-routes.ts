/** Media and material: what is uploaded comes back. */
import type { Account, WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Media, Medium } from './media.ts';
import { Download, OK, string, type ApiCall, type CallBody, type Route } from './route.ts';

/** 素材管理. */
const MEDIA_SET = 11;
const LIMITS: Record<string, number> = {
  image: 10 * 1024 * 1024,
  voice: 2 * 1024 * 1024,
  video: 10 * 1024 * 1024,
  thumb: 64 * 1024,
};
const MOST_A_PAGE = 20;

/** A mini program reads the pictures of its rejections with this one: 开发管理. */
const DEVELOPMENT_SET = 18;
/** And sends pictures to its customers with this one: 客服消息. */
const CUSTOMER_SET = 19;
const ARTICLE_PICTURE = 1024 * 1024;
/** media/upload's and material's names of types, in the counts. */
const COUNTED = ['voice', 'video', 'image', 'news'];

/** `pictureOf`: the pictures that WeChat itself made for an account. */
export function mediaRoutes(
  wechat: WechatState,
  media: Media,
  pictureOf: (appId: string, mediaId: string) => Download | undefined,
): Record<string, Route> {
  const granted = (token: string, miniSet?: number): Account => {
    const holder = wechat.holderOf(token);
    const set = holder.kind === 'mini' && miniSet !== undefined ? miniSet : MEDIA_SET;
    if (!holder.funcInfo.includes(set)) throw new ApiRefusal(61007);
    return holder;
  };

  function fileOf(call: ApiCall, limit: number): Pick<Medium, 'fileName' | 'mediaType' | 'content'> {
    const file = fileIn(call, 'media');
    if (!file) throw new ApiRefusal(41005);
    if (file.content.length === 0 || file.content.length > limit) throw new ApiRefusal(40006);
    if (!/\.\w+$/.test(file.fileName)) throw new ApiRefusal(40005);
    return file;
  }

  function take(call: ApiCall, { appId }: Account, isPermanent: boolean) {
    const type = call.query.get('type') ?? '';
    const limit = LIMITS[type];
    if (limit === undefined) throw new ApiRefusal(40004);
    const file = fileOf(call, limit);
    const described = isPermanent && type === 'video' ? description(call) : {};
    return { type, ...media.keep(appId, { ...file, ...described, type, isPermanent }) };
  }

  const form = (answer: (call: ApiCall, token: string) => object): Route => ({
    method: 'POST',
    token: 'account',
    isForm: true,
    answer: (_, token, call) => answer(call, token),
  });
  const post = (answer: (body: CallBody, token: string) => object): Route => ({
    method: 'POST',
    token: 'account',
    answer,
  });
  const get = (answer: (query: URLSearchParams, token: string) => object): Route => ({
    method: 'GET',
    token: 'account',
    answer: (_, token, { query }) => answer(query, token),
  });
  const asDownload = ({ mediaType, fileName, content }: Medium): Download => new Download(mediaType, fileName, content);

  return {
    '/cgi-bin/media/upload': form((call, token) => {
      const { type, mediaId, at } = take(call, granted(token, CUSTOMER_SET), false);
      return { type, [type === 'thumb' ? 'thumb_media_id' : 'media_id']: mediaId, created_at: at };
    }),
    '/cgi-bin/media/get': get((query, token) => {
      const found = media.find(granted(token, CUSTOMER_SET).appId, query.get('media_id') ?? '');
      if (!found) throw new ApiRefusal(40007);
      return found.type === 'video' ? { video_url: videoUrl(found) } : asDownload(found);
    }),
    // For the pictures inside articles; they take no place among the material.
    '/cgi-bin/media/uploadimg': form((call, token) => {
      granted(token);
      return { url: pictureUrl(fileOf(call, ARTICLE_PICTURE).fileName) };
    }),
    '/cgi-bin/material/add_material': form((call, token) => {
      const { type, mediaId } = take(call, granted(token), true);
      return { media_id: mediaId, ...(type === 'image' && { url: pictureUrl(mediaId) }) };
    }),
    '/cgi-bin/material/get_material': post((body, token) => {
      const { appId } = granted(token, DEVELOPMENT_SET);
      const mediaId = string(body, 'media_id');
      const picture = pictureOf(appId, mediaId);
      if (picture) return picture;
      const found = media.find(appId, mediaId);
      if (!found?.isPermanent) throw new ApiRefusal(40007);
      if (found.type !== 'video') return asDownload(found);
      return { title: found.title ?? '', description: found.introduction ?? '', down_url: videoUrl(found) };
    }),
    '/cgi-bin/material/del_material': post((body, token) => {
      const { appId } = granted(token);
      const mediaId = string(body, 'media_id');
      if (!media.find(appId, mediaId)?.isPermanent) throw new ApiRefusal(40007);
      media.remove(appId, mediaId);
      return OK;
    }),
    '/cgi-bin/material/get_materialcount': get((_, token) => {
      const own = media.permanent(granted(token).appId);
      return Object.fromEntries(
        COUNTED.map((type) => [`${type}_count`, own.filter((medium) => medium.type === type).length]),
      );
    }),
    '/cgi-bin/material/batchget_material': post((body, token) => {
      const { appId } = granted(token);
      const [offset, count] = [Number(body.offset), Number(body.count)];
      if (!Number.isInteger(offset) || !Number.isInteger(count) || count > MOST_A_PAGE) throw new ApiRefusal(40035);
      if (!COUNTED.includes(string(body, 'type'))) throw new ApiRefusal(40004);
      const all = media.permanent(appId).filter(({ type }) => type === body.type);
      const page = all.slice(offset, offset + count);
      return {
        total_count: all.length,
        item_count: page.length,
        item: page.map(({ mediaId, fileName, at, type }) => ({
          media_id: mediaId,
          name: fileName,
          update_time: at,
          ...(type === 'image' && { url: pictureUrl(mediaId) }),
        })),
      };
    }),
  };
}

const pictureUrl = (name: string): string => `http://mmbiz.example.com/${encodeURIComponent(name)}`;
const videoUrl = ({ fileName }: Medium): string => `http://video.example.com/${encodeURIComponent(fileName)}`;

/** What a video says of itself, in a field beside its file. */
function description(call: ApiCall): Pick<Medium, 'title' | 'introduction'> {
  const [, field] = /name="?description"?[^]*?\r\n\r\n([^]*?)\r\n--/.exec(call.body.toString('utf8')) ?? [];
  // Some SDKs put it into the query.
  const text = field ?? call.query.get('description') ?? '{}';
  try {
    const { title, introduction } = JSON.parse(text) as Record<string, string>;
    return { title, introduction };
  } catch {
    throw new ApiRefusal(47001);
  }
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
