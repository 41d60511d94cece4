// Listeners and a broker behind nginx on one Redis, as service/compose.yaml has them: first whether together they lose, double
// or refuse anything, then what they cost.
//
//   npm run build && node bench/scale.mjs            [--listeners 10] [--pushes 20000] [--accounts 10000,100000]
//   node bench/scale.mjs --checks --listeners 3      only the first part, with its findings as JSON on stdout
//
// Costs are processor time: what else runs on the machine is not in them.
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from '../dist/sandbox.js';
import { report, wxop } from './measuring.mjs';
import { eventually, freePorts, startPlace } from './place.mjs';
import { push } from './pushes.mjs';
import { measureAccounts } from './scale-accounts.mjs';
import { measurePushes } from './scale-pushes.mjs';

const { values: flags } = parseArgs({
  options: {
    listeners: { type: 'string', default: '10' },
    pushes: { type: 'string', default: '20000' },
    accounts: { type: 'string', default: '10000,100000' },
    refresh: { type: 'string', default: '10000' },
    checks: { type: 'boolean', default: false },
  },
});
const count = Number(flags.listeners);
const CONNECTIONS = 4;
/** Of a message's CreateTime: with it, each is known again in the journal. */
const FIRST = 1_700_000_000;

const folder = mkdtempSync(join(tmpdir(), 'wxop-scale-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The operator's own service and that of a laptop: which pushes each got, how often. */
async function startTarget() {
  const got = { '/service': new Map(), '/laptop': new Map() };
  const server = createServer((asked, answer) => {
    const id = asked.headers['x-wxop-event-id'];
    const own = got[asked.url.split('?')[0]];
    own.set(id, (own.get(id) ?? 0) + 1);
    asked.resume().on('end', () => answer.end('success'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { got, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

const ports = await (async () => {
  const [health, plain, tls, open] = await freePorts(4);
  return { health, plain, tls, open };
})();
const target = await startTarget();
const sandbox = await startSandbox({ pushUrl: `http://127.0.0.1:${ports.open}/wechat/event`, accounts: 2 });
const { WXOP_COMPONENT_APPID: appId, WXOP_MESSAGE_TOKEN: token, WXOP_ENCODING_AES_KEY: aesKey } = sandbox.env;
const component = { appId, token, aesKey };
const [first, second] = sandbox.state().accounts.map((account) => account.appId);

const agent = new Agent({ keepAlive: true, maxSockets: 4 * CONNECTIONS });
/** Status and body; the status is 0 where nobody answered. */
const ask = (path, { body, headers = {} } = {}) =>
  new Promise((done) => {
    const sent = request(
      { host: '127.0.0.1', port: ports.open, path, method: body === undefined ? 'GET' : 'POST', agent, headers },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += chunk));
        answer.on('end', () => done({ status: answer.statusCode, body: text }));
        answer.on('error', () => done({ status: 0, body: '' }));
      },
    );
    sent.on('error', (error) => done({ status: 0, body: error.message }));
    sent.end(body);
  });

let made = 0;
/** Messages that were answered with 200. */
const acknowledged = new Set();
/** A message that is new, twice, as WeChat repeats it: the second has another nonce. */
function messageTwice() {
  const number = made++;
  const xml =
    `<xml><ToUserName>gh_1</ToUserName><FromUserName>o${number % 97}</FromUserName><CreateTime>${FIRST + number}</CreateTime>` +
    `<MsgType>text</MsgType><Content>${number}</Content><MsgId>${number + 1}</MsgId></xml>`;
  return { number, pushes: [0, 1].map(() => push(`/wechat/message/${first}`, xml, component)) };
}

/** Pushes until `during` is over; each message comes twice at once. Counts answers. */
async function load(during) {
  const statuses = {};
  let isOver = false;
  const worker = async () => {
    while (!isOver) {
      const { number, pushes } = messageTwice();
      const answers = await Promise.all(pushes.map(({ path, body }) => ask(path, { body })));
      for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
      if (answers.some(({ status }) => status === 200)) acknowledged.add(number);
      // A load, not a flood: what is measured here is whether all of it is answered.
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const workers = Array.from({ length: CONNECTIONS }, worker);
  const more = (wanted) => {
    const from = made;
    return eventually(() => made >= from + wanted, `${wanted} pushes`);
  };
  await during(more);
  isOver = true;
  await Promise.all(workers);
  return statuses;
}

/** Lines of a type that all listeners together printed, those that have ended too. */
const toldBy = ({ listeners }, type) =>
  listeners.map(
    ({ said, before = [] }) =>
      [...before.map((one) => one.said()), said()].join('').split(`{"type":"${type}"`).length - 1,
  );

async function check(place) {
  const { listeners } = place;
  const calls = (name) => sandbox.state().calls[`/cgi-bin/component/${name}`] ?? 0;
  const env = { ...place.env, WXOP_API_URL: sandbox.env.WXOP_API_URL };

  // A ticket comes to any of them, and is there for the broker.
  await eventually(async () => (await sandbox.push({ event: 'component_verify_ticket' })).status === 200, 'a ticket');

  // A code comes to three listeners at once, and its redirect to a fourth.
  const { port } = listeners[0];
  const authorize = ['authorize', '--no-wait', '--json', '--port', String(port)];
  const addKey = [
    'serve',
    'key',
    'add',
    'bench',
    '--accounts',
    'all',
    '--scopes',
    'token,events',
    '--rate',
    '10000000',
  ];
  const [{ stdout: links }, { stdout: key }] = await Promise.all([authorize, addKey].map((argv) => wxop(argv, env)));
  const link = JSON.parse(links);
  const preAuthCode = new URL(link.pcUrl).searchParams.get('pre_auth_code');
  const { redirectUrl } = sandbox.consent({ preAuthCode, appId: first });
  const code = new URL(redirectUrl).searchParams.get('auth_code');
  const event =
    `<xml><AppId>${appId}</AppId><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><InfoType>authorized</InfoType>` +
    `<AuthorizerAppid>${first}</AuthorizerAppid><AuthorizationCode>${code}</AuthorizationCode>` +
    `<AuthorizationCodeExpiredTime>${Math.floor(Date.now() / 1000) + 600}</AuthorizationCodeExpiredTime>` +
    `<PreAuthCode>${preAuthCode}</PreAuthCode></xml>`;
  const back = new URL(redirectUrl);
  const answers = await Promise.all([
    ...[1, 2, 3].map(() => push('/wechat/event', event, component)).map(({ path, body }) => ask(path, { body })),
    ask(back.pathname + back.search),
  ]);
  if (answers.some(({ status }) => status !== 200)) throw new Error(JSON.stringify(answers));
  await eventually(() => toldBy(place, 'authorized').some((times) => times > 0), 'an authorization');

  const laptop = await place.attach(key.trim(), `${target.url}/laptop`);
  const tokens = {};
  const asking = new AbortController();
  const asked = (async () => {
    while (!asking.signal.aborted) {
      const { status } = await ask(`/token/${first}`, { headers: { authorization: `Bearer ${key.trim()}` } });
      tokens[status] = (tokens[status] ?? 0) + 1;
      await new Promise((done) => setTimeout(done, 10));
    }
  })();

  const steady = await load((more) => more(60));
  const killed = await load(async (more) => {
    await more(20);
    listeners[0].child.kill('SIGKILL');
    await listeners[0].ended;
    await more(20);
    await place.restart(0);
  });
  const ends = [];
  const rolling = await load(async (more) => {
    for (const at of [...listeners.keys()].slice(1)) {
      listeners[at].child.kill('SIGTERM');
      ends.push(await listeners[at].ended);
      await place.restart(at);
    }
    await more(20);
  });
  asking.abort();
  await asked;

  const listed = await wxop(['events', 'list', '--json', '--type', 'text', '--limit', '1000000'], env);
  const journal = JSON.parse(listed.stdout).map(({ createTime }) => Date.parse(createTime) / 1000 - FIRST);
  const journaled = new Set(journal);
  // What the killed listener had under way is sent by another when its lease has ended.
  const { '/service': service, '/laptop': attached } = target.got;
  await eventually(() => made - service.size <= CONNECTIONS && attached.size >= made, 'the last pushes arrive');
  laptop.child.kill('SIGTERM');
  await laptop.ended;
  const twice = (got) => [...got.values()].filter((times) => times > 1).length;
  return {
    key: key.trim(),
    found: {
      exchanges: calls('api_query_auth'),
      componentTokens: calls('api_component_token'),
      authorizedTold: toldBy(place, 'authorized').reduce((sum, times) => sum + times),
      answers: { steady, killed, rolling },
      tokens,
      ends: [...new Set(ends)],
      messages: made,
      journaled: journaled.size,
      journaledTwice: journal.length - journaled.size,
      lost: [...acknowledged].filter((number) => !journaled.has(number)).length,
      told: toldBy(place, 'message').reduce((sum, times) => sum + times),
      forwardedTwice: twice(service),
      notForwardedYet: made - service.size,
      attached: attached.size,
      attachedTwice: twice(attached),
      leastOfAListener: Math.min(...toldBy(place, 'message')),
    },
  };
}

/** What is not as it must be. */
function faults({ answers, tokens, ends, ...found }) {
  const onlyOk = (statuses) => Object.keys(statuses).join() === '200';
  return [
    found.exchanges !== 1 && 'a code was exchanged more than once',
    found.componentTokens !== 1 && 'the component token was exchanged more than once',
    found.authorizedTold !== 1 && 'an authorization was told more than once',
    ...Object.keys(answers).map((phase) => !onlyOk(answers[phase]) && `pushes were refused: ${phase}`),
    !onlyOk(tokens) && 'a token was refused',
    ends.join() !== '143' && 'a listener did not end as it should',
    found.lost > 0 && 'acknowledged pushes were lost',
    found.journaledTwice > 0 && 'pushes are in the journal twice',
    found.forwardedTwice > 0 && 'pushes were forwarded twice',
    found.attached !== found.messages && 'the attached laptop lacks pushes',
    found.attachedTwice > 0 && 'the attached laptop got pushes twice',
    found.told > found.messages && 'pushes were told twice',
    found.leastOfAListener === 0 && 'a listener got nothing',
  ].filter(Boolean);
}

/** What a rate and a number of accounts take, by the costs above; docs/scale.md says how. */
function sums(
  { listener, nginx, redis, redisAlways, forwarding, tls, entryBytes, seenBytes, loggedBytes },
  accountBytes,
) {
  const [rate, accounts, hour, memory] = [5_000, 100_000, 3_600, 600];
  const cores = (id, cost) => ({ id, value: (rate * cost) / 1e6, unit: 'cores' });
  const gigabytes = (id, bytes) => ({ id, value: bytes / 1e9, unit: 'GB' });
  return report('scale sums', [
    cores('5,000 a second: the listeners', listener),
    cores('5,000 a second: forwarding', forwarding),
    cores('5,000 a second: nginx', nginx),
    cores('5,000 a second: TLS, each push a new connection, P-256', tls),
    cores('5,000 a second: Redis, everysec', redis),
    { id: 'pushes a second of one core, without TLS', value: 1e6 / (listener + nginx + redis), unit: '/s' },
    { id: 'where the one core of Redis is full, everysec', value: 1e6 / redis, unit: '/s' },
    { id: 'where the one core of Redis is full, always', value: 1e6 / redisAlways, unit: '/s' },
    gigabytes('5,000 a second: Redis knows them for ten minutes', rate * memory * seenBytes),
    gigabytes('5,000 a second: an hour in the journal', rate * hour * entryBytes),
    { id: '5,000 a second: append-only file', value: (rate * loggedBytes) / 1e6, unit: 'MB/s' },
    gigabytes('100,000 accounts on Redis', accounts * accountBytes),
  ]);
}

let isGood = false;
let place;
let costs;
try {
  place = await startPlace({
    env: sandbox.env,
    folder,
    ports,
    count,
    forwardTo: `${target.url}/service#appid=${first}`,
  });
  const { found, key } = await check(place);
  const broken = faults(found);
  console.log(JSON.stringify({ listeners: count, ...found, broken }));
  isGood = broken.length === 0;
  if (!flags.checks) {
    const options = { place, ports, component, key, forwarded: first, account: second, pushes: Number(flags.pushes) };
    costs = await measurePushes(options);
  }
} finally {
  agent.destroy();
  await place?.close();
  target.close();
  await sandbox.close();
}
if (costs) {
  let bytes = 0;
  for (const accounts of flags.accounts.split(',').map(Number)) {
    const found = await measureAccounts({ accounts, isRefreshed: accounts <= Number(flags.refresh) });
    bytes = found.bytes;
  }
  sums(costs, bytes);
}
process.exitCode = isGood ? 0 : 1;
// What the load left open has no part in it any more.
process.exit();
