/** What another library stored: read once to import it, and never written. */
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { TicketRecord } from '../store/store.ts';

/** A refresh token that was found, or why an item could not be read. */
export type SourceEntry = { appId: string; refreshToken: string } | { appId: string; error: WxopError };

export interface Source {
  readonly library: Text;
  /** For messages, without user and password. */
  readonly place: string;
  /** For an operator who finds nothing: which names were looked for, and where there are such names. */
  lookedFor?(): Promise<Text>;
  /** Undefined when there is none. Throws STORE_UNREADABLE when it cannot be read. */
  ticket(): Promise<TicketRecord | undefined>;
  accounts(): AsyncIterable<SourceEntry>;
}

/** An item that is there, but not as that library writes it. */
export function unreadableItem(where: string): WxopError {
  return new WxopError(
    'STORE_UNREADABLE',
    text(`${where} is not as its library writes it.`, `${where} 的内容与其程序库的格式不符。`),
    {
      hint: text(
        'It was left as it is. For this one: `wxop accounts sync`.',
        '未作改动。该项请用 `wxop accounts sync`。',
      ),
    },
  );
}

/** A ticket of another program: any ticket pushed here replaces it. */
export const foreignTicket = (ticket: string, receivedAt: number | undefined): TicketRecord => ({
  ticket,
  createTime: 0,
  receivedAt,
});

/** Printable, without spaces: what tickets and refresh tokens are made of. */
export const isCredential = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x21-\x7e]{1,1024}$/.test(value);
