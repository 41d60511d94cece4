/** The flags of commands that go through all accounts. */
import type { Command } from 'commander';
import { text, type Text } from '../errors.ts';
import { count } from './arguments.ts';

const CONCURRENCY = 8;

export interface BulkFlags {
  concurrency: number;
  restart?: boolean;
}

export function addConcurrency(command: Command, say: (sentence: Text) => string, usual = CONCURRENCY): Command {
  return command.option(
    '--concurrency <n>',
    say(text(`so many accounts at once (default ${usual})`, `同时处理的帐号数（默认 ${usual}）`)),
    count(1),
    usual,
  );
}

export function addBulkFlags(command: Command, say: (sentence: Text) => string, usual = CONCURRENCY): Command {
  return addConcurrency(command, say, usual).option(
    '--restart',
    say(text('begin anew instead of going on with what an earlier run left', '重新开始，而不是继续上一次未完成的部分')),
  );
}
