/** Carries out the plan for an account's menus, and reads back the result. */
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { en, listed, text, zh, type Text } from '../sentences/text.ts';
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
  /** `open`: the answer was lost, so it may have been done. */
  state: 'left' | 'open' | 'done';
}

/** Too many conditional menus. */
const TOO_MANY = 65305;
/** A new menu may take a moment to appear. */
const READS = 3;
/** Milliseconds. */
const READ_PAUSE = 1_000;

export interface ApplyOptions {
  keeper: Keeper;
  /** In milliseconds. Rejects with CANCELLED when the run is interrupted. */
  sleep: (milliseconds: number) => Promise<void>;
  /** Called with what is done and what is not, if the run is interrupted. */
  note: (progress: Text) => void;
}

/**
 * Creates before it deletes. Throws WeChat's refusal, with what is done by then and what is not, and MENU_NOT_KEPT if
 * WeChat shows another menu afterwards.
 */
export async function applyPlan(options: ApplyOptions, appId: string, plan: MenuPlan): Promise<LiveMenus> {
  const steps = stepsOf(options.keeper, appId, plan);
  try {
    await runSteps(appId, steps);
    return await readBack(options, appId, plan);
  } catch (error) {
    // Nothing else shows how much of the change was made.
    if (isError(error, 'CANCELLED')) options.note(interrupted(appId, steps));
    throw error;
  }
}

async function readBack({ keeper, sleep }: ApplyOptions, appId: string, plan: MenuPlan): Promise<LiveMenus> {
  for (let read = 1; ; read++) {
    const live = await readLiveMenus(keeper, appId).catch((error: unknown) => {
      throw error instanceof WxopError && error.code !== 'CANCELLED' ? notRead(appId, error) : error;
    });
    if (sameMenu(liveMenu({ self: live.self.document, api: live.api?.document }), plan.target)) return live;
    if (read === READS) throw live.unread ? notRead(appId, live.unread) : notKept(appId);
    await sleep(READ_PAUSE);
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
    const what = text(en`make the conditional menu for ${rule}`, zh`创建个性化菜单（${rule}）`);
    return step(what, () => keeper.call(holder, addConditional, menu));
  });
  if (create) {
    const what = text('make the default menu', '创建默认菜单');
    making.unshift(step(what, () => keeper.call(holder, createMenu, { button: create })));
  }
  const taking = remove.map(({ menuId, menu }) => {
    const rule = describeRule(menu.matchrule);
    const what = text(
      en`remove the old conditional menu ${menuId} for ${rule}`,
      zh`删除旧的个性化菜单 ${menuId}（${rule}）`,
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

/** If there is no room for a new conditional menu, an old one is deleted first. */
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
    // Without an answer nobody knows whether it was done.
    const isLost = isError(error, 'NETWORK') && error.errcode === undefined;
    if (isLost || isError(error, 'CANCELLED')) step.state = 'open';
    throw error;
  }
}

/** What is done, what may be, and what is not. */
function progressOf(steps: Step[]): Text {
  const named = (wanted: Step['state']): Text => {
    const found = steps.filter(({ state }) => state === wanted).map(({ what }) => what);
    return found.length > 0 ? listed(found, SEMICOLON) : NOTHING;
  };
  const [done, open, left] = [named('done'), named('open'), named('left')];
  const parts = [
    text(en`Done: ${done}.`, zh`已完成：${done}。`),
    ...(open === NOTHING ? [] : [text(en`Perhaps done: ${open}.`, zh`可能已完成：${open}。`)]),
    text(en`Not done: ${left}.`, zh`未完成：${left}。`),
  ];
  return listed(parts, text(' ', ''));
}

const SEMICOLON = text('; ', '；');
const NOTHING = text('nothing', '无');

function interrupted(appId: string, { making, taking }: Steps): Text {
  const progress = progressOf([...making, ...taking]);
  return text(
    en`${appId}: interrupted while it was changed. ${progress} Undo: \`wxop menu restore ${appId}\`.`,
    zh`${appId}：修改途中被中断。${progress}恢复原状：\`wxop menu restore ${appId}\`。`,
  );
}

/** The same failure, with what is done by then. */
function stopped(appId: string, error: WxopError, steps: Step[]): WxopError {
  const progress = progressOf(steps);
  return withMore(
    error,
    text(en` ${progress}`, zh`${progress}`),
    // Without --force it would be refused: the live menu is no longer the dumped one.
    text(
      `Push again with --force for the rest, or undo: \`wxop menu restore ${appId}\`.`,
      `加 --force 再次推送以完成剩余部分，或恢复原状：\`wxop menu restore ${appId}\`。`,
    ),
  );
}

const notRead = (appId: string, error: WxopError): WxopError =>
  withMore(
    error,
    text(
      ' WeChat had accepted everything, but the menu could not be read back.',
      '此前微信已接受全部请求，但无法回读确认。',
    ),
    text(`See what is there now: \`wxop menu get ${appId}\`.`, `请查看现状：\`wxop menu get ${appId}\`。`),
  );

function withMore(error: WxopError, more: Text, hint: Text): WxopError {
  const { code, errcode, rid, requestIp, retryable } = error;
  const sentence = text(en`${error.text}${more}`, zh`${error.text}${more}`);
  return new WxopError(code, sentence, { cause: error, hint, errcode, rid, requestIp, retryable });
}

const notKept = (appId: string): WxopError =>
  new WxopError(
    'MENU_NOT_KEPT',
    text(
      `${appId}: WeChat accepted everything, but shows a different menu than the one pushed.`,
      `${appId}：微信已接受全部请求，但返回的菜单与推送的不一致。`,
    ),
    {
      hint: text(
        `See both: \`wxop menu get ${appId}\`, and with --source api. Undo: \`wxop menu restore ${appId}\`.`,
        `请比较：\`wxop menu get ${appId}\` 与加 --source api。恢复原状：\`wxop menu restore ${appId}\`。`,
      ),
    },
  );
