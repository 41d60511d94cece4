/** What `wxop init` can find out about an answer: the public URL, the store, and what WeChat says. */
import type { Context } from '../../cli/context.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import type { ProfileValues } from '../../settings/setting-definitions.ts';

interface Profile {
  name: string;
  values: ProfileValues;
}

/** Says who answers at the public URL, if anybody does: before the first `wxop listen` nobody can. */
export async function checkPublicUrl({ terminal, http }: Context, { publicUrl }: ProfileValues): Promise<void> {
  if (publicUrl === undefined) return;
  const answer = await http.visit(`${String(publicUrl)}/healthz`);
  if (answer === undefined) terminal.warn(nobodyAt(publicUrl));
  else if (/"storeId"/.test(answer)) terminal.note(listenerAt(publicUrl));
  else terminal.warn(somebodyElseAt(publicUrl));
}

type Url = NonNullable<ProfileValues['publicUrl']>;

const nobodyAt = (url: Url): Text =>
  text(
    `Nobody answers at ${url} from here yet. WeChat must reach \`wxop listen\` there.`,
    `目前从本机访问 ${url} 没有应答。微信须能通过它访问 \`wxop listen\`。`,
  );

const listenerAt = (url: Url): Text =>
  text(`  A wxop listener answers at ${url}.`, `  ${url} 上有 wxop 监听服务应答。`);

const somebodyElseAt = (url: Url): Text =>
  text(
    `${url} answers, but it is not a wxop listener. Route it to \`wxop listen\`.`,
    `${url} 有应答，但不是 wxop 监听服务：请将其转发到 \`wxop listen\`。`,
  );

/** Says what is wrong with the store, if anything is. */
export async function checkStore(context: Context, profile: Profile): Promise<void> {
  const error = await storeError(context, profile);
  if (error) warnOfFailure(context, error);
}

async function storeError(context: Context, { name, values }: Profile): Promise<WxopError | undefined> {
  if (values.componentAppId === undefined) return undefined;
  const error = await failureOf(context, name, async (saved) => (await saved.keeper()).readTicket());
  return error && /^(?:STORE|SETTINGS|RECORD)_/.test(error.code) ? error : undefined;
}

/** What goes wrong with the profile as it is saved now: the settings of this run are those of before. */
async function failureOf(
  context: Context,
  profile: string,
  work: (saved: Context) => Promise<unknown>,
): Promise<WxopError | undefined> {
  const saved = context.forProfile(profile);
  try {
    // A refusal may repeat them.
    context.redactor.learn(...saved.settings.secrets());
    await work(saved);
    return undefined;
  } catch (error) {
    return toWxopError(error);
  } finally {
    await saved.close();
  }
}

/** The same tests where nobody can be asked again. Gives the first failure: the settings are saved all the same. */
export async function testSaved(
  context: Context,
  { name, values, given }: Profile & { given: ProfileValues },
): Promise<WxopError | undefined> {
  if (given.publicUrl !== undefined) await checkPublicUrl(context, values);
  const { componentAppId, componentAppSecret } = values;
  const isComplete = componentAppId !== undefined && componentAppSecret !== undefined;
  const isNew = given.componentAppId !== undefined || given.componentAppSecret !== undefined;
  const error =
    (await storeError(context, { name, values })) ??
    (isComplete && isNew ? (await testStartPush(context, { name })).error : undefined);
  if (!error) return undefined;
  const { code, text: sentence, hint, errcode, rid, requestIp, retryable } = error;
  return new WxopError(code, text(en`${sentence} The settings are saved all the same.`, zh`${sentence} 设置已保存。`), {
    hint,
    errcode,
    rid,
    requestIp,
    retryable,
    cause: error,
  });
}

/**
 * Asks WeChat to push tickets. An empty object when it does; otherwise its refusal, and which of the two answers it
 * calls wrong, where it says so.
 */
export async function testStartPush(
  context: Context,
  { name }: Pick<Profile, 'name'>,
): Promise<{ wrong?: 'componentAppId' | 'componentAppSecret'; error?: WxopError }> {
  const { terminal } = context;
  const error = await failureOf(context, name, async (saved) => {
    await (await saved.store()).proveWritable();
    await (await saved.keeper()).startPush();
  });
  if (!error) {
    terminal.note(RIGHT);
    return {};
  }
  if (error.errcode !== undefined && WRONG_APPID.includes(error.errcode)) return { wrong: 'componentAppId', error };
  if (error.errcode !== undefined && WRONG_SECRET.includes(error.errcode))
    return { wrong: 'componentAppSecret', error };
  return { error };
}

const RIGHT = text(
  '  AppID and AppSecret are right; tickets come to a running `wxop listen` within ten minutes.',
  '  AppID 与 AppSecret 正确；十分钟内 ticket 会送达正在运行的 `wxop listen`。',
);
const WRONG_APPID = [40013, 41002, 41018];
const WRONG_SECRET = [40001, 40125, 41004];

/** Warns of a failure that does not cost the answers. */
export function warnOfFailure({ terminal }: Context, { text: sentence, hint }: WxopError): void {
  terminal.warn(text(en`${sentence} What was answered is kept.`, zh`${sentence} 已填写的内容已保存。`));
  if (hint) terminal.note(text(en`  ${hint}`, zh`  ${hint}`));
}
