/** The journal on a disk that is full: a small disk of its own, where mounting is allowed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFileJournal } from '../../src/delivery/file-journal.ts';
import { sleep } from '../support/sleep.ts';
import { startWxop } from '../support/processes.ts';
import { ask, COMPONENT, sealed } from '../support/listener.ts';
import { temporaryFolder } from '../support/world.ts';

/** A folder on a disk of this size; undefined where mounting is not allowed. */
function smallDisk(size: string): string | undefined {
  const folder = temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder]).status !== 0) {
    console.warn('skipped: nothing may be mounted here, so the journal is not tried on a full disk');
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

const journalFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

describe('a full disk', () => {
  it('leaves one file of whole lines, which goes on when there is room again', async ({ skip }) => {
    const folder = smallDisk('96k') ?? skip();
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(64 * 1024));
    const { pid } = process;
    const journal = createFileJournal({
      folder,
      now: Date.now,
      random: Math.random,
      sleep,
      pid,
      host: () => 'test',
      isAlive: () => true,
    });
    const pushed = { receivedAt: 0, kind: 'message', appId: 'wx1', type: 'text', createTime: 1, query: '' } as const;
    const append = () =>
      journal
        .append({ ...pushed, body: 'x'.repeat(1_500), contentType: '', owed: [] })
        .then(({ entry }) => entry.id)
        .catch(() => undefined);
    const taken: string[] = [];
    let refused = 0;
    for (let count = 0; count < 60; count++) {
      const id = await append();
      if (id === undefined) refused++;
      else taken.push(id);
    }
    expect(refused).toBeGreaterThan(20);
    const [name = '', ...more] = journalFiles(folder);
    expect(more).toEqual([]);
    expect(readFileSync(join(folder, name), 'utf8').endsWith('\n')).toBe(true);
    rmSync(filler);
    taken.push((await append()) ?? 'refused');
    expect((await journal.list({})).map(({ id }) => id)).toEqual(taken);
    expect(journalFiles(folder)).toEqual([name]);
    await journal.close();
  });

  it('and no room for one line leaves nothing', async ({ skip }) => {
    const folder = smallDisk('16k') ?? skip();
    writeFileSync(join(folder, 'filler'), Buffer.alloc(12 * 1024));
    const { pid } = process;
    const journal = createFileJournal({
      folder,
      now: Date.now,
      random: Math.random,
      sleep,
      pid,
      host: () => 'test',
      isAlive: () => true,
    });
    const pushed = { receivedAt: 0, kind: 'message', appId: 'wx1', type: 'text', createTime: 1, query: '' } as const;
    for (let count = 0; count < 5; count++) {
      const appended = journal.append({ ...pushed, body: 'x'.repeat(50_000), contentType: '', owed: [] });
      await expect(appended).rejects.toMatchObject({ code: 'STORE_NOT_WRITABLE' });
    }
    expect(journalFiles(folder).map((name) => statSync(join(folder, name)).size)).toEqual([0]);
    await journal.close();
    expect(journalFiles(folder)).toEqual([]);
  });

  it('is warned of once, not with every push', async ({ skip }) => {
    const home = smallDisk('256k') ?? skip();
    const listener = startWxop(['listen', '--port', '0', '--no-start-push'], {
      WXOP_HOME: home,
      WXOP_COMPONENT_APPID: COMPONENT.appId,
      WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
      WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
      WXOP_API_URL: 'http://127.0.0.1:1',
    });
    let url: string | undefined;
    while (!url) [, url] = /Listening on (\S+)/.exec(listener.stderr()) ?? (await sleep(20), []);
    const statuses: number[] = [];
    for (let at = 0; at < 300; at++) {
      const message = { ToUserName: 'gh', FromUserName: 'o', CreateTime: at, MsgType: 'text', MsgId: at, Content: 'x' };
      const { path, body } = sealed(
        { ...message, Content: 'x'.repeat(900) },
        { path: '/wechat/message/wx0123456789abcdef' },
      );
      statuses.push((await ask(`${url}${path}`, { method: 'POST', body })).status);
    }
    const { stderr } = await listener.stop();
    expect(statuses.filter((status) => status === 500).length).toBeGreaterThan(50);
    expect(stderr.match(/ENOSPC/g)).toHaveLength(1);
    expect(journalFiles(join(home, 'state', COMPONENT.appId, 'journal'))).toHaveLength(1);
  });
});
