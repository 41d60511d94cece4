/** `wxop profile remove`: forgets the settings of a profile; its credentials stay. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { isProduction, profileNamed } from '../../settings/profile-named.ts';
import { confirm } from '../confirm.ts';
import { YES } from '../flags.ts';
import { ABOUT_PROFILE } from './about-profile.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', ABOUT_PROFILE) },
  flags: { yes: YES },
  examples: ['wxop profile remove second --yes'],
  risk: 'writes',
  output: 'document',
  run: async (context, given) => {
    const { name } = given;
    const { terminal } = context;
    const values = profileNamed(context.profiles.read(), name);
    const { componentAppId = '-' } = values;
    if (
      !(await confirm(context, given, askToRemove(name, String(componentAppId)), {
        name,
        isProduction: isProduction(values),
      }))
    )
      return;
    const { current, profiles } = context.profiles.read();
    const others = Object.keys(profiles).filter((known) => known !== name);
    // A production profile becomes the current one only when somebody says so.
    const next = current === name ? others.find((known) => !isProduction(profiles[known] ?? {})) : current;
    await context.profiles.remove(name, next);
    if (terminal.json) return terminal.printJson({ name, removed: true, current: next ?? null });
    terminal.note(text(`Removed ${name}.`, `已删除 ${name}。`));
    if (current !== name || others.length === 0) return;
    terminal.note(next === undefined ? noneCurrent(others) : text(`Now using ${next}.`, `当前配置：${next}。`));
  },
});

const askToRemove = (name: string, appId: string): Text =>
  text(
    `Remove the settings of ${name} (${appId})? The credentials in state/${appId} stay.`,
    `删除配置 ${name}（${appId}）？state/${appId} 中的凭据会保留。`,
  );

const noneCurrent = (others: readonly string[]): Text =>
  text(
    `No profile is current now, because the others are production. Choose one with \`wxop profile use NAME\` (${others.join(', ')}).`,
    `现在没有当前配置，其余均为生产环境：请运行 \`wxop profile use 名称\`（${others.join('、')}）。`,
  );
