/** Which records a store holds, and in which forms their versions are. */
import type { Context } from '../../cli/context.ts';
import type { Form, RecordKey, Store } from '../../store/store.ts';

export type Forms = Record<Form, number>;

/** The keys of all records that can hold a secret. */
async function* keysOf(store: Store): AsyncGenerator<RecordKey> {
  yield 'ticket';
  yield 'component-token';
  for (const kind of [
    'account',
    'token',
    'attempt',
    'release-run',
    'release-account',
    'caller-key',
    'caller-use',
  ] as const) {
    for (const name of await store.list(kind)) yield `${kind}/${name}`;
  }
}

interface Survey {
  keys: RecordKey[];
  /** Of all versions that are kept. */
  forms: Forms;
}

export async function surveyStore(context: Context, store: Store): Promise<Survey> {
  const found: Survey = { keys: [], forms: { plain: 0, sealed: 0, foreign: 0, damaged: 0, newer: 0 } };
  for await (const key of keysOf(store)) {
    context.runtime.signal.throwIfAborted();
    const forms = await store.forms(key);
    if (forms.length > 0) found.keys.push(key);
    for (const form of forms) found.forms[form]++;
  }
  return found;
}

export const formsLine = (forms: Forms): string =>
  Object.entries(forms)
    .filter(([, count]) => count > 0)
    .map(([form, count]) => `${form} ${count}`)
    .join(', ') || '-';
