// The processes of service/compose.yaml on this machine, without Docker: the commands, environments, secrets and the nginx.conf
// of those files, with other addresses and folders.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const SERVICE = resolve(import.meta.dirname, '../service');
/** The built command, or that of an installed package. */
export const BIN = process.env.WXOP_TEST_BIN ?? resolve(import.meta.dirname, '../bin/wxop.js');

/** So many at once: each is held until all are known. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Bytes that a process holds; what it shares with others (Node itself, most of all) counts in each of them. */
export const residentBytes = (pid) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

export async function eventually(look, what, milliseconds = 30_000) {
  for (const end = Date.now() + milliseconds; ;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it took too long: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The certificate and key of nginx; `kind` as openssl's req names it. */
async function certify(folder, kind = 'ec') {
  const algorithm = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : [kind];
  const [key, chain] = [join(folder, 'key.pem'), join(folder, 'fullchain.pem')];
  const argv = ['req', '-x509', '-newkey', ...algorithm, '-nodes', '-keyout', key, '-out', chain, '-days', '2'];
  const child = spawn('openssl', [...argv, '-subj', '/CN=wx.example.com'], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('openssl made no certificate');
}

/** What takes the place of Docker's addresses and folders. */
function nginxConf({ folder, secrets, ports, listeners, broker }) {
  const servers = (found) => found.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join('\n');
  const text = readFileSync(join(SERVICE, 'compose.nginx.conf'), 'utf8');
  const changes = [
    [/resolver 127\.0\.0\.11[^;]*;/, ''],
    [/server listener:7788 resolve max_fails=0;/, servers(listeners)],
    [/server broker:7789 resolve max_fails=0;/, servers([broker])],
    [/listen 127\.0\.0\.1:8080;/, `listen 127.0.0.1:${ports.health};`],
    [/listen 80;/, `listen 127.0.0.1:${ports.plain};`],
    // Without TLS too: for what is measured without it.
    [/listen 443 ssl;/, `listen 127.0.0.1:${ports.tls} ssl;\nlisten 127.0.0.1:${ports.open};`],
    [/(pid|_temp_path) \/tmp\//g, `$1 ${folder}/`],
    [/\/run\/secrets\//g, `${secrets}/`],
  ];
  return changes.reduce((changed, [what, by]) => {
    if (!changed.match(what)) throw new Error(`compose.nginx.conf has no ${what}`);
    return changed.replace(what, by);
  }, text);
}

/**
 * Starts all of it. `env`: the component's settings with their secrets; `folder`: for everything; `ports.open` is where nginx
 * takes what comes. Everything is killed when this process ends.
 */
export async function startPlace({ env, folder, ports, count, forwardTo, kind }) {
  const compose = parse(readFileSync(join(SERVICE, 'compose.yaml'), 'utf8'), { merge: true });
  const { listener, broker, redis, nginx } = compose.services;
  const secrets = join(folder, 'secrets');
  for (const name of ['secrets', 'home', 'redis', 'out']) mkdirSync(join(folder, name), { mode: 0o700 });
  const [redisPort, brokerPort, ...listenerPorts] = await freePorts(count + 2);
  const password = 'b7d2a9c4e1f60835';
  const contents = {
    store: `redis://:${password}@127.0.0.1:${redisPort}/0`,
    redis: `requirepass ${password}\n`,
    appsecret: env.WXOP_COMPONENT_APPSECRET,
    'message-token': env.WXOP_MESSAGE_TOKEN,
    'aes-key': env.WXOP_ENCODING_AES_KEY,
  };
  for (const name of Object.keys(contents)) writeFileSync(join(secrets, name), contents[name], { mode: 0o444 });
  await certify(secrets, kind);

  const here = (written) => written.replace('/run/secrets', secrets).replace('0.0.0.0:9464', '127.0.0.1:0');
  const running = new Set();
  process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  let outputs = 0;
  function run(program, argv, environment = {}) {
    const output = join(folder, 'out', String(outputs++));
    const file = openSync(output, 'w');
    const child = spawn(program, argv, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', file, file],
    });
    running.add(child);
    const ended = once(child, 'exit').then(([code]) => (running.delete(child), code));
    return { child, ended, said: () => readFileSync(output, 'utf8') };
  }

  /** As Docker would start the service. */
  const environmentOf = (service) => ({
    ...Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, here(String(value))])),
    WXOP_COMPONENT_APPID: env.WXOP_COMPONENT_APPID,
    WXOP_API_URL: env.WXOP_API_URL,
    WXOP_MP_URL: env.WXOP_MP_URL,
    WXOP_OPEN_URL: env.WXOP_OPEN_URL,
    WXOP_PUBLIC_URL: `http://127.0.0.1:${ports.open}`,
    WXOP_TRUST_PROXY: 'loopback',
    WXOP_HOME: join(folder, 'home'),
    WXOP_LANG: 'en',
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(folder, 'cache'),
    ...(forwardTo && { WXOP_FORWARD_TO: forwardTo }),
  });

  /** Resolves when it has printed a line of this type. */
  async function start(argv, environment, type) {
    const one = run(process.execPath, [BIN, ...argv, '--json'], environment);
    const early = one.ended.then((code) => {
      throw new Error(`${argv.join(' ')} ended with ${code}\n${one.said()}`);
    });
    const isUp = eventually(() => one.said().includes(`"type":"${type}"`), `${argv[0]} starts`);
    await Promise.race([isUp, early]);
    early.catch(() => undefined);
    return one;
  }

  const argvOf = ({ command }) => command.map((part) => here(String(part)));
  const [program, ...redisArgv] = argvOf(redis);
  const local = { '/data': join(folder, 'redis') };
  const server = run(program, [
    ...redisArgv.map((part) => local[part] ?? part),
    ...['--port', String(redisPort), '--bind', '127.0.0.1'],
  ]);
  await eventually(() => /Ready to accept/.test(server.said()), 'redis-server starts');

  const startListener = (port) => {
    const argv = [...argvOf(listener), '--host', '127.0.0.1', '--port', String(port)];
    return start(argv, environmentOf(listener), 'listening');
  };
  const brokerArgv = argvOf(broker).map((part) => part.replace('0.0.0.0:7789', `127.0.0.1:${brokerPort}`));
  const conf = join(folder, 'nginx.conf');
  writeFileSync(conf, nginxConf({ folder, secrets, ports, listeners: listenerPorts, broker: brokerPort }));
  const [nginxProgram, ...nginxArgv] = nginx.entrypoint;
  const front = run(nginxProgram, [...nginxArgv, '-c', conf]);
  const [serving, ...listeners] = await Promise.all([
    start(brokerArgv, environmentOf(broker), 'serving'),
    ...listenerPorts.map(async (port) => ({ port, ...(await startListener(port)) })),
    eventually(
      () =>
        fetch(`http://127.0.0.1:${ports.health}/`).then(
          ({ status }) => status === 204,
          () => false,
        ),
      'nginx starts',
    ),
  ]);
  listeners.pop();

  return {
    password,
    redisPort,
    redis: server.child,
    broker: serving.child,
    nginx: front.child,
    listeners,
    env: { ...environmentOf(listener), WXOP_FORWARD_TO: undefined, PATH: process.env.PATH },
    /** A laptop, attached through nginx. */
    attach: (key, forwardTo) => {
      const { WXOP_LANG, XDG_CACHE_HOME } = environmentOf(listener);
      const argv = ['listen', '--via', `http://127.0.0.1:${ports.open}`, '--as', 'laptop', '--forward-to', forwardTo];
      const environment = { WXOP_LANG, XDG_CACHE_HOME, WXOP_HOME: join(folder, 'laptop'), WXOP_BROKER_KEY: key };
      return start(argv, environment, 'attached');
    },
    /** Takes its place after it has ended: the same port. */
    restart: async (at) => {
      const { port } = listeners[at];
      listeners[at] = {
        port,
        before: [...(listeners[at].before ?? []), listeners[at]],
        ...(await startListener(port)),
      };
    },
    /** nginx with another certificate. */
    recertify: async (another) => {
      await certify(secrets, another);
      const workers = () => readFileSync(`/proc/${front.child.pid}/task/${front.child.pid}/children`, 'utf8');
      const before = workers().trim().split(' ');
      front.child.kill('SIGHUP');
      await eventually(() => before.every((pid) => !workers().includes(pid)), 'nginx reads its configuration again');
    },
    close: async () => {
      const all = [...running];
      const over = Promise.all(all.map((child) => once(child, 'exit')));
      for (const child of all) child.kill(child === front.child ? 'SIGQUIT' : 'SIGTERM');
      const late = setTimeout(() => all.forEach((child) => child.kill('SIGKILL')), 12_000);
      await over;
      clearTimeout(late);
    },
  };
}
