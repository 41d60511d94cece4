/** service/compose.yaml: what it promises, and whether its processes hold together. Docker itself is not needed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/settings/setting-definitions.ts';
import { installed } from '../support/installed.ts';
import { hasRedis } from '../support/redis.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATH = join(ROOT, 'service/compose.yaml');
const text = readFileSync(PATH, 'utf8');

interface Service {
  image: string;
  user: string;
  read_only: boolean;
  cap_drop: string[];
  command?: string[];
  environment?: Record<string, string>;
  healthcheck: { test: string[] };
  stop_grace_period: string;
  ports?: string[];
  networks: string[];
  secrets: string[];
  deploy?: { replicas: number };
}

const compose = parse(text, { merge: true }) as {
  services: Record<'listener' | 'broker' | 'redis' | 'nginx', Service>;
  secrets: Record<string, { file: string }>;
  configs: Record<string, { file: string }>;
  networks: Record<string, { internal?: boolean } | null>;
};
const { listener, broker, redis, nginx } = compose.services;
const services = Object.entries(compose.services);

const hasNginx = installed('nginx', 'the processes of service/compose.yaml are not tried') !== undefined;
const hasOpenssl = installed('openssl', 'the processes of service/compose.yaml are not tried') !== undefined;

describe('compose.yaml', () => {
  it.each(services)(
    'runs %s from a pinned image, without rights, with a health check and time to stop',
    (_, service) => {
      expect(service.image).toMatch(/:\d+\.\d+\.\d+/);
      expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.healthcheck.test.length).toBeGreaterThan(1);
      expect(parseInt(service.stop_grace_period)).toBeGreaterThan(10);
    },
  );

  it('opens nothing but nginx, and keeps Redis where only the listeners and the broker reach it', () => {
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['nginx']);
    expect(nginx.networks).toEqual(['front']);
    expect(redis.networks).toEqual(['store']);
    expect(compose.networks.store).toEqual({ internal: true });
  });

  it('holds no secret: each is a file, and each that is used is there', () => {
    const names = new Set(services.flatMap(([, { secrets }]) => secrets));
    expect([...names].sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\$\{WXOP_CONFIG:-\/etc\/wxop\}\//);
    const settings: { environment: string; secret?: true }[] = Object.values(SETTINGS);
    const secret = settings.filter((setting) => setting.secret).map(({ environment }) => environment);
    secret.push(SETTINGS.store.environment);
    expect(secret.length).toBeGreaterThan(5);
    for (const [, { environment = {} }] of services) {
      expect(Object.keys(environment).filter((name) => secret.includes(name))).toEqual([]);
    }
  });

  it('sets Redis up so that it loses nothing', () => {
    const command = redis.command?.join(' ');
    for (const said of ['--appendonly yes', '--appendfsync always', '--maxmemory-policy noeviction']) {
      expect(command).toContain(said);
    }
  });

  it('has ten listeners, one broker, and the version of this package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect([listener.deploy?.replicas, broker.deploy?.replicas]).toEqual([10, undefined]);
    expect([listener.image, broker.image]).toEqual([`wxop:${version}`, `wxop:${version}`]);
    expect(readFileSync(join(dirname(PATH), compose.configs.nginx!.file), 'utf8')).toContain('server listener:7788');
  });
});

describe('the processes of compose.yaml, on this machine', () => {
  it.skipIf(!hasRedis || !hasNginx || !hasOpenssl)(
    'exchange a code once, take each message once, and refuse none while listeners are killed and restarted',
    async () => {
      const script = join(ROOT, 'bench/scale.mjs');
      const { stdout } = await promisify(execFile)(process.execPath, [script, '--checks', '--listeners', '3'], {
        env: { ...process.env, XDG_CACHE_HOME: join(ROOT, 'node_modules/.cache') },
      });
      const found = JSON.parse(stdout) as Record<'messages' | 'leastOfAListener', number> & { answers: object };
      const { messages } = found;
      expect(found).toMatchObject({ exchanges: 1, componentTokens: 1, authorizedTold: 1, ends: [143], broken: [] });
      expect(found).toMatchObject({ journaled: messages, journaledTwice: 0, lost: 0, forwardedTwice: 0 });
      expect(found).toMatchObject({ attached: messages, attachedTwice: 0 });
      expect(Object.values(found.answers).map((statuses: object) => Object.keys(statuses))).toEqual(
        Array(3).fill(['200']),
      );
      expect(found.leastOfAListener).toBeGreaterThan(0);
    },
  );
});
