/**
 * Taking over from wego's file storage, one component per folder.
 * Source: storage/file.go and storage/interface.go: `authorizer_tokens/<appid>.json` with `authorizer_appid` and
 * `authorizer_refresh_token`, `component_verify_ticket.json` with `ticket` and `created_at` (RFC 3339).
 */
import { join } from 'node:path';
import { isError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { expectFolder, fileNames, readObject } from './source-folder.ts';
import { foreignTicket, isCredential, unreadableItem, type Source, type SourceEntry } from './source.ts';

const TICKET = 'component_verify_ticket.json';
const TOKEN = /^([A-Za-z0-9_-]+)\.json$/;

export async function openWegoSource(folder: string): Promise<Source> {
  await expectFolder(folder);
  const directory = join(folder, 'authorizer_tokens');

  async function entry(name: string, appId: string): Promise<SourceEntry | undefined> {
    try {
      const found = await readObject(directory, name);
      if (!found) return undefined;
      const { authorizer_appid: named = '', authorizer_refresh_token: refreshToken } = found;
      // A file that was copied under another account's name would give that account a foreign token.
      if ((named !== '' && named !== appId) || !isCredential(refreshToken)) throw unreadableItem(join(directory, name));
      return { appId, refreshToken };
    } catch (error) {
      if (!isError(error, 'STORE_UNREADABLE')) throw error;
      return { appId, error };
    }
  }

  return {
    library: text('wego', 'wego'),
    place: folder,
    ticket: async () => {
      const found = await readObject(folder, TICKET);
      if (!found) return undefined;
      if (!isCredential(found.ticket)) throw unreadableItem(join(folder, TICKET));
      const createdAt = Date.parse(String(found.created_at));
      return foreignTicket(found.ticket, createdAt > 0 ? createdAt : undefined);
    },
    accounts: async function* () {
      for (const name of await fileNames(directory)) {
        const appId = TOKEN.exec(name)?.[1];
        const found = appId === undefined ? undefined : await entry(name, appId);
        if (found) yield found;
      }
    },
  };
}
