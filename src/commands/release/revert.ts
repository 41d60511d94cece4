/** `wxop release revert`: puts an earlier version online again. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { getEarlierVersions, type EarlierVersion } from '../../protocol/calls/release/release-endpoints.ts';
import { readCodeState } from '../../release/code-state.ts';
import { revertTo } from '../../release/steps/publish-steps.ts';
import { iso } from '../../sentences/iso-time.ts';
import { localTime } from '../../sentences/local-time.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Rows } from '../../terminal/rows.ts';
import { countArgument } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import { ACCOUNT, FORMAT, YES } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';

const earlierJson = ({ committedAt, ...version }: EarlierVersion) => ({
  ...version,
  committedAt: committedAt === undefined ? null : iso(committedAt * 1000),
});

const ROWS: Rows<ReturnType<typeof earlierJson>> = {
  columns: [
    { title: text('app version', '版本编号'), seen: ({ appVersion }) => String(appVersion), isKey: true },
    { title: text('version', '版本'), seen: ({ version }) => version || '-' },
    {
      title: text('uploaded', '上传时间'),
      seen: ({ committedAt }) => (committedAt === null ? '-' : localTime(Date.parse(committedAt))),
      piped: ({ committedAt }) => committedAt ?? '-',
      spare: 1,
    },
    {
      title: text('description', '描述'),
      seen: ({ description }) => description,
      long: { become: 'wrapped', least: 12 },
    },
  ],
  csv: ['appVersion', 'version', 'description', 'committedAt'],
};

export const command = defineCommand({
  arguments: {
    account: ACCOUNT,
    target: parameter(
      '[app-version]',
      text('its number in --list; the newest by default', '--list 中的编号；默认最新'),
      {
        parse: countArgument(0),
      },
    ),
  },
  flags: {
    list: parameter('--list', text('list the versions that can be gone back to', '列出可回退的版本')),
    format: FORMAT,
    yes: YES,
  },
  notes: text(
    'The version that is online now cannot come back but by a new upload and audit.',
    '回退后，当前线上版只能通过重新上传并审核恢复。',
  ),
  examples: ['wxop release revert wx0123456789abcdef --list', 'wxop release revert wx0123456789abcdef 3 --yes'],
  risk: 'writes',
  output: 'document',
  run: async (context, { account, target: wanted, list, format, yes }) => {
    const { terminal } = context;
    const { appId, name, call, steps } = await openMiniProgram(context, account);
    const earlier = (await call(getEarlierVersions, undefined)).toSorted(
      (one, other) => other.appVersion - one.appVersion,
    );
    if (list) {
      if (earlier.length === 0) terminal.note(NONE);
      return printRows(terminal, { ...ROWS, rows: earlier.map(earlierJson), format });
    }
    const target = wanted === undefined ? earlier[0] : earlier.find(({ appVersion }) => appVersion === wanted);
    if (!target) throw earlier.length === 0 ? nothingEarlier(appId) : notListed(wanted, earlier);
    const { online: before } = await readCodeState(call);
    if (!(await confirm(context, { yes }, questionOf(name, target, before?.version || '-')))) return;
    const { wasLost } = await revertTo(call, { target, before }, steps);
    const { appVersion, version } = target;
    if (terminal.json) terminal.printJson({ appId, appVersion, version, reverted: true, answerLost: wasLost });
    else terminal.note(text(en`${name} is back at version ${version}.`, zh`${name} 已回退到版本 ${version}。`));
  },
});

const NONE = text(
  'There is nothing to go back to: only versions that this component published are listed.',
  '没有可回退的版本：仅列出由本第三方平台发布过的版本。',
);

const questionOf = (name: string, { version, description, appVersion }: EarlierVersion, online: string): Text =>
  text(
    en`Go back from ${online} to ${version} (${description}, app version ${appVersion}) for all users of ${name}? ${online} cannot come back without a new audit.`,
    zh`将 ${name} 的线上版从 ${online} 回退到 ${version}（${description}，编号 ${appVersion}）？${online} 须重新审核才能恢复。`,
  );

const nothingEarlier = (appId: string): WxopError =>
  new WxopError('WRONG_STAGE', text(`${appId} has no earlier version.`, `${appId} 没有可回退的版本。`), {
    hint: text(
      'Only the last five versions that this component published can come back.',
      '只能回退到由本第三方平台发布的最近五个版本。',
    ),
  });

const notListed = (wanted: number | undefined, earlier: readonly EarlierVersion[]): WxopError =>
  new WxopError(
    'USAGE',
    text(en`There is no earlier version ${wanted ?? ''}.`, zh`没有编号为 ${wanted ?? ''} 的历史版本。`),
    {
      hint: text(
        en`There are: ${listed(earlier.map(({ appVersion }) => appVersion))}.`,
        zh`可选编号：${listed(earlier.map(({ appVersion }) => appVersion))}。`,
      ),
    },
  );
