/** The kind of account that has a menu. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

/** Throws USAGE for a mini program, before anything is asked of WeChat; what is not known may have a menu. */
export async function expectMenuAccount(context: Context, appId: string): Promise<void> {
  const record = await (await context.store()).read(`account/${appId}`);
  if (record?.value.kind !== 'mini') return;
  throw new WxopError(
    'USAGE',
    text(`${appId} is a mini program: mini programs have no menu.`, `${appId} 是小程序：小程序没有自定义菜单。`),
    {
      hint: text(
        'Name an official account: `wxop accounts list --kind mp`.',
        '请指定公众号：`wxop accounts list --kind mp`。',
      ),
    },
  );
}
