/** What WeChat's publish checks asked and what was answered, kept for the operator. No credentials are in it. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { toJson } from '../sentences/printable.ts';
import { appendToFile, readOwnFile, type Owner } from '../runtime/own-files.ts';
import type { PublishCheckActivity } from './publish-check.ts';

export interface PublishCheckTranscript {
  /** Adds a line. A folder that cannot be written costs the line, not the answer to WeChat. */
  write(activity: PublishCheckActivity): void;
  read(): string[];
}

export function createPublishCheckTranscript(path: string, owner: Owner, now: () => number): PublishCheckTranscript {
  return {
    write: ({ case: which, appId, asked, outcome, milliseconds, error }) => {
      const at = new Date(now()).toISOString();
      const line = { at, appId, case: which, asked, outcome, milliseconds, ...(error && { error: error.code }) };
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        appendToFile(path, `${toJson(line)}\n`, owner);
      } catch {
        // The case was reported anyway.
      }
    },
    read: () => {
      try {
        return readOwnFile(path, owner).split('\n').filter(Boolean);
      } catch {
        return [];
      }
    },
  };
}
