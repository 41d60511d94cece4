/** Who follows an account: every well-formed openid does, but those that end in `-left`. */
import { createHash } from 'node:crypto';

const FOLLOWERS = 250;

export type Followers = ReturnType<typeof createFollowers>;

export function createFollowers() {
  /** Appid and openid → ids of tags, the newest last. */
  const tagged = new Map<string, number[]>();

  return {
    /** Those that user/get lists. */
    listed: (appId: string): string[] => Array.from({ length: FOLLOWERS }, (_, index) => openIdOf(`${appId} ${index}`)),

    isFollower: (openId: string): boolean => !openId.endsWith('-left'),

    /** Those that the openid names, `oAnybody-tag2`, and those that were given. */
    tagsOf(appId: string, openId: string): number[] {
      const named = /-tag(\d+)/.exec(openId)?.[1];
      return [...(named === undefined ? [] : [Number(named)]), ...(tagged.get(`${appId} ${openId}`) ?? [])];
    },

    setTags: (appId: string, openId: string, tags: number[]) => void tagged.set(`${appId} ${openId}`, tags),

    withTag: (appId: string, tag: number): string[] =>
      [...tagged].flatMap(([key, tags]) => {
        const [holder, openId = ''] = key.split(' ');
        return holder === appId && tags.includes(tag) ? [openId] : [];
      }),
  };
}

/** The same one for the same name. */
export const openIdOf = (name: string): string =>
  `o${createHash('sha256').update(name).digest('base64url').slice(0, 27)}`;

export const unionIdOf = (openId: string): string => `u${openIdOf(`union ${openId}`)}`.slice(0, 28);
