/** `wxop listen --profiles`: one port for several components, each with a sandbox of its own. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  homeOf,
  keysOf,
  listenFor,
  MESSAGE_PATH,
  pushTo,
  sandboxOf,
  SCHOOL,
  SHOP,
  textMessage,
  ticketTo,
  told,
  valuesOf,
  type Values,
} from '../support/components.ts';
import { ask } from '../support/listener.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';
import { startTarget } from '../support/target.ts';
import { temporaryFolder } from '../support/world.ts';

describe('listen --profiles', () => {
  it('gives each push to the component whose keys prove it, refuses what none proves, and names the component everywhere', async () => {
    const port = await freePort();
    const [shopTarget, schoolTarget] = [await startTarget(), await startTarget()];
    const env = homeOf({
      shop: { ...valuesOf(SHOP, port), forwardTo: shopTarget.url },
      school: { ...valuesOf(SCHOOL, port), forwardTo: schoolTarget.url },
    });
    const listener = await listenFor(env);
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    expect([
      await ticketTo(listener.url, SHOP, 'ticket@@@1'),
      await ticketTo(listener.url, SCHOOL, 'ticket@@@2'),
    ]).toEqual([200, 200]);
    // The same message of an account that authorized both.
    for (const component of [SHOP, SCHOOL])
      expect(await pushTo(listener.url, textMessage('1'), { ...keysOf(component), path: MESSAGE_PATH })).toBe(200);
    expect(await ticketTo(listener.url, SHOP, 'ticket@@@3', { token: 'nobody' })).toBe(403);
    expect(await ticketTo(listener.url, SHOP, 'ticket@@@3', { receiver: SCHOOL.appId })).toBe(403);
    await eventually(() => told(listener, 'rejected').length === 2 || undefined);
    expect(told(listener, 'ticket').map(({ profile, componentAppId }) => [profile, componentAppId])).toEqual([
      ['shop', SHOP.appId],
      ['school', SCHOOL.appId],
    ]);
    expect(told(listener, 'message').map(({ profile }) => profile)).toEqual(['shop', 'school']);
    // The token of the second one proves that the shop's keys are meant.
    expect(told(listener, 'rejected').map(({ profile }) => profile)).toEqual([undefined, 'shop']);
    await eventually(() => (shopTarget.got.length === 1 && schoolTarget.got.length === 1) || undefined);
    const { body } = await ask(`${listener.url}/metrics`);
    const labels = `profile="school",component="${SCHOOL.appId}"`;
    expect(body).toContain(`wxop_pushes_total{${labels},kind="message",type="text",result="accepted"} 1`);
    expect(body).toContain(`wxop_accounts{${labels}} 0`);
    expect(body.match(/^# TYPE wxop_accounts/gm)).toHaveLength(1);
    expect(body.match(/^process_resident_memory_bytes/gm)).toHaveLength(1);
    const health = JSON.parse((await ask(`${listener.url}/healthz?max-ticket-age=1h`)).body) as {
      components: Values[];
    };
    expect(health.components.map(({ profile, componentAppId }) => [profile, componentAppId])).toEqual([
      ['shop', SHOP.appId],
      ['school', SCHOOL.appId],
    ]);
    for (const name of ['shop', 'school']) {
      const { stdout } = await wxop(['status', '--profile', name, '--json'], env);
      expect((JSON.parse(stdout) as { listener: { state: string } }).listener.state).toBe('running');
    }
    const { code, stderr } = await listener.stop();
    expect([code, stderr.match(/Stopped\./g)?.length]).toEqual([143, 1]);
    const { stdout } = await wxop(['events', 'list', '--profile', 'school', '--json'], env);
    expect(stdout.match(/"kind"/g)).toHaveLength(2);
  });

  it('shows the pages of an attempt and takes its redirect in the name of the component that made it', async () => {
    const port = await freePort();
    const sandboxes = [await sandboxOf(SHOP), await sandboxOf(SCHOOL)] as const;
    const env = homeOf({
      shop: { ...valuesOf(SHOP, port, sandboxes[0]), operatorName: 'The Shop' },
      school: { ...valuesOf(SCHOOL, port, sandboxes[1]), operatorName: 'The School' },
    });
    const listener = await listenFor(env, '--standing-link');
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    expect(await ticketTo(listener.url, SHOP, sandboxes[0].state().ticket ?? '')).toBe(200);
    expect(await ticketTo(listener.url, SCHOOL, sandboxes[1].state().ticket ?? '')).toBe(200);
    const made = await wxop(['authorize', '--profile', 'school', '--no-wait', '--json'], env);
    const { launchUrl } = JSON.parse(made.stdout.split('\n')[0] ?? '') as { launchUrl: string };
    const { body } = await ask(launchUrl, { headers: { 'accept-language': 'en' } });
    expect(body).toContain('The School');
    const preAuthCode = /pre_auth_code=([^&"]+)/.exec(body)?.[1] ?? '';
    const appId = sandboxes[1].state().accounts[0]?.appId ?? '';
    const { redirectUrl } = sandboxes[1].consent({ preAuthCode: decodeURIComponent(preAuthCode), appId });
    const { pathname, search } = new URL(redirectUrl);
    expect((await ask(listener.url + pathname + search)).status).toBe(200);
    await eventually(() => told(listener, 'authorized').length === 1 || undefined);
    expect(told(listener, 'authorized')[0]?.profile).toBe('school');
    const headers = { 'user-agent': 'Mozilla/5.0', accept: 'text/html' };
    const standing = await ask(`${listener.url}/authorize?component=${SHOP.appId}`, { headers });
    expect(standing.status).toBe(302);
    const page = await ask(listener.url + (standing.headers.location ?? ''), { headers });
    expect(page.body).toContain('The Shop');
    expect((await ask(`${listener.url}/authorize`, { headers })).status).toBe(404);
    expect((await ask(`${listener.url}/authorize/unknown`, { headers })).status).toBe(404);
  });

  it('goes on for one component while the store of another is away, and takes it in when the store is back', async () => {
    const port = await freePort();
    const env = homeOf({ shop: valuesOf(SHOP, port), school: valuesOf(SCHOOL, port) });
    const state = join(env.WXOP_HOME ?? '', 'state');
    mkdirSync(state, { mode: 0o700 });
    // A file where the folder of its store should be.
    writeFileSync(join(state, SCHOOL.appId), '', { mode: 0o600 });
    const listener = await listenFor(env);
    expect(told(listener, 'listening')[0]?.profile).toBe('shop');
    expect(await ticketTo(listener.url, SHOP, 'ticket@@@1')).toBe(200);
    expect(await ticketTo(listener.url, SCHOOL, 'ticket@@@1')).toBe(503);
    expect(listener.stderr()).toMatch(/^warning: school: It cannot receive yet; its pushes are answered 503\. /m);
    const { status, body } = await ask(`${listener.url}/healthz`);
    const { components } = JSON.parse(body) as { components: { isWell: boolean }[] };
    expect([status, components.map(({ isWell }) => isWell)]).toEqual([200, [true, false]]);
    rmSync(join(state, SCHOOL.appId));
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    expect(await ticketTo(listener.url, SCHOOL, 'ticket@@@1')).toBe(200);
    expect((await listener.stop()).code).toBe(143);
  });

  it('tells components apart by path and by host too, and serves the verification files of each', async () => {
    const port = await freePort();
    const file = (content: string) => Buffer.from(content).toString('base64');
    const env = homeOf({
      shop: {
        ...valuesOf(SHOP, port),
        publicUrl: 'https://shop.example.com',
        files: { 'a.txt': file('shop') },
      },
      school: {
        ...valuesOf(SCHOOL, port),
        publicUrl: 'https://school.example.com',
        eventPath: '/school/event',
        files: { 'a.txt': file('school') },
      },
    });
    const listener = await listenFor(env, '--standing-link');
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    expect(await ticketTo(listener.url, SCHOOL, 'ticket@@@1', { path: '/school/event' })).toBe(200);
    // At the path of the other.
    expect(await ticketTo(listener.url, SCHOOL, 'ticket@@@1')).toBe(403);
    const at = (host: string) => ask(`${listener.url}/a.txt`, { headers: { host } });
    expect((await at('school.example.com')).body).toBe('school');
    expect((await at('shop.example.com')).body).toBe('shop');
  });

  it('is one listener with --workers too: a message counts once for each component, and log and metrics say whose it is', async () => {
    const port = await freePort();
    const env = homeOf({ shop: valuesOf(SHOP, port), school: valuesOf(SCHOOL, port) });
    const listener = await listenFor(env, '--workers', '2');
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    const both = [SHOP, SCHOOL];
    expect(await Promise.all(both.map((one) => ticketTo(listener.url, one, 'ticket@@@1')))).toEqual([200, 200]);
    // Each over a connection of its own, and so to one worker after the other.
    const again = [1, 2, 3, 4].flatMap(() => both);
    const send = (id: string) =>
      Promise.all(again.map((one) => pushTo(listener.url, textMessage(id), { ...keysOf(one), path: MESSAGE_PATH })));
    expect([...(await send('1')), ...(await send('2'))]).toEqual(Array(16).fill(200));
    const { body } = await ask(`${listener.url}/metrics`);
    for (const [profile, { appId }] of Object.entries({ shop: SHOP, school: SCHOOL })) {
      const labels = `profile="${profile}",component="${appId}"`;
      expect(body).toContain(`wxop_pushes_total{${labels},kind="message",type="text",result="accepted"} 8`);
      expect(body).toContain(
        `wxop_pushes_total{${labels},kind="event",type="component_verify_ticket",result="accepted"} 1`,
      );
      // Of a store, however many look at it.
      expect(body).toContain(`wxop_accounts{${labels}} 0`);
      const { stdout } = await wxop(['events', 'list', '--profile', profile, '--json'], env);
      expect(stdout.match(/"kind":\s*"message"/g)).toHaveLength(2);
    }
    const { code, stderr } = await listener.stop();
    expect([code, stderr.match(/Stopped\./g)?.length]).toEqual([143, 1]);
    for (const type of ['message', 'ticket'])
      expect(
        told(listener, type)
          .map(({ profile }) => profile)
          .toSorted(),
      ).toEqual(
        Array(type === 'message' ? 4 : 2)
          .fill('school')
          .fill('shop', type === 'message' ? 2 : 1),
      );
  });

  it('lets clients attach to the component that their key is of', async () => {
    const port = await freePort();
    const env = homeOf({ shop: valuesOf(SHOP, port), school: valuesOf(SCHOOL, port) });
    const listener = await listenFor(env, '--attach');
    await eventually(() => told(listener, 'listening').length === 2 || undefined);
    const clients = await Promise.all(
      ['shop', 'school'].map(async (name) => {
        const added = await wxop(
          ['serve', 'key', 'add', 'laptop', '--accounts', 'all', '--scopes', 'events', '--profile', name],
          env,
        );
        const key = added.stdout.trim();
        const client = startWxop(['listen', '--via', listener.url, '--json'], {
          WXOP_HOME: temporaryFolder(),
          WXOP_BROKER_KEY: key,
        });
        await client.json('attached');
        return client;
      }),
    );
    for (const [id, component] of [
      ['1', SHOP],
      ['2', SCHOOL],
    ] as const)
      await pushTo(listener.url, { ...textMessage(id) }, { ...keysOf(component), path: MESSAGE_PATH });
    await eventually(() => clients.every((client) => told(client, 'push').length > 0) || undefined);
    await eventually(() => told(listener, 'attached').length === 2 || undefined);
    expect(
      told(listener, 'attached')
        .map(({ profile }) => profile)
        .toSorted(),
    ).toEqual(['school', 'shop']);
    await Promise.all(clients.map((client) => client.stop()));
    expect(clients.map((client) => told(client, 'push').length)).toEqual([1, 1]);
    const stranger = startWxop(['listen', '--via', listener.url], {
      WXOP_HOME: temporaryFolder(),
      WXOP_BROKER_KEY: `wxop_wx00000000000000ff_laptop_${'x'.repeat(43)}`,
    });
    expect((await stranger.finished).stderr).toMatch(/^error: .*key/m);
  });

  it('says which profile is unknown, incomplete, of the same component or at another port', async () => {
    const port = await freePort();
    const { messageToken: _, ...incomplete } = valuesOf(SCHOOL, port);
    const env = homeOf({
      shop: valuesOf(SHOP, port),
      school: valuesOf(SCHOOL, port),
      twin: valuesOf(SHOP, port),
      incomplete,
      elsewhere: valuesOf(SCHOOL, 1),
    });
    const run = async (names: string, flags: string[] = [], more = {}) => {
      const { code, stderr } = await wxop(['listen', '--profiles', names, ...flags], { ...env, ...more });
      return `${code} ${stderr}`;
    };
    const errors = await Promise.all([
      run('shop,schol'),
      run('shop,incomplete'),
      run('shop,twin'),
      run('shop,elsewhere'),
      run('shop,school', ['--via', 'https://wx.example.com']),
      run('shop,school', ['--profile', 'shop']),
      run('shop,,school'),
      run('shop,school', [], { WXOP_MESSAGE_TOKEN: 'abc' }),
    ]);
    expect(errors[0]).toMatch(/^2 error: There is no profile schol\./);
    expect(errors[1]).toMatch(
      /^2 error: Profile incomplete: The message token .*is not set\.\nRun `wxop init --profile incomplete`\.$/m,
    );
    expect(errors[2]).toMatch(/^2 error: Profiles shop and twin are both of wx5a4db0c0ffee0001\./);
    expect(errors[3]).toMatch(/^2 error: Profiles shop and elsewhere differ in the .*port/);
    expect(errors[4]).toMatch(/^2 error: --via and --profiles do not go together\.\nA key is of one component/);
    expect(errors[5]).toMatch(/^2 error: --profile and --profiles do not go together\./);
    expect(errors[6]).toMatch(/^2 error: .*commas/);
    expect(errors[7]).toMatch(/WXOP_MESSAGE_TOKEN would count for all profiles/);
    expect(readdirSync(env.WXOP_HOME ?? '')).toEqual(['config.json']);
    expect(readFileSync(join(env.WXOP_HOME ?? '', 'config.json'), 'utf8')).toContain('elsewhere');
  });
});
