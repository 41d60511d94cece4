/** The files of the built command are its user's alone: what others may read, may write, or have put there. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPublishCheckTranscript } from '../../src/listener/publish-check-transcript.ts';
import type { PublishCheckActivity } from '../../src/listener/publish-check.ts';
import { openDumpFolder } from '../../src/menu/dump-folder.ts';
import { errorOf } from '../support/error-line.ts';
import { COMPONENT_APPID, TICKET } from '../support/prepared-homes.ts';
import { startWxop, wxop } from '../support/processes.ts';
import { isRoot, nobody, withoutRights } from '../support/rights.ts';
import { temporaryFolder } from '../support/world.ts';

const SECRET = 'a-secret-of-nobody-else';

/** A home with a profile, a ticket, and a note of a rejection. */
async function openOwnHome() {
  const home = join(temporaryFolder(), 'home');
  const environment = { WXOP_HOME: home };
  const settings = { WXOP_COMPONENT_APPID: COMPONENT_APPID, WXOP_COMPONENT_APPSECRET: SECRET };
  await wxop(['init', '--from-env', '--no-check'], { ...environment, ...settings });
  await wxop(['ticket', 'set', '--yes'], environment, TICKET.ticket);
  const refused = join(home, `refused-${COMPONENT_APPID}.json`);
  writeFileSync(refused, '[]\n', { mode: 0o600 });
  return {
    home,
    environment,
    config: join(home, 'config.json'),
    refused,
    record: join(home, 'state', COMPONENT_APPID, 'ticket', '1.json'),
    showTicket: () => wxop(['ticket', 'show', '--json'], environment),
  };
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('what others may read', () => {
  it('is made private, each with one warning', async () => {
    const { home, config, record, refused, environment, showTicket } = await openOwnHome();
    const opened = { [home]: 0o755, [config]: 0o644, [record]: 0o604, [refused]: 0o640 };
    for (const [path, mode] of Object.entries(opened)) chmodSync(path, mode);
    const { code, stderr } = await showTicket();
    expect([code, stderr.trim().split('\n')]).toEqual([
      0,
      [
        `warning: ${home} was open to others (mode 755); now 700.`,
        `warning: ${config} was open to others (mode 644); now 600.`,
        `warning: ${record} was open to others (mode 604); now 600.`,
      ],
    ]);
    expect([home, config, record].map(modeOf)).toEqual(['700', '600', '600']);
    expect((await showTicket()).stderr).toBe('');
    const examined = await wxop(['doctor', '--offline', '--json'], environment);
    expect(examined.stderr).toContain(`${refused} was open to others (mode 640); now 600.`);
    expect(modeOf(refused)).toBe('600');
  });
});

describe('what others may write', () => {
  it.each([
    ['home', '770'],
    ['home', '1777'],
    ['config', '666'],
    ['config', '620'],
    ['record', '660'],
  ] as const)('is not used, and stays as it is: %s with mode %s', async (which, octal) => {
    const opened = await openOwnHome();
    const path = opened[which];
    const mode = parseInt(octal, 8);
    chmodSync(path, mode);
    for (let time = 0; time < 2; time++) {
      const finished = await opened.showTicket();
      expect([finished.code, finished.stdout]).toEqual([2, '']);
      expect(errorOf(finished)).toMatchObject({
        code: 'NOT_PRIVATE',
        message: expect.stringContaining(`Others can write to ${path}`) as string,
        hint: expect.stringContaining('chmod go=') as string,
      });
      expect(statSync(path).mode & 0o7777).toBe(mode);
    }
  });

  it('sends no secret anywhere', async () => {
    const { config, environment } = await openOwnHome();
    let asked = 0;
    const thief = createServer((_, response) => response.end(`${++asked}`)).listen(0, '127.0.0.1');
    onTestFinished(() => void thief.close());
    await new Promise((ready) => thief.once('listening', ready));
    const saved = JSON.parse(readFileSync(config, 'utf8')) as { profiles: { default: Record<string, string> } };
    saved.profiles.default.apiUrl = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
    writeFileSync(config, JSON.stringify(saved));
    chmodSync(config, 0o606);
    expect(errorOf(await wxop(['token', 'component', '--json'], environment)).code).toBe('NOT_PRIVATE');
    expect(asked).toBe(0);
    // The same file trusted: the way is open, so it is the mode that closed it.
    chmodSync(config, 0o600);
    await wxop(['token', 'component', '--json'], environment);
    expect(asked).toBeGreaterThan(0);
  });
});

describe.skipIf(!isRoot)('what belongs to another user', () => {
  it.each(['home', 'config', 'record'] as const)('is not used: %s', async (which) => {
    const opened = await openOwnHome();
    chownSync(opened[which], nobody.uid, nobody.gid);
    const finished = await opened.showTicket();
    expect([finished.code, finished.stdout]).toEqual([2, '']);
    expect(errorOf(finished)).toMatchObject({
      code: 'NOT_PRIVATE',
      message: `${opened[which]} belongs to another user (uid ${nobody.uid}).`,
    });
  });

  it('is used where that is root', async () => {
    const { home, config, environment } = await openOwnHome();
    chmodSync(join(home, '..'), 0o755);
    for (const path of [home, join(home, 'state'), join(home, 'state', COMPONENT_APPID)]) {
      chownSync(path, nobody.uid, nobody.gid);
    }
    chmodSync(config, 0o644);
    const flags = withoutRights(join(home, '..'));
    const shown = await startWxop(['profile', 'show', '--json'], environment, '', flags).finished;
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(COMPONENT_APPID);
  });
});

describe('a symlink', () => {
  const victimIn = (folder: string): string => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine\n');
    return victim;
  };

  it('is not followed by what is added to a file of the home', () => {
    const folder = temporaryFolder();
    const [victim, path] = [victimIn(folder), join(folder, 'publish-check.jsonl')];
    const owner = { userId: process.geteuid?.(), warn: () => undefined };
    const transcript = createPublishCheckTranscript(path, owner, () => 0);
    const activity = { case: 'text', appId: 'wx1', asked: 'a', outcome: 'sent', milliseconds: 1 };
    transcript.write(activity as unknown as PublishCheckActivity);
    expect(transcript.read()).toHaveLength(1);
    const other = join(folder, 'linked.jsonl');
    symlinkSync(victim, other);
    createPublishCheckTranscript(other, owner, () => 0).write(activity as unknown as PublishCheckActivity);
    expect(readFileSync(victim, 'utf8')).toBe('mine\n');
  });

  it('is not followed by the files of a dump, nor by its list of what is done', () => {
    const folder = join(temporaryFolder(), 'menus');
    mkdirSync(join(folder, 'wxa'), { recursive: true });
    const victim = victimIn(folder);
    for (const name of ['.wxop-dump', '.wxop-dump.new', 'wxa/report.json', 'wxa/report.json.new']) {
      symlinkSync(victim, join(folder, name));
    }
    const options = { folder, componentAppId: 'wx1', now: () => 0, isWhole: true, restart: false };
    const dump = openDumpFolder(options);
    dump.write('wxa', { 'report.json': '{}' });
    expect(readFileSync(join(folder, 'wxa/report.json'), 'utf8')).toBe('{}');
    // Somebody is faster than the next line.
    const late = join(temporaryFolder(), 'menus');
    const running = openDumpFolder({ ...options, folder: late });
    writeFileSync(join(late, 'aside'), '');
    chmodSync(late, 0o700);
    replaceBySymlink(join(late, '.wxop-dump'), victim);
    expect(() => void running.note('wxa')).toThrow('ELOOP');
    expect(readFileSync(victim, 'utf8')).toBe('mine\n');
  });
});

