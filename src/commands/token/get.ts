/** `wxop token get`: an account's valid access token. */
import { defineCommand } from '../../cli/command.ts';
import { ACCOUNT } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';
import { MIN_TTL, expectMinTtl, printToken } from './print-token.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: { minTtl: MIN_TTL },
  examples: [
    'wxop token get wx0123456789abcdef',
    'wxop token get 春风茶馆',
    'TOKEN=$(wxop token get wx0123456789abcdef --min-ttl 30m)',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, minTtl }) => {
    expectMinTtl(minTtl);
    const appId = await resolveAccount(context, account);
    const token = await (await context.keeper()).token({ account: appId }, minTtl);
    printToken(context, token, minTtl, { appId });
  },
});
