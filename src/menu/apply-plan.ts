/** Carries out what is planned for an account's menus, and reads back what has become of it. */
import type { Context } from '../cli/context.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { text, type Text } from '../sentences/text.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { sameMenu } from './compare-menus.ts';
import { addConditional, createMenu, delConditional, deleteMenu } from '../protocol/calls/menu-endpoints.ts';
import { liveMenu } from './live-menu.ts';
import type { MenuPlan } from './menu-plan.ts';
import { describeRule } from './conditional-menu.ts';
import { readLiveMenus, type LiveMenus } from './read-live-menus.ts';

interface Step {
  what: Text;
  call: () => Promise<unknown>;
  /** `open`: its answer was lost, it may be done. */
  state: 'left' | 'open' | 'done';
}

/** Too many conditional menus. */
const TOO_MANY = 65305;
/** A new menu may take a moment to show: so often it is read, and so many milliseconds lie between. */
const READS = 3;
const BETWEEN = 1_000;

/**
 * Makes before it takes away. Throws what the platform refused, with what is done by then and what is not, and
 * MENU_NOT_KEPT when the platform shows another menu afterwards.
 */
export async function applyPlan(context: Context, appId: string, plan: MenuPlan): Promise<LiveMenus> {
  const { terminal } = context;
  const steps = stepsOf(await context.keeper(), appId, plan);
  try {
    await runSteps(appId, steps);
    return await readBack(context, appId, plan);
  } catch (error) {
    // Who interrupts is told nothing else, and half of it may be live.
    if (isError(error, 'CANCELLED')) terminal.note(terminal.say(interrupted(appId, steps)));
    throw error;
  }
}

async function readBack(context: Context, appId: string, plan: MenuPlan): Promise<LiveMenus> {
  const keeper = await context.keeper();
  for (let read = 1; ; read++) {
    const live = await readLiveMenus(keeper, appId).catch((error: unknown) => {
      throw error instanceof WxopError && error.code !== 'CANCELLED' ? notRead(appId, error) : error;
    });
    if (sameMenu(liveMenu({ self: live.self.document, api: live.api?.document }), plan.target)) return live;
    if (read === READS) throw live.unread ? notRead(appId, live.unread) : notKept(appId);
    await context.sleep(BETWEEN);
  }
}

interface Steps {
  making: Step[];
  taking: Step[];
}

function stepsOf(keeper: Keeper, appId: string, { clear, create, add, remove }: MenuPlan): Steps {
  const holder = { account: appId };
  const step = (what: Text, call: () => Promise<unknown>): Step => ({ what, call, state: 'left' });
  const making = add.map((menu) => {
    const rule = describeRule(menu.matchrule);
    const what = text(`make the conditional menu for ${rule.en}`, `创建个性化菜单（${rule.zh}）`);
    return step(what, () => keeper.call(holder, addConditional, menu));
  });
  if (create) {
    const what = text('make the default menu', '创建默认菜单');
    making.unshift(step(what, () => keeper.call(holder, createMenu, { button: create })));
  }
  const taking = remove.map(({ menuId, menu }) => {
    const rule = describeRule(menu.matchrule);
    const what = text(
      `remove the old conditional menu ${menuId} for ${rule.en}`,
      `删除旧的个性化菜单 ${menuId}（${rule.zh}）`,
    );
    return step(what, () => keeper.call(holder, delConditional, { menuId }));
  });
  if (clear) {
    const what = text('delete all menus', '删除全部菜单');
    taking.push(step(what, () => keeper.call(holder, deleteMenu, undefined)));
  }
  return { making, taking };
}

async function runSteps(appId: string, { making, taking }: Steps): Promise<void> {
  const steps = [...making, ...taking];
  for (const step of steps) {
    try {
      await attempt(step, taking);
    } catch (error) {
      if (!(error instanceof WxopError) || error.code === 'CANCELLED' || steps.length === 1) throw error;
      throw stopped(appId, error, steps);
    }
  }
}

