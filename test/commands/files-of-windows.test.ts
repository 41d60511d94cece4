/** Text files as programs of Windows save them, read by the built command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountOf, appIdOf, COMPONENT_APPID, openHome, TICKET, verdictsOf } from '../support/prepared-homes.ts';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const ENCODINGS: [string, (text: string) => Buffer][] = [
  ['Notepad, with a byte order mark', (text) => Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`)],
  ['PowerShell 5, in UTF-16', (text) => utf16(text.replaceAll('\n', '\r\n'))],
  ['others, in UTF-16 of the other order', (text) => utf16(text).swap16()],
];

describe.each(ENCODINGS)('a file saved by %s', (_by, save) => {
  it('can hold a secret', async () => {
    const path = join(temporaryFolder(), 'token');
    writeFileSync(path, save('MessageToken2026\n'));
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_MESSAGE_TOKEN_FILE: path };
    const saved = await wxop(['init', '--from-env', '--no-check'], environment);
    expect(saved.stderr).not.toContain('must be');
    const shown = await wxop(['profile', 'show', '--reveal', '--json'], environment);
    expect(shown.stdout).toContain('"MessageToken2026"');
  });

  it('can hold exported accounts', async () => {
    const [from, to] = [await openHome([accountOf(1)]), temporaryFolder()];
    const { stdout } = await from.run(['accounts', 'export', '--plain', '--yes']);
    const path = join(to, 'accounts.wxop');
    writeFileSync(path, save(stdout));
    const environment = { WXOP_HOME: to, WXOP_COMPONENT_APPID: COMPONENT_APPID };
    expect(verdictsOf(await wxop(['accounts', 'import', path, '--json'], environment))).toEqual({
      [appIdOf(1)]: 'added',
    });
  });

  it('can be what a command reads', async () => {
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: COMPONENT_APPID };
    const set = await wxop(['ticket', 'set', '--yes'], environment, save(`${TICKET.ticket}\n`));
    expect([set.code, set.stderr]).toEqual([0, expect.not.stringContaining('no ticket')]);
    const shown = await wxop(['ticket', 'show', '--reveal', '--json'], environment);
    expect(JSON.parse(shown.stdout)).toMatchObject({ ticket: TICKET.ticket });
  });
});
