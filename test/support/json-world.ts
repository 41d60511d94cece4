/** Every command once or more, in one world: a sandbox, a listener, a target behind it, and merchants with menus. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { files } from './files-under.ts';
import { freePort } from './free-port.ts';
import { ask, sealed } from './listener.ts';
import { startTarget } from './target.ts';
import { runWxop, temporaryFolder, type RunOptions, type RunResult } from './world.ts';

export interface JsonRun extends RunResult {
  /** Without --json. */
  argv: string[];
}

const NOW = Date.UTC(2026, 0, 15, 8);
const now = (): number => NOW;

const DRAFT = {
  button: [
    { name: '今日菜单', type: 'click', key: 'TODAY' },
    { name: '我的', sub_button: [{ name: '订单', type: 'view', url: 'https://example.com/orders' }] },
  ],
};

/** A command that is left running until it is stopped. */
function start(argv: string[], options: RunOptions) {
  const stopping = new AbortController();
  let [printed, wake] = ['', (): void => undefined];
  const finished = runWxop([...argv, '--json', '--verbose'], {
    ...options,
    signal: stopping.signal,
    printed: (stdout) => {
      printed = stdout;
      wake();
    },
  });
  /** Resolves once this is printed. */
  const prints = async (wanted: RegExp | string): Promise<string> => {
    while (!(typeof wanted === 'string' ? printed.includes(wanted) : wanted.test(printed))) {
      await Promise.race([
        new Promise<void>((done) => (wake = done)),
        finished.then(({ stderr }) => {
          throw new Error(`${argv.join(' ')} ended without ${wanted}\n${printed}\n${stderr}`);
        }),
      ]);
    }
    return printed;
  };
  return {
    prints,
    stop: (): Promise<RunResult> => {
      stopping.abort(new DOMException('SIGINT', 'AbortError'));
      return finished;
    },
  };
}

/** They only read, and take their time. */
const SLOW = ['demo', 'doctor', 'publish-check', 'release check'];

export interface Everything {
  /** With --json and --verbose. */
  runs: JsonRun[];
  /** What prints rows, into a pipe. */
  piped: JsonRun[];
  /** What only reads, as a person sees it, with --verbose. */
  spoken: JsonRun[];
  /** Of the settings, and what WeChat gave out. */
  secrets: string[];
  /** Every file that was there in the end. */
  written: { path: string; content: string }[];
}

