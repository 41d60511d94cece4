/** What `wxop init` can find out about an answer: the public URL, the store, and the platform's own word. */
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError, type ErrorJson } from '../../sentences/wxop-error.ts';
import type { ProfileValues } from '../../settings/setting-definitions.ts';
import type { Runtime } from '../../runtime/runtime.ts';

type Failure = ErrorJson['error'];

interface Profile {
  name: string;
  values: ProfileValues;
}

/** Says who answers at the public URL, if anybody does: before the first `wxop listen` nobody can. */
export async function checkPublicUrl({ terminal, http }: Context, { publicUrl }: ProfileValues): Promise<void> {
  if (publicUrl === undefined) return;
  const answer = await http.visit(`${String(publicUrl)}/healthz`);
  if (answer === undefined) {
    terminal.warn(
      text(
        `Nobody answers at ${publicUrl} from here yet. WeChat must reach \`wxop listen\` there.`,
        `目前从本机访问 ${publicUrl} 没有应答。微信须能通过它访问 \`wxop listen\`。`,
      ),
    );
  } else if (/"storeId"/.test(answer)) {
    terminal.note(
      terminal.say(text(`  A wxop listener answers at ${publicUrl}.`, `  ${publicUrl} 上有 wxop 监听服务应答。`)),
    );
  } else {
    terminal.warn(
      text(
        `Somebody answers at ${publicUrl}, but no wxop listener: lead it to \`wxop listen\`.`,
        `${publicUrl} 有应答，但不是 wxop 监听服务：请将其转发到 \`wxop listen\`。`,
      ),
    );
  }
}

/** Says what is wrong with the store, if anything is. */
export async function checkStore(context: Context, profile: Profile): Promise<void> {
  const error = await storeError(context, profile);
  if (error) warnOfFailure(context, error);
}

async function storeError(context: Context, { name, values }: Profile): Promise<Failure | undefined> {
  if (values.componentAppId === undefined) return undefined;
  const { error } = await runApart(context, name, ['ticket', 'show']);
  return error && /^(?:STORE|SETTINGS|RECORD)_/.test(error.code) ? error : undefined;
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
  const { code, message, hint, ...details } = error;
  const sentence = text(`${message} The settings are saved all the same.`, `${message} 设置已保存。`);
  return new WxopError(code, sentence, { ...details, ...(hint && { hint: text(hint, hint) }) });
}

/**
 * Asks the platform to push tickets. An empty object when it pushes; otherwise what it said, and which answer it calls
 * wrong, where it says anything about the answers.
 */
export async function testStartPush(
  context: Context,
  { name }: Pick<Profile, 'name'>,
): Promise<{ wrong?: 'componentAppId' | 'componentAppSecret'; error?: Failure }> {
  const { terminal } = context;
  const { error } = await runApart(context, name, ['ticket', 'start', '--yes']);
  if (!error) {
    terminal.note(
      terminal.say(
        text(
          '  AppID and AppSecret are right; tickets come to a running `wxop listen` within ten minutes.',
          '  AppID 与 AppSecret 正确；十分钟内 ticket 会送达正在运行的 `wxop listen`。',
        ),
      ),
    );
    return {};
  }
  if (error.errcode !== undefined && WRONG_APPID.includes(error.errcode)) return { wrong: 'componentAppId', error };
  if (error.errcode !== undefined && WRONG_SECRET.includes(error.errcode))
    return { wrong: 'componentAppSecret', error };
  return { error };
}

const WRONG_APPID = [40013, 41002, 41018];
const WRONG_SECRET = [40001, 40125, 41004];

/** What was refused, where the answers are kept. */
export function warnOfFailure({ terminal }: Context, { message, hint = '' }: Failure): void {
  terminal.warn(text(`${message} What was answered is kept.`, `${message} 已填写的内容已保存。`));
  if (hint) terminal.note(`  ${hint}`);
}

/** Whether this wxop has a command of that name. */
export async function hasCommand(context: Context, name: string): Promise<boolean> {
  return (await runApart(context, undefined, [name, '--help'])).code === 0;
}

/** Another command with the profile as it is saved now: the settings of this run are those of before. */
async function runApart(
  context: Context,
  profile: string | undefined,
  argv: string[],
): Promise<{ code: number; error?: Failure }> {
  let said = '';
  const silent = (stream: Runtime['stdout'], hear: (chunk: string) => void): Runtime['stdout'] =>
    Object.assign(Object.create(stream) as Runtime['stdout'], {
      write: (chunk: string) => {
        hear(chunk);
        return true;
      },
    });
  const { stdout, stderr } = context.runtime;
  const flags = profile === undefined ? [] : ['--profile', profile, '--json', '--lang', context.lang];
  const code = await context.run([...argv, ...flags], {
    stdout: silent(stdout, () => undefined),
    stderr: silent(stderr, (chunk) => (said += chunk)),
  });
  const last = said.trimEnd().split('\n').at(-1) ?? '';
  return { code, ...(code !== 0 && last.startsWith('{') && { error: (JSON.parse(last) as ErrorJson).error }) };
}
