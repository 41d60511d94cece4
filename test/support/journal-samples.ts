/** What a journal is given: a push that came in, and the end of its way to a target. */
import type { Delivery, JournalEntry } from '../../src/delivery/journal.ts';

export const APPID = 'wx0123456789abcdef';

/** As the listener hands it over, before the journal has given it an id. */
export const pushed = (changes: Partial<JournalEntry> = {}): Omit<JournalEntry, 'id'> => ({
  receivedAt: Date.now(),
  kind: 'message',
  appId: APPID,
  type: 'text',
  createTime: 1700000000,
  query: 'timestamp=1',
  body: '<xml>cipher text</xml>',
  contentType: 'text/xml',
  owed: [],
  ...changes,
});

export const delivered = (id: string, changes: Partial<Delivery> = {}): Delivery => ({
  id,
  target: 'shop',
  url: 'http://shop.example.com/',
  state: 'done',
  tries: 1,
  at: Date.now(),
  ...changes,
});

export const idsOf = (entries: readonly { id: string }[]): string[] => entries.map(({ id }) => id);
