/** `wxop store show`: where the credentials are, how many, encrypted or not. */
import { defineCommand } from '../../cli/command.ts';
import { text, type Text } from '../../sentences/text.ts';
import { inColumns } from '../../terminal/columns.ts';
import { formsLine, surveyStore, type Forms } from './survey-store.ts';

const OWNER = text('owner', '所有者');
const STORED = text('stored', '已保存');
const NONE = text('none', '无');

export const command = defineCommand({
  examples: ['wxop store show', 'wxop store show --json'],
  risk: 'reads',
  output: 'document',
  run: async (context) => {
    const { terminal } = context;
    const store = await context.store();
    const { keys, forms } = await surveyStore(context, store);
    const count = async (kind: 'account' | 'token' | 'attempt') => (await store.list(kind)).length;
    const hasKey = context.settings.find('storeKey') !== undefined;
    const document = {
      place: store.place,
      // Looking must not make a store where there is none.
      storeId: store.tokenOwner ? await store.id() : ((await store.read('store'))?.value.id ?? null),
      ...(store.tokenOwner && { owner: terminal.say(store.tokenOwner) }),
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
      ...(document.owner ? [[OWNER, document.owner] as [Text, string]] : []),
      [text('encryption', '加密'), terminal.say(ENCRYPTION[document.encryption])],
      [text('key', '密钥'), terminal.say(keyWord(forms, hasKey))],
      [text('accounts', '帐号'), String(accounts)],
      [text('access tokens', 'access_token'), String(tokens)],
      [text('authorizations', '授权流程'), String(attempts)],
      [text('ticket', 'ticket'), terminal.say(ticket ? STORED : NONE)],
      [text('versions', '版本'), formsLine(forms)],
    ];
    terminal.print(...inColumns(rows, { lang: terminal.lang, ...terminal.out }));
  },
});

type Encryption = 'off' | 'on' | 'mixed';

function encryptionOf({ plain, sealed, foreign }: Forms, hasKey: boolean): Encryption {
  const isSealed = sealed + foreign > 0;
  if (isSealed && plain > 0) return 'mixed';
  return isSealed || (plain === 0 && hasKey) ? 'on' : 'off';
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
