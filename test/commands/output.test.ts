import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwritable, writeOutput } from '../../src/commands/files.ts';
import { writePrivateOutput } from '../../src/commands/files.ts';
import { failureOf } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

describe('a file that a command cannot write', () => {
  it.skipIf(!existsSync('/dev/full'))('on a full disk is a failure, not wrong usage', async () => {
    const failure = await failureOf(writeOutput('/dev/full', 'a picture'));
    expect(failure).toMatchObject({ code: 'STORE_NOT_WRITABLE', exitCode: 1 });
    expect(failure.message).toContain('/dev/full: the disk is full (ENOSPC)');
    expect(failure.hint?.en).toContain('Free some space');
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('is a failure of the disk at its limit %s', (code) => {
    const failure = unwritable('accounts.wxop', Object.assign(new Error(code), { code }));
    expect([failure.exitCode, failure.message]).toEqual([1, `Cannot write accounts.wxop: the disk is full (${code}).`]);
  });

  it('is wrong usage in a missing folder, and nothing is left behind', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'nowhere', 'file');
    for (const writing of [() => writeOutput(path, 'x'), () => writePrivateOutput(path, 'x', true)]) {
      expect(await failureOf(writing())).toMatchObject({ code: 'USAGE', exitCode: 2 });
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
