/** Inputs for the broker: requests of callers, well-formed and not. */
import fc from 'fast-check';
import { OTHER, TEA, type DoorKeys } from './team-doors.ts';
import type { Sent } from './send-to-door.ts';

export const CRLF = '\r\n';
export const lettersOf = (text: string): string => Buffer.from(text).toString('latin1');
export const oneOf = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
export const often = <Value>(usual: Value, ...others: fc.Arbitrary<Value>[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, ...others);

/** Lines about who asks. */
export const authorizations = (keys: DoorKeys, usual: string): fc.Arbitrary<string[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<string[]>([`Authorization: Bearer ${usual}`]) },
    oneOf(...Object.values(keys)).map((key) => [`Authorization: Bearer ${key}`]),
    fc
      .tuple(oneOf(...Object.values(keys)), fc.nat(120))
      .map(([key, at]) => [
        `Authorization: Bearer ${key.slice(0, at % key.length)}${key[at % key.length] === 'x' ? 'y' : 'x'}`,
      ]),
    fc.constant<string[]>([]),
    fc
      .tuple(oneOf(...Object.values(keys)), oneOf(...Object.values(keys)))
      .map(([first, second]) => [`Authorization: Bearer ${first}`, `Authorization: Bearer ${second}`]),
    oneOf(
      'Authorization:',
      'Authorization: Bearer',
      'Authorization: Bearer ',
      `Authorization: Basic ${usual}`,
      `Authorization: Bearer ${usual},Bearer ${usual}`,
      `authorization:bearer   ${usual}  `,
      `Authorization: Bearer\t${usual}`,
      `Authorization: Bearer ${'a'.repeat(20_000)}`,
      `Authorization : Bearer ${usual}`,
      `Proxy-Authorization: Bearer ${usual}`,
      `Cookie: Authorization=Bearer ${usual}`,
      `Authorization: Bearer wxop_${TEA}___proto___${'A'.repeat(43)}`,
    ).map((line) => [line]),
    fc.string().map((value) => [`Authorization: Bearer ${value}`]),
  );

const PIECES = [
  ...[
    'cgi-bin',
    'menu',
    'get',
    '.',
    '..',
    '...',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '%00',
    '%0d%0a',
    '%25',
    '%zz',
    '\\',
    '@',
  ],
  ...['//', 'evil.example', ':80', ';', '?', '#', 'x', '茶', '\0', '\u00ff', ' ', '~', '*', 'sns', 'component'],
];
const paths = fc.oneof(
  oneOf(
    ...[
      '/token/',
      '/token/component',
      `/token/${TEA}`,
      `/token/${TEA}?min=6600`,
      `/token/${TEA}?min=1e3`,
      `/token/${OTHER}`,
    ],
    ...[
      '/token/__proto__',
      '/token/%',
      '/token/%E8%8C%B6',
      `/token/${TEA}/`,
      `//token/${TEA}`,
      `/token/../token/${TEA}`,
    ],
    ...[
      '/api/cgi-bin/menu/get',
      '/api/cgi-bin/menu/get?access_token=x&access%5Ftoken=y',
      '/api/sns/userinfo',
      '/api/',
      '/api',
    ],
    ...[
      '/api//evil.example/x',
      '/api/../x',
      '/api/%2e%2e/hidden',
      '/api/http://evil.example/hidden',
      '/api/.hidden',
      '/API/x',
    ],
    ...['/api/cgi-bin/token', '/api/cgi-bin/component/api_component_token', '/api/x?%61ccess_token=1&+access_token=2'],
    ...[
      `http://evil.example/api/cgi-bin/menu/get`,
      `https://evil.example:99/token/${TEA}`,
      'http:///api/x',
      '*',
      'evil:443',
    ],
    ...[
      '/whoami',
      '/accounts',
      `/accounts/${TEA}`,
      `/accounts/${OTHER}`,
      '/accounts/component',
      '/healthz?max-ticket-age=x',
    ],
  ),
  fc
    .tuple(
      oneOf('/api/', '/api', '/token/', '/accounts/', '/'),
      fc.array(oneOf(...PIECES), { maxLength: 6 }),
      oneOf('/', ''),
    )
    .map(([head, parts, between]) => `${head}${parts.join(between)}`),
  fc.tuple(oneOf('/api/x?', `/token/${TEA}?`), fc.webQueryParameters()).map(([path, query]) => path + query),
  fc.string({ maxLength: 30 }).map((rest) => `/api/${rest}`),
);

