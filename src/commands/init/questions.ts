/** What `wxop init` asks a person: only what is missing or wrong, each answer saved and tested at once. */
import { pad, widest } from '../../terminal/columns.ts';
import { randomInt } from 'node:crypto';
import type { Context } from '../../cli/context.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import {
  checkSetting,
  definitionOf,
  maskedSetting,
  type ProfileValues,
  type SettingName,
} from '../../settings/setting-definitions.ts';
import { ASKED } from './checklist.ts';
import { checkPublicUrl, checkStore, testStartPush, warnOfFailure } from './checks.ts';
import { profileFlag } from '../../settings/profile-named.ts';

export interface Draft {
  /** The profile's name. */
  name: string;
  /** As it was saved before. */
  known: ProfileValues;
  values: ProfileValues;
  /** Made up here, and shown once. */
  generated: SettingName[];
  save: () => Promise<void>;
}

type Asked = (typeof ASKED)[number];

/** Shows what is saved. Resolves with what is missing or wrong; if nothing is, with all or nothing, as the person says. */
export async function chooseQuestions(context: Context, draft: Omit<Draft, 'save'>): Promise<readonly Asked[]> {
  const open = ASKED.filter((setting) => problemOf(draft, setting) !== undefined);
  showSaved(context, draft, open);
  if (open.length > 0) return open;
  const again = text('Everything is set. Go through all of it again?', '所有设置均已填写。是否逐项重新填写？');
  return (await (await context.prompts()).confirm(context.terminal.say(again), false)) ? ASKED : [];
}

/** Resolves with whether tickets are pushed from now on. */
export async function askQuestions(
  context: Context,
  draft: Draft,
  { asked, checks }: { asked: readonly Asked[]; checks: boolean },
): Promise<boolean> {
  try {
    for (const setting of asked) {
      await askOne(context, draft, setting);
      if (checks && setting === 'publicUrl') await checkPublicUrl(context, draft.values);
    }
    await askProduction(context, draft);
    if (checks) await checkStore(context, draft);
    return checks && (await checkComponent(context, draft));
  } catch (error) {
    if (isError(error, 'CANCELLED')) {
      const again = `wxop init${profileFlag(context.profiles.read(), context.runtime.environment, draft.name)}`;
      context.terminal.note(kept(again));
    }
    throw error;
  }
}

const kept = (again: string): Text =>
  text(
    `What was answered is kept; \`${again}\` goes on from there.`,
    `已填写的内容已保存，\`${again}\` 将从此处继续。`,
  );

function showSaved(context: Context, { name, known }: Omit<Draft, 'save'>, open: readonly Asked[]): void {
  const { terminal } = context;
  const { say } = terminal;
  const saved = ASKED.filter((setting) => known[setting] !== undefined);
  if (saved.length === 0) return terminal.note(newProfile(name));
  const aboutOf = (setting: Asked): string => say(definitionOf(setting).about);
  const width = widest(saved.map(aboutOf));
  terminal.note(text(`Profile ${name}, as it is saved:`, `配置 ${name} 已保存的内容：`));
  for (const setting of saved) {
    const wrong = open.includes(setting) ? say(text('  ← not right', '  ← 有误')) : '';
    const value = maskedSetting(setting, String(known[setting]));
    terminal.note(`  ${pad(aboutOf(setting), width)}  ${value}${wrong}`);
  }
}

const newProfile = (name: string): Text =>
  text(
    `Profile ${name}. Enter skips what you do not have yet: the console shows AppID and AppSecret only after the URLs were entered there. Every answer is saved at once; run it again any time.`,
    `配置 ${name}。暂时没有的项可按回车跳过：在控制台填好各 URL 之后才会显示 AppID 与 AppSecret。每项填写后立即保存，可随时重新运行。`,
  );

/** What is wrong with a saved setting, or that there is none. */
function problemOf({ values }: Pick<Draft, 'values'>, setting: Asked): Text | string | undefined {
  const value = values[setting];
  if (value === undefined || value === '') return '';
  const checked = checkSetting(setting, String(value));
  return typeof checked === 'string' ? undefined : checked;
}

const withKept = (about: Text, keeps: Text): Text => text(en`${about} (${keeps}):`, zh`${about}（${keeps}）：`);

