/** The short form of `npm run fuzz`. A failure prints its seed; with it fast-check plays it again. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { documents, judgePush, pushes, readsAlike, requests, sendRaw } from '../support/fuzz.ts';
import { listenerWorld } from '../support/listener.ts';

it('no document crashes a reader, and both readers of the usual form agree', () => {
  let plain = 0;
  fc.assert(
    fc.property(documents, (document) => {
      if (readsAlike(document) === 'plain') plain++;
    }),
    { numRuns: 3_000 },
  );
  expect(plain).toBeGreaterThan(100);
});

it('no push is accepted that is not genuine, and every genuine one is', () => {
  let accepted = 0;
  fc.assert(
    fc.property(pushes, (push) => {
      if (judgePush(push) === 'accepted') accepted++;
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

it('whatever bytes arrive, they are answered, and nothing is accepted', async () => {
  const world = await listenerWorld();
  const port = Number(new URL(world.url).port);
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 8, maxLength: 8 }), async (many) => {
      await Promise.all(many.map((bytes) => sendRaw(port, bytes)));
    }),
    { numRuns: 100 },
  );
  expect(world.activity.some(({ type }) => type === 'message' || type === 'ticket')).toBe(false);
  const { body } = await world.get('/metrics');
  expect(body).toContain('\nwxop_requests_under_way 1\n');
  expect(body).toContain('\nwxop_body_bytes 0\n');
});
