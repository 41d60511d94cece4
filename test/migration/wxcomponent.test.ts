import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { hasMariadb, ownMariadb } from '../support/mariadb.ts';
import { appIdOf, COMPONENT_APPID, openHome, tokenOf, verdictsOf } from '../support/prepared-homes.ts';

const TICKET = 'ticket@@@of-the-other-program';

describe.skipIf(!hasMariadb)('import from 微管家', () => {
  it('takes over ticket and refresh tokens of its own component, and cannot but read', async () => {
    const { port, connection } = await ownMariadb();
    const accounts = Array.from({ length: 501 }, (_, index) => [appIdOf(index + 1), 1, tokenOf(index + 1)]);
    await connection.query('INSERT INTO authorizers (appid, apptype, refreshtoken) VALUES ?', [accounts]);
    await connection.query("UPDATE authorizers SET refreshtoken = '' WHERE appid = ?", [appIdOf(7)]);
    await connection.query("INSERT INTO comm (`key`, value) VALUES ('ticket', ?)", [TICKET]);
    await connection.query(
      "INSERT INTO wxcallback_component (receivetime, infotype, postbody) VALUES ('2026-11-29 18:00:00', 'component_verify_ticket', ''), ('2026-11-29 17:50:00', 'component_verify_ticket', ''), ('2026-11-29 18:30:00', 'authorized', '')",
    );
    const home = await openHome();
    const url = `wxcomponent+mysql://reader:planted-Password@127.0.0.1:${port}`;
    const run = (from: string) => home.run(['import', '--json'], { environment: { WXOP_IMPORT_FROM: from } });

    const first = await run(`${url}/wxcomponent`);
    expect([first.code, errorOf(first).code]).toEqual([3, 'PARTLY_FAILED']);
    const verdicts = verdictsOf(first);
    expect(Object.keys(verdicts)).toHaveLength(501);
    expect(Object.keys(verdicts).filter((appId) => verdicts[appId] !== 'added')).toEqual([appIdOf(7)]);
    expect((await home.accounts())[appIdOf(501)]?.refreshToken).toBe(tokenOf(501));
    expect((await home.store.read('ticket'))?.value).toEqual({
      ticket: TICKET,
      createTime: 0,
      // Written in Asia/Shanghai, whatever the database and this machine think.
      receivedAt: Date.UTC(2026, 10, 29, 10, 0, 0),
    });
    expect(first.stdout + first.stderr).not.toMatch(/@@@|planted/);

    await connection.query("INSERT INTO wxtoken (type, appid, token) VALUES (1, ?, 't'), (2, ?, 't')", [
      appIdOf(1),
      COMPONENT_APPID,
    ]);
    expect(new Set(Object.values(verdictsOf(await run(url))))).toEqual(new Set(['unchanged', 'failed']));

    await connection.query("UPDATE wxtoken SET appid = 'wx00000000000000ff' WHERE type = 2");
    const foreign = await run(url);
    expect([foreign.code, foreign.stdout, errorOf(foreign).code]).toEqual([2, '', 'USAGE']);
    expect(foreign.stderr).toContain('wx00000000000000ff');

    for (const wrong of [url.replace('planted', 'another'), `${url}/elsewhere`, url.replace(String(port), '1')]) {
      const refused = await run(wrong);
      expect([refused.code, refused.stdout, errorOf(refused).code]).toEqual([5, '', 'STORE_UNAVAILABLE']);
      expect(refused.stderr).not.toContain('another-Password');
    }
    await connection.query('UPDATE wxtoken SET appid = ? WHERE type = 2', [COMPONENT_APPID]);
    const cases: [breaking: string, from: string, said: string][] = [
      ['DO 0', `${url}/wxcomponent?tls=on`, 'does not support secure connection'],
      ['RENAME TABLE authorizers TO elsewhere', url, "authorizers' doesn't exist"],
      ["REVOKE SELECT ON wxcomponent.* FROM reader@'127.0.0.1'", url, 'Access denied'],
    ];
    for (const [breaking, from, said] of cases) {
      await connection.query(breaking);
      const refused = await run(from);
      expect([refused.code, errorOf(refused).code]).toEqual([5, 'STORE_UNAVAILABLE']);
      expect(refused.stderr).toContain(said);
      expect(refused.stderr).not.toContain('planted-Password');
    }
    const open = await home.run(['import', url, '--json']);
    expect([open.code, errorOf(open).code]).toEqual([2, 'USAGE']);
    expect(open.stderr).not.toContain('planted');
  });
});
