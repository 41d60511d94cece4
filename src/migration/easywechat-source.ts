/**
 * Taking over the ticket from node-easywechat's cache files; refresh tokens it keeps none.
 * Source: FileCache (`<key>.cache`, in earlier versions with `node-easywechat.file_cache.` before it: JSON with `data`
 * and `lifeTime`, its end in unix seconds, 0 for none) and VerifyTicket (`open_platform.verify_ticket.<component>`,
 * kept 6000 s; in version 2 with `easywechat.` before it).
 */
import { join } from 'node:path';
import { text } from '../sentences/text.ts';
import { expectFolder, fileNames, readObject } from './source-folder.ts';
import { foreignTicket, isCredential, unreadableItem, type Source } from './source.ts';

const KEPT_SECONDS = 6000;

export async function openEasyWeChatSource(folder: string, componentAppId: string): Promise<Source> {
  await expectFolder(folder);

  async function ticketIn(name: string) {
    const { data, lifeTime } = (await readObject(folder, name)) ?? {};
    if (!isCredential(data)) throw unreadableItem(join(folder, name));
    const end = Number(lifeTime);
    return foreignTicket(data, end > KEPT_SECONDS ? (end - KEPT_SECONDS) * 1000 : undefined);
  }

  return {
    library: text('node-easywechat', 'node-easywechat'),
    place: folder,
    keepsAccounts: false,
    ticket: async () => {
      const ending = `open_platform.verify_ticket.${componentAppId}.cache`;
      const names = (await fileNames(folder)).filter((name) => name.endsWith(ending));
      const tickets = await Promise.all(names.map(ticketIn));
      return tickets.sort((a, b) => (b.receivedAt ?? 0) - (a.receivedAt ?? 0))[0];
    },
    accounts: async function* () {},
  };
}
