/** The publish check as WeChat plays it, against a real listener that calls the sandbox. */
import { describe, expect, test } from 'vitest';
import { openCapture } from '../../src/receiver-kit/capture.ts';
import { PUBLISH_CHECK_ACCOUNTS, type PublishCheckAccount } from '../../src/protocol/publish-check.ts';
import { eventually } from '../support/processes.ts';
import { COMPONENT, listenerWorld, MESSAGE_PATH, OTHER_KEY, sealed, type ListenerWorld } from '../support/listener.ts';

const FOLLOWER = 'oSandboxFollowerOfTheAccount';
const KEYS = {
  componentAppId: COMPONENT.appId,
  messageToken: COMPONENT.messageToken,
  encodingAesKeys: [COMPONENT.encodingAesKey],
};
const MP = PUBLISH_CHECK_ACCOUNTS[0] as PublishCheckAccount;

const messageOf = ({ appId, userName }: PublishCheckAccount, fields: Record<string, string>, options = {}) =>
  sealed(
    { ToUserName: userName, FromUserName: FOLLOWER, CreateTime: 1, MsgType: 'text', ...fields },
    { path: MESSAGE_PATH.replace('$APPID$', appId), ...options },
  );

/** A listener with a ticket, and a WeChat that heard from the follower. */
async function checkedWorld(sandbox = {}): Promise<ListenerWorld> {
  const world = await listenerWorld({ sandbox: { testAccounts: true, accounts: 0, ...sandbox } });
  await world.giveTicket();
  await Promise.all(PUBLISH_CHECK_ACCOUNTS.map(({ appId }) => world.sandbox.push({ event: 'message', appId })));
  return world;
}

const outcomes = ({ activity }: ListenerWorld): string[] =>
  activity.flatMap((told) => (told.type === 'publish-check' ? [told.outcome] : []));
const lastOutcome = (world: ListenerWorld, wanted: string): Promise<true> =>
  eventually(() => (outcomes(world).includes(wanted) ? true : undefined));

describe('the publish check', () => {
  test.each(PUBLISH_CHECK_ACCOUNTS.map((account) => [account.appId, account] as const))(
    'all cases are answered for %s',
    async (_appId, account) => {
      const world = await checkedWorld();
      const text = await world.push(messageOf(account, { Content: 'TESTCOMPONENT_MSG_TYPE_TEXT' }));
      const reply = openCapture({ body: text.body }, KEYS);
      expect(reply).toMatchObject({
        isSigned: true,
        fields: {
          ToUserName: FOLLOWER,
          FromUserName: account.userName,
          MsgType: 'text',
          Content: 'TESTCOMPONENT_MSG_TYPE_TEXT_callback',
        },
      });
      const event = await world.push(messageOf(account, { MsgType: 'event', Event: 'LOCATION' }));
      expect(openCapture({ body: event.body }, KEYS)).toMatchObject({ fields: { Content: 'LOCATIONfrom_callback' } });

      const code = world.sandbox.codeOf(account.appId);
      const asked = await world.push(messageOf(account, { Content: `QUERY_AUTH_CODE:${code}` }));
      expect([asked.status, asked.body]).toEqual([200, '']);
      await lastOutcome(world, 'sent');
      const { appId } = account;
      expect(world.sandbox.state().sent).toEqual([
        { appId, openId: FOLLOWER, msgtype: 'text', content: `${code}_from_api` },
      ]);
      expect(JSON.stringify(world.activity.filter(({ type }) => type === 'publish-check'))).not.toContain(code);
    },
  );

  test('a code that the authorization event has used already is no obstacle', async () => {
    const world = await checkedWorld();
    const code = world.sandbox.codeOf(MP.appId);
    await world.keeper.authorize(code);
    await world.push(messageOf(MP, { Content: `QUERY_AUTH_CODE:${code}` }));
    await lastOutcome(world, 'sent');
  });

  test.each([
    ['-1000, which every call is tried three times for', 'send=-1000*3', 4],
    ['45015', 'send=45015*1', 2],
  ])('custom/send is tried once more after %s', async (_name, fault, calls) => {
    const world = await checkedWorld({ faults: [fault] });
    const code = world.sandbox.codeOf(MP.appId);
    await world.push(messageOf(MP, { Content: `QUERY_AUTH_CODE:${code}` }));
    await lastOutcome(world, 'sent');
    expect(world.sandbox.state().calls['/cgi-bin/message/custom/send']).toBe(calls);
  });

  test('a message that cannot be sent is told', async () => {
    const world = await checkedWorld({ faults: ['send=48001'] });
    const code = world.sandbox.codeOf(MP.appId);
    await world.push(messageOf(MP, { Content: `QUERY_AUTH_CODE:${code}` }));
    await lastOutcome(world, 'failed');
    expect(world.activity).toContainEqual(
      expect.objectContaining({ outcome: 'failed', error: expect.objectContaining({ errcode: 48001 }) as unknown }),
    );
  });

  test('the reply is sealed with the key that opened the message', async () => {
    const keys = {
      componentAppId: COMPONENT.appId,
      messageToken: COMPONENT.messageToken,
      encodingAesKeys: [COMPONENT.encodingAesKey, OTHER_KEY],
    };
    const world = await listenerWorld({ keys });
    const push = messageOf(MP, { Content: 'TESTCOMPONENT_MSG_TYPE_TEXT' }, { aesKey: OTHER_KEY });
    const { body } = await world.push(push);
    expect(openCapture({ body }, { ...KEYS, encodingAesKeys: [OTHER_KEY] })).toMatchObject({ key: 'current' });
  });

  test('nobody else is answered so', async () => {
    const world = await listenerWorld();
    const somebody: PublishCheckAccount = { appId: 'wx0123456789abcdef', userName: 'gh_0123456789ab', kind: 'mp' };
    for (const Content of ['TESTCOMPONENT_MSG_TYPE_TEXT', 'QUERY_AUTH_CODE:queryauthcode@@@x']) {
      expect((await world.push(messageOf(somebody, { Content }))).body).toBe('success');
    }
    expect((await world.push(messageOf(MP, { Content: 'hello' }))).body).toBe('success');
    expect(outcomes(world)).toEqual([]);
  });
});
