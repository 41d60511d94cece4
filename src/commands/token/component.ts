/** `wxop token component`: the component's valid access token. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { FORCE, forceToken } from './force-token.ts';
import { MIN_TTL, expectMinTtl, printToken } from './print-token.ts';

const QUESTION = text(
  'Replace the component_access_token? Programs that hold the old one must fetch the new one.',
  '更换 component_access_token？持有旧令牌的程序须重新获取。',
);

export const command = defineCommand({
  flags: {
    minTtl: MIN_TTL,
    fresh: parameter('--fresh', text('a new one, even if the stored one is valid', '换取新的，即使现有的仍有效')),
    force: FORCE,
  },
  examples: ['wxop token component --min-ttl 30m', 'wxop token component --fresh'],
  risk: 'production',
  output: 'document',
  prepare: (context, { minTtl, fresh, force = false }) => {
    expectMinTtl(minTtl);
    if (force && !fresh) throw forceWhat();
    return {
      ...(fresh && { question: QUESTION }),
      run: async () => {
        const token = fresh
          ? await forceToken(context, force, { component: true })
          : await (await context.keeper()).token({ component: true }, minTtl);
        printToken(context, token, minTtl, { componentAppId: context.settings.need('componentAppId').componentAppId });
      },
    };
  },
});

const forceWhat = (): WxopError =>
  new WxopError('USAGE', text('--force goes with --fresh.', '--force 须与 --fresh 一起使用。'), {
    hint: text(
      'Without --fresh nothing is forced: a stored token is printed while it lives.',
      '不加 --fresh 时不会强制换取：存储中的令牌有效期内直接输出。',
    ),
  });
