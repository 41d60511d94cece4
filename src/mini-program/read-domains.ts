/** Which domains a mini program reaches, and where each is set. Only reads. */
import {
  getEffectiveServerDomains,
  getEffectiveWebViewDomains,
  type DomainSources,
  type ServerDomains,
} from '../protocol/calls/mini-program/domain-endpoints.ts';
import { isError } from '../sentences/wxop-error.ts';
import type { HolderCall } from '../wechat-api/call.ts';

/** Null for a personal mini program, which has no web views. */
type AllDomains = ServerDomains & { webView: string[] | null };

export type ReadDomains = DomainSources<AllDomains>;

const PERSONAL = 89231;

export async function readDomains(call: HolderCall): Promise<ReadDomains> {
  const server = await call(getEffectiveServerDomains, undefined);
  const webView = await call(getEffectiveWebViewDomains, undefined).catch((error: unknown) => {
    if (isError(error, 'PLATFORM_REFUSED', PERSONAL)) return undefined;
    throw error;
  });
  const both = (from: keyof ReadDomains): AllDomains => ({ ...server[from], webView: webView?.[from] ?? null });
  return {
    console: both('console'),
    component: both('component'),
    direct: both('direct'),
    effective: both('effective'),
  };
}
