// What the dump of all menus costs without wxop: a bare undici loop that makes the same two calls and stores nothing.
//
//   node bench/menus-baseline.mjs FILE   with { url, concurrency, tokens }
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

const { url, concurrency, tokens } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const dispatcher = new Agent();
let next = 0;

async function work() {
  while (next < tokens.length) {
    const token = tokens[next++];
    for (const path of ['/cgi-bin/get_current_selfmenu_info', '/cgi-bin/menu/get']) {
      const { body } = await request(`${url}${path}?access_token=${token}`, { dispatcher });
      const answer = await body.json();
      if (answer.errcode && answer.errcode !== 46003 && answer.errcode !== 48001)
        throw new Error(`refused: ${answer.errcode}`);
    }
  }
}

await Promise.all(Array.from({ length: concurrency }, work));
await dispatcher.close();
