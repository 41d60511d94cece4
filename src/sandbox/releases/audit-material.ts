/** What uploadmedia takes: material for the reviewer, for three days. */
import { randomBytes } from 'node:crypto';
import { ApiRefusal } from '../api-refusal.ts';

/** Seconds. */
const KEPT = 3 * 24 * 3600;
const MEGABYTE = 1024 * 1024;
const KINDS: { kind: 'image' | 'video'; suffix: RegExp; most: number }[] = [
  { kind: 'image', suffix: /\.(?:png|jpe?g|gif)$/i, most: 2 * MEGABYTE },
  { kind: 'video', suffix: /\.mp4$/i, most: 10 * MEGABYTE },
];

export type AuditMaterial = ReturnType<typeof createAuditMaterial>;

export function createAuditMaterial(seconds: () => number) {
  const kept = new Map<string, { kind: 'image' | 'video'; until: number }>();
  const keyOf = (appId: string, mediaId: string): string => `${appId} ${mediaId}`;
  return {
    /** Throws 41005, 40005 and 40006. */
    take(appId: string, file: { fileName: string; content: Buffer } | undefined): { type: string; mediaid: string } {
      if (!file || file.content.length === 0) throw new ApiRefusal(41005);
      const found = KINDS.find(({ suffix }) => suffix.test(file.fileName));
      if (!found) throw new ApiRefusal(40005);
      if (file.content.length > found.most) throw new ApiRefusal(40006);
      const mediaid = randomBytes(24).toString('base64url');
      kept.set(keyOf(appId, mediaid), { kind: found.kind, until: seconds() + KEPT });
      return { type: found.kind, mediaid };
    },
    find(appId: string, mediaId: string): { kind: 'image' | 'video' } | undefined {
      const found = kept.get(keyOf(appId, mediaId));
      return found && found.until > seconds() ? found : undefined;
    },
  };
}
