/** Clearing a quota: the form that fits, after a question, for there are ten a month. */
import type { Context } from '../../cli/context.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Holder } from '../../wechat-api/call.ts';
import { clearBySecret, clearByToken, clearPath } from '../../protocol/calls/quota-endpoints.ts';
import { confirm } from '../confirm.ts';

export interface Clearing {
  holder: Holder;
  /** One API only. */
  path?: string;
  yes?: boolean;
}

/** By the AppSecret where it is known: that works without a token, so also when no token can be had any more. */
export async function clearQuota(context: Context, { holder, path, yes }: Clearing): Promise<void> {
  const { terminal } = context;
  const { componentAppId } = context.settings.need('componentAppId');
  const appId = 'component' in holder ? componentAppId : holder.account;
  if (!(await confirm(context, { yes }, question(appId, path)))) return;
  const keeper = await context.keeper();
  if (path !== undefined) await keeper.call(holder, clearPath, { path });
  else if (!(await clearWithSecret(context, componentAppId, holder))) {
    await keeper.call(holder, clearByToken, { appId });
  }
  if (terminal.json) terminal.printJson({ cleared: 'component' in holder ? 'component' : appId, path: path ?? null });
  else {
    const what = path === undefined ? appId : `${appId} (${path})`;
    terminal.note(terminal.say(text(`The quota of ${what} is whole again.`, `${what} 的已用额度已清零。`)));
  }
}

/** False where there is no AppSecret, or where this form is not known. */
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

const question = (appId: string, path: string | undefined): Text =>
  path === undefined
    ? text(`Spend one of ten clears a month on ${appId}?`, `使用每月 10 次清零之一，为 ${appId} 清零？`)
    : text(
        `Spend one of ten clears a month on ${path} of ${appId}?`,
        `使用每月 10 次清零之一，为 ${appId} 的 ${path} 清零？`,
      );
