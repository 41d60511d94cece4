/** Encrypts or decrypts a whole store in place. */
import type { Context } from '../../cli/context.ts';
import { type ErrorCode } from '../../sentences/error-codes.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { isError, toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import type { Profiles } from '../../settings/profile-named.ts';
import type { Settings } from '../../settings/resolve-settings.ts';
import { definitionOf, PROFILE_SETTINGS, secretIn, type SettingName } from '../../settings/setting-definitions.ts';
import { formsLine, surveyStore, type Forms } from './survey-store.ts';

/** Brings every version into one form. Each is replaced whole: a run that was killed can be run again. */
export async function convertStore(context: Context, wanted: 'sealed' | 'plain'): Promise<void> {
  const { terminal, settings } = context;
  settings.need('componentAppId');
  if (wanted === 'sealed') expectKey(settings);
  const store = await context.store();
  await store.proveWritable();
  const before = await surveyStore(context, store);
  // With another key half of the store would be readable with one key, half with the other.
  if (before.forms.foreign > 0) throw otherKey(before.forms.foreign, settings.find('storeKey') !== undefined);

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
      failures.push({ record, error: { code, message: terminal.say(sentence) } });
    }
  }
  progress.done();

  const { forms } = await surveyStore(context, store);
  const left = wanted === 'sealed' ? forms.plain : forms.sealed + forms.foreign;
  const isSealing = wanted === 'sealed';
  const plainSettings = isSealing ? plainSettingsOf(context.profiles.read()) : [];
  const document = {
    place: store.place,
    encrypted: isSealing,
    changed,
    left,
    versions: forms,
    failures,
    ...(isSealing && { plainSettings }),
  };
  if (terminal.json) terminal.printJson(document);
  else {
    terminal.print(
      ...failures.map(({ record, error }) => `${record}\t${error.message}`),
      converted(wanted, changed, before.keys.length, forms),
    );
  }
  if (plainSettings.length > 0) terminal.warn(notCovered(context.home, plainSettings));
  if (wanted === 'sealed' && forms.damaged > 0) terminal.warn(damagedLeft(forms.damaged));
  if (left + failures.length === 0) return;
  throw notConverted(left);
}

/** The secrets that stand in `config.json`, of whichever profile: the key of the store does not cover them. */
function plainSettingsOf({ profiles }: Profiles): SettingName[] {
  const isThere = (name: SettingName): boolean =>
    Object.values(profiles).some((values) => secretIn(name, String(values[name] ?? '')));
  return PROFILE_SETTINGS.filter(isThere);
}

function notCovered(home: string, names: SettingName[]): Text {
  const labels = listed(
    names.map((name) => definitionOf(name).about),
    text(', ', '、'),
  );
  const variables = names.map((name) => `${definitionOf(name).environment}_FILE`).join(', ');
  return text(
    en`WXOP_STORE_KEY does not cover config.json in ${home}, which holds in plain text: ${labels}. Better keep them in files (${variables}).`,
    zh`WXOP_STORE_KEY 不加密 ${home} 中的 config.json，其中仍有明文：${labels}。建议改存于文件（${variables}）。`,
  );
}

const ENCRYPTED = text('encrypted', '已加密');
const DECRYPTED = text('decrypted', '已解密');
const converted = (wanted: 'sealed' | 'plain', changed: number, records: number, forms: Forms): Text => {
  const done = wanted === 'sealed' ? ENCRYPTED : DECRYPTED;
  return text(
    en`${changed} versions ${done} of ${records} records. Now: ${formsLine(forms)}.`,
    zh`${records} 条记录中有 ${changed} 个版本${done}。现有：${formsLine(forms)}。`,
  );
};

const notConverted = (left: number): WxopError =>
  new WxopError('PARTLY_FAILED', text(`${left} versions were not converted.`, `仍有 ${left} 个版本未转换。`), {
    hint: text(
      'A program with other settings or a newer wxop wrote them. Nothing is lost; run it again.',
      '它们由仍使用其他设置的程序或更新版本的 wxop 写入。没有内容丢失，请重新运行。',
    ),
  });

const damagedLeft = (count: number): Text =>
  text(
    `${count} damaged versions cannot be encrypted; what can be read in them stays readable.`,
    `${count} 个已损坏的版本无法加密，其中可读的内容仍然可读。`,
  );

/** Throws SETTINGS_MISSING where there is no key to encrypt with. */
export function expectKey(settings: Settings): void {
  if (settings.find('storeKey') !== undefined) return;
  throw new WxopError('SETTINGS_MISSING', text('WXOP_STORE_KEY is not set.', '未设置 WXOP_STORE_KEY。'), {
    hint: text(
      'Make a key: openssl rand -base64 32. Keep a copy apart from the store, and set it (or WXOP_STORE_KEY_FILE) everywhere.',
      '生成：openssl rand -base64 32。请在存储之外另存一份，并在各处设置（或 WXOP_STORE_KEY_FILE）。',
    ),
  });
}

const encryptedWithAnotherKey = (count: number): Text =>
  text(
    `${count} versions are encrypted with another key than WXOP_STORE_KEY.`,
    `${count} 个版本使用了与 WXOP_STORE_KEY 不同的密钥加密。`,
  );
const encryptedWithoutKey = (count: number): Text =>
  text(`${count} versions are encrypted, and no key is set.`, `${count} 个版本已加密，但未设置密钥。`);

const otherKey = (count: number, hasKey: boolean): WxopError =>
  new WxopError(
    hasKey ? 'SETTINGS_INVALID' : 'SETTINGS_MISSING',
    hasKey ? encryptedWithAnotherKey(count) : encryptedWithoutKey(count),
    {
      hint: text(
        'Set WXOP_STORE_KEY to the key that was used then. Nothing was changed.',
        '请将 WXOP_STORE_KEY 设为当初使用的密钥。未作任何更改。',
      ),
    },
  );
