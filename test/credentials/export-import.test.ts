import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { block } from '../support/blocked-folder.ts';
import { errorOf } from '../support/error-line.ts';
import { eventually, startWxop, wxop } from '../support/processes.ts';
import {
  accountOf,
  appIdOf,
  change,
  COMPONENT_APPID,
  openHome,
  TICKET,
  tokenOf,
  verdictsOf,
  type Home,
  type TakenIn,
} from '../support/prepared-homes.ts';
import { temporaryFolder } from '../support/world.ts';

const ACCOUNTS = [
  accountOf(1),
  accountOf(2, { revokedAt: Date.UTC(2024, 1, 1) }),
  accountOf(3, { removedAt: Date.UTC(2024, 2, 1), lastEvent: undefined }),
  accountOf(4, { refreshToken: undefined, nickName: '\x1b[31m红\u202e' }),
];

async function stocked(): Promise<Home & { file: string }> {
  const home = await openHome(ACCOUNTS);
  await home.store.write('ticket', TICKET, 0, { durable: false });
  const token = { accessToken: 'access-token-that-can-be-had-again', obtainedAt: 1, expiresAt: 2 };
  await home.store.write(`token/${appIdOf(1)}`, token, 0, { durable: false });
  return { ...home, file: join(temporaryFolder(), 'accounts.wxop') };
}

type File = Record<string, unknown> & { encryption: Record<string, unknown>; content: string };
const PLAIN = ['--plain', '--yes'];

/** An exported file as JSON, and a way to write a changed one. */
async function exported(...flags: string[]) {
  const home = await stocked();
  const result = await home.run(['accounts', 'export', '-o', home.file, ...flags]);
  expect(result).toMatchObject({ code: 0, stdout: '' });
  const document = JSON.parse(readFileSync(home.file, 'utf8')) as File;
  return { ...home, document, write: (changed: unknown) => writeFileSync(home.file, JSON.stringify(changed)) };
}

/** One for all that only read it: its passphrase costs time. */
let sealed: Promise<File> | undefined;
const sealedFile = (): Promise<File> => (sealed ??= exported().then(({ document }) => document));

