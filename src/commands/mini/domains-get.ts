/** `wxop mini domains get`: the domains that mini programs may reach, and where each is set. */
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { DomainKind } from '../../mini-program/check-domain.ts';
import { readDomains, type ReadDomains } from '../../mini-program/read-domains.ts';
import { text, type Text } from '../../sentences/text.ts';
import type { Column, Format } from '../../terminal/rows.ts';
import { actAs } from '../act-as.ts';
import { ACCOUNTS, CHOICE_FLAGS, chosenAccounts, type ChosenAccounts } from './chosen-accounts.ts';
import { isFailed, printEach, tellMiniFailures, workOnEach, type MaybeFailed, type WorkedOn } from './work-on-each.ts';
import { expectNoAccounts, OWN, printOwnDomains } from './own-domains.ts';
import { KIND_NAMES, KINDS } from './typed-domains.ts';

export const command = defineCommand({
  arguments: { names: ACCOUNTS },
  flags: { own: OWN, ...CHOICE_FLAGS },
  notes: text(
    'live: it works now. What is not live works with the next release.',
    '“已生效”表示当前可用；未生效的随下次发布生效。',
  ),
  examples: [
    'wxop mini domains get wx0123456789abcdef',
    'wxop mini domains get --all --format csv',
    'wxop mini domains get --own',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { own, concurrency, format, ...choice }) => {
    if (own) {
      expectNoAccounts(choice);
      return printOwnDomains(context, (await actAs(context, { component: true })).call, format);
    }
    await get(context, await chosenAccounts(context, choice), concurrency, format);
  },
});

interface DomainRow extends MaybeFailed {
  kind?: DomainKind;
  domain?: string;
  /** Where it is set. */
  from?: Source[];
  isLive?: boolean;
}

type Source = 'console' | 'component' | 'direct';
const SOURCES: Record<Source, Text> = {
  console: text('console', '后台'),
  component: text('component', '第三方平台'),
  direct: text('direct', '直接'),
};

const COLUMNS: readonly Column<DomainRow>[] = [
  {
    title: text('for', '用途'),
    seen: ({ kind }) => (kind ? KIND_NAMES[kind] : '-'),
    piped: ({ kind }) => kind ?? '-',
  },
  { title: text('domain', '域名'), seen: ({ domain }) => domain ?? '-', isKey: true },
  {
    title: text('set', '设置方式'),
    seen: ({ from = [] }) => (from[0] ? SOURCES[from[0]] : '-'),
    piped: ({ from = [] }) => from.join(' ') || '-',
    spare: 3,
  },
  {
    title: text('live', '已生效'),
    seen: ({ isLive }) => (isLive === undefined ? '-' : isLive ? text('yes', '是') : text('no', '否')),
    piped: ({ isLive }) => (isLive === undefined ? '-' : String(isLive)),
    tone: ({ isLive }) => (isLive ? 'ok' : 'attention'),
  },
];

async function get(
  context: Context,
  chosen: ChosenAccounts,
  concurrency: number,
  format: Format | undefined,
): Promise<void> {
  const { terminal } = context;
  const accounts = await workOnEach(context, chosen, concurrency, readDomains);
  await printEach<ReadDomains, DomainRow>(context, accounts, {
    rowsOf: domainRows,
    columns: COLUMNS,
    csv: ['kind', 'domain', 'from', 'isLive'],
    format,
  });
  const mixed = accounts.filter((one) => !isFailed(one) && hasAny(one.component) && hasAny(one.direct)).length;
  if (mixed > 0 && !terminal.json) terminal.warn(bothWays(mixed));
  tellMiniFailures(context, accounts);
}

function domainRows({ effective, ...sources }: ReadDomains): Omit<DomainRow, keyof WorkedOn>[] {
  return KINDS.flatMap((kind) => {
    const set = (['console', 'component', 'direct'] as const).map((from) => [from, sources[from][kind] ?? []] as const);
    const live = effective[kind] ?? [];
    const all = [...new Set([...set.flatMap(([, domains]) => domains), ...live])];
    return all.map((domain) => ({
      kind,
      domain,
      from: set.filter(([, domains]) => domains.includes(domain)).map(([from]) => from),
      isLive: live.includes(domain),
    }));
  });
}

const hasAny = (lists: ReadDomains['direct']): boolean => KINDS.some((kind) => (lists[kind]?.length ?? 0) > 0);

const bothWays = (mixed: number): Text =>
  text(
    `${mixed} with domains of both ways: a release deletes those that came through the component and are no longer on its list.`,
    `${mixed} 个同时使用两种方式：经第三方平台设置而已不在其列表中的域名，发布时会被删除。`,
  );
