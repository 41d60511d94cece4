/** `wxop store`: where the credentials are, and encryption at rest, on and off in place. */
import { pad, widest } from '../../terminal/columns.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { isError, toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { text, type Text } from '../../sentences/text.ts';
import { type ErrorCode } from '../../sentences/error-codes.ts';
import type { Form, RecordKey, Store } from '../../store/store.ts';
import { confirmInProduction, YES_IN_PRODUCTION } from '../confirm.ts';
import type { Declaring } from '../../cli/declaring.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const store = program
    .command('store')
    .description(say(text('where credentials are kept, and encryption at rest', '凭据的存储与静态加密')));
  examples(store, 'wxop store show', 'wxop store encrypt');
  examples(
    store
      .command('show')
      .description(say(text('its place, how much is in it, encrypted or not', '查看位置、记录数量与加密状态')))
      .action(action(show)),
    'wxop store show',
    'wxop store show --json',
  );
  examples(
    store
      .command('encrypt')
      .description(say(text('encrypts all of it in place with WXOP_STORE_KEY', '用 WXOP_STORE_KEY 就地加密全部记录')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .addHelpText('after', () => `\n${say(BEFORE_ENCRYPTING)}`)
      .action(action((context: Context, options: { yes?: boolean }) => convert(context, options, 'sealed'))),
    'WXOP_STORE_KEY_FILE=/etc/wxop/store.key wxop store encrypt',
  );
  examples(
    store
      .command('decrypt')
      .description(say(text('takes the encryption off in place; needs the key', '就地解除加密，需要密钥')))
      .option('--yes', say(YES_IN_PRODUCTION))
      .addHelpText('after', () => `\n${say(AFTER_DECRYPTING)}`)
      .action(action((context: Context, options: { yes?: boolean }) => convert(context, options, 'plain'))),
    'WXOP_STORE_KEY_FILE=/etc/wxop/store.key wxop store decrypt',
  );
}

const BEFORE_ENCRYPTING = text(
  `First give the key to every machine and program that uses this store, and
restart what runs there: with the key they read both forms, without it they stop
at the first encrypted record. Then run this once. Interrupted: run it again.`,
  `请先为使用该存储的每台机器设置该密钥，并重启正在运行的程序：
有密钥即可读取两种形式，没有则无法读取已加密的记录。
然后运行一次。若被中断，重新运行即可。`,
);

const AFTER_DECRYPTING = text(
  `What others write while the key is still set there is encrypted again: take it
away everywhere, restart, and run this once more with the key. The journal of
pushes keeps its form: keep the key until what it holds has run out (7 days).`,
  `其他仍设有密钥的程序写入的内容会再次加密：
请在各处移除密钥并重启，再带密钥运行一次。
推送日志保持原有形式：请保留密钥直到其过期（7 天）。`,
);

type Forms = Record<Form, number>;

/** Everything that can hold a secret. */
async function* keysOf(store: Store): AsyncGenerator<RecordKey> {
  yield 'ticket';
  yield 'component-token';
  for (const kind of ['account', 'token', 'attempt'] as const) {
    for (const name of await store.list(kind)) yield `${kind}/${name}`;
  }
}

interface Survey {
  keys: RecordKey[];
  /** Of all versions that are kept. */
  forms: Forms;
}

async function survey(context: Context, store: Store): Promise<Survey> {
  const found: Survey = { keys: [], forms: { plain: 0, sealed: 0, foreign: 0, damaged: 0, newer: 0 } };
  for await (const key of keysOf(store)) {
    context.runtime.signal.throwIfAborted();
    const forms = await store.forms(key);
    if (forms.length > 0) found.keys.push(key);
    for (const form of forms) found.forms[form]++;
  }
  return found;
}

type Encryption = 'off' | 'on' | 'mixed';

function encryptionOf({ plain, sealed, foreign }: Forms, hasKey: boolean): Encryption {
  const isSealed = sealed + foreign > 0;
  if (isSealed && plain > 0) return 'mixed';
  return isSealed || (plain === 0 && hasKey) ? 'on' : 'off';
}

async function show(context: Context): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const { keys, forms } = await survey(context, store);
  const count = async (kind: 'account' | 'token' | 'attempt') => (await store.list(kind)).length;
  const hasKey = context.settings.find('storeKey') !== undefined;
  const document = {
    place: store.place,
    // Looking must not make a store where there is none.
    storeId: store.tokenOwner ? await store.id() : ((await store.read('store'))?.value.id ?? null),
    ...(store.tokenOwner && { owner: store.tokenOwner[context.lang] }),
    encryption: encryptionOf(forms, hasKey),
    keySet: hasKey,
    records: {
      accounts: await count('account'),
      tokens: await count('token'),
      attempts: await count('attempt'),
      ticket: store.tokenOwner ? (await store.read('ticket')) !== undefined : keys.includes('ticket'),
    },
    versions: forms,
  };
  if (terminal.json) return terminal.printJson(document);
  const { accounts, tokens, attempts, ticket } = document.records;
  const rows: [Text, string][] = [
    [text('place', '位置'), document.place],
    [text('id', '标识'), document.storeId ?? '-'],
    ...(document.owner ? [[text('owner', '所有者'), document.owner] as [Text, string]] : []),
    [text('encryption', '加密'), terminal.say(ENCRYPTION[document.encryption])],
    [text('key', '密钥'), terminal.say(keyWord(forms, hasKey))],
    [text('accounts', '帐号'), String(accounts)],
    [text('access tokens', 'access_token'), String(tokens)],
    [text('authorizations', '授权流程'), String(attempts)],
    [text('ticket', 'ticket'), terminal.say(ticket ? text('stored', '已保存') : text('none', '无'))],
    [text('versions', '版本'), formsLine(forms)],
  ];
  const width = widest(rows.map(([label]) => label[context.lang]));
  terminal.print(...rows.map(([label, value]) => `${pad(label[context.lang], width)}  ${value}`));
}