function replaceBySymlink(path: string, target: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

describe('a file that an answer with secrets is written to', () => {
  /** WeChat, as far as one call without a token goes. */
  async function openApi(): Promise<Record<string, string>> {
    const server = createServer((_, response) => response.end(`{"refresh_token":"${SECRET}"}`)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((ready) => server.once('listening', ready));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: COMPONENT_APPID, WXOP_API_URL: apiUrl };
  }
  const write = async (path: string) => wxop(['api', '/cgi-bin/any', '--as', 'none', '-o', path], await openApi());

  it('is private in the end, though it was not, and who reads it already reads nothing new', async () => {
    const path = join(temporaryFolder(), 'answer.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    const reader = openSync(path, 'r');
    expect(await write(path)).toMatchObject({ code: 0 });
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual([`{"refresh_token":"${SECRET}"}`, '600']);
    expect(readFileSync(reader, 'utf8')).toBe('old');
  });

  it('stays the one that a symlink leads to', async () => {
    const folder = temporaryFolder();
    const [real, path] = [join(folder, 'real.json'), join(folder, 'link.json')];
    writeFileSync(real, 'old', { mode: 0o666 });
    symlinkSync(real, path);
    expect(await write(path)).toMatchObject({ code: 0 });
    expect([readFileSync(real, 'utf8'), modeOf(real)]).toEqual([`{"refresh_token":"${SECRET}"}`, '600']);
  });

  it('may be no file', async () => {
    const pipe = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void reader.kill());
    const read = text(reader.stdout);
    expect(await write(pipe)).toMatchObject({ code: 0 });
    expect(await read).toBe(`{"refresh_token":"${SECRET}"}`);
  });
});
