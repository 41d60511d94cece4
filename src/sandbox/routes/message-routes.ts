/** 客服消息: every type that 公众号 and mini programs may send. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Account, WechatState } from '../wechat-state.ts';
import { accountRoutes, filled, among } from './account-call.ts';
import { OK, string, type Route } from './route.ts';
import type { Media } from './media.ts';

/** Any of these lets an account send. */
const SETS = [1, 6, 19, 100, 101];
const MOST_ARTICLES = 1;

interface MessageType {
  kinds: Account['kind'][];
  /** Members of the message that must be filled; 47001, or its own errcode. */
  needs: string[];
  empty?: number;
  /** Which kind of medium each of these must be. */
  media?: Record<string, string[]>;
}

const MP: Account['kind'][] = ['mp'];
const BOTH: Account['kind'][] = ['mp', 'mini'];
const TYPES: Record<string, MessageType> = {
  text: { kinds: BOTH, needs: ['content'], empty: 44004 },
  image: { kinds: BOTH, needs: [], media: { media_id: ['image'] } },
  voice: { kinds: MP, needs: [], media: { media_id: ['voice'] } },
  video: { kinds: MP, needs: [], media: { media_id: ['video'] } },
  music: { kinds: MP, needs: ['musicurl', 'hqmusicurl'], media: { thumb_media_id: ['thumb', 'image'] } },
  news: { kinds: MP, needs: ['articles'] },
  mpnews: { kinds: MP, needs: ['media_id'], empty: 40007 },
  mpnewsarticle: { kinds: MP, needs: ['article_id'] },
  msgmenu: { kinds: MP, needs: ['list'] },
  wxcard: { kinds: MP, needs: ['card_id'] },
  link: { kinds: ['mini'], needs: ['title', 'description', 'url', 'thumb_url'] },
  miniprogrampage: { kinds: BOTH, needs: ['pagepath'], media: { thumb_media_id: ['thumb', 'image'] } },
};

export function messageRoutes(wechat: WechatState, media: Media): Record<string, Route> {
  function checkMessage(account: Account, msgtype: string, message: Json): void {
    const type = TYPES[msgtype];
    if (!type?.kinds.includes(account.kind)) throw new ApiRefusal(40008);
    for (const name of type.needs) {
      const value = message[name];
      if (value === undefined || value === '') throw new ApiRefusal(type.empty ?? 47001);
    }
    for (const [name, types] of Object.entries(type.media ?? {})) {
      const found = media.find(account.appId, string(message, name));
      if (!found || !types.includes(found.type)) throw new ApiRefusal(40007);
    }
    if (msgtype === 'news') checkArticles(message.articles);
    if (msgtype === 'miniprogrampage' && account.kind === 'mp' && !/^wx[0-9a-f]{16}$/.test(string(message, 'appid'))) {
      throw new ApiRefusal(40166);
    }
  }

  return accountRoutes(wechat, {
    '/cgi-bin/message/custom/send': {
      answer: (account, asked) => {
        if (!SETS.some((id) => account.funcInfo.includes(id))) throw new ApiRefusal(48001);
        const [openId, msgtype] = [string(asked, 'touser'), string(asked, 'msgtype')];
        if (!/^[\w-]+$/.test(openId)) throw new ApiRefusal(40003);
        const message = isObject(asked[msgtype]) ? asked[msgtype] : {};
        checkMessage(account, msgtype, message);
        const content = msgtype === 'text' ? string(message, 'content') : JSON.stringify(message);
        wechat.sendCustom(account, { openId, msgtype, content });
        return OK;
      },
    },
    '/cgi-bin/message/custom/typing': {
      sets: SETS,
      needs: { touser: filled(40003), command: among(['Typing', 'CancelTyping'], 45072) },
      answer: (account, { touser }) => {
        wechat.openWindow(account.appId, touser as string);
        return OK;
      },
    },
  });
}

function checkArticles(articles: unknown): void {
  if (!Array.isArray(articles) || articles.length === 0) throw new ApiRefusal(44003);
  if (articles.length > MOST_ARTICLES) throw new ApiRefusal(45008);
}
