/** `wxop token component`: the component's valid access token. */
import { defineCommand } from '../../cli/command.ts';
import { MIN_TTL, expectMinTtl, printToken } from './print-token.ts';

export const command = defineCommand({
  flags: { minTtl: MIN_TTL },
  examples: ['wxop token component --min-ttl 30m'],
  risk: 'reads',
  output: 'document',
  run: async (context, { minTtl }) => {
    expectMinTtl(minTtl);
    const token = await (await context.keeper()).token({ component: true }, minTtl);
    printToken(context, token, minTtl, { componentAppId: context.settings.need('componentAppId').componentAppId });
  },
});