const accounts = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([`X-Account: ${TEA}`]) },
  fc.constant<string[]>([]),
  oneOf(
    OTHER,
    'component',
    '',
    '茶馆',
    '%00',
    '%',
    '../x',
    `${TEA},${TEA}`,
    '__proto__',
    'x'.repeat(9_000),
    'a\tb',
  ).map((name) => [`X-Account: ${name}`]),
  fc.tuple(oneOf(TEA, OTHER, 'component'), oneOf(TEA, OTHER)).map((both) => both.map((name) => `X-Account: ${name}`)),
);

const inner = (keys: DoorKeys): string =>
  `GET /api/hidden HTTP/1.1${CRLF}Host: x${CRLF}Authorization: Bearer ${keys.all}${CRLF}X-Account: ${TEA}${CRLF}${CRLF}`;

interface Sized {
  lines: string[];
  body: string;
}

/** A body, and the lines that say how long it is: right, or so that two readers could disagree. */
const bodies = (keys: DoorKeys): fc.Arbitrary<Sized> => {
  const hidden = inner(keys);
  const chunked = `0${CRLF}${CRLF}${hidden}`;
  const right = `Content-Length: ${hidden.length}`;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Sized>({ lines: [], body: '' }) },
    fc.constant<Sized>({ lines: [right], body: hidden }),
    fc.constant<Sized>({
      lines: ['Transfer-Encoding: chunked'],
      body: `${hidden.length.toString(16)}${CRLF}${hidden}${CRLF}0${CRLF}${CRLF}`,
    }),
    // Length and chunks, twice a length, codings that are none: never two requests.
    oneOf(
      ['Transfer-Encoding: chunked', `Content-Length: ${chunked.length}`],
      [`Content-Length: ${chunked.length}`, 'Transfer-Encoding: chunked'],
      [`Content-Length: ${chunked.length}`, 'Transfer-Encoding: xchunked'],
      [`Content-Length: ${chunked.length}`, 'Transfer-Encoding:\tchunked'],
      [`Content-Length: ${chunked.length}`, 'Transfer-Encoding: chunked, identity'],
      [`Content-Length: ${chunked.length}`, 'Content-Length: 5'],
      ['Content-Length: 5', `Content-Length: ${chunked.length}`],
      [`Content-Length: 5, ${chunked.length}`],
      [`Content-Length: ${chunked.length}`, 'Transfer-Encoding : chunked'],
      ['Content-Length: +5'],
      ['Content-Length: 0x5'],
      ['Content-Length: -5'],
      ['Content-Length: 99999999999999999999'],
    ).map((lines) => ({ lines, body: chunked })),
    oneOf('Content-Length: 104857600', 'Content-Length: 9').map((line) => ({ lines: [line], body: 'cut' })),
    oneOf('zz', 'ffffffffffffffff', '-1', '5;x=y').map((size) => ({
      lines: ['Transfer-Encoding: chunked'],
      body: `${size}${CRLF}hello`,
    })),
  );
};

const OTHERS = [
  ...[
    'Host: evil.example',
    'Connection: close',
    'Connection: X-Account',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: h2c',
  ],
  ...[
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Host: evil.example',
    'Content-Type: a/b\tc',
    'Content-Type: \u00ff',
    ' folded',
  ],
  ...[
    'X-HTTP-Method-Override: DELETE',
    'Range: bytes=0-1',
    'TE: trailers',
    'Trailer: X-Account',
    'Content-Encoding: gzip',
  ],
];

/** What callers of the broker send, well-formed and not. */
export function callerRequests(keys: DoorKeys): fc.Arbitrary<Sent> {
  const request = fc
    .record({
      method: often(
        'GET',
        oneOf('POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'G T'),
      ),
      path: paths,
      version: often('HTTP/1.1', oneOf('HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 x', '')),
      who: authorizations(keys, keys.all),
      account: accounts,
      others: fc.array(oneOf(...OTHERS), { maxLength: 2 }),
      sized: bodies(keys),
    })
    .map(({ method, path, version, who, account, others, sized }) =>
      [`${method} ${path} ${version}`, 'Host: x', ...who, ...account, ...others, ...sized.lines, '', sized.body].join(
        CRLF,
      ),
    );
  return fc.record({
    bytes: fc.array(request, { minLength: 1, maxLength: 2 }).map((all) => lettersOf(all.join(''))),
    ending: often<Sent['ending']>('half', oneOf<Sent['ending']>('gone')),
    mayHave: fc.constant({ token: true, attached: false }),
  });
}
