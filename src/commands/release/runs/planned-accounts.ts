/** Who takes part in a plan: by the file, by its table of values, or everyone; and who of them goes first. */
import { dirname, resolve } from 'node:path';
import type { Context } from '../../../cli/context.ts';
import type { AccountRecord } from '../../../protocol/account-record.ts';
import { isCodeAccount } from '../../../release/code-account.ts';
import { mergeExtJson } from '../../../release/ext-json/merge-ext-json.ts';
import { expectUtf8, wrongAt } from '../../../release/plans/placed-document.ts';
import type { PlanSource, SourceAccount } from '../../../release/plans/plan-source.ts';
import { readCsv } from '../../../release/plans/read-csv.ts';
import { en, text, zh, type Text } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { readText } from '../../files.ts';
import { resolveAccount } from '../../resolve-account.ts';

/** One of a plan, with its own part of the ext_json and where that is in the file. */
export type ChosenAccount = Omit<SourceAccount, 'account'> & { account: AccountRecord };

/** In the order of the file; each once. Throws USAGE with the place of what is wrong, NO_ACCOUNT for an unknown name. */
export async function plannedAccounts(context: Context, source: PlanSource, file: string): Promise<ChosenAccount[]> {
  const keeper = await context.keeper();
  const chosen = new Map<string, ChosenAccount>();
  if (source.accounts === undefined) {
    for await (const account of keeper.accounts()) {
      if ('error' in account || !isCodeAccount(account)) continue;
      chosen.set(account.appId, { account, extJson: {}, path: ['accounts'] });
    }
  }
  for (const one of source.accounts ?? []) {
    const appId = await resolveAccount(context, one.account);
    if (chosen.has(appId)) throw wrongAt(file, source.placeOf(one.path.slice(0, -1)), namedTwice(appId));
    chosen.set(appId, { ...one, account: await keeper.account(appId) });
  }
  if (source.values !== undefined) await addValues(context, source, file, chosen);
  for (const name of source.except) chosen.delete(await resolveAccount(context, name));
  if (chosen.size === 0) throw noAccounts(file);
  return [...chosen.values()];
}

/** Values from a table: a column `account`, and one for each value in `ext`. */
async function addValues(
  context: Context,
  { values = '', accounts }: PlanSource,
  file: string,
  chosen: Map<string, ChosenAccount>,
): Promise<void> {
  const path = resolve(dirname(file), values);
  const content = await readText(context, path);
  expectUtf8(content, path);
  const [head, ...rows] = readCsv(content);
  const at = head?.cells.indexOf('account') ?? -1;
  if (!head || at < 0) throw wrongAt(path, '1:1', NAME_COLUMN);
  // The table says who takes part where nothing else does.
  const decides = accounts?.length === 0;
  const keeper = await context.keeper();
  const seen = new Set<string>();
  for (const { cells, line } of rows) {
    if (cells.length !== head.cells.length) throw wrongAt(path, `${line}:1`, CELLS);
    const appId = await resolveAccount(context, cells[at] ?? '');
    if (seen.has(appId)) throw wrongAt(path, `${line}:1`, namedTwice(appId));
    seen.add(appId);
    const before = chosen.get(appId);
    if (!before && !decides) continue;
    const ext = Object.fromEntries(
      head.cells.flatMap((name, index) => (index === at ? [] : [[name, cells[index] ?? '']])),
    );
    const { extJson = {}, path: place = ['values'], account } = before ?? {};
    chosen.set(appId, {
      account: account ?? (await keeper.account(appId)),
      extJson: mergeExtJson({ ext }, extJson),
      path: place,
    });
  }
}

/** By number the first ones, by name those that are named. Throws USAGE for one that is not in the plan. */
export async function pilotsOf(
  context: Context,
  { pilots, placeOf }: PlanSource,
  going: readonly { appId: string }[],
  file: string,
): Promise<ReadonlySet<string>> {
  if (typeof pilots === 'number') return new Set(going.slice(0, pilots).map(({ appId }) => appId));
  const appIds = new Set<string>();
  for (const [index, name] of pilots.entries()) {
    const appId = await resolveAccount(context, name);
    if (!going.some((row) => row.appId === appId)) throw wrongAt(file, placeOf(['pilots', index]), notInPlan(name));
    appIds.add(appId);
  }
  return appIds;
}

const NAME_COLUMN = text('The table needs a column `account`.', '表格须有 `account` 列。');
const CELLS = text('This row has another number of cells than the first.', '该行的单元格数与首行不同。');

const namedTwice = (appId: string): Text => text(`${appId} is named twice.`, `${appId} 重复出现。`);
const notInPlan = (name: string): Text =>
  text(en`The pilot ${name} is not among the accounts of the plan.`, zh`先行小程序 ${name} 不在计划的帐号中。`);
const noAccounts = (file: string): WxopError =>
  new WxopError('USAGE', text(en`${file} names no mini program to release to.`, zh`${file} 没有可发布的小程序。`), {
    hint: text('See `wxop accounts list --kind mini`.', '请查看 `wxop accounts list --kind mini`。'),
  });
