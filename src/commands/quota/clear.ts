/** `wxop quota clear`: sets today's used calls back to zero. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { clearBySecret, clearByToken, clearPath, withSlash } from '../../protocol/calls/quota-endpoints.ts';
import { en, text, zh, type Hole } from '../../sentences/text.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import type { Holder } from '../../wechat-api/call.ts';
import { confirm } from '../confirm.ts';
import { YES } from '../flags.ts';
import { resolveHolder } from '../resolve-holder.ts';

export const command = defineCommand({
  arguments: { account: parameter('[account]', text('the account whose quota is cleared', '要清零的帐号')) },
  flags: {
    component: parameter('--component', text("the component's own quota", '第三方平台自身的额度')),
    path: parameter('--path <path>', text('one API only', '仅清零某个接口')),
    yes: YES,
  },
  examples: [
    'wxop quota clear --component',
    'wxop quota clear wx0123456789abcdef --yes',
    'wxop quota clear wx0123456789abcdef --path /cgi-bin/menu/create',
  ],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, component, path, yes }) => {
    if ((account === undefined) === !component) throw eitherAccountOrComponent();
    const holder = await resolveHolder(context, account ?? 'component');
    await clearQuota(context, { holder, path: path === undefined ? undefined : withSlash(path), yes });
  },
});

const eitherAccountOrComponent = (): WxopError =>
  new WxopError('USAGE', text('Name one account, or use --component.', '请指定一个帐号，或使用 --component。'), {
    hint: text('All callers share ten clears a month.', '每月 10 次清零由所有调用方共用。'),
  });

interface Clearing {
  holder: Holder;
  /** One API only. */
  path?: string;
  yes?: true;
}

/** By the AppSecret where it is known: that takes no token, so it works even when no token can be had any more. */
async function clearQuota(context: Context, { holder, path, yes }: Clearing): Promise<void> {
  const { terminal } = context;
  const { componentAppId } = context.settings.need('componentAppId');
  const appId = 'component' in holder ? componentAppId : holder.account;
  const what: Hole = path === undefined ? appId : text(`${path} of ${appId}`, `${appId} 的 ${path}`);
  const question = text(
    en`Use one of this month's ten clears for ${what}?`,
    zh`使用每月 10 次清零之一，为 ${what} 清零？`,
  );
  if (!(await confirm(context, { yes }, question))) return;
  const keeper = await context.keeper();
  if (path !== undefined) await keeper.call(holder, clearPath, { path });
  else if (!(await clearWithSecret(context, componentAppId, holder))) {
    await keeper.call(holder, clearByToken, { appId });
  }
  const cleared = 'component' in holder ? 'component' : appId;
  if (terminal.json) terminal.printJson({ cleared, path: path ?? null });
  else terminal.note(text(en`Cleared: all calls of ${what} are available again.`, zh`${what} 的已用额度已清零。`));
}

/** False where there is no AppSecret, or where WeChat does not know this form. */
async function clearWithSecret(context: Context, componentAppId: string, holder: Holder): Promise<boolean> {
  const secret = context.settings.find('componentAppSecret');
  if (secret === undefined) return false;
  const send = await context.wechat.send();
  try {
    await send(clearBySecret, { componentAppId, secret, ...('account' in holder && { appId: holder.account }) });
    return true;
  } catch (error) {
    if (isError(error, 'PLATFORM_REFUSED', 40066)) return false;
    throw error;
  }
}
