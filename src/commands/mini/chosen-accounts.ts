/** The mini programs that a command works on: one that is named, several, those of a file, or all. */
import { parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isCodeAccount } from '../../release/code-account.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { Format } from '../../terminal/rows.ts';
import { readText } from '../files.ts';
import { concurrencyFlag, FORMAT } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';

export const ACCOUNTS = parameter(
  '[accounts...]',
  text('mini programs: appid, alias, gh_… or a part of the name', '小程序：AppID、别名、原始 ID gh_… 或名称的一部分'),
);

export const CHOICE_FLAGS = {
  all: parameter('--all', text('every mini program that granted permission set 18', '所有已授予权限集 18 的小程序')),
  accounts: parameter(
    '--accounts <file>',
    text('a file with one on each line; - is stdin', '每行一个小程序的文件；- 表示标准输入'),
  ),
  concurrency: concurrencyFlag(),
  format: FORMAT,
};

export interface Choice {
  names: string[];
  all?: true;
  accounts?: string;
}

/** As the flags give it. */
export interface GivenChoice extends Choice {
  concurrency: number;
  format: Format | undefined;
}

export interface ChosenAccounts {
  appIds: string[];
  /** One that was named: its failure is that of the command. */
  isOne: boolean;
}

/** Throws USAGE where none is chosen, or in two ways; NO_ACCOUNT for a name that is not known. */
export async function chosenAccounts(
  context: Context,
  { names, all, accounts: file }: Choice,
): Promise<ChosenAccounts> {
  const ways = [names.length > 0, all === true, file !== undefined].filter(Boolean).length;
  if (ways !== 1) throw chooseAccounts();
  if (all) return { appIds: await everyMiniProgram(context), isOne: false };
  const wanted = file === undefined ? names : await namesIn(context, file);
  const appIds = new Set<string>();
  for (const name of wanted) appIds.add(await resolveAccount(context, name));
  return { appIds: [...appIds], isOne: file === undefined && appIds.size === 1 };
}

async function everyMiniProgram(context: Context): Promise<string[]> {
  const appIds: string[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    if (!('error' in account) && isCodeAccount(account)) appIds.push(account.appId);
  }
  if (appIds.length === 0) context.terminal.note(NONE);
  return appIds;
}

/** The first column of each line, so that a CSV of accounts will do. */
async function namesIn(context: Context, file: string): Promise<string[]> {
  const names = (await readText(context, file))
    .split(/\r?\n/)
    .map((line) => (/^\s*"?([^",\t#]*)/.exec(line)?.[1] ?? '').trim())
    .filter((name) => name !== '' && name !== 'appId');
  if (names.length > 0) return names;
  throw new WxopError('USAGE', text(en`${file} names no account.`, zh`${file} 中没有帐号。`), {
    hint: text('Write one appid on each line.', '每行写一个 AppID。'),
  });
}

const NONE = text(
  'No mini program here granted permission set 18: `wxop accounts list --kind mini`.',
  '本地没有已授予权限集 18 的小程序：`wxop accounts list --kind mini`。',
);

const chooseAccounts = (): WxopError =>
  new WxopError(
    'USAGE',
    text('Name mini programs, or use --all, or --accounts FILE.', '请指定小程序，或使用 --all，或 --accounts 文件。'),
    { hint: text('See `wxop accounts list --kind mini`.', '请查看 `wxop accounts list --kind mini`。') },
  );

/** Whom a question is about: the one, or how many. */
export const inQuestion = ({ appIds }: ChosenAccounts): Text => {
  const [one = ''] = appIds;
  return appIds.length === 1 ? text(one, one) : text(`${appIds.length} mini programs`, `${appIds.length} 个小程序`);
};