/** Where there is no room for a new conditional menu, an old one goes first. */
async function attempt(step: Step, taking: Step[]): Promise<void> {
  try {
    await run(step);
  } catch (error) {
    const old = taking.find(({ state }) => state === 'left');
    if (!isError(error, 'PLATFORM_REFUSED', TOO_MANY) || !old) throw error;
    await run(old);
    await run(step);
  }
}

async function run(step: Step): Promise<void> {
  if (step.state === 'done') return;
  try {
    await step.call();
    step.state = 'done';
  } catch (error) {
    // An answer that was lost, or not waited for, leaves open whether it was done.
    const isLost = isError(error, 'NETWORK') && error.errcode === undefined;
    if (isLost || isError(error, 'CANCELLED')) step.state = 'open';
    throw error;
  }
}

/** What stands by now. */
function progressOf(steps: Step[]): Text {
  const list = (wanted: Step['state'], lang: 'en' | 'zh'): string =>
    steps
      .filter(({ state }) => state === wanted)
      .map(({ what }) => what[lang])
      .join(lang === 'zh' ? '；' : '; ') || text('nothing', '无')[lang];
  const isOpen = steps.some(({ state }) => state === 'open');
  return text(
    `Done: ${list('done', 'en')}.${isOpen ? ` Perhaps done: ${list('open', 'en')}.` : ''} Not done: ${list('left', 'en')}.`,
    `已完成：${list('done', 'zh')}。${isOpen ? `可能已完成：${list('open', 'zh')}。` : ''}未完成：${list('left', 'zh')}。`,
  );
}

function interrupted(appId: string, { making, taking }: Steps): Text {
  const told = progressOf([...making, ...taking]);
  return text(
    `${appId}: interrupted while it was changed. ${told.en} Back: \`wxop menu restore ${appId}\`.`,
    `${appId}：修改途中被中断。${told.zh}恢复原状：\`wxop menu restore ${appId}\`。`,
  );
}

/** The same failure, and what stands by then. */
function stopped(appId: string, error: WxopError, steps: Step[]): WxopError {
  const told = progressOf(steps);
  return withMore(
    error,
    text(` ${told.en}`, told.zh),
    // Without --force it would be refused: what is live is no longer what was there before.
    text(
      `Push again with --force for the rest, or go back: \`wxop menu restore ${appId}\`.`,
      `加 --force 再次推送以完成剩余部分，或恢复原状：\`wxop menu restore ${appId}\`。`,
    ),
  );
}

const notRead = (appId: string, error: WxopError): WxopError =>
  withMore(
    error,
    text(' Everything was accepted before, but could not be read back.', '此前平台已接受全部请求，但无法回读确认。'),
    text(`See what is there now: \`wxop menu get ${appId}\`.`, `请查看现状：\`wxop menu get ${appId}\`。`),
  );

function withMore(error: WxopError, more: Text, hint: Text): WxopError {
  const { code, errcode, rid, requestIp, retryable } = error;
  const sentence = text(`${error.text.en}${more.en}`, `${error.text.zh}${more.zh}`);
  return new WxopError(code, sentence, { cause: error, hint, errcode, rid, requestIp, retryable });
}

const notKept = (appId: string): WxopError =>
  new WxopError(
    'MENU_NOT_KEPT',
    text(
      `${appId}: everything was accepted, but the platform shows another menu than was pushed.`,
      `${appId}：平台已接受全部请求，但返回的菜单与推送的不一致。`,
    ),
    {
      hint: text(
        `See both: \`wxop menu get ${appId}\`, and with --source api. Back to what was: \`wxop menu restore ${appId}\`.`,
        `请比较：\`wxop menu get ${appId}\` 与加 --source api。恢复原状：\`wxop menu restore ${appId}\`。`,
      ),
    },
  );
