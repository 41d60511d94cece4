/** `wxop release run`: carries a plan out. What it does is remembered step by step, and `resume` goes on from there. */
import { defineCommand, parameter } from '../../../cli/command.ts';
import { readPlan, runIdOf, type ReleasePlan } from '../../../release/plans/release-plan.ts';
import { RUN_AT_ONCE, RUN_FORMAT, type ReleaseRunRecord } from '../../../release/runs/run-record.ts';
import { en, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { readJsonFile } from '../../files.ts';
import { CARRY_OUT_FLAGS, carryOn, expectSameTemplate } from './carry-on.ts';
import { openRuns, readRecords } from './open-runs.ts';

export const command = defineCommand({
  arguments: {
    plan: parameter('<plan>', text('the file that `wxop release plan` wrote', '`wxop release plan` 生成的文件')),
  },
  flags: CARRY_OUT_FLAGS,
  notes: text(
    'It can be interrupted or killed at any moment: `wxop release resume` goes on, on another machine too where the store is shared. Nothing is sent twice without a look at WeChat.',
    '可随时中断或强行终止：用 `wxop release resume` 继续；共用存储时也可在另一台机器上继续。未查看微信状态前，不会重复发送任何操作。',
  ),
  examples: ['wxop release run autumn.plan.json', 'wxop release run autumn.plan.json --no-wait --yes'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { plan: path, ...flags }) => {
    const plan = readPlan(await readJsonFile(context, path), path);
    const { componentAppId } = context.settings.need('componentAppId');
    if (plan.component !== componentAppId) throw otherComponent(plan.component, componentAppId);
    return {
      question: question(plan),
      run: async () => {
        const runs = await openRuns(context);
        const id = runIdOf(plan);
        await (await context.store()).proveWritable();
        await runs.exclusively(async (expectLock) => {
          await expectSameTemplate(context, plan);
          const record: ReleaseRunRecord = {
            format: plan.portions ? RUN_FORMAT : RUN_AT_ONCE,
            plan,
            startedAt: context.now(),
            wxop: context.runtime.version,
          };
          await runs.begin(id, record);
          if (!context.terminal.json) context.terminal.note(begun(id));
          const records = await readRecords(runs, record);
          await carryOn(context, { runs, id, run: record, records, expectLock, ...flags });
        });
      },
    };
  },
});

const question = ({ accounts, version, publish }: ReleasePlan): Text =>
  publish
    ? text(
        en`Upload version ${version} to ${accounts.length} mini programs, submit it for audit, and publish what is approved?`,
        zh`将版本 ${version} 上传到 ${accounts.length} 个小程序、提交审核，并发布审核通过的版本？`,
      )
    : text(
        en`Upload version ${version} to ${accounts.length} mini programs, and submit it for audit?`,
        zh`将版本 ${version} 上传到 ${accounts.length} 个小程序并提交审核？`,
      );
const begun = (id: string): Text =>
  text(
    `Run ${id}. If it is interrupted: \`wxop release resume ${id}\`.`,
    `任务 ${id}。若被中断：\`wxop release resume ${id}\`。`,
  );
const otherComponent = (planned: string, here: string): WxopError =>
  new WxopError(
    'USAGE',
    text(`The plan is for the component ${planned}, not ${here}.`, `该计划属于第三方平台 ${planned}，而不是 ${here}。`),
    { hint: text('Choose the profile with --profile.', '请用 --profile 选择配置。') },
  );
