/** Replacing a file as a whole. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFile, replaceFileSync } from '../../src/runtime/replace-file.ts';
import { temporaryFolder } from '../support/world.ts';

describe.each([
  ['replaceFile', (path: string, content: string) => replaceFile(path, content, { overwrite: true })],
  ['replaceFileSync', (path: string, content: string) => Promise.resolve().then(() => replaceFileSync(path, content))],
])('%s', (_name, replace) => {
  it('makes a file for its owner only, and leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    await replace(join(folder, 'file'), 'new');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new');
    expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('takes the place of a file, and of its loose mode', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'old', { mode: 0o644 });
    await replace(path, 'new');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600]);
  });

  it('leaves everything as it was where it fails', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'file', 'inside'), { recursive: true });
    await expect(replace(join(folder, 'file'), 'new')).rejects.toThrow();
    await expect(replace(join(folder, 'nowhere', 'file'), 'new')).rejects.toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('replaceFile without overwriting', () => {
  it('lets exactly one of those win who make the same file at once', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    const made = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((content) => replaceFile(path, content, { overwrite: false })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = made.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []));
    expect(codes).toEqual(['EEXIST', 'EEXIST', 'EEXIST']);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});
