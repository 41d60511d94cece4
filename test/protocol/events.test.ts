/** What the platform pushes, read strictly: nothing is guessed, expanded, converted or taken twice. */
import { describe, expect, test } from 'vitest';
import { parseXml, readEvent, readMessage, takeEncrypt, writeXml } from '../../src/protocol/events.ts';

describe('takeEncrypt', () => {
  test.each([
    ['CDATA', '<xml><AppId><![CDATA[wx1]]></AppId><Encrypt><![CDATA[YWJj+/==]]></Encrypt></xml>', 'YWJj+/=='],
    ['plain text', '<xml><ToUserName>gh_1</ToUserName><Encrypt>YWJj</Encrypt></xml>', 'YWJj'],
    ['lines around it', '<xml>\r\n<Encrypt>\r\n<![CDATA[YWJj]]>\n</Encrypt>\n</xml>\n', 'YWJj'],
    ['spaces around the text', '<xml><Encrypt> YWJj </Encrypt></xml>', 'YWJj'],
    ['an XML declaration', '<?xml version="1.0"?><xml><Encrypt>YWJj</Encrypt></xml>', 'YWJj'],
  ])('takes the one element with %s', (_name, xml, encrypted) => {
    expect(takeEncrypt(xml)).toBe(encrypted);
  });

  test.each([
    ['nothing', ''],
    ['no Encrypt', '<xml><AppId>wx1</AppId></xml>'],
    ['another case', '<xml><encrypt>YWJj</encrypt></xml>'],
    ['an empty one', '<xml><Encrypt></Encrypt></xml>'],
    ['an empty CDATA', '<xml><Encrypt><![CDATA[]]></Encrypt></xml>'],
    ['an unclosed one', '<xml><Encrypt>YWJj</xml>'],
    ['two of them', '<xml><Encrypt>YWJj</Encrypt><Encrypt>ZGVm</Encrypt></xml>'],
    ['the same one twice', '<xml><Encrypt>YWJj</Encrypt><Encrypt>YWJj</Encrypt></xml>'],
    ['a second one with an attribute', '<xml><Encrypt>YWJj</Encrypt><Encrypt a="b">ZGVm</Encrypt></xml>'],
    ['a second one with a space', '<xml><Encrypt >ZGVm</Encrypt><Encrypt>YWJj</Encrypt></xml>'],
    ['a second one that is empty', '<xml><Encrypt/><Encrypt>YWJj</Encrypt></xml>'],
    ['a second one in a comment', '<xml><!-- <Encrypt>ZGVm</Encrypt> --><Encrypt>YWJj</Encrypt></xml>'],
    ['a second one in CDATA', '<xml><a><![CDATA[<Encrypt>ZGVm</Encrypt>]]></a><Encrypt>YWJj</Encrypt></xml>'],
    ['one in itself', '<xml><Encrypt><Encrypt>YWJj</Encrypt></Encrypt></xml>'],
    ['one in its CDATA', '<xml><Encrypt><![CDATA[<Encrypt>YWJj</Encrypt>]]></Encrypt></xml>'],
    ['an element in it', '<xml><Encrypt><b>YWJj</b></Encrypt></xml>'],
    ['a comment in it', '<xml><Encrypt>YW<!-- -->Jj</Encrypt></xml>'],
    ['two CDATA in it', '<xml><Encrypt><![CDATA[YW]]><![CDATA[Jj]]></Encrypt></xml>'],
    ['an entity in it', '<xml><Encrypt>YW&#74;j</Encrypt></xml>'],
    ['a DOCTYPE', '<!DOCTYPE xml><xml><Encrypt>YWJj</Encrypt></xml>'],
    ['a doctype in lower case', '<!doctype xml><xml><Encrypt>YWJj</Encrypt></xml>'],
    ['an ENTITY', '<xml><!ENTITY e "x"><Encrypt>YWJj</Encrypt></xml>'],
    ['no base64', '<xml><Encrypt>YW*j</Encrypt></xml>'],
    ['url-safe base64', '<xml><Encrypt>YW-_</Encrypt></xml>'],
    ['padding in the middle', '<xml><Encrypt>YW==Jj</Encrypt></xml>'],
    ['JSON', '{"ToUserName":"gh_1","Encrypt":"YWJj"}'],
  ])('takes nothing from %s', (_name, xml) => {
    expect(takeEncrypt(xml)).toBeUndefined();
  });

  // It runs before the signature is known: a stranger's small body must not hold up the process. The limits are far
  // above what one pass over the text needs, and far below what backtracking needs.
  test.each([
    ['an unclosed element full of spaces', `<xml><Encrypt>${' '.repeat(3000)}<`],
    ['spaces around a CDATA that does not end', `<xml><Encrypt>${' '.repeat(3000)}<![CDATA[${' '.repeat(3000)}`],
    ['many unclosed elements', '<Encrypt><![CDATA['.repeat(20_000)],
    ['many spaces after <!', `<!${' '.repeat(100_000)}`.repeat(5)],
  ])('one pass is enough for %s', { timeout: 20_000 }, (_name, xml) => {
    expect(takeEncrypt(xml)).toBeUndefined();
  });
});

