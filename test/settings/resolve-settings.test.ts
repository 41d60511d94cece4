/** Where each setting comes from, what shape it must have, and what is said when it has not. */
import { describe, expect, test } from 'vitest';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import {
  checkSetting,
  definitionOf,
  hasSecret,
  SETTING_NAMES,
  type SettingName,
} from '../../src/settings/setting-definitions.ts';
import {
  chooseLang,
  resolveSettings,
  settingFromEnvironment,
  type Settings,
  type Sources,
} from '../../src/settings/resolve-settings.ts';

const FILES: Record<string, string> = {};

function settingsOf(sources: Partial<Sources> = {}): Settings {
  return resolveSettings({
    flags: {},
    environment: {},
    profile: {},
    profileName: 'shop',
    profileIsExplicit: false,
    readSecretFile: (path) => FILES[path] ?? '',
    ...sources,
  });
}

function failureOf(perform: () => unknown): WxopError {
  try {
    perform();
  } catch (error) {
    if (error instanceof WxopError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

// The names that scripts rely on.
const NAMES: Record<
  SettingName,
  { environment: string; flag?: string; fallback?: string; secret?: true; hasFile?: true; isEnvironmentOnly?: true }
> = {
  componentAppId: { environment: 'WXOP_COMPONENT_APPID' },
  componentAppSecret: { environment: 'WXOP_COMPONENT_APPSECRET', secret: true },
  messageToken: { environment: 'WXOP_MESSAGE_TOKEN', secret: true },
  encodingAesKey: { environment: 'WXOP_ENCODING_AES_KEY', secret: true },
  previousEncodingAesKey: { environment: 'WXOP_PREVIOUS_ENCODING_AES_KEY', secret: true },
  publicUrl: { environment: 'WXOP_PUBLIC_URL', flag: '--public-url' },
  host: { environment: 'WXOP_HOST', flag: '--host', fallback: '127.0.0.1' },
  port: { environment: 'WXOP_PORT', flag: '--port', fallback: '7788' },
  eventPath: { environment: 'WXOP_EVENT_PATH', flag: '--event-path', fallback: '/wechat/event' },
  messagePath: { environment: 'WXOP_MESSAGE_PATH', flag: '--message-path', fallback: '/wechat/message/$APPID$' },
  forwardTo: { environment: 'WXOP_FORWARD_TO', flag: '--forward-to' },
  forwardFormat: { environment: 'WXOP_FORWARD_FORMAT', flag: '--forward-format', fallback: 'raw' },
  forwardEvents: { environment: 'WXOP_FORWARD_EVENTS', flag: '--forward-events', fallback: 'never' },
  forwardSecret: { environment: 'WXOP_FORWARD_SECRET', secret: true },
  operatorName: { environment: 'WXOP_OPERATOR_NAME', flag: '--operator-name' },
  operatorLogo: { environment: 'WXOP_OPERATOR_LOGO', flag: '--operator-logo' },
  permissionSets: { environment: 'WXOP_PERMISSION_SETS', flag: '--permission-sets' },
  pushFormat: { environment: 'WXOP_PUSH_FORMAT', fallback: 'xml' },
  cloudPushes: { environment: 'WXOP_CLOUD_PUSHES' },
  returnHosts: { environment: 'WXOP_RETURN_HOSTS' },
  store: { environment: 'WXOP_STORE', flag: '--store', fallback: 'file', hasFile: true },
  storeKey: { environment: 'WXOP_STORE_KEY', secret: true, isEnvironmentOnly: true },
  trustProxy: { environment: 'WXOP_TRUST_PROXY', flag: '--trust-proxy' },
  metrics: { environment: 'WXOP_METRICS', flag: '--metrics' },
  address: { environment: 'WXOP_SERVE_ADDRESS', flag: '--address', fallback: '127.0.0.1:7789' },
  tlsCert: { environment: 'WXOP_TLS_CERT', flag: '--tls-cert' },
  tlsKey: { environment: 'WXOP_TLS_KEY', flag: '--tls-key' },
  brokerKey: { environment: 'WXOP_BROKER_KEY', secret: true },
  onOverdue: { environment: 'WXOP_ON_OVERDUE', flag: '--on-overdue' },
  onResult: { environment: 'WXOP_ON_RESULT', flag: '--on-result' },
  passphrase: { environment: 'WXOP_PASSPHRASE', secret: true, isEnvironmentOnly: true },
  importFrom: { environment: 'WXOP_IMPORT_FROM', hasFile: true, isEnvironmentOnly: true },
  apiUrl: { environment: 'WXOP_API_URL', fallback: 'https://api.weixin.qq.com' },
  mpUrl: { environment: 'WXOP_MP_URL', fallback: 'https://mp.weixin.qq.com' },
  openUrl: { environment: 'WXOP_OPEN_URL', fallback: 'https://open.weixin.qq.com' },
  production: { environment: 'WXOP_PRODUCTION', fallback: 'no' },
  lang: { environment: 'WXOP_LANG', flag: '--lang' },
};

const callerKey = (letter: string): string => `wxop_wx5a4db0c0ffee0001_ci_${letter.repeat(43)}`;

// A valid value for each door: flag, environment, file, profile.
const SAMPLES: Record<SettingName, [flag: string, environment: string, file: string, profile: string | number]> = {
  componentAppId: ['wx0000000000000001', 'wx0000000000000002', '', 'wx0000000000000004'],
  componentAppSecret: ['', 'secret-of-environment', 'secret-of-file', 'secret-of-profile'],
  messageToken: ['', 'tokenOfEnvironment', 'tokenOfFile', 'tokenOfProfile'],
  encodingAesKey: ['', 'b'.repeat(43), 'c'.repeat(43), 'd'.repeat(43)],
  previousEncodingAesKey: ['', 'b'.repeat(43), 'c'.repeat(43), 'd'.repeat(43)],
  publicUrl: ['https://a.example.com', 'https://b.example.com', '', 'https://d.example.com'],
  host: ['0.0.0.0', '::1', '', 'localhost'],
  port: ['7001', '7002', '', 7004],
  eventPath: ['/flag', '/environment', '', '/profile'],
  messagePath: ['/flag/$APPID$', '/environment/$APPID$', '', '/profile/$APPID$'],
  forwardTo: ['http://a.example.com/$APPID$#type=text', 'http://b.example.com http://c.example.com', '', 'http://d'],
  forwardFormat: ['json', 'raw', '', 'json'],
  forwardEvents: ['after', 'handover', '', 'never'],
  forwardSecret: ['', 'secretOfEnvironment', 'secretOfTheFile--', 'secretOfTheProfile'],
  operatorName: ['Spring & Co.', '春风科技', '', '山城'],
  operatorLogo: ['logo.png', '/srv/logo.webp', '', 'C:\\logo.JPG'],
  permissionSets: ['1', '1,11,15', '', '15,100'],
  pushFormat: ['', 'json', '', 'xml'],
  cloudPushes: ['', 'loopback', '', '10.0.0.0/8,fd00::/8'],
  returnHosts: ['', 'shop.example.com', '', 'shop.example.com,app.example.com:8443'],
  store: ['redis://a:6379', 'redis://:password@b:6379/1', 'rediss://user:password@c', 'file'],
  storeKey: ['', 'e'.repeat(43), 'f'.repeat(64), ''],
  trustProxy: ['loopback', '10.0.0.0/8', '', '10.0.0.1,::1'],
  metrics: ['9464', '127.0.0.1:9464', '', 9465],
  address: ['7001', '0.0.0.0:7002', '', '[::1]:7004'],
  tlsCert: ['a.pem', 'b.pem', '', 'd.pem'],
  tlsKey: ['a.key', 'b.key', '', 'd.key'],
  brokerKey: ['', callerKey('b'), callerKey('c'), callerKey('d')],
  onOverdue: ['notify-send overdue', 'https://example.com/overdue', '', './overdue.sh'],
  onResult: ['./result.sh', 'https://example.com/result', '', 'jq . >> results'],
  passphrase: ['', 'passphrase of environment', '文件中的口令，八个字以上', ''],
  importFrom: ['', 'wego:/srv/wego_storage', 'wxjava+redis://:password@b:6379/1?prefix=wx', ''],
  apiUrl: ['', 'http://127.0.0.1:2', '', 'http://127.0.0.1:4'],
  mpUrl: ['', 'http://127.0.0.1:2', '', 'http://127.0.0.1:4'],
  openUrl: ['', 'http://127.0.0.1:2', '', 'http://127.0.0.1:4'],
  production: ['', 'no', '', 'yes'],
  lang: ['zh', 'en', '', 'zh'],
};
Object.assign(FILES, Object.fromEntries(SETTING_NAMES.map((name) => [`/run/secrets/${name}`, SAMPLES[name][2]])));

test('the settings are those of the contract', () => {
  const defined = SETTING_NAMES.map((name) => {
    const { environment, flag, fallback, secret, isEnvironmentOnly } = definitionOf(name);
    return [
      name,
      {
        environment,
        flag,
        fallback,
        secret,
        isEnvironmentOnly,
        hasFile: hasSecret(name) && !secret ? true : undefined,
      },
    ];
  });
  expect(Object.fromEntries(defined)).toEqual(NAMES);
});

test('every setting is described in both languages', () => {
  for (const name of SETTING_NAMES) {
    const { about } = definitionOf(name);
    expect(about.en.trim(), name).not.toBe('');
    expect(about.zh, name).toMatch(/[\u4e00-\u9fff]/);
  }
});

describe.each(SETTING_NAMES)('%s', (name) => {
  const { environment: variable, flag, secret, hasFile, isEnvironmentOnly, fallback } = NAMES[name];
  const [fromFlag, fromEnvironment, fromFile, fromProfile] = SAMPLES[name];
  // From the strongest door to the weakest.
  const doors: { origin: string | undefined; value: string | undefined; sources: Partial<Sources> }[] = [
    ...(flag ? [{ origin: flag, value: fromFlag, sources: { flags: { [name]: fromFlag } } }] : []),
    { origin: variable, value: fromEnvironment, sources: { environment: { [variable]: fromEnvironment } } },
    ...(secret || hasFile
      ? [
          {
            origin: `${variable}_FILE`,
            value: fromFile,
            sources: { environment: { [`${variable}_FILE`]: `/run/secrets/${name}` } },
          },
        ]
      : []),
    ...(isEnvironmentOnly
      ? []
      : [{ origin: 'profile shop', value: String(fromProfile), sources: { profile: { [name]: fromProfile } } }]),
    { origin: fallback && 'default', value: fallback, sources: {} },
  ];
  const together = (from: number): Partial<Sources> =>
    doors.slice(from).reduceRight<Partial<Sources>>(
      (all, { sources }) => ({
        ...all,
        ...sources,
        environment: { ...all.environment, ...sources.environment },
      }),
      {},
    );

  test.each(doors.map(({ origin }, index) => [origin, index] as const))(
    'comes from %s when nothing stronger has it',
    (_origin, index) => {
      const settings = settingsOf(together(index));
      expect(settings.find(name)).toBe(doors[index]?.value);
      expect(settings.originOf(name)).toBe(doors[index]?.origin);
    },
  );

  test('that is empty in environment and profile counts as unset', () => {
    const environment = { [variable]: '', [`${variable}_FILE`]: '' };
    const settings = settingsOf({ environment, profile: { [name]: '' } });
    expect(settings.find(name)).toBe(fallback);
    expect(settings.originOf(name)).toBe(fallback && 'default');
  });

  test('is read from the environment alone', () => {
    const readSecretFile = (path: string): string => FILES[path] ?? '';
    const ask = (environment: Record<string, string>) => settingFromEnvironment(name, { environment, readSecretFile });
    expect(ask({})).toBeUndefined();
    expect(ask({ [variable]: fromEnvironment })).toEqual({ value: fromEnvironment, origin: variable });
    expect(ask({ [`${variable}_FILE`]: `/run/secrets/${name}` })).toEqual(
      secret || hasFile ? { value: fromFile, origin: `${variable}_FILE` } : undefined,
    );
  });

  test('does not mind space around it', () => {
    expect(settingsOf({ environment: { [variable]: ` ${fromEnvironment}\n` } }).find(name)).toBe(fromEnvironment);
  });
});

test('a file that cannot be read is named by its variable', () => {
  const asked: string[][] = [];
  const readSecretFile = (...given: string[]): string => {
    asked.push(given);
    return 'abc';
  };
  settingsOf({ environment: { WXOP_MESSAGE_TOKEN_FILE: '/secret' }, readSecretFile }).find('messageToken');
  expect(asked).toEqual([['/secret', 'WXOP_MESSAGE_TOKEN_FILE']]);
});

test('a file is not opened when something stronger has the value', () => {
  const readSecretFile = (): string => {
    throw new Error('opened');
  };
  const environment = { WXOP_MESSAGE_TOKEN: 'abc', WXOP_MESSAGE_TOKEN_FILE: '/secret' };
  expect(settingsOf({ environment, readSecretFile }).find('messageToken')).toBe('abc');
});

describe('the check of', () => {
  const INVALID: Record<Exclude<SettingName, 'componentAppSecret'>, string[]> = {
    componentAppId: ['', 'wx', 'wx000000000000000', 'wx00000000000000001', 'WX0000000000000001', 'wx000000000000000G'],
    messageToken: ['', 'ab', 'a'.repeat(33), 'with-hyphen', 'with space', '消息校验'],
    encodingAesKey: ['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}-`],
    previousEncodingAesKey: ['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`],
    publicUrl: [
      '',
      'wx.example.com',
      'https://wx.example.com/path',
      'https://wx.example.com?a=b',
      'https://wx.example.com/#a',
      'https://user:password@wx.example.com',
      'ftp://wx.example.com',
      'https://',
    ],
    host: ['', 'a b', 'http://127.0.0.1', '127.0.0.1/'],
    port: ['', '-1', '65536', '99999', '7788.5', '1e3', '0x10', 'http', '７７８８'],
    eventPath: [
      '',
      'wechat/event',
      '/with space',
      '/a?b=c',
      '/a#b',
      'https://wx.example.com/event',
      '/healthz',
      '/authorize/x',
    ],
    messagePath: [
      ...['/healthz', '/metrics', '/authorize', 'https://$APPID$.example.com/authorize/callback'],
      '',
      'wechat/$APPID$',
      '/with space/$APPID$',
      '/$APPID$?b=c',
      '/$APPID$#b',
      'https://wx.example.com/$APPID$',
    ],
    forwardTo: ['', '127.0.0.1:8080', 'http://a.example.com, b.example.com', 'ftp://a.example.com'],
    forwardFormat: ['', 'xml', 'RAW'],
    forwardEvents: ['', 'before', 'always'],
    forwardSecret: ['', 'short', 'with a blank in the middle'],
    operatorName: ['', 'x'.repeat(41), 'two\nlines', 'a\u202eb', 'bell\u0007'],
    operatorLogo: ['', 'logo', 'logo.svg', '.png', 'https://wx.example.com/logo.gif'],
    permissionSets: ['', '消息', '1;2', '1,', ',1', '12345'],
    pushFormat: ['JSON', 'both', ''],
    cloudPushes: ['', 'yes', '0.0.0.0/0', '10.0.0.0/7', '8.8.8.8', '::/0', '172.32.0.1', 'loopback,1.2.3.4'],
    returnHosts: ['https://shop.example.com', 'a b', '*.example.com', 'shop.example.com/done', ','],
    store: [
      '',
      'files',
      'memory',
      'mysql://127.0.0.1',
      'rediss//127.0.0.1',
      'redis://',
      'redis://h/x',
      'wxjava+mysql://h',
      'broker+http://wx.example.com',
      'broker+https://user:password@wx.example.com',
      'broker+https://',
      'broker://wx.example.com',
    ],
    passphrase: ['', 'short', '1234567'],
    importFrom: [
      '',
      'wego:',
      'wego',
      'easywechat:/srv/cache',
      'redis://127.0.0.1',
      'wechatpy+redis://',
      'wechatpy+http://h',
      '/srv/wego',
    ],
    storeKey: ['', 'short', 'g'.repeat(64), 'a'.repeat(42), 'pass word'],
    trustProxy: ['', 'nginx', '10.0.0.0/33', '10.0.0', '256.0.0.1', 'loopback,', '::1/129', ':::'],
    metrics: ['', 'http://127.0.0.1:9464', '127.0.0.1', '127.0.0.1:', ':9464x'],
    address: ['', 'x', '127.0.0.1', ':7789', '127.0.0.1:99999', 'http://127.0.0.1:7789', '::1:7789'],
    tlsCert: [''],
    tlsKey: [''],
    brokerKey: ['', 'ci', callerKey('b').slice(1), `${callerKey('b')}x`, callerKey('b').replace('_ci_', '_C_')],
    onOverdue: ['', '  ', 'ftp://example.com/overdue', 'http://', 'HTTPS://a b/', 'file:///etc/passwd'],
    onResult: ['', '  ', 'ftp://example.com/result', 'http://', 'HTTPS://a b/', 'file:///etc/passwd'],
    apiUrl: ['', 'api.weixin.qq.com', 'https://api.weixin.qq.com/cgi-bin', 'file:///etc/hosts'],
    mpUrl: ['', 'mp.weixin.qq.com', 'https://mp.weixin.qq.com/cgi-bin', 'javascript:alert(1)'],
    openUrl: ['', 'open.weixin.qq.com', 'https://open.weixin.qq.com/a'],
    production: ['', 'maybe', '2', 'yes no'],
    lang: ['', 'fr', 'ZH', 'zh_CN', 'en,zh'],
  };
  const cases = Object.entries(INVALID).flatMap(([name, values]) =>
    values.map((value) => [name as SettingName, value] as const),
  );

  test.each(cases)('%s refuses %j and says the right shape in both languages', (name, value) => {
    const shape = checkSetting(name, value);
    expect(shape).toEqual({ en: expect.stringMatching(/\S/) as string, zh: expect.stringMatching(/\S/) as string });
  });

  test.each<[SettingName, string, string]>([
    ['publicUrl', 'https://wx.example.com/', 'https://wx.example.com'],
    ['publicUrl', 'HTTPS://WX.Example.com', 'https://wx.example.com'],
    ['publicUrl', 'https://wx.example.com:443', 'https://wx.example.com'],
    ['publicUrl', 'http://127.0.0.1:7788', 'http://127.0.0.1:7788'],
    ['apiUrl', 'http://127.0.0.1:9000/', 'http://127.0.0.1:9000'],
    ['permissionSets', '1, 11 ,15', '1,11,15'],
    ['port', '0', '0'],
    ['port', '65535', '65535'],
    ['host', '::', '::'],
    ['messageToken', 'abc', 'abc'],
    ['messageToken', 'a'.repeat(32), 'a'.repeat(32)],
    ['encodingAesKey', `${'a'.repeat(42)}2`, `${'a'.repeat(42)}2`],
    ['componentAppSecret', 'any-thing_at/all 密', 'any-thing_at/all 密'],
  ])('%s brings %j to %j', (name, value, stored) => {
    expect(checkSetting(name, value)).toBe(stored);
  });
});

describe('an invalid value', () => {
  test.each<[string, SettingName, Partial<Sources>]>([
    ['--port', 'port', { flags: { port: 'x' } }],
    ['WXOP_PORT', 'port', { environment: { WXOP_PORT: 'x' } }],
    ['profile shop', 'port', { profile: { port: 65536 } }],
    ['WXOP_MESSAGE_TOKEN_FILE', 'messageToken', { environment: { WXOP_MESSAGE_TOKEN_FILE: '/nothing' } }],
    ['--lang', 'lang', { flags: { lang: '' } }],
  ])('from %s is an error (2) that names where it came from', (origin, name, sources) => {
    const settings = settingsOf(sources);
    for (const ask of [() => settings.find(name), () => settings.need(name)]) {
      const { code, exitCode, text, hint } = failureOf(ask);
      expect({ code, exitCode }).toEqual({ code: 'SETTINGS_INVALID', exitCode: 2 });
      expect(text.en).toContain(origin);
      expect(text.zh).toContain(origin);
      expect(hint?.en).toContain(origin);
      expect(hint?.zh).toContain(origin);
    }
  });

  test('never gives way to a weaker one', () => {
    const settings = settingsOf({ environment: { WXOP_PORT: 'x' }, profile: { port: 7004 } });
    expect(failureOf(() => settings.get('port')).code).toBe('SETTINGS_INVALID');
  });

  test('is no obstacle to a command that does not ask for it', () => {
    const settings = settingsOf({ environment: { WXOP_PORT: 'x', WXOP_HOST: 'localhost' } });
    expect(settings.get('host')).toBe('localhost');
  });

  test.each<[SettingName, string, string]>([
    ['messageToken', 'WXOP_MESSAGE_TOKEN', 'secret-of-wrong-shape'],
    ['encodingAesKey', 'WXOP_ENCODING_AES_KEY', 'secret-of-wrong-shape'],
    ['publicUrl', 'WXOP_PUBLIC_URL', 'https://user:secret-of-wrong-shape@wx.example.com'],
    ['store', 'WXOP_STORE', 'mysql://:secret-of-wrong-shape@127.0.0.1'],
  ])('of %s is not repeated in the error', (name, variable, value) => {
    const error = failureOf(() => settingsOf({ environment: { [variable]: value } }).find(name));
    expect(JSON.stringify([error.message, error.text, error.hint])).not.toContain('secret-of-wrong-shape');
  });

  test('of --store is a URL with a password: it would stand in the process list', () => {
    const settings = settingsOf({ flags: { store: 'redis://:password@127.0.0.1' } });
    expect(failureOf(() => settings.find('store')).exitCode).toBe(2);
  });
});

describe('what is missing', () => {
  test('is named all at once, in both languages, with its variables', () => {
    const settings = settingsOf({ environment: { WXOP_MESSAGE_TOKEN: 'abc' } });
    const error = failureOf(() =>
      settings.need('componentAppId', 'messageToken', 'encodingAesKey', 'componentAppSecret'),
    );
    expect(error).toMatchObject({ code: 'SETTINGS_MISSING', exitCode: 2 });
    for (const name of ['componentAppId', 'encodingAesKey', 'componentAppSecret'] as const) {
      const { about, environment } = definitionOf(name);
      expect(error.text.en).toContain(about.en);
      expect(error.text.zh).toContain(about.zh);
      expect(error.hint?.en).toContain(environment);
      expect(error.hint?.zh).toContain(environment);
    }
    expect(JSON.stringify([error.text, error.hint])).not.toMatch(/message token|WXOP_MESSAGE_TOKEN/);
  });

  test('are told in one sentence, with the profile that they belong into', () => {
    const { text, hint } = failureOf(() => settingsOf().need('componentAppId', 'componentAppSecret'));
    expect(text.en).toBe(
      'The appid of the third-party platform and AppSecret of the third-party platform are not set.',
    );
    expect(text.zh).toBe('尚未设置第三方平台 AppID、第三方平台 AppSecret。');
    expect(hint?.zh).toContain('`wxop init --profile shop`');
    expect(hint?.zh).toContain('WXOP_COMPONENT_APPID、WXOP_COMPONENT_APPSECRET');
    const one = failureOf(() => settingsOf({ profileName: 'default' }).need('componentAppId'));
    expect(one.text.en).toBe('The appid of the third-party platform is not set.');
    expect(one.hint?.en).toContain('`wxop init`');
  });

  test('may be an optional value: then it is just not there', () => {
    expect(settingsOf().find('componentAppSecret')).toBeUndefined();
    expect(settingsOf().originOf('componentAppSecret')).toBeUndefined();
  });

  test('is nothing when everything is there', () => {
    const environment = { WXOP_COMPONENT_APPID: 'wx0000000000000002', WXOP_MESSAGE_TOKEN: 'abc' };
    expect(settingsOf({ environment }).need('componentAppId', 'messageToken')).toEqual({
      componentAppId: 'wx0000000000000002',
      messageToken: 'abc',
    });
  });

  test.each([
    ['a blank variable', { WXOP_COMPONENT_APPSECRET: ' \n' }],
    ['an empty file', { WXOP_COMPONENT_APPSECRET_FILE: '/nothing' }],
  ])('is a secret from %s: an empty one is never sent', (_name, environment) => {
    expect(failureOf(() => settingsOf({ environment }).need('componentAppSecret')).exitCode).toBe(2);
  });
});

describe('a profile asked for by name', () => {
  const profile = { componentAppId: 'wx0000000000000004' };
  const other = { WXOP_COMPONENT_APPID: 'wx0000000000000002' };

  test('must be of the component in the environment', () => {
    const error = failureOf(() => settingsOf({ profile, environment: other, profileIsExplicit: true }));
    expect(error.exitCode).toBe(2);
    for (const sentence of [error.text.en, error.text.zh]) {
      expect(sentence).toContain('shop');
      expect(sentence).toContain('wx0000000000000002');
      expect(sentence).toContain('wx0000000000000004');
    }
  });

  test.each<[string, Partial<Sources>]>([
    ['the same component', { profile, environment: { WXOP_COMPONENT_APPID: 'wx0000000000000004' } }],
    [
      'the same component with space around it',
      { profile, environment: { WXOP_COMPONENT_APPID: 'wx0000000000000004\n' } },
    ],
    ['no component in the environment', { profile, environment: {} }],
    ['an empty component in the environment', { profile, environment: { WXOP_COMPONENT_APPID: '' } }],
    ['no component of its own', { profile: {}, environment: other }],
  ])('is fine with %s', (_name, sources) => {
    expect(() => settingsOf({ ...sources, profileIsExplicit: true })).not.toThrow();
  });

  test('that was not asked for gives way to the environment', () => {
    expect(settingsOf({ profile, environment: other }).find('componentAppId')).toBe('wx0000000000000002');
  });
});

describe('the secrets to mask', () => {
  test('are all secret values, whichever door they came through', () => {
    const settings = settingsOf({
      environment: { WXOP_MESSAGE_TOKEN: 'abc', WXOP_ENCODING_AES_KEY_FILE: '/run/secrets/encodingAesKey' },
      profile: { componentAppSecret: 'def', publicUrl: 'https://wx.example.com' },
    });
    expect(settings.secrets().sort()).toEqual(['abc', 'c'.repeat(43), 'def']);
  });

  test('are there in the form that is used, without the line end of a variable', () => {
    const settings = settingsOf({ environment: { WXOP_COMPONENT_APPSECRET: 'my-secret\n' } });
    expect(settings.find('componentAppSecret')).toBe('my-secret');
    expect(settings.secrets()).toContain('my-secret');
  });

  test('are there too when their shape is wrong', () => {
    expect(settingsOf({ environment: { WXOP_MESSAGE_TOKEN: 'not-a-token' } }).secrets()).toEqual(['not-a-token']);
  });
});

describe('the language', () => {
  test.each<[string, string, string | undefined, Record<string, string>, Record<string, string>]>([
    ['en', 'nothing', undefined, {}, {}],
    ['zh', 'the flag', 'zh', { WXOP_LANG: 'en', LC_ALL: 'en_US.UTF-8' }, { lang: 'en' }],
    ['en', 'the flag', 'en', { WXOP_LANG: 'zh', LC_ALL: 'zh_CN.UTF-8' }, { lang: 'zh' }],
    ['zh', 'WXOP_LANG', undefined, { WXOP_LANG: 'zh', LC_ALL: 'en_US.UTF-8' }, { lang: 'en' }],
    ['en', 'WXOP_LANG', undefined, { WXOP_LANG: 'en', LC_ALL: 'zh_CN.UTF-8' }, { lang: 'zh' }],
    ['zh', 'the profile', undefined, { LC_ALL: 'en_US.UTF-8' }, { lang: 'zh' }],
    ['en', 'the profile', undefined, { LC_ALL: 'zh_CN.UTF-8' }, { lang: 'en' }],
    ['zh', 'the profile, past an empty WXOP_LANG', undefined, { WXOP_LANG: '' }, { lang: 'zh' }],
    ['zh', 'LC_ALL', undefined, { LC_ALL: 'zh_CN.UTF-8', LC_MESSAGES: 'en_US.UTF-8', LANG: 'en_US.UTF-8' }, {}],
    ['en', 'LC_ALL', undefined, { LC_ALL: 'C', LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'zh_CN.UTF-8' }, {}],
    ['zh', 'LC_MESSAGES', undefined, { LC_MESSAGES: 'zh_TW.UTF-8', LANG: 'en_US.UTF-8' }, {}],
    ['en', 'LC_MESSAGES', undefined, { LC_MESSAGES: 'en_GB.UTF-8', LANG: 'zh_CN.UTF-8' }, {}],
    ['zh', 'LANG', undefined, { LANG: 'zh_CN.UTF-8' }, {}],
    ['zh', 'LANG, past empty ones', undefined, { LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN.UTF-8' }, {}],
    ['en', 'a LANG of another language', undefined, { LANG: 'de_DE.UTF-8' }, {}],
    ['en', 'a LANG that has none', undefined, { LANG: 'C.UTF-8' }, {}],
    ['zh', 'LANG, past an unknown flag', 'fr', { LANG: 'zh_CN.UTF-8' }, {}],
  ])('is %s by %s', (lang, _door, flag, environment, profile) => {
    expect(chooseLang(flag, environment, profile)).toBe(lang);
  });
});
