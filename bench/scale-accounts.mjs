// What many accounts cost on Redis; run by scale.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { makeFolder, processorTime, report, startPlatform, startRedis, wxop } from './measuring.mjs';
import { BIN, residentBytes } from './place.mjs';

const CONCURRENCY = 16;
const PAGE = 1_000;

/** The refresh tokens by appid, as the sandbox lists them. */
async function refreshTokensOf({ WXOP_API_URL: url, WXOP_COMPONENT_APPID: componentAppId }, token, accounts) {
  const found = new Map();
  while (found.size < accounts) {
    const answer = await fetch(`${url}/cgi-bin/component/api_get_authorizer_list?component_access_token=${token}`, {
      method: 'POST',
      body: JSON.stringify({ component_appid: componentAppId, offset: found.size, count: 500 }),
    });
    for (const { authorizer_appid: appId, refresh_token: own } of (await answer.json()).list) found.set(appId, own);
  }
  return found;
}

/** Copies what the store has of one account to all others, each with its own appid and refresh token. */
async function fill(client, componentAppId, template, refreshTokens) {
  const key = (name) => `wxop:{${componentAppId}}:${name}`;
  const others = [...refreshTokens.keys()].filter((appId) => appId !== template);
  for (const kind of ['account', 'token']) {
    const fields = Object.entries(await client.hGetAll(key(`record:${kind}/${template}`)));
    for (let from = 0; from < others.length; from += PAGE) {
      const page = others.slice(from, from + PAGE);
      const write = (appId) => {
        const own = fields.map(([name, text]) => [
          name,
          text.replaceAll(template, appId).replace(refreshTokens.get(template), refreshTokens.get(appId)),
        ]);
        return client.sendCommand(['HSET', key(`record:${kind}/${appId}`), ...own.flat()]);
      };
      await Promise.all([client.sendCommand(['SADD', key(`index:${kind}`), ...page]), ...page.map(write)]);
    }
  }
}

/** Reports them; gives what the sums of scale.mjs need. */
export async function measureAccounts({ accounts, isRefreshed }) {
  const { folder, close } = makeFolder('tmpfs');
  const platform = await startPlatform({ accounts });
  const redis = await startRedis();
  const client = createClient({ url: redis.url, RESP: 2 });
  await client.connect();
  const info = async (section, name) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await client.sendCommand(['INFO', section]))[1]);
  const env = { ...platform.env, WXOP_HOME: folder, WXOP_LANG: 'en', WXOP_STORE: redis.url };
  const many = accounts.toLocaleString('en-US');
  const rows = [];
  const row = (what, value, unit) => rows.push({ id: `${many} accounts: ${what}`, value, unit });

  const usage = join(folder, 'usage.cjs');
  writeFileSync(
    usage,
    "process.on('exit', () => require('node:fs').writeSync(3, JSON.stringify(process.resourceUsage())));",
  );
  /** To its end: milliseconds, those of the processor, MiB. */
  async function run(...argv) {
    const start = performance.now();
    const child = spawn(process.execPath, ['--require', usage, BIN, ...argv], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let [said, used] = ['', ''];
    child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-1000)));
    child.stdio[3].on('data', (chunk) => (used += chunk));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}\n${said}`);
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(used);
    const took = performance.now() - start;
    return { took, processor: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024 };
  }

  /** The broker: who asks by name makes it read all accounts once. */
  async function measureBroker(appId) {
    const key = (await wxop(['serve', 'key', 'add', 'bench', '--accounts', 'all'], env)).stdout.trim();
    const argv = [BIN, 'serve', '--address', '0', '--json'];
    const child = spawn(process.execPath, argv, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(child.stdout, 'data');
    const { url } = JSON.parse(String(line).split('\n')[0]);
    const name = encodeURIComponent(
      JSON.parse((await wxop(['accounts', 'show', appId, '--json'], env)).stdout).nickName,
    );
    const [start, before] = [performance.now(), processorTime(child)];
    const answer = await fetch(`${url}/token/${name}`, { headers: { authorization: `Bearer ${key}` } });
    // A nickname is no alias: all that are known are read, and then the answer is no.
    if (answer.status !== 403) throw new Error(`the broker answered ${answer.status}`);
    row('a broker reads their aliases', (performance.now() - start) / 1000, 's');
    row('a broker reads their aliases, processor', (processorTime(child) - before) / 1e6, 's');
    const listing = performance.now();
    const all = await fetch(`${url}/accounts`, { headers: { authorization: `Bearer ${key}` } });
    if ((await all.json()).length !== accounts) throw new Error('the broker did not list all');
    row('GET /accounts of a broker', (performance.now() - listing) / 1000, 's');
    row('memory of that broker', residentBytes(child.pid) / 2 ** 20, 'MiB');
    child.kill();
    await once(child, 'exit');
  }

  const found = {};
  try {
    await wxop(['ticket', 'set', '--quiet'], env, platform.ticket);
    const token = (await wxop(['token', 'component'], env)).stdout.trim();
    const [template] = platform.appIds;
    await wxop(['accounts', 'sync', template], env);
    await wxop(['token', 'get', template], env);
    const refreshTokens = await refreshTokensOf(env, token, accounts);
    const before = await info('memory', 'used_memory');
    await fill(client, env.WXOP_COMPONENT_APPID, template, refreshTokens);
    found.bytes = ((await info('memory', 'used_memory')) - before) / (accounts - 1);
    row('Redis, each with its token', found.bytes, 'bytes');
    const listed = await run('accounts', 'list', '--json');
    row('accounts list', listed.took / 1000, 's');
    row('accounts list, processor', listed.processor / 1000, 's');
    row('accounts list, memory', listed.memory, 'MiB');
    await measureBroker(template);
    if (isRefreshed) {
      const redisBefore = (await info('cpu', 'used_cpu_user')) + (await info('cpu', 'used_cpu_sys'));
      const refreshed = await run('token', 'refresh', '--all', '--concurrency', String(CONCURRENCY), '--quiet');
      const redisAfter = (await info('cpu', 'used_cpu_user')) + (await info('cpu', 'used_cpu_sys'));
      found.refresh = (refreshed.processor * 1000) / accounts;
      row('token refresh --all, processor for each', found.refresh, 'µs');
      row('token refresh --all, Redis for each', ((redisAfter - redisBefore) * 1e6) / accounts, 'µs');
      row('token refresh --all, memory', refreshed.memory, 'MiB');
    }
  } finally {
    await client.close();
    await redis.close();
    await platform.close();
    close();
  }
  return { isGood: report('scale accounts', rows), ...found };
}
