import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { wxop } from '../support/processes.ts';

describe('compiled code that is kept for the next run', () => {
  let base = '';
  let folder = '';
  let file = '';
  const help = async (environment: Record<string, string> = {}): Promise<void> => {
    const { code, stdout, stderr } = await wxop(['--help'], { XDG_CACHE_HOME: base, ...environment });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: wxop');
  };
  const inode = (): number => statSync(file).ino;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'wxop-cache-'));
    folder = join(base, 'wxop');
    file = join(folder, `code-${process.version}-${process.arch}`);
    onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  });

  it('lies in the cache folder of its user, for nobody else, and is taken by the next run as it is', async () => {
    await help();
    expect(readdirSync(folder)).toEqual([`code-${process.version}-${process.arch}`]);
    expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    const before = inode();
    await help();
    expect(inode()).toBe(before);
  });

  it('grows with each kind of command, and loses nothing of the others', async () => {
    await help();
    const { size } = statSync(file);
    await wxop(['token', 'list'], { XDG_CACHE_HOME: base });
    expect(statSync(file).size).toBeGreaterThan(size);
    const before = inode();
    await help();
    expect(inode()).toBe(before);
  });

  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['is empty', () => Buffer.alloc(0)],
    ['is cut off', (bytes) => bytes.subarray(0, bytes.length - 100)],
    ['is cut off in the middle', (bytes) => bytes.subarray(0, bytes.length / 2)],
    [
      'has one wrong bit in its code',
      (bytes) => {
        bytes[Math.floor(bytes.length / 4)]! ^= 1;
        return bytes;
      },
    ],
    [
      'is of another build',
      (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('"build":"', '"build":"x'), 'latin1'),
    ],
    ['is no cache', () => Buffer.from('hello, hello')],
  ];
  it.each(damages)('is made anew where it %s', async (_, damage) => {
    await help();
    const damaged = inode();
    writeFileSync(file, damage(readFileSync(file)));
    await help();
    expect(inode()).not.toBe(damaged);
    const before = inode();
    await help();
    expect(inode()).toBe(before);
  });

  it('is not taken, and not written, where others can write', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    await help();
    expect(readdirSync(folder)).toEqual([]);

    chmodSync(folder, 0o700);
    await help();
    chmodSync(file, 0o666);
    const before = inode();
    await help();
    expect(inode()).not.toBe(before);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is never read or written through a link', async () => {
    await help();
    const elsewhere = join(base, 'elsewhere');
    const content = readFileSync(file);
    writeFileSync(elsewhere, content, { mode: 0o600 });
    rmSync(file);
    symlinkSync(elsewhere, file);
    await help();
    expect(readFileSync(elsewhere).equals(content)).toBe(true);
    expect(statSync(elsewhere).ino).not.toBe(inode());
  });

  it('is missed by nobody: without a folder, or switched off as that of Node, everything works', async () => {
    await help({ XDG_CACHE_HOME: '/dev/null/none' });
    await help({ XDG_CACHE_HOME: '', HOME: '' });
    await help({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(existsSync(folder)).toBe(false);
  });

  it('holds nothing of what was asked or set', async () => {
    const environment = { XDG_CACHE_HOME: base, WXOP_COMPONENT_APPSECRET: 'a-secret-of-the-run' };
    await wxop(['explain', '40001-asked'], environment);
    const kept = readFileSync(file, 'latin1');
    expect(kept).not.toContain('a-secret-of-the-run');
    expect(kept).not.toContain('40001-asked');
  });
});
