/** Names of accounts at the broker, where reading all accounts takes long. */
import { expect, it } from 'vitest';
import { createAccountNames } from '../../src/broker/account-names.ts';

it('spends at most a tenth of the time on reading the aliases again, whatever unknown names are asked for', async () => {
  let time = 0;
  let readings = 0;
  const names = createAccountNames(
    {
      // eslint-disable-next-line @typescript-eslint/require-await
      accounts: async function* () {
        readings++;
        time += 5_000;
        yield { appId: 'wx0123456789abcdef', alias: '春风' } as never;
      },
    },
    () => time,
  );
  expect(await names.resolve('春风')).toBe('wx0123456789abcdef');
  for (const until = time + 90_000; time < until; time += 500) expect(await names.resolve('unknown')).toBeUndefined();
  expect(readings).toBe(2);
});
