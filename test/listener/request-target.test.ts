import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAmbiguous, readQuery } from '../../src/listener/http/request-target.ts';

const NAMES = ['timestamp', 'nonce', 'msg_signature', 'stamp', 'a', ''];
const WeChat = fc.constantFrom(...NAMES, '1700000000', 'x-y_z', '&', '&&', '=', '%20', '%', '+', 'é', '~*.', '#', '[]');

it('reads a query as URLSearchParams does, but for a plus, which is no space', () => {
  fc.assert(
    fc.property(fc.array(WeChat, { maxLength: 12 }), (parts) => {
      const written = parts.join('');
      const query = readQuery(written);
      const wanted = new URLSearchParams(written.replaceAll('+', '%2B'));
      for (const name of NAMES) {
        expect(query.get(name)).toBe(wanted.get(name));
        expect(query.getAll(name)).toEqual(wanted.getAll(name));
        expect(query.has(name)).toBe(wanted.has(name));
      }
    }),
    { numRuns: 2_000 },
  );
});

it('finds what stands twice in a query, wherever it stands', () => {
  expect(isAmbiguous(readQuery('timestamp=1&nonce=2&msg_signature=3&openid=4&openid=5'))).toBe(false);
  expect(isAmbiguous(readQuery('nonce=2&timestamp=1&msg_signature=3&nonce=2'))).toBe(true);
  expect(isAmbiguous(readQuery('nonce=2&nonce=&timestamp=1'))).toBe(true);
  expect(isAmbiguous(readQuery('nonce=2&n%6fnce=2'))).toBe(true);
});