const twice = (name: string): [string, string] => [
  `two ${name}`,
  `<xml><a>1</a><${name}>1</${name}><${name}>1</${name}></xml>`,
];

describe('parseXml', () => {
  test.each([
    ['leading zeros', '<xml><a>0012</a></xml>', '0012'],
    ['an exponent', '<xml><a>1e3</a></xml>', '1e3'],
    ['leading zeros in CDATA', '<xml><a><![CDATA[0012]]></a></xml>', '0012'],
    ['an exponent in CDATA', '<xml><a><![CDATA[1e3]]></a></xml>', '1e3'],
    ['a long number', '<xml><a>23456789012345678901</a></xml>', '23456789012345678901'],
    ['a word that other readers convert', '<xml><a>true</a></xml>', 'true'],
    ['whitespace', '<xml><a>  x \n y\t</a></xml>', '  x \n y\t'],
    ['whitespace in CDATA', '<xml><a><![CDATA[ \n x ]]></a></xml>', ' \n x '],
    ['markup in CDATA', '<xml><a><![CDATA[<b>&amp;</b>]]></a></xml>', '<b>&amp;</b>'],
    ['Chinese', '<xml><a>票据🎫</a></xml>', '票据🎫'],
    ['an empty element', '<xml><a></a></xml>', ''],
    ['an empty CDATA', '<xml><a><![CDATA[]]></a></xml>', ''],
    ['two CDATA that hide an end', '<xml><a><![CDATA[x]]]]><![CDATA[>y]]></a></xml>', 'x]]>y'],
    ['plain text beside a CDATA', '<xml><a>x<![CDATA[y]]>z</a></xml>', 'xyz'],
    ['an entity, which is not expanded', '<xml><a>&lt;&#65;&amp;</a></xml>', '&lt;&#65;&amp;'],
    ['an attribute, which is ignored', '<xml><a b="c">x</a></xml>', 'x'],
  ])('keeps %s', (_name, xml, value) => {
    expect(parseXml(xml)).toEqual({ a: value });
  });

  test.each([
    ['a declaration', '<?xml version="1.0" encoding="UTF-8"?>\n<xml><a>1</a></xml>'],
    ['a comment', '<xml><!-- b --><a>1</a></xml>'],
    ['space around the root', ' \n<xml>\n<a>1</a>\n</xml>\n'],
  ])('does not mind %s', (_name, xml) => {
    expect(parseXml(xml)).toEqual({ a: '1' });
  });

  test('keeps what is repeated, in its order', () => {
    const pictures = '<PicList><item><sum>0</sum></item>\n<item><sum><![CDATA[1]]></sum></item></PicList>';
    expect(parseXml(`<xml><n>2</n>${pictures}</xml>`)).toEqual({
      n: '2',
      PicList: { item: [{ sum: '0' }, { sum: '1' }] },
    });
    expect(parseXml('<xml><a>01</a><b/><a></a><a><c>1</c></a></xml>')).toEqual({ a: ['01', '', { c: '1' }], b: '' });
  });

  test('what must not stand twice may stand in a list', () => {
    const list = '<list><appid>wx1</appid></list><list><appid>wx2</appid><appid>wx3</appid></list>';
    expect(parseXml(`<xml><AppId>wx0</AppId>${list}</xml>`)).toEqual({
      AppId: 'wx0',
      list: [{ appid: 'wx1' }, { appid: ['wx2', 'wx3'] }],
    });
  });

  test('keeps children of children', () => {
    expect(parseXml('<xml><info><name>n</name><code>01</code></info></xml>')).toEqual({
      info: { name: 'n', code: '01' },
    });
  });

  test.each([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['JSON', '{"xml":{"a":"1"}}'],
    ['another root', '<html><a>1</a></html>'],
    ['a root of text', '<xml>text</xml>'],
    ['an unclosed root', '<xml><a>1</a>'],
    ['an unclosed element', '<xml><a>1</xml>'],
    ['crossed elements', '<xml><a><b>1</a></b></xml>'],
    ['two roots', '<xml><a>1</a></xml><xml><a>2</a></xml>'],
    ['a second root of another name', '<xml><a>1</a></xml><b>2</b>'],
    ['text after the root', '<xml><a>1</a></xml>x'],
    ['text before the root', 'x<xml><a>1</a></xml>'],
    ['a CDATA after the root', '<xml><a>1</a></xml><![CDATA[x]]>'],
    ['a CDATA before the root', '<![CDATA[x]]><xml><a>1</a></xml>'],
    ["the documents' own typing error", '<xml><a>1</a><xml>'],
    ['a DOCTYPE', '<!DOCTYPE xml><xml><a>1</a></xml>'],
    ['a doctype in lower case', '<!doctype xml><xml><a>1</a></xml>'],
    ['an internal entity', '<!DOCTYPE xml [<!ENTITY e "x">]><xml><a>&e;</a></xml>'],
    ['an external entity', '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/hosts">]><xml><a>&e;</a></xml>'],
    ['a DOCTYPE after a comment that opens a CDATA', '<!-- <![CDATA[ --><!DOCTYPE xml><!-- ]]> --><xml><a>1</a></xml>'],
    ['an ENTITY inside', '<xml><!ENTITY e "x"><a>1</a></xml>'],
    ...['InfoType', 'MsgType', 'Event', 'AppId', 'AuthorizerAppid', 'AuthorizationCode', 'PreAuthCode'].map(twice),
    ...['ComponentVerifyTicket', 'CreateTime', 'MsgId', 'ToUserName', 'FromUserName', 'msgtype'].map(twice),
  ])('refuses %s', (_name, xml) => {
    expect(parseXml(xml)).toBeUndefined();
  });

  test('reads text that only speaks of a DOCTYPE: followers send such messages', () => {
    expect(parseXml('<xml><a><![CDATA[<!DOCTYPE html>]]></a></xml>')).toEqual({ a: '<!DOCTYPE html>' });
    expect(parseXml('<xml><a><![CDATA[<!ENTITY e "x">]]></a></xml>')).toEqual({ a: '<!ENTITY e "x">' });
  });

  test.each(['__proto__', 'constructor', 'prototype'])('a %s element changes no prototype', (name) => {
    const fields = parseXml(`<xml><${name}><polluted>1</polluted></${name}><a>1</a></xml>`);
    expect(fields === undefined || Object.getPrototypeOf(fields) === null).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(['<xml><a>1</a></xml>', '<xml><a>1</a><!-- for the other parser --></xml>'])(
    'nothing is inherited by what was read: %s',
    (document) => {
      const fields = parseXml(document);
      expect(fields).toEqual({ a: '1' });
      const inherited: unknown[] = [];
      for (let from: unknown = Object.getPrototypeOf(fields); from; from = Object.getPrototypeOf(from)) {
        inherited.push(...Reflect.ownKeys(from));
      }
      expect(inherited).toEqual([]);
      for (const name of ['constructor', 'toString', '__proto__']) expect(name in (fields ?? {})).toBe(false);
    },
  );
});

const COMMON = '<AppId><![CDATA[wxbbd3f07e2945cf2a]]></AppId><CreateTime>1436881222</CreateTime>';
const common = { componentAppId: 'wxbbd3f07e2945cf2a', createTime: 1436881222 };
const event = (infoType: string, fields: string): string =>
  `<xml>${COMMON}<InfoType><![CDATA[${infoType}]]></InfoType>${fields}</xml>`;
const APPID = '<AuthorizerAppid>wx570bc396a51b8ff8</AuthorizerAppid>';
const CODE = '<AuthorizationCode>queryauthcode@@@a-b_c</AuthorizationCode>';
const PRE = '<PreAuthCode>preauthcode@@@d</PreAuthCode>';
const grant = { appId: 'wx570bc396a51b8ff8', code: 'queryauthcode@@@a-b_c', preAuthCode: 'preauthcode@@@d' };

describe('readEvent', () => {
  test.each([
    [
      'component_verify_ticket',
      '<ComponentVerifyTicket><![CDATA[ticket@@@x-y_z]]></ComponentVerifyTicket>',
      { type: 'ticket', ...common, ticket: 'ticket@@@x-y_z' },
    ],
    ['authorized', APPID + CODE + PRE, { type: 'authorized', ...common, ...grant }],
    ['updateauthorized', APPID + CODE + PRE, { type: 'updateauthorized', ...common, ...grant }],
    ['unauthorized', APPID, { type: 'unauthorized', ...common, appId: 'wx570bc396a51b8ff8' }],
    [
      'notify_third_fasteregister',
      '<appid>wx1</appid><status>0</status><info><name>n</name></info>',
      { type: 'other', ...common, infoType: 'notify_third_fasteregister', status: '0' },
    ],
    [
      'notify_third_fasteregister',
      '<appid>wx570bc396a51b8ff8</appid><status>0</status><auth_code>queryauthcode@@@a</auth_code><msg>OK</msg>',
      {
        type: 'registered',
        ...common,
        ...{ infoType: 'notify_third_fasteregister', appId: 'wx570bc396a51b8ff8', status: '0', message: 'OK' },
        code: 'queryauthcode@@@a',
      },
    ],
    [
      'notify_third_fasteregister',
      '<appid>wx570bc396a51b8ff8</appid><status>101</status><auth_code>queryauthcode@@@a</auth_code>',
      { type: 'other', ...common, infoType: 'notify_third_fasteregister', appId: 'wx570bc396a51b8ff8', status: '101' },
    ],
    [
      'notify_third_fasteregister',
      '<appid>../../wx1</appid><status>0</status><auth_code>queryauthcode@@@a</auth_code>',
      { type: 'other', ...common, infoType: 'notify_third_fasteregister', status: '0' },
    ],
    ['an_event_of_next_year', '', { type: 'other', ...common, infoType: 'an_event_of_next_year' }],
  ])('reads %s', (infoType, fields, expected) => {
    expect(readEvent(event(infoType, fields))).toStrictEqual(expected);
  });

  test('an authorization without a pre-auth code is read too', () => {
    const { preAuthCode: _, ...rest } = grant;
    expect(readEvent(event('authorized', APPID + CODE))).toStrictEqual({ type: 'authorized', ...common, ...rest });
  });

  test('fields are found in lower case', () => {
    const lower = event('authorized', APPID + CODE + PRE).replace(/<(\/?)(\w+)>/g, (tag) => tag.toLowerCase());
    expect(lower).toContain('<authorizerappid>');
    expect(readEvent(lower)).toStrictEqual({ type: 'authorized', ...common, ...grant });
  });

  test('space around a value is not part of it', () => {
    const fields = '<ComponentVerifyTicket>\n<![CDATA[ticket@@@x]]>\n</ComponentVerifyTicket>';
    expect(readEvent(event('component_verify_ticket', fields))).toMatchObject({ ticket: 'ticket@@@x' });
  });

  test('an event without CreateTime is read as the oldest', () => {
    const xml = '<xml><InfoType>unauthorized</InfoType><AuthorizerAppid>wx1</AuthorizerAppid></xml>';
    expect(readEvent(xml)).toMatchObject({ createTime: 0 });
  });

  test.each([
    ['a ticket event without ticket', event('component_verify_ticket', '')],
    ['an empty ticket', event('component_verify_ticket', '<ComponentVerifyTicket> </ComponentVerifyTicket>')],
    [
      'a ticket with children',
      event('component_verify_ticket', '<ComponentVerifyTicket><a>b</a></ComponentVerifyTicket>'),
    ],
    ['authorized without code', event('authorized', APPID + PRE)],
    ['authorized without account', event('authorized', CODE + PRE)],
    ['updateauthorized without code', event('updateauthorized', APPID)],
    ['unauthorized without account', event('unauthorized', '')],
    ['no InfoType', `<xml>${COMMON}</xml>`],
    ['an empty InfoType', event('', APPID)],
    ['a CreateTime that is no number', '<xml><InfoType>x</InfoType><CreateTime>now</CreateTime></xml>'],
    ['a CreateTime with a fraction', '<xml><InfoType>x</InfoType><CreateTime>1.5</CreateTime></xml>'],
    ['two tickets', event('component_verify_ticket', '<ComponentVerifyTicket>a</ComponentVerifyTicket>'.repeat(2))],
    ['no XML', 'success'],
  ])('refuses %s', (_name, xml) => {
    expect(readEvent(xml)).toBeUndefined();
  });
});

describe('readMessage', () => {
  const PARTIES = '<ToUserName>gh_1</ToUserName><FromUserName>o-1</FromUserName><CreateTime>1348831860</CreateTime>';

  test('reads a text with all its fields', () => {
    const xml = `<xml>${PARTIES}<MsgType>text</MsgType><Content> 0012 </Content><MsgId>23456789012345678</MsgId></xml>`;
    expect(readMessage(xml)).toEqual({
      fromUserName: 'o-1',
      toUserName: 'gh_1',
      createTime: 1348831860,
      msgType: 'text',
      fields: {
        ToUserName: 'gh_1',
        FromUserName: 'o-1',
        CreateTime: '1348831860',
        MsgType: 'text',
        Content: ' 0012 ',
        MsgId: '23456789012345678',
      },
    });
  });

  test('names the event of an event, and only there', () => {
    expect(readMessage(`<xml>${PARTIES}<MsgType>event</MsgType><Event>CLICK</Event></xml>`)?.event).toBe('CLICK');
    expect(readMessage(`<xml>${PARTIES}<MsgType>text</MsgType></xml>`)).not.toHaveProperty('event');
  });

  test.each([
    ['no MsgType', `<xml>${PARTIES}</xml>`],
    ['an empty MsgType', `<xml>${PARTIES}<MsgType></MsgType></xml>`],
    ['broken XML', `<xml>${PARTIES}<MsgType>text</MsgType>`],
  ])('refuses %s', (_name, xml) => {
    expect(readMessage(xml)).toBeUndefined();
  });
});

describe('writeXml', () => {
  test('writes text in CDATA and numbers plain', () => {
    expect(writeXml({ ToUserName: 'o-1', CreateTime: 1348831860 })).toBe(
      '<xml><ToUserName><![CDATA[o-1]]></ToUserName>\n<CreateTime>1348831860</CreateTime>\n</xml>',
    );
  });

  test.each([
    '',
    ' x ',
    '0012',
    '<b>&amp;</b>',
    '票据🎫',
    'x]]>y',
    ']]>',
    ']]>]]>',
    ']]',
    ']>',
    '<![CDATA[x]]>',
    'a\nb',
  ])('what is written is read again: %j', (value) => {
    expect(parseXml(writeXml({ a: value, b: 5, c: 'end' }))).toEqual({ a: value, b: '5', c: 'end' });
    expect(parseXml(writeXml({ a: [{ b: value }, { b: 1 }] }))).toEqual({ a: [{ b: value }, { b: '1' }] });
  });
});