export async function runEverything(): Promise<Everything> {
  const runs: JsonRun[] = [];
  const spoken: JsonRun[] = [];
  const map = JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { name: string; risk: string }[] };
  const readers = map.commands.filter(({ name, risk }) => risk === 'reads' && !SLOW.includes(name));
  const onlyReads = (argv: string[]): boolean =>
    readers.some(({ name }) => [1, 2, 3].some((words) => argv.slice(0, words).join(' ') === name));
  /** Without --json. */
  const piped: JsonRun[] = [];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [pushUrl, messageUrl] = [`${url}/wechat/event`, `${url}/wechat/message/$APPID$`];
  const sandbox = await startSandbox({
    accounts: 12,
    miniPrograms: 1,
    quiet: true,
    releases: { accounts: { '*': { detection: 0, audit: { outcome: 'person' } } } },
    now,
    pushUrl,
    messageUrl,
    onActivity: () => undefined,
  });
  // Not the default port, which anybody on this machine may hold.
  const env: typeof sandbox.env = { ...sandbox.env, WXOP_PORT: String(port), WXOP_RETURN_HOSTS: 'shop.example.com' };
  const folder = temporaryFolder();
  const file = (name: string, content: object | string): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  const account = (index: number): string => appIds.at(index) ?? '';
  const [tea, website, empty, none] = [account(0), account(1), account(2), account(3)];

  const record = (argv: string[], result: RunResult): RunResult => {
    runs.push({ argv, ...result });
    return result;
  };
  const run = async (argv: string[], options: RunOptions = {}): Promise<RunResult> => {
    const world = { now, ...options, environment: { ...env, ...options.environment } };
    const result = record(argv, await runWxop([...argv, '--json', '--verbose'], world));
    if (onlyReads(argv)) spoken.push({ argv, ...(await runWxop([...argv, '--verbose'], world)) });
    return result;
  };

  const pipe = async (argv: string[], { environment }: RunOptions = {}): Promise<void> => {
    const result = await runWxop(argv, { now, environment: { ...env, ...environment } });
    piped.push({ argv, ...result });
  };

  try {
    // The listener, and what it tells.
    const target = await startTarget(({ url: path }) => (path.includes(none) ? { status: 500 } : {}));
    const listenArgv = [
      'listen',
      '--no-start-push',
      '--forward-to',
      `${target.url}/$APPID$`,
      '--metrics',
      '0',
      '--standing-link',
    ];
    const listen = start(listenArgv, { now, environment: env });
    await listen.prints('"listening"');
    await sandbox.push({ event: 'component_verify_ticket' });
    await listen.prints('"type":"ticket"');
    for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
    await sandbox.push({ event: 'message', appId: tea });
    await sandbox.push({ event: 'message', appId: none });
    await sandbox.push({ event: 'unauthorized', appId: empty });
    await sandbox.push({ event: 'notify_third_fasteregister' });
    await ask(`${url}/nowhere`);
    await ask(`${url}/wechat/event`, { method: 'POST', body: 'x' });
    await listen.prints('"not-found"');
    const authorizing = start(['authorize', '--type', 'mp', '--return-url', 'https://shop.example.com/done'], {
      now,
      environment: env,
    });
    const link = /"pcUrl":"[^"]*pre_auth_code=([^&"]+)/.exec(await authorizing.prints('"link"'))?.[1] ?? '';
    await ask(sandbox.consent({ preAuthCode: decodeURIComponent(link), appId: tea }).redirectUrl);
    await authorizing.prints('"type":"authorized"');
    record(['authorize'], await authorizing.stop());

    await run(['status']);
    await run(['ticket', 'show']);
    await run(['ticket', 'show', '--reveal']);
    await run(['ticket', 'wait']);
    await run(['ticket', 'start']);
    await run(['ticket', 'set'], { stdin: sandbox.state().ticket });
    await run(['accounts', 'sync']);
    await run(['accounts', 'list']);
    await run(['accounts', 'list', '--revoked']);
    await run(['accounts', 'show', tea]);
    await run(['accounts', 'show', tea, '--history']);
    await run(['accounts', 'alias', tea, 'tea']);
    await run(['accounts', 'alias', tea]);
    await run(['accounts', 'option', 'get', tea]);
    await run(['accounts', 'option', 'get', tea, 'voice_recognize']);
    await run(['accounts', 'option', 'set', tea, 'voice_recognize', 'on']);
    await run(['accounts', 'option', 'set', tea, 'voice_recognize', '1']);
    const [company, person] = ['示例茶饮有限公司', '张三'];
    await run(['register', 'company', company, '91500000MA00000000', person, 'zhangsan_88']);
    await run(['register', 'query', 'company', company, person, 'zhangsan_88']);
    const registering = await run(['register', 'personal', person, 'zhangsan_88']);
    await run(['register', 'query', 'personal', (JSON.parse(registering.stdout) as { taskId: string }).taskId]);
    await run(['register', 'trial', '小麦烤鸡', 'oK8Yg5YaUM-axuE_vVZmV_oIZxxx']);
    const bundle = join(folder, 'accounts.wxop');
    const secret = { environment: { WXOP_PASSPHRASE: 'four words of passphrase' } };
    await run(['accounts', 'export', '--output', bundle], secret);
    await run(['accounts', 'import', bundle], secret);
    await run(['token', 'component']);
    await run(['token', 'component', '--fresh']);
    await run(['token', 'get', tea]);
    await run(['token', 'refresh', tea]);
    await run(['token', 'refresh', '--all']);
    await run(['token', 'list']);
    await pipe(['accounts', 'list']);
    await pipe(['token', 'list']);

    // The broker.
    const made = await run(['serve', 'key', 'add', 'ci', '--accounts', `${tea},component`, '--scopes', 'token,api']);
    const { key: callerKey } = JSON.parse(made.stdout) as { key: string };
    await run(['serve', 'key', 'add', 'shop', '--accounts', 'all', '--expires', 'never']);
    await run(['serve', 'key', 'list']);
    await pipe(['serve', 'key', 'list']);
    const serving = start(['serve', '--api', '--address', '127.0.0.1:0', '--metrics', '0'], { now, environment: env });
    const broker = /"url":"([^"]+)"/.exec(await serving.prints('"serving"'))?.[1] ?? '';
    const asked = { headers: { authorization: `Bearer ${callerKey}` } };
    await ask(`${broker}/token/${tea}`, asked);
    await ask(`${broker}/token/${tea}`);
    const remote = { environment: { WXOP_STORE: `broker+${broker}`, WXOP_BROKER_KEY: callerKey } };
    await run(['token', 'get', tea], remote);
    await run(['accounts', 'list'], remote);
    await run(['menu', 'get', tea], remote);
    record(['serve', '--api'], await serving.stop());
    await run(['serve', 'key', 'revoke', 'shop']);
    await run(['serve', 'log']);
    await pipe(['serve', 'log']);

    // Menus.
    await run(['menu', 'get', tea]);
    await run(['menu', 'get', account(5), '--source', 'api']);
    const menus = join(folder, 'menus');
    await run(['menu', 'dump', '--all', '--output', menus]);
    const draft = file('draft.json', DRAFT);
    const invalid = file('invalid.json', {
      button: [
        { name: 'x', type: 'view' },
        { name: 'y', type: 'nothing' },
      ],
    });
    await run(['menu', 'validate', draft]);
    await run(['menu', 'validate', draft, invalid]);
    await run(['link', 'check', 'https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=x&auth_typ=3']);
    await run(['link', 'check', '-'], { stdin: `${env.WXOP_MP_URL}/cgi-bin/componentloginpage?pre_auth_code=${link}` });
    await run(['menu', 'diff', tea, draft]);
    await run(['menu', 'diff', account(5), draft]);
    await run(['menu', 'push', tea, draft, '--dry-run', '--accept-loss']);
    await run(['menu', 'push', tea, draft, '--yes', '--accept-loss']);
    await run(['menu', 'push', '--all', menus, '--dry-run']);
    await run(['menu', 'push', '--all', menus, '--yes', '--accept-loss', '--force']);
    await run(['menu', 'restore', tea, '--list']);
    await run(['menu', 'restore', tea, '--yes', '--accept-loss']);
    await run(['menu', 'delete', tea, '--yes']);
    await run(['menu', 'preview', draft]);
    await run(['menu', 'preview', draft, '--output', join(folder, 'menu.svg')]);

    // Pushes.
    const listed = await run(['events', 'list']);
    const entries = JSON.parse(listed.stdout) as { id: string }[];
    const [first, last] = [entries.at(0)?.id ?? '', entries.at(-1)?.id ?? ''];
    await pipe(['events', 'list']);
    await run(['events', 'show', first]);
    await run(['events', 'show', last]);
    await run(['events', 'replay', last, '--to', target.url]);
    await run(['events', 'replay', last, '--to', `http://127.0.0.1:${await freePort()}`]);
    const tail = start(['events', 'tail', '--since', '1h'], { now, environment: env });
    await tail.prints('\n');
    record(['events', 'tail'], await tail.stop());
    record(listenArgv, await listen.stop());
    const push = sealed(
      { InfoType: 'component_verify_ticket', ComponentVerifyTicket: 'ticket@@@abc' },
      { timestamp: NOW / 1000 },
    );
    await run(['decrypt', '--url', push.path], { stdin: push.body });
    await run(['decrypt', '--unsigned'], { stdin: push.body });
    await run(['trigger', '--list']);
    await run(['trigger', 'text', '--to', target.url]);
    await run(['trigger', 'component_verify_ticket', '--forge', 'all', '--to', target.url]);
    await run(['publish-check', '--appid', 'wx570bc396a51b8ff8']);

    // The code of mini programs.
    const drafts = JSON.parse((await run(['template', 'drafts'])).stdout) as { draftId: number }[];
    const added = await run(['template', 'add', String(drafts[0]?.draftId)]);
    const { templateId } = JSON.parse(added.stdout) as { templateId: number };
    await run(['template', 'list']);
    await pipe(['template', 'list']);
    const program = account(-1);
    await run(['release', 'upload', program, '--template', String(templateId), '--dry-run']);
    await run(['release', 'upload', program, '--template', String(templateId)]);
    await run(['release', 'status', program]);
    await run(['release', 'qr', program, '-o', join(folder, 'trial.jpg')]);
    const audit = async (outcome: 'pass' | 'reject'): Promise<void> => {
      sandbox.advance(60_000);
      await run(['release', 'check', program]);
      await run(['release', 'submit', program]);
      sandbox.decideAudit({ appId: program, outcome, screenshots: ['SHOT-1'] });
    };
    sandbox.advance(60_000);
    await run(['release', 'check', program]);
    await run(['release', 'submit', program]);
    await run(['release', 'hurry', program, '--yes']);
    await run(['release', 'withdraw', program, '--yes']);
    await audit('reject');
    await run(['release', 'reasons', program, '-o', join(folder, 'rejected')]);
    for (const version of ['1.0.0', '2.0.0']) {
      await run(['release', 'upload', program, '--template', String(templateId), '--code-version', version]);
      await audit('pass');
      await run(['release', 'publish', program, '--yes']);
      await run(['release', 'publish', program, '--yes']);
    }
    await run(['release', 'quota']);
    await run(['release', 'revert', program, '--list']);
    await run(['release', 'revert', program, '--yes']);
    await run(['release', 'status', program]);
    const plan = file('autumn.yaml', `template: ${templateId}\nversion: "3.0.0"\naccounts: [${program}]\n`);
    await run(['release', 'plan', plan]);
    const begun = await run(['release', 'run', plan.replace('.yaml', '.plan.json'), '--no-wait', '--yes']);
    const { run: id } = JSON.parse(begun.stdout) as { run: string };
    sandbox.decideAudit({ appId: program, outcome: 'pass' });
    await run(['release', 'resume', id, '--yes']);
    await run(['release', 'show', id]);
    await run(['release', 'runs']);
    await run(['template', 'delete', String(templateId), '--yes']);

    // What an audit needs.
    const [api, other] = ['https://api.example.com', 'https://other.example.com'];
    await run(['mini', 'domains', 'add', program, '--request', api, '--web-view', api]);
    await run(['mini', 'domains', 'set', program, '--request', other, '--yes']);
    await run(['mini', 'domains', 'remove', '--all', '--request', other, '--yes']);
    await run(['mini', 'domains', 'add', '--own', '--request', 'api.example.com']);
    await run(['mini', 'domains', 'add', '--all', '--via-component', '--request', api]);
    await run(['mini', 'domains', 'get', program]);
    await pipe(['mini', 'domains', 'get', '--all']);
    await run(['mini', 'domains', 'get', '--own']);
    const guide = join(folder, 'guide.json');
    await run(['mini', 'privacy', 'get', program, '-o', guide]);
    await pipe(['mini', 'privacy', 'get', '--all']);
    await run(['mini', 'privacy', 'set', program, '--guide', guide]);
    await run(['mini', 'testers', 'add', program, '--wechat-id', 'xiaoming_2024']);
    await run(['mini', 'testers', 'list', program]);
    await pipe(['mini', 'testers', 'list', '--all']);
    await run(['mini', 'testers', 'remove', program, '--wechat-id', 'xiaoming_2024']);
    await run(['mini', 'categories', program]);
    await pipe(['mini', 'categories', '--all']);
    await run(['mini', 'visit', 'off', program, '--yes']);
    await run(['mini', 'visit', 'show', program]);
    await pipe(['mini', 'visit', 'show', '--all']);
    await run(['mini', 'visit', 'on', program, '--yes']);

    // WeChat, the component and its settings.
    await run(['api', 'GET', '/cgi-bin/get_current_selfmenu_info', '--as', website]);
    await run([
      'api',
      'POST',
      '/cgi-bin/component/api_get_authorizer_list',
      '--paginate',
      '-F',
      `component_appid=${env.WXOP_COMPONENT_APPID}`,
      '-F',
      'offset=0',
      '-F',
      'count=100',
    ]);
    await run(['quota', 'get']);
    await run(['quota', 'get', '/cgi-bin/menu/create', '/nowhere', '--as', tea]);
    await run(['quota', 'clear', tea, '--yes']);
    await run(['quota', 'clear', '--component', '--path', '/cgi-bin/component/api_component_token', '--yes']);
    const refused = await run(['api', 'POST', '/cgi-bin/menu/create', '--as', website, '-d', '{"button":[]}', '--yes']);
    await run(['rid', /[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}/.exec(refused.stderr)?.[0] ?? '', '--as', website]);
    await run(['ip']);
    await run(['ip', 'api']);
    await pipe(['ip']);
    await pipe(['quota', 'get']);
    await run(['explain', '40001', 'NO_TICKET', '61004 access clientip is not registered']);
    await run(['explain', '12345678']);
    await run(['explain', '--list']);
    await run(['doctor', '--offline']);
    await run(['doctor']);
    await run(['status']);
    await run(['completion', 'bash']);
    await run(['map']);
    await run(['accounts', 'remove', website, '--yes']);
    await run(['accounts', 'list', '--all']);
    await run(['accounts', 'remove', website, '--purge', '--yes']);
    await run(['accounts', 'sync', tea]);

    // The store, and another library's.
    const key = { environment: { WXOP_STORE_KEY: 'a'.repeat(43) + '=' } };
    await run(['store', 'show']);
    await run(['store', 'encrypt'], key);
    await run(['store', 'show'], key);
    await run(['store', 'decrypt'], key);
    const wego = join(folder, 'wego');
    mkdirSync(join(wego, 'authorizer_tokens'), { recursive: true });
    const foreign = { authorizer_appid: tea, authorizer_refresh_token: 'refreshtoken@@@other' };
    writeFileSync(join(wego, 'authorizer_tokens', `${tea}.json`), JSON.stringify(foreign));
    await run(['import', `wego:${wego}`]);

    // Profiles, in a home of their own.
    const home = temporaryFolder();
    const own = { environment: { WXOP_HOME: home } };
    const bare = {
      environment: { ...Object.fromEntries(Object.keys(env).map((name) => [name, undefined])), WXOP_HOME: home },
    };
    await run(['init', '--from-env', '--public-url', 'https://wx.example.com', '--no-check'], own);
    await run(['profile', 'list'], bare);
    await run(['profile', 'show'], bare);
    await run(['profile', 'show', '--reveal'], bare);
    await run(['profile', 'add-file', file('MP_verify_abc.txt', 'abc')], bare);
    await run(['profile', 'remove-file', 'MP_verify_abc.txt'], bare);
    await run(['profile', 'rename', 'default', 'shop'], bare);
    await run(['profile', 'set', 'shop', '--production'], bare);
    await run(['profile', 'use', 'shop'], bare);
    await run(['env'], bare);
    await run(['env', '--reveal'], bare);
    await run(['config', 'list'], bare);
    await pipe(['profile', 'list'], bare);
    await pipe(['config', 'list'], bare);
    await run(['config', 'get', 'publicUrl'], bare);
    await run(['config', 'set', 'publicUrl', 'https://shop.example.com', '--yes'], bare);
    await run(['config', 'unset', 'publicUrl', '--yes'], bare);
    await run(['profile', 'remove', 'shop', '--yes'], bare);

    // What fails.
    await run(['accounts', 'list'], bare);
    await run(['accounts', 'show', 'wx0000000000000000']);
    await run(['menu', 'get', empty]);
    await run(['no-such-command']);
    sandbox.addFault('api_authorizer_token=45009');
    await run(['token', 'refresh', '--all', '--force']);
    await run(['token', 'refresh', tea, '--force']);
    await run(['token', 'refresh', tea]);

    // The sandbox itself, and the demonstration.
    const playing = start(['sandbox', '--port', '0', '--ticket-interval', '100ms', '--push-url', target.url], {});
    await playing.prints('"push"');
    record(['sandbox'], await playing.stop());
    await run(['demo']);
    const written = [env.WXOP_HOME ?? '', folder, home].flatMap(files);
    const { WXOP_COMPONENT_APPSECRET = '', WXOP_MESSAGE_TOKEN = '', WXOP_ENCODING_AES_KEY = '' } = env;
    const given = written.flatMap(({ content }) => [
      ...content.matchAll(/"(?:accessToken|refreshToken|ticket)": ?"([\w@-]{16,})"/g),
    ]);
    const secrets = [WXOP_COMPONENT_APPSECRET, WXOP_MESSAGE_TOKEN, WXOP_ENCODING_AES_KEY];
    return {
      runs,
      piped,
      spoken,
      written,
      secrets: [...secrets, callerKey, ...given.map(([, secret = '']) => secret)],
    };
  } finally {
    await sandbox.close();
  }
}