describe('accounts export', () => {
  it('writes a file for its owner only, that shows no secret, and holds no access token', async () => {
    const { file, document } = await exported();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const content = readFileSync(file, 'utf8');
    for (const secret of [tokenOf(1), TICKET.ticket, 'access-token', '茶店']) expect(content).not.toContain(secret);
    expect(document).toMatchObject({
      format: 'wxop-accounts',
      version: 1,
      componentAppId: 'wx5a4db0c0ffee0001',
      accounts: 4,
      encryption: { kdf: 'scrypt', N: 2 ** 17, r: 8, p: 1, cipher: 'aes-256-gcm' },
    });
    const again = await sealedFile();
    for (const part of ['salt', 'nonce']) expect(again.encryption[part]).not.toBe(document.encryption[part]);
  });

  it('leaves out what cannot be read, names it each time, and ends with 3', async () => {
    const home = await stocked();
    const damaged = appIdOf(2);
    const folder = join(home.environment.WXOP_HOME ?? '', 'state', 'wx5a4db0c0ffee0001', 'account', damaged);
    writeFileSync(join(folder, '1.json'), '{');
    for (const round of ['moves it aside', 'finds nothing any more']) {
      const result = await home.run(['accounts', 'export', '-o', home.file, '--force', '--json']);
      expect([round, result.code, errorOf(result).code]).toEqual([round, 3, 'PARTLY_FAILED']);
      expect(result.stderr).toContain(damaged);
      expect(errorOf(result).hint).toContain('wxop accounts sync');
      expect(JSON.parse(readFileSync(home.file, 'utf8'))).toMatchObject({ accounts: 3 });
    }
    const listed = JSON.parse((await home.run(['accounts', 'list', '--all', '--json'])).stdout) as { appId: string }[];
    expect(listed).toContainEqual(
      expect.objectContaining({
        appId: damaged,
        error: expect.objectContaining({ code: 'RECORD_DAMAGED' }) as unknown,
      }),
    );
    const shown = await home.run(['accounts', 'show', damaged, '--json']);
    expect([shown.code, errorOf(shown).code, errorOf(shown).hint]).toEqual([
      4,
      'NO_ACCOUNT',
      expect.stringContaining(`wxop accounts sync ${damaged}`),
    ]);
  });

  it('is never written over a file that is there, unless forced', async () => {
    const home = await stocked();
    writeFileSync(home.file, 'mine');
    const refused = await home.run(['accounts', 'export', '-o', home.file, '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect(readFileSync(home.file, 'utf8')).toBe('mine');
    const summary = await home.run(['accounts', 'export', '-o', home.file, '--force', '--json']);
    expect(JSON.parse(summary.stdout)).toEqual({ file: home.file, accounts: 4, ticket: true, encrypted: true });
    expect(statSync(home.file).mode & 0o777).toBe(0o600);
  });

  it('is not written to a terminal, but into a pipe', async () => {
    const home = await stocked();
    expect(await home.run(['accounts', 'export'], { isTTY: true })).toMatchObject({ code: 2, stdout: '' });
    const piped = await home.run(['accounts', 'export', '-o', '-', ...PLAIN]);
    const there = await openHome();
    const taken = await there.run(['accounts', 'import', '-', '--plain', '--json'], { stdin: piped.stdout });
    expect(taken.code).toBe(0);
    expect(await there.accounts()).toEqual(await home.accounts());
  });

  it('needs a passphrase of 8 characters; nobody is asked where there is no terminal', async () => {
    const home = await stocked();
    for (const [passphrase, code] of [
      ['', 'SETTINGS_MISSING'],
      ['1234567', 'SETTINGS_INVALID'],
    ]) {
      const result = await home.run(['accounts', 'export', '--json'], { environment: { WXOP_PASSPHRASE: passphrase } });
      expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', code]);
    }
    const path = join(temporaryFolder(), 'passphrase');
    writeFileSync(path, '来自文件的八字以上口令\n');
    const environment = { WXOP_PASSPHRASE: '', WXOP_PASSPHRASE_FILE: path };
    const { code, stdout } = await home.run(['accounts', 'export'], { environment });
    expect(code).toBe(0);
    const there = await openHome();
    const typed = { WXOP_PASSPHRASE: '来自文件的八字以上口令' };
    expect((await there.run(['accounts', 'import', '-'], { stdin: stdout, environment: typed })).code).toBe(0);
  });

  it('--plain warns, and needs --yes without a terminal', async () => {
    const home = await stocked();
    expect(await home.run(['accounts', 'export', '--plain'])).toMatchObject({ code: 2, stdout: '' });
    const plain = await home.run(['accounts', 'export', '--plain', '--yes']);
    expect(plain.stderr).toContain('warning:');
    expect(plain.stdout).toContain(tokenOf(1));
    expect(plain.stdout).not.toContain('access-token-that-can-be-had-again');
    const there = await openHome();
    const nothing = { WXOP_PASSPHRASE: '' };
    expect((await there.run(['accounts', 'import', '-'], { stdin: plain.stdout, environment: nothing })).code).toBe(0);
    expect(await there.accounts()).toEqual(await home.accounts());
  });
});

describe('accounts import', () => {
  it('brings everything over; a second run changes nothing', async () => {
    const home = await exported();
    const there = await openHome([], 'ab'.repeat(32));
    const first = await there.run(['accounts', 'import', home.file, '--json']);
    expect([first.code, (JSON.parse(first.stdout) as TakenIn).ticket]).toEqual([0, { verdict: 'added' }]);
    expect(Object.values(verdictsOf(first))).toEqual(['added', 'added', 'added', 'added']);
    expect(await there.accounts()).toEqual(await home.accounts());
    expect((await there.store.read('ticket'))?.value).toEqual(TICKET);
    const second = await there.run(['accounts', 'import', home.file, '--json']);
    expect(Object.values(verdictsOf(second))).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
    expect((await there.store.read(`account/${appIdOf(1)}`))?.version).toBe(1);
    const human = await there.run(['accounts', 'import', home.file]);
    expect(human.stdout).toContain('unchanged');
    for (const hidden of ['\x1b', '\u202e', '@@@']) expect(human.stdout).not.toContain(hidden);
  });

  it('takes no file without encryption where a passphrase is set, unless told to', async () => {
    const home = await exported(...PLAIN);
    const there = await openHome();
    const refused = await there.run(['accounts', 'import', home.file, '--json']);
    expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(refused).hint).toContain('--plain');
    expect(await there.accounts()).toEqual({});
    expect((await there.run(['accounts', 'import', home.file, '--plain'])).code).toBe(0);
    expect(await there.accounts()).toEqual(await home.accounts());
  });

  it('never takes an older word for a newer one, unless told to', async () => {
    const home = await exported(...PLAIN);
    const there = await openHome();
    await there.run(['accounts', 'import', home.file, '--plain']);
    // Newer here: another event, another authorization, another token. Older here: everything.
    await change(there.store, 1, {
      refreshToken: tokenOf(1, 2),
      lastEvent: { createTime: 1_800_000_000, digest: 'n' },
    });
    await change(there.store, 2, { revokedAt: undefined, authorizedAt: Date.UTC(2025, 0, 1) });
    await change(there.store, 3, { refreshToken: tokenOf(3, 2) });
    await change(there.store, 4, { refreshToken: tokenOf(4), lastEvent: { createTime: 1, digest: 'o' } });
    const before = await there.accounts();
    const kept = await there.run(['accounts', 'import', home.file, '--plain', '--json']);
    expect(kept.code).toBe(0);
    expect(Object.values(verdictsOf(kept))).toEqual(['kept', 'kept', 'kept', 'updated']);
    const after = await there.accounts();
    expect({ ...after, [appIdOf(4)]: undefined }).toEqual({ ...before, [appIdOf(4)]: undefined });
    // The file knows no token of the fourth: ours stays.
    expect(after[appIdOf(4)]).toMatchObject({ refreshToken: tokenOf(4), lastEvent: accountOf(4).lastEvent });
    const forced = await there.run(['accounts', 'import', home.file, '--plain', '--overwrite', '--json']);
    expect(Object.values(verdictsOf(forced))).toEqual(['updated', 'updated', 'updated', 'unchanged']);
    expect((await there.accounts())[appIdOf(1)]).toEqual(accountOf(1));
    expect((await there.accounts())[appIdOf(2)]?.revokedAt).toBe(Date.UTC(2024, 1, 1));
  });

  it('takes a ticket only when it is newer', async () => {
    const home = await exported(...PLAIN);
    const there = await openHome();
    const ours = { ticket: 'ticket@@@of-this-machine', createTime: 0, receivedAt: 2 };
    await there.store.write('ticket', ours, 0, { durable: false });
    const kept = await there.run(['accounts', 'import', home.file, '--plain', '--json']);
    expect((JSON.parse(kept.stdout) as TakenIn).ticket).toEqual({ verdict: 'kept' });
    expect((await there.store.read('ticket'))?.value).toEqual(ours);
    await there.run(['accounts', 'import', home.file, '--plain', '--overwrite']);
    expect((await there.store.read('ticket'))?.value.ticket).toBe(TICKET.ticket);
  });

  const flip = (content: string, at: number): string => {
    const bytes = Buffer.from(content, 'base64');
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    return bytes.toString('base64');
  };
  it.each<[string, (file: File) => unknown, string, number]>([
    ['no JSON', () => 'not an object', 'USAGE', 2],
    ['another document', () => ({ accounts: [] }), 'USAGE', 2],
    ['a newer format', (file) => ({ ...file, version: 2 }), 'RECORD_NEWER', 1],
    ['a foreign component', (file) => ({ ...file, componentAppId: 'wx00000000000000ff' }), 'SETTINGS_INVALID', 2],
    ['a header that was changed', (file) => ({ ...file, accounts: 3 }), 'RECORD_DAMAGED', 1],
    ['another time', (file) => ({ ...file, exportedAt: '2030-01-01T00:00:00.000Z' }), 'RECORD_DAMAGED', 1],
    ['a changed byte', (file) => ({ ...file, content: flip(file.content, 0) }), 'RECORD_DAMAGED', 1],
    ['a changed tag', (file) => ({ ...file, content: flip(file.content, -1) }), 'RECORD_DAMAGED', 1],
    ['half of it', (file) => ({ ...file, content: file.content.slice(0, 40) }), 'RECORD_DAMAGED', 1],
    ['no content', (file) => ({ ...file, content: undefined }), 'RECORD_DAMAGED', 1],
    ['no encryption said', (file) => ({ ...file, encryption: undefined }), 'RECORD_DAMAGED', 1],
    ...(
      [
        ['too dear', { N: 2 ** 30 }],
        ['too wide', { r: 1024 }],
        ['too many', { p: 1000 }],
        ['no power of two', { N: 100_000 }],
        ['negative', { N: -2 }],
        ['no number', { N: '131072' }],
        ['another function', { kdf: 'pbkdf2' }],
        ['another cipher', { cipher: 'none' }],
        ['a short nonce', { nonce: 'AAAA' }],
      ] as const
    ).map(([name, parts]): [string, (file: File) => unknown, string, number] => [
      `a derivation that is ${name}`,
      (file) => ({ ...file, encryption: { ...file.encryption, ...parts } }),
      'RECORD_DAMAGED',
      1,
    ]),
  ])('refuses %s, and changes nothing', async (_name, damage, code, exit) => {
    const stdin = JSON.stringify(damage(await sealedFile()));
    const there = await openHome();
    const result = await there.run(['accounts', 'import', '-', '--json'], { stdin });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([exit, '', code]);
    expect(await there.accounts()).toEqual({});
    expect(await there.store.read('ticket')).toBeUndefined();
  });

  it('tells a wrong passphrase from damage', async () => {
    const stdin = JSON.stringify(await sealedFile());
    const there = await openHome();
    const environment = { WXOP_PASSPHRASE: 'four words of passphrasE' };
    const result = await there.run(['accounts', 'import', '-', '--json', '--verbose'], { stdin, environment });
    expect([result.code, errorOf(result).code]).toEqual([2, 'SETTINGS_INVALID']);
    expect(errorOf(result).message).toContain('passphrase');
    expect(result.stderr).not.toContain(environment.WXOP_PASSPHRASE);
    expect(await there.accounts()).toEqual({});
  });

  it.each(['', '{', '[]', 'null', '\u0000\u0001'])('refuses %j on stdin', async (stdin) => {
    const there = await openHome();
    expect(await there.run(['accounts', 'import', '-'], { stdin })).toMatchObject({ code: 2, stdout: '' });
  });

  it('takes what is an account, names what is none, and ends with 3', async () => {
    const home = await exported(...PLAIN);
    const good = { value: accountOf(7), writtenAt: 1 };
    const bad = [
      { ...accountOf(8), appId: '../../../etc/passwd' },
      { ...accountOf(8), appId: 'token/wx1' },
      { ...accountOf(8), refreshToken: 7 },
      { ...accountOf(8), authorizedAt: 9e15 },
      { ...accountOf(8), authorizedAt: -1 },
      { ...accountOf(8), funcInfo: ['15'] },
      { ...accountOf(8), kind: 'admin' },
      { ...accountOf(8), lastEvent: { createTime: 'now' } },
      { ...accountOf(8), nickName: 'x'.repeat(5000) },
      null,
    ].map((value) => ({ value, writtenAt: 1 }));
    const extra = { value: { ...accountOf(9), extra: 1, ['__proto__']: { polluted: 1 } }, writtenAt: 1 };
    home.write({ ...home.document, content: { accounts: [good, ...bad, 7, { value: accountOf(8) }, extra] } });
    const there = await openHome();
    const result = await there.run(['accounts', 'import', home.file, '--plain', '--json']);
    expect([result.code, errorOf(result).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(await there.accounts()).toEqual({ [appIdOf(7)]: accountOf(7), [appIdOf(9)]: accountOf(9) });
    const { accounts } = JSON.parse(result.stdout) as TakenIn;
    expect(accounts.filter(({ verdict }) => verdict === 'failed')).toHaveLength(12);
    expect((await there.run(['accounts', 'list'])).code).toBe(0);
  });

  test('killed in the middle it is finished by the next run', async () => {
    const many = Array.from({ length: 120 }, (_, index) => accountOf(index));
    const home = await openHome(many);
    const file = join(temporaryFolder(), 'many');
    expect((await wxop(['accounts', 'export', '-o', file, ...PLAIN], home.environment)).code).toBe(0);
    const there = await openHome();
    await there.store.write(`account/${appIdOf(90)}`, accountOf(90), 0, { durable: false });
    const state = join(there.environment.WXOP_HOME ?? '', 'state', COMPONENT_APPID);
    const blocked = block(join(state, 'account', appIdOf(90), '1.json'));
    for (const least of [20, 60]) {
      const importing = startWxop(['accounts', 'import', file, '--plain'], there.environment);
      const count = async () => (await there.store.list('account')).length;
      await eventually(async () => ((await count()) > least ? true : undefined));
      expect((await importing.stop('SIGKILL')).code).toBeNull();
    }
    blocked.putBack();
    const whole = await there.accounts();
    for (const [appId, account] of Object.entries(whole)) expect(account).toEqual((await home.accounts())[appId]);
    const { code, stdout } = await wxop(['accounts', 'import', file, '--plain', '--json'], there.environment);
    expect(code).toBe(0);
    expect(new Set(Object.values(verdictsOf({ stdout })))).toEqual(new Set(['added', 'unchanged']));
    expect(await there.accounts()).toEqual(await home.accounts());
  });
});
