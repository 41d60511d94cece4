/** What accounts uploaded. */
import { randomBytes } from 'node:crypto';
import type { WechatState } from '../wechat-state.ts';

/** Seconds that a temporary medium is kept. */
const KEPT = 3 * 24 * 3600;

export interface Medium {
  type: string;
  mediaType: string;
  fileName: string;
  content: Buffer;
  at: number;
  isPermanent: boolean;
  /** Of a permanent video. */
  title?: string;
  introduction?: string;
}

export type Media = ReturnType<typeof createMedia>;

export function createMedia({ seconds }: Pick<WechatState, 'seconds'>) {
  /** Appid and media_id → what was uploaded. */
  const media = new Map<string, Medium>();

  return {
    keep(appId: string, medium: Omit<Medium, 'at'>): { mediaId: string; at: number } {
      const [mediaId, at] = [randomBytes(24).toString('base64url'), seconds()];
      media.set(`${appId} ${mediaId}`, { ...medium, at });
      return { mediaId, at };
    },

    find(appId: string, mediaId: string): Medium | undefined {
      const found = media.get(`${appId} ${mediaId}`);
      return found && (found.isPermanent || found.at >= seconds() - KEPT) ? found : undefined;
    },

    remove: (appId: string, mediaId: string) => void media.delete(`${appId} ${mediaId}`),

    permanent: (appId: string): (Medium & { mediaId: string })[] =>
      [...media].flatMap(([key, medium]) => {
        const [holder, mediaId = ''] = key.split(' ');
        return holder === appId && medium.isPermanent ? [{ ...medium, mediaId }] : [];
      }),
  };
}
