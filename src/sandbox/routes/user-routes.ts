/** 用户管理: who they are, their remarks, tags and the blacklist. */
import type { Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { WechatState } from '../wechat-state.ts';
import { accountRoutes, check, list, object, openId, type AccountCall } from './account-call.ts';
import { unionIdOf, type Followers } from './followers.ts';
import { OK, type Route } from './route.ts';

const SETS = [2];
/** Fewer than WeChat's 10,000, so that a few followers fill several pages. */
const A_PAGE = 100;
const [MOST_ASKED, MOST_TAGGED, MOST_BLACK] = [100, 50, 20];
const [MOST_TAGS, MOST_TAGS_EACH, TAG_BYTES, REMARK_LETTERS] = [100, 20, 30, 30];
/** 星标组; the numbers up to it are WeChat's own. */
const STARRED = 2;
const FIRST_TAG = 100;

export function userRoutes(wechat: WechatState, followers: Followers): Record<string, Route> {
  const remarks = new Map<string, string>();
  const blacklists = new Map<string, Set<string>>();
  const tags = new Map<string, Map<number, string>>();

  const tagsOf = (appId: string): Map<number, string> => {
    const known = tags.get(appId) ?? new Map([[STARRED, '星标组']]);
    tags.set(appId, known);
    return known;
  };
  const blacklistOf = (appId: string): Set<string> => {
    const known = blacklists.get(appId) ?? new Set<string>();
    blacklists.set(appId, known);
    return known;
  };

  function describe(appId: string, openid: string): Json {
    if (!followers.isFollower(openid)) return { subscribe: 0, openid, tagid_list: [] };
    const tagid_list = followers.tagsOf(appId, openid);
    return {
      subscribe: 1,
      openid,
      language: 'zh_CN',
      subscribe_time: wechat.seconds() - 24 * 3600,
      unionid: unionIdOf(openid),
      remark: remarks.get(`${appId} ${openid}`) ?? '',
      groupid: tagid_list.at(-1) ?? 0,
      tagid_list,
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene: 0,
      qr_scene_str: '',
    };
  }

  function pageOf(all: string[], after: unknown): { page: string[]; next: string } {
    const start = typeof after === 'string' ? after : '';
    if (start !== '' && !all.includes(start)) throw new ApiRefusal(40003);
    const page = all.slice(all.indexOf(start) + 1).slice(0, A_PAGE);
    return { page, next: page.at(-1) ?? '' };
  }

  function tagName(appId: string, asked: Json): string {
    const { name } = asked.tag as Json;
    if (typeof name !== 'string' || name === '') throw new ApiRefusal(47001);
    if (Buffer.byteLength(name) > TAG_BYTES) throw new ApiRefusal(45158);
    if ([...tagsOf(appId).values()].includes(name)) throw new ApiRefusal(45157);
    return name;
  }

  function known(appId: string, id: unknown): number {
    if (!tagsOf(appId).has(Number(id))) throw new ApiRefusal(45159);
    return Number(id);
  }

  function ownTag(appId: string, asked: Json): number {
    const { id } = asked.tag as Json;
    if (Number(id) <= STARRED) throw new ApiRefusal(45058);
    return known(appId, id);
  }

  const tagging = (change: (tags: number[], tag: number) => number[]): AccountCall => ({
    needs: { openid_list: list(MOST_TAGGED, 40032) },
    answer: ({ appId }, asked) => {
      const tag = known(appId, asked.tagid);
      const openIds = asked.openid_list as string[];
      for (const openid of openIds) check({ openid }, { openid: openId });
      const changed = openIds.map((id) => [id, change(followers.tagsOf(appId, id), tag)] as const);
      if (changed.some(([, { length }]) => length > MOST_TAGS_EACH)) throw new ApiRefusal(45059);
      for (const [id, ids] of changed) followers.setTags(appId, id, ids);
      return OK;
    },
  });

  const blacklisting = (change: (blacklist: Set<string>, openid: string) => void): AccountCall => ({
    needs: { openid_list: list(MOST_BLACK, 40032) },
    answer: ({ appId }, asked) => {
      const openIds = asked.openid_list as string[];
      for (const openid of openIds) check({ openid }, { openid: openId });
      for (const openid of openIds) change(blacklistOf(appId), openid);
      return OK;
    },
  });

  const calls: Record<string, AccountCall> = {
    '/cgi-bin/user/get': {
      method: 'GET',
      answer: ({ appId }, { next_openid }) => {
        const all = followers.listed(appId);
        const { page, next } = pageOf(all, next_openid);
        return {
          total: all.length,
          count: page.length,
          ...(page.length > 0 && { data: { openid: page } }),
          next_openid: next,
        };
      },
    },
    '/cgi-bin/user/info': {
      method: 'GET',
      needs: { openid: openId },
      answer: ({ appId }, { openid }) => describe(appId, openid as string),
    },
    '/cgi-bin/user/info/batchget': {
      needs: { user_list: list(MOST_ASKED, 40032) },
      answer: ({ appId }, asked) => ({
        user_info_list: (asked.user_list as Json[]).map((user) => {
          check(user, { openid: openId });
          return describe(appId, user.openid as string);
        }),
      }),
    },
    '/cgi-bin/user/info/updateremark': {
      needs: { openid: openId },
      answer: ({ appId }, { openid, remark }) => {
        if (typeof remark !== 'string' || remark.length >= REMARK_LETTERS) throw new ApiRefusal(40035);
        remarks.set(`${appId} ${openid as string}`, remark);
        return OK;
      },
    },
    '/cgi-bin/user/tag/get': {
      answer: ({ appId }, { tagid, next_openid }) => {
        const { page, next } = pageOf(followers.withTag(appId, known(appId, tagid)), next_openid);
        return { count: page.length, ...(page.length > 0 && { data: { openid: page } }), next_openid: next };
      },
    },
    '/cgi-bin/tags/get': {
      method: 'GET',
      answer: ({ appId }) => ({
        tags: [...tagsOf(appId)].map(([id, name]) => ({ id, name, count: followers.withTag(appId, id).length })),
      }),
    },
    '/cgi-bin/tags/create': {
      needs: { tag: object() },
      answer: ({ appId }, asked) => {
        const name = tagName(appId, asked);
        const own = tagsOf(appId);
        if (own.size >= MOST_TAGS) throw new ApiRefusal(45056);
        const id = Math.max(FIRST_TAG - 1, ...own.keys()) + 1;
        own.set(id, name);
        return { tag: { id, name } };
      },
    },
    '/cgi-bin/tags/update': {
      needs: { tag: object() },
      answer: ({ appId }, asked) => {
        const id = ownTag(appId, asked);
        tagsOf(appId).set(id, tagName(appId, asked));
        return OK;
      },
    },
    '/cgi-bin/tags/delete': {
      needs: { tag: object() },
      answer: ({ appId }, asked) => {
        const id = ownTag(appId, asked);
        tagsOf(appId).delete(id);
        for (const openid of followers.withTag(appId, id)) {
          followers.setTags(appId, openid, without(followers.tagsOf(appId, openid), id));
        }
        return OK;
      },
    },
    '/cgi-bin/tags/getidlist': {
      needs: { openid: openId },
      answer: ({ appId }, { openid }) => ({ tagid_list: followers.tagsOf(appId, openid as string) }),
    },
    '/cgi-bin/tags/members/batchtagging': tagging((ids, tag) => [...without(ids, tag), tag]),
    '/cgi-bin/tags/members/batchuntagging': tagging(without),
    '/cgi-bin/tags/members/getblacklist': {
      answer: ({ appId }, { begin_openid }) => {
        const all = [...blacklistOf(appId)];
        const { page, next } = pageOf(all, begin_openid);
        return {
          total: all.length,
          count: page.length,
          ...(page.length > 0 && { data: { openid: page } }),
          next_openid: next,
        };
      },
    },
    '/cgi-bin/tags/members/batchblacklist': blacklisting((blacklist, openid) => blacklist.add(openid)),
    '/cgi-bin/tags/members/batchunblacklist': blacklisting((blacklist, openid) => blacklist.delete(openid)),
  };
  return accountRoutes(
    wechat,
    Object.fromEntries(Object.entries(calls).map(([path, one]) => [path, { kind: 'mp', sets: SETS, ...one }])),
  );
}

const without = (ids: number[], id: number): number[] => ids.filter((one) => one !== id);
