/** Carries out what is planned for an account's menus, and reads back what has become of it. */
import type { Context } from '../context.ts';
import { isError, text, WxopError, type Text } from '../errors.ts';
import type { Keeper } from '../platform/keeper.ts';
import { sameMenu } from '../protocol/menu-compare.ts';
import { addConditional, createMenu, delConditional } from '../protocol/menu-endpoints.ts';
import { liveMenu } from '../protocol/menu-live.ts';
import type { MenuPlan } from '../protocol/menu-plan.ts';
import { describeRule } from '../protocol/conditional-menu.ts';
import { readLiveMenus, type LiveMenus } from './live-menus.ts';

interface Step {
  what: Text;
  run(): Promise<unknown>;
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
  const keeper = await context.keeper();
  await runSteps(appId, stepsOf(keeper, appId, plan));
  for (let read = 1; ; read++) {
    const live = await readLiveMenus(keeper, appId);
    if (sameMenu(liveMenu({ self: live.self.document, api: live.api?.document }), plan.target)) return live;
    if (read === READS) throw notKept(appId);
    await context.sleep(BETWEEN);
  }
}

function stepsOf(keeper: Keeper, appId: string, { create, add, remove }: MenuPlan): Step[] {
  const holder = { account: appId };
  const [making, taking]: [Step[], Step[]] = [[], []];
  if (create) {
    const run = () => keeper.call(holder, createMenu, { button: create });
    making.push({ what: text('make the default menu', '创建默认菜单'), run });
  }
  for (const menu of add) {
    const rule = describeRule(menu.matchrule);
    const make = () => keeper.call(holder, addConditional, menu);
    making.push({
      what: text(`make the conditional menu for ${rule.en}`, `创建个性化菜单（${rule.zh}）`),
      run: () =>
        make().catch(async (error: unknown) => {
          const next = taking.find((step) => !isRun.has(step));
          // Where there is no room for both, an old one goes first.
          if (!isError(error, 'PLATFORM_REFUSED', TOO_MANY) || !next) throw error;
          await next.run();
          return make();
        }),
    });
  }
  const isRun = new Set<Step>();
  for (const { menuId, menu } of remove) {
    const rule = describeRule(menu.matchrule);
    const step: Step = {
      what: text(
        `remove the old conditional menu ${menuId} for ${rule.en}`,
        `删除旧的个性化菜单 ${menuId}（${rule.zh}）`,
      ),
      run: async () => {
        if (isRun.has(step)) return;
        await keeper.call(holder, delConditional, { menuId });
        isRun.add(step);
      },
    };
    taking.push(step);
  }
  return [...making, ...taking];
}

async function runSteps(appId: string, steps: Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await step.run();
    } catch (error) {
      if (!(error instanceof WxopError) || steps.length === 1) throw error;
      throw stoppedAt(appId, error, steps, index);
    }
  }
}

/** The same failure, and what stands by then. An answer that was lost leaves open whether it was done. */
function stoppedAt(appId: string, error: WxopError, steps: Step[], index: number): WxopError {
  const isLost = error.errcode === undefined && isError(error, 'NETWORK');
  const list = (some: Step[], lang: 'en' | 'zh'): string =>
    some.length === 0
      ? text('nothing', '无')[lang]
      : some.map(({ what }) => what[lang]).join(lang === 'zh' ? '；' : '; ');
  const [done, open, left] = [
    steps.slice(0, index),
    isLost ? steps.slice(index, index + 1) : [],
    steps.slice(isLost ? index + 1 : index),
  ];
  const told = (lang: 'en' | 'zh'): string =>
    text(
      ` Done: ${list(done, lang)}.${open.length > 0 ? ` Perhaps done: ${list(open, lang)}.` : ''} Not done: ${list(left, lang)}.`,
      `已完成：${list(done, lang)}。${open.length > 0 ? `可能已完成：${list(open, lang)}。` : ''}未完成：${list(left, lang)}。`,
    )[lang];
  const { code, errcode, rid, requestIp, retryable } = error;
  return new WxopError(code, text(`${error.text.en}${told('en')}`, `${error.text.zh}${told('zh')}`), {
    cause: error,
    hint: text(
      `Push again for the rest, or go back: \`wxop menu restore ${appId}\`.`,
      `再次推送以完成剩余部分，或恢复原状：\`wxop menu restore ${appId}\`。`,
    ),
    errcode,
    rid,
    requestIp,
    retryable,
  });
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
