/** Where secrets show that belong nowhere: what running commands say and leave, and what they answer to everybody. */
import { existsSync, readFileSync } from 'node:fs';
import { files } from './files-under.ts';
import { ask } from './listener.ts';
import type { Started } from './processes.ts';

export interface Places {
  running: Started[];
  /** Of listeners and brokers: `/metrics` and `/healthz` are read. */
  urls: string[];
  folders: string[];
  /** Records of the store have to hold tokens. */
  except?: RegExp;
  said?: string[];
}

/** The names of the places in which one of the secrets is. */
export async function leaksIn(secrets: readonly string[], places: Places): Promise<string[]> {
  const { running, urls, folders, except, said = [] } = places;
  const found: [place: string, content: string][] = said.map((content, at) => [`output ${at}`, content]);
  for (const { process, lines, stderr } of running) {
    found.push(['stdout', lines.join('\n')], ['stderr', stderr()]);
    const commandLine = `/proc/${process.pid}/cmdline`;
    if (existsSync(commandLine)) found.push([commandLine, readFileSync(commandLine, 'latin1')]);
  }
  for (const path of urls.flatMap((url) => [`${url}/metrics`, `${url}/healthz`])) {
    found.push([path, (await ask(path)).body]);
  }
  for (const folder of folders) {
    for (const { path, content } of files(folder)) if (!except?.test(path)) found.push([path, content]);
  }
  return found.flatMap(([place, content]) => (secrets.some((secret) => content.includes(secret)) ? [place] : []));
}
