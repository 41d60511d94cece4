/**
 * What comes from outside is read in a time that grows with its length, not with the square of it: a million
 * characters take milliseconds where they would otherwise take minutes.
 */
import { describe, it } from 'vitest';
import { withoutTokens } from '../../src/broker/api-call.ts';
import { passiveReply } from '../../src/delivery/passive-reply.ts';
import { pageLang, browserOf } from '../../src/listener/pages/browser.ts';
import { parseErrorMessage } from '../../src/protocol/errcodes/parse-error-message.ts';
import { parseXml, takeEncrypt } from '../../src/protocol/events.ts';
import { opensAsReply } from '../../src/protocol/passive-reply.ts';
import { maskFields, maskQuery } from '../../src/protocol/secret-fields.ts';
import { createRedactor } from '../../src/sentences/redactor.ts';

const SIZE = 1024 * 1024;
const many = (part: string): string => part.repeat(SIZE / part.length);

const HOSTILE: [string, string][] = [
  ['beginnings of comments', `<xml>${many('<!--')}`],
  ['beginnings of CDATA sections', `<xml>${many('<![CDATA[')}`],
  ['both in turn', `<xml>${many('<![CDATA[<!--')}`],
  ['beginnings of declarations', `<xml>${many('<! ')}`],
  ['start tags of a reply', `<xml>${many('<MsgType>')}`],
  ['end tags of a reply', `<xml><MsgType>${many('</xml> ')}x`],
  ['blanks after a reply', `<xml><MsgType></xml>${many(' ')}x`],
  ['blanks before a CDATA section', `<xml><Encrypt>${many(' ')}</xml>`],
  ['envelopes', many('<Encrypt>')],
  ['letters', many('a')],
  ['words of a token', many('token_')],
  ['quoted names', many('"token":"')],
  ['a token', `"access_token":"${many('a')}`],
  ['escapes in a token', `"access_token":"${many('\\\\')}`],
  ['parameters', many('?token')],
  ['request ids', many(' rid: 5f34ffda-')],
  ['addresses', many('requestIP: 1.')],
];

const READERS: Record<string, (text: string) => unknown> = {
  takeEncrypt,
  parseXml,
  opensAsReply: (text) =>
    opensAsReply(`<Encrypt>AAAA</Encrypt>${text}`, { token: 'a', receiver: 'b', encodingAesKeys: [] }),
  passiveReply: (text) =>
    passiveReply(text, { componentAppId: 'wx', messageToken: 'a', encodingAesKeys: [], aesKey: 'A'.repeat(43) }, 0),
  maskFields,
  maskQuery,
  parseErrorMessage: (text) => parseErrorMessage(text, () => true),
  pageLang,
  browserOf,
  redact: createRedactor().redact,
  withoutTokens: (text) => withoutTokens(text, ['xyz']),
};

describe.each(Object.entries(READERS))('%s reads in linear time', (_, read) => {
  it.each(HOSTILE)(
    'a million characters of %s',
    (_name, text) => {
      try {
        read(text);
      } catch {
        // Refused is read, too.
      }
    },
    10_000,
  );
});
