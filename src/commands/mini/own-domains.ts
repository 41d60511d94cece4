/** `wxop mini domains --own`: the component's own list, from which mini programs may take domains. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { changeOwnDomains, readOwnDomains, type OwnList } from '../../mini-program/change-own-domains.ts';
import type { DomainChange } from '../../protocol/calls/mini-program/domain-endpoints.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { printRows, type Format, type Rows } from '../../terminal/rows.ts';
import { actAs } from '../act-as.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

interface OwnRow {
  list: OwnList;
  host: string;
  isPublished: boolean;
  isTesting: boolean;
}

const LISTS: Record<OwnList, Text> = {
  server: text('server', '服务器域名'),
  webView: text('web views', '业务域名'),
};
const yesOrNo = (is: boolean): Text => (is ? text('yes', '是') : text('no', '否'));

const OWN_ROWS: Rows<OwnRow> = {
  columns: [
    { title: text('list', '列表'), seen: ({ list }) => LISTS[list], piped: ({ list }) => list },
    { title: text('domain', '域名'), seen: ({ host }) => host, isKey: true },
    {
      title: text('published', '全网发布版'),
      seen: ({ isPublished }) => yesOrNo(isPublished),
      piped: ({ isPublished }) => String(isPublished),
      tone: ({ isPublished }) => (isPublished ? 'ok' : 'attention'),
    },
    {
      title: text('testing', '测试版'),
      seen: ({ isTesting }) => yesOrNo(isTesting),
      piped: ({ isTesting }) => String(isTesting),
      tone: ({ isTesting }) => (isTesting ? 'ok' : 'attention'),
    },
  ],
  csv: ['list', 'host', 'isPublished', 'isTesting'],
};

export const OWN = parameter(
  '--own',
  text("the component's own list, of no mini program", '第三方平台自身的列表，不涉及具体小程序'),
);

/** Throws USAGE where mini programs are chosen beside --own. */
export function expectNoAccounts(choice: {
  names: string[];
  all?: true;
  accounts?: string;
  viaComponent?: true;
}): void {
  const { names, all, accounts, viaComponent } = choice;
  if (names.length > 0 || all || accounts !== undefined || viaComponent) throw noAccounts();
}

const noAccounts = (): WxopError =>
  new WxopError('USAGE', text('--own is of no mini program.', '--own 不涉及具体小程序。'), {
    hint: text('Leave out the accounts and --via-component.', '请去掉帐号与 --via-component。'),
  });

/** Both lists are shown afterwards, as WeChat shows them. */
export async function changeOwn(
  context: Context,
  action: DomainChange,
  wanted: readonly { list: OwnList; hosts: string[] }[],
  format: Format | undefined,
): Promise<void> {
  const { terminal } = context;
  const { call, steps } = await actAs(context, { component: true });
  for (const one of wanted) {
    const { isChanged } = await changeOwnDomains(call, { action, ...one }, steps);
    if (!terminal.json) terminal.note(isChanged ? CHANGED : UNCHANGED);
  }
  await printOwnDomains(context, call, format);
}

export async function printOwnDomains(
  { terminal }: Context,
  call: HolderCall,
  format: Format | undefined,
): Promise<void> {
  const rows = [...(await rowsOf(call, 'server')), ...(await rowsOf(call, 'webView'))];
  if (rows.length === 0 && !terminal.json) terminal.note(NONE);
  await printRows(terminal, { ...OWN_ROWS, rows, format });
}

async function rowsOf(call: HolderCall, list: OwnList): Promise<OwnRow[]> {
  const { published, testing } = await readOwnDomains(call, list);
  return [...new Set([...published, ...testing])].map((host) => ({
    list,
    host,
    isPublished: published.includes(host),
    isTesting: testing.includes(host),
  }));
}

export const QUESTION_OF_OWN = text(
  "Take domains off the component's own list? With its next release, every mini program loses those that it took from there.",
  '从第三方平台自身的列表移除域名？从中取用的小程序下次发布时都会失去这些域名。',
);
const CHANGED = text('Changed, and read back.', '已更改，并已读回核对。');
const UNCHANGED = text('It was so already: nothing was sent.', '已是如此，未提交任何更改。');
const NONE = text("The component's own list is empty.", '第三方平台自身的列表为空。');