async function askOne(context: Context, draft: Draft, setting: Asked, problem?: Text): Promise<boolean> {
  const { terminal } = context;
  const prompts = await context.prompts();
  const { about, secret } = definitionOf(setting);
  const old = draft.values[setting];
  if (problem) terminal.warn(problem);
  const canGenerate = setting === 'messageToken' || setting === 'encodingAesKey';
  if (canGenerate && old === undefined) {
    const question = text(en`Generate the ${about}?`, zh`自动生成${about}？`);
    if (await prompts.confirm(terminal.say(question), true)) {
      generate(draft.values, setting, draft.generated);
      await draft.save();
      return true;
    }
  }
  const keeps = secret ? text('Enter keeps the saved one', '回车保留已保存的值') : text('Enter keeps it', '回车保留');
  const question = {
    message: terminal.say(old === undefined ? text(en`${about}:`, zh`${about}：`) : withKept(about, keeps)),
    ...(!secret && old !== undefined && { initial: String(old) }),
    check: (answer: string) => problemWith(context, draft, setting, answer, problem !== undefined),
  };
  const answer = (await (secret ? prompts.askSecret(question) : prompts.ask(question))).trim();
  const checked = answer === '' ? '' : checkSetting(setting, answer);
  if (typeof checked !== 'string' || checked === '' || checked === old) return false;
  draft.values[setting] = checked;
  await draft.save();
  return true;
}

function problemWith(
  { terminal }: Context,
  { known }: Draft,
  setting: Asked,
  answer: string,
  isRefused: boolean,
): string | undefined {
  if (answer.trim() === '') return undefined;
  const result = checkSetting(setting, answer);
  if (typeof result !== 'string') return terminal.say(result);
  // Credentials are stored under the appid: with another one they would seem to be lost.
  const isOther = setting === 'componentAppId' && known.componentAppId !== undefined && known.componentAppId !== result;
  return isOther && !isRefused ? terminal.say(OTHER_COMPONENT) : undefined;
}

const OTHER_COMPONENT = text(
  'this profile belongs to another appid: `wxop init --profile NAME` makes a further one',
  '该配置属于其他 AppID：请用 `wxop init --profile 名称` 新建配置',
);

/** Letters and digits as the console wants them. */
export function generate(
  values: ProfileValues,
  name: 'messageToken' | 'encodingAesKey',
  generated: SettingName[],
): void {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const length = name === 'messageToken' ? 32 : 43;
  values[name] = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
  generated.push(name);
}

async function askProduction(context: Context, draft: Draft): Promise<void> {
  if (draft.values.production !== undefined) return;
  const question = text(
    'Is this production? Then risky commands ask first.',
    '是否为生产环境？若是，高风险命令须确认。',
  );
  draft.values.production = (await (await context.prompts()).confirm(context.terminal.say(question), false))
    ? 'yes'
    : 'no';
  await draft.save();
}

/** Asks WeChat, and asks again for what it refuses. True when it pushes tickets now. */
async function checkComponent(context: Context, draft: Draft): Promise<boolean> {
  const { terminal } = context;
  const { componentAppId, componentAppSecret } = draft.values;
  if (componentAppId === undefined || componentAppSecret === undefined) return false;
  const question = text(
    'Ask WeChat to push tickets now? Its answer tells whether AppID and AppSecret are right.',
    '现在请求微信启动 ticket 推送？其应答可验证 AppID 与 AppSecret 是否正确。',
  );
  if (!(await (await context.prompts()).confirm(terminal.say(question), true))) return false;
  for (;;) {
    const { wrong, error } = await testStartPush(context, draft);
    if (error && !wrong) warnOfFailure(context, error);
    if (!error || !wrong) return !error;
    if (!(await askOne(context, draft, wrong, error.text))) return false;
  }
}

/** The pushes where they were not started on the way, and the doctor. */
export async function offerNext(
  context: Context,
  { name, values }: Pick<Draft, 'name' | 'values'>,
  { isPushing, check }: { isPushing: boolean; check: boolean },
): Promise<void> {
  const { terminal } = context;
  const prompts = await context.prompts();
  const isComplete = ASKED.every((setting) => values[setting] !== undefined);
  if (!isComplete) return;
  const push = text('Ask WeChat to push tickets now?', '现在请求微信启动 ticket 推送？');
  if (!check && !isPushing && (await prompts.confirm(terminal.say(push), true))) {
    const { error } = await testStartPush(context, { name });
    if (error) warnOfFailure(context, error);
  }
  const examine = text('Run `wxop doctor` now?', '现在运行 `wxop doctor` 检查？');
  if (await prompts.confirm(terminal.say(examine), true)) {
    // What it finds is its answer, not a failure of this command.
    await context.run(['doctor', '--profile', name, '--lang', context.lang], {});
  }
}
