/** What the explanations of error numbers tell people to type. */
import { expect, test } from 'vitest';
import { ERRCODES } from '../../src/protocol/errcodes/errcodes.ts';
import { CALLBACK_CRYPTO } from '../../src/protocol/errcodes/callback-crypto.ts';
import { CONSENT_PAGE } from '../../src/protocol/errcodes/consent-page.ts';
import { NUMBERLESS } from '../../src/protocol/errcodes/numberless.ts';
import { runWxop } from '../support/world.ts';

test('every command that a sentence names exists, with its flags', async () => {
  const sentences = [ERRCODES, CONSENT_PAGE, CALLBACK_CRYPTO]
    .flatMap((table) => Object.values(table))
    .concat(NUMBERLESS.map(([, , known]) => known))
    .flatMap(({ cause, next }) => [cause, next]);
  const named = sentences.flatMap(({ en, zh }) =>
    [...`${en} ${zh}`.matchAll(/`(wxop [^`]+)`/g)].map(([, line]) => line),
  );
  expect(new Set(named).size).toBeGreaterThan(8);
  for (const line of new Set(named)) {
    const words = line!.split(' ').slice(1);
    const verbs = words.filter((word) => /^[a-z][a-z-]+$/.test(word)).slice(0, 3);
    const { code, stdout } = await runWxop([...verbs, '--help']);
    expect(code, line).toBe(0);
    expect(stdout, line).toContain(`Usage: wxop ${verbs[0]}`);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(stdout, line).toContain(flag);
  }
});