const ENCRYPTION: Record<Encryption, Text> = {
  off: text('off', '未加密'),
  on: text('on', '已加密'),
  mixed: text(
    'mixed: `wxop store encrypt` or `decrypt` finishes it',
    '部分加密：用 `wxop store encrypt` 或 `decrypt` 完成',
  ),
};

function keyWord({ foreign }: Forms, hasKey: boolean): Text {
  if (!hasKey) return foreign > 0 ? text('not set, but needed', '未设置，但需要') : text('not set', '未设置');
  return foreign > 0 ? text('set, but another one is needed', '已设置，但与记录不符') : text('set', '已设置');
}

const formsLine = (forms: Forms): string =>
  Object.entries(forms)
    .filter(([, count]) => count > 0)
    .map(([form, count]) => `${form} ${count}`)
    .join(', ') || '-';

/** Brings every version into one form. Each one is replaced whole: killed at any moment, it can be run again. */
async function convert(context: Context, options: { yes?: boolean }, wanted: 'sealed' | 'plain'): Promise<void> {
  const { terminal } = context;
  context.settings.need('componentAppId');
  const hasKey = context.settings.find('storeKey') !== undefined;
  if (wanted === 'sealed' && !hasKey) throw keyMissing();
  const question =
    wanted === 'sealed'
      ? text('Encrypt the whole store in place?', '就地加密整个存储？')
      : text('Take the encryption off the whole store?', '解除整个存储的加密？');
  if (!(await confirmInProduction(context, options, question))) return;
  const store = await context.store();
  await store.proveWritable();
  const before = await survey(context, store);
  // With another key half of the store would be readable with one key, half with the other.
  if (before.forms.foreign > 0) throw otherKey(before.forms.foreign, hasKey);

  const failures: { record: string; error: { code: ErrorCode; message: string } }[] = [];
  const progress = terminal.progress();
  let changed = 0;
  for (const [index, record] of before.keys.entries()) {
    context.runtime.signal.throwIfAborted();
    if (terminal.err.isTTY) progress.update(`${index + 1}/${before.keys.length}  ${record}`);
    try {
      changed += await store.reseal(record, wanted);
    } catch (thrown) {
      if (!isError(thrown, 'RECORD_NEWER')) throw thrown;
      const { code, text: sentence } = toWxopError(thrown);
      failures.push({ record, error: { code, message: sentence[context.lang] } });
    }
  }
  progress.done();

  const { forms } = await survey(context, store);
  const left = wanted === 'sealed' ? forms.plain : forms.sealed + forms.foreign;
  const document = { place: store.place, encrypted: wanted === 'sealed', changed, left, versions: forms, failures };
  if (terminal.json) terminal.printJson(document);
  else {
    const done = wanted === 'sealed' ? text('encrypted', '已加密') : text('decrypted', '已解密');
    terminal.print(
      ...failures.map(({ record, error }) => `${record}\t${error.message}`),
      terminal.say(
        text(
          `${changed} versions ${done.en} of ${before.keys.length} records. Now: ${formsLine(forms)}.`,
          `${before.keys.length} 条记录中有 ${changed} 个版本${done.zh}。现有：${formsLine(forms)}。`,
        ),
      ),
    );
  }
  if (wanted === 'sealed' && forms.damaged > 0) terminal.warn(damagedLeft(forms.damaged));
  if (left + failures.length === 0) return;
  throw new WxopError(
    'PARTLY_FAILED',
    text(`${left} versions are still as they were.`, `仍有 ${left} 个版本未转换。`),
    {
      hint: text(
        'A program that still runs with other settings wrote them, or a newer wxop did. Nothing is lost; run it again.',
        '它们由仍使用其他设置的程序或更新版本的 wxop 写入。没有内容丢失，请重新运行。',
      ),
    },
  );
}

const damagedLeft = (count: number): Text =>
  text(
    `${count} damaged versions cannot be encrypted; what can be read in them stays readable.`,
    `${count} 个已损坏的版本无法加密，其中可读的内容仍然可读。`,
  );

function keyMissing(): WxopError {
  return new WxopError('SETTINGS_MISSING', text('WXOP_STORE_KEY is not set.', '未设置 WXOP_STORE_KEY。'), {
    hint: text(
      'Make one: openssl rand -base64 32. Keep a copy apart from the store, and set it (or WXOP_STORE_KEY_FILE) everywhere.',
      '生成：openssl rand -base64 32。请在存储之外另存一份，并在各处设置（或 WXOP_STORE_KEY_FILE）。',
    ),
  });
}

function otherKey(count: number, hasKey: boolean): WxopError {
  const sentence = hasKey
    ? text(
        `${count} versions are encrypted with another key than WXOP_STORE_KEY.`,
        `${count} 个版本使用了与 WXOP_STORE_KEY 不同的密钥加密。`,
      )
    : text(`${count} versions are encrypted, and no key is set.`, `${count} 个版本已加密，但未设置密钥。`);
  return new WxopError(hasKey ? 'SETTINGS_INVALID' : 'SETTINGS_MISSING', sentence, {
    hint: text(
      'Set WXOP_STORE_KEY to the key that was used then. Nothing was changed.',
      '请将 WXOP_STORE_KEY 设为当初使用的密钥。未作任何更改。',
    ),
  });
}
