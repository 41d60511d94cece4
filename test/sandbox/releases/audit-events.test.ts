/** Events of mini programs come to the message URL, encrypted as any message; a person may decide audits on a page. */
import { describe, expect, it } from 'vitest';
import type { ReleaseScript } from '../../../src/sandbox/sandbox.ts';
import { AUDIT, openMiniProgram, START } from '../../support/mini-program.ts';
import { eventually } from '../../support/processes.ts';
import { receivePushes } from '../../support/push-receiver.ts';

type AccountScript = NonNullable<ReleaseScript['accounts']>[string];

const OK = { errcode: 0, errmsg: 'ok' };

/** A mini program whose events come to a receiver. */
async function listening(script: AccountScript) {
  const to = await receivePushes();
  const desk = await openMiniProgram({ accounts: { '*': script } }, { messageUrl: `${to.url}/$APPID$/message` });
  return { ...desk, to };
}

describe('the event of an audit', () => {
  it('that passed comes to the message URL of the mini program, without appid and auditid', async () => {
    const { submit, pass, to, appId } = await listening({});
    await submit();
    pass(AUDIT);
    const { path, message, openId } = await eventually(() => to.received[0]);
    expect(path).toBe(`/${appId}/message`);
    const at = String(START / 1000 + 13);
    expect(message).toEqual({
      ToUserName: expect.stringMatching(/^gh_[0-9a-f]{12}$/) as string,
      FromUserName: openId,
      CreateTime: at,
      MsgType: 'event',
      Event: 'weapp_audit_success',
      SuccTime: at,
    });
  });

  it('that was rejected has the reason as HTML, and the pictures that get_material returns', async () => {
    const reason = '1:账号信息<br>(1):见<a href="https://a.example.com">规范</a>\u0007<br>';
    const { submit, pass, to, call, sandbox, token } = await listening({
      audit: { outcome: 'reject', reason, screenshots: ['shot1', 'shot2'] },
    });
    await submit();
    pass(AUDIT);
    const { message } = await eventually(() => to.received[0]);
    expect(message).toMatchObject({ Event: 'weapp_audit_fail', ScreenShot: 'shot1|shot2' });
    expect(message.Reason).toContain('<a href="https://a.example.com">');
    const picture = await fetch(`${sandbox.url}/cgi-bin/material/get_material?access_token=${token}`, {
      method: 'POST',
      body: '{"media_id":"shot1"}',
    });
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(await call('/cgi-bin/material/get_material', { media_id: 'shot3' })).toMatchObject({ errcode: 40007 });
  });

  it('that is delayed says why; then comes the one that decides', async () => {
    const { submit, pass, to } = await listening({
      audit: { outcome: 'delay', after: 1000, reason: '高峰', then: { outcome: 'pass', after: 1000 } },
    });
    await submit();
    pass(1000);
    await eventually(() => to.received[0]);
    pass(1000);
    await eventually(() => to.received[1]);
    expect(to.received.map(({ message }) => message)).toMatchObject([
      { Event: 'weapp_audit_delay', Reason: '高峰' },
      { Event: 'weapp_audit_success' },
    ]);
  });

  it('comes twice, the same', async () => {
    const { submit, pass, to } = await listening({ events: 'twice' });
    await submit();
    pass(AUDIT);
    await eventually(() => to.received[1]);
    expect(to.received[1]?.message).toEqual(to.received[0]?.message);
  });

  it('never comes, and the audit is decided all the same', async () => {
    const { submit, pass, to, call, sandbox } = await listening({ events: 'never' });
    await submit();
    pass(AUDIT);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ status: 0 });
    // What is pushed later comes, and nothing before it.
    await sandbox.push({ event: 'wxa_nickname_audit', appId: sandbox.state().accounts[0]?.appId, fields: { ret: 3 } });
    expect(to.received.map(({ message }) => message.Event)).toEqual(['wxa_nickname_audit']);
  });

  it('comes late, with the time of its decision', async () => {
    const { submit, pass, to, call, sandbox, appId } = await listening({ events: { late: 60_000 } });
    await submit();
    pass(AUDIT);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ status: 0 });
    await sandbox.push({ event: 'message', appId });
    expect(to.received.map(({ message }) => message.MsgType)).toEqual(['text']);
    pass(60_000);
    const { message } = await eventually(() => to.received[1]);
    expect(message).toMatchObject({ CreateTime: String(START / 1000 + 13), SuccTime: String(START / 1000 + 13) });
  });

  it('may come before the answer to submit_audit', async () => {
    const { submit, to } = await listening({
      audit: { outcome: 'pass', after: 0 },
      calls: { submit_audit: ['late'] },
    });
    let isAnswered = false;
    const submitting = submit().then((answer) => {
      isAnswered = true;
      return answer;
    });
    await eventually(() => to.received[0]);
    expect(isAnswered).toBe(false);
    expect(await submitting).toMatchObject(OK);
  });

  it('of a merchant who cancelled does not come', async () => {
    const { submit, pass, to, sandbox, appId } = await listening({});
    await submit();
    await sandbox.push({ event: 'unauthorized', appId });
    pass(AUDIT);
    await sandbox.push({ event: 'message', appId });
    expect(to.received.map(({ message }) => message.MsgType)).toEqual(['text']);
  });
});

describe('further events', () => {
  it.each([
    ['wxa_nickname_audit', { ret: 3, nickname: '小店', reason: '' }],
    ['wxa_illegal_record', { illegal_record_id: 'r1', appid: 'wx1', create_time: 1 }],
    ['wxa_punish_event', { event_type: 1, punish_id: 'p1', detail: '{"a":1}' }],
    ['wxa_appeal_record', { appeal_record_id: 'a1', appeal_status: 1 }],
    ['wxa_category_audit', { ret: 3 }],
  ])('%s is pushed by hand to the message URL, with its fields', async (event, fields) => {
    const { sandbox, appId, to } = await listening({});
    expect(await sandbox.push({ event, appId, fields })).toMatchObject({ status: 200 });
    const written = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    expect(to.received[0]?.message).toMatchObject({ MsgType: 'event', Event: event, ...written });
    expect(sandbox.state().pushes[event]).toMatchObject({ count: 1 });
  });

  it.each<[string, AccountScript, object, number]>([
    ['granted', { rights: [] }, { status: '3', reason: '' }, 5],
    [
      'rejected',
      { rights: [], application: { outcome: 'reject', reason: '不符' } },
      { status: '2', reason: '不符' },
      4,
    ],
    ['quoted', { rights: [], quirks: ['quoted-privacy-event'] }, { status: '"3"', api_name: '"wx.getLocation"' }, 5],
  ])('wxa_privacy_apply says that a right was %s', async (_, script, result, status) => {
    const { call, pass, to } = await listening(script);
    const asked = { api_name: 'wx.getLocation', content: '配送', url_list: ['https://a.example.com/'] };
    const { audit_id } = await call('/wxa/security/apply_privacy_interface', asked);
    expect(await call('/wxa/security/get_privacy_interface')).toMatchObject({
      interface_list: expect.arrayContaining([
        expect.objectContaining({ api_name: 'wx.getLocation', status: 3, audit_id }),
      ]) as unknown,
    });
    pass(10_000);
    const { message } = await eventually(() => to.received[0]);
    expect(message).toMatchObject({ Event: 'wxa_privacy_apply', result_info: result });
    expect(await call('/wxa/security/get_privacy_interface')).toMatchObject({
      interface_list: expect.arrayContaining([
        expect.objectContaining({ api_name: 'wx.getLocation', status }),
      ]) as unknown,
    });
  });
});

describe('a person', () => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields);

  it('sees open audits on a page and decides them', async () => {
    const { submit, to, sandbox, appId, call } = await listening({ audit: { outcome: 'person' } });
    const page = async () => (await fetch(`${sandbox.url}/_sandbox/audits`)).text();
    expect(await page()).toContain('没有待审核的版本');
    const { auditid } = await submit('7.0.0 <b>');
    expect(await page()).toContain(`${auditid as number} · 7.0.0 &lt;b&gt; · 审核中`);
    const send = (fields: Record<string, string>) =>
      fetch(`${sandbox.url}/_sandbox/page/audit`, {
        method: 'POST',
        body: form({ appid: appId, ...fields }),
        redirect: 'manual',
      });
    const delayed = await send({ outcome: 'delay', reason: '等等' });
    expect([delayed.status, delayed.headers.get('location')]).toEqual([303, '/_sandbox/audits']);
    await send({ outcome: 'reject', reason: '不行<br>', screenshots: 'A|B' });
    await eventually(() => to.received[1]);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({
      status: 1,
      reason: '不行<br>',
      ScreenShot: 'A|B',
    });
    expect(await page()).toContain('审核被拒绝');
    expect((await send({ outcome: 'pass' })).status).toBe(400);
  });

  it('decides in a test and over the control route before the script does', async () => {
    const { submit, sandbox, appId, call, pass, to } = await listening({ audit: { outcome: 'reject' } });
    await submit('1');
    sandbox.decideAudit({ appId, outcome: 'pass' });
    pass(AUDIT);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ status: 0 });
    await submit('2');
    const answer = await fetch(`${sandbox.url}/_sandbox/audit`, {
      method: 'POST',
      body: JSON.stringify({ appId, outcome: 'pass' }),
    });
    expect(await answer.json()).toEqual({ ok: true });
    await eventually(() => to.received[1]);
    expect(to.received.map(({ message }) => message.Event)).toEqual(['weapp_audit_success', 'weapp_audit_success']);
    expect(() => sandbox.decideAudit({ appId, outcome: 'maybe' as 'pass' })).toThrow(
      'outcome is pass, reject or delay',
    );
  });

  it('uploads a draft over the control route; what is no draft is refused with its place', async () => {
    const { sandbox } = await listening({});
    const send = async (body: object) =>
      (await fetch(`${sandbox.url}/_sandbox/draft`, { method: 'POST', body: JSON.stringify(body) })).json();
    expect(await send({ version: '3.0.0' })).toEqual({ draftId: 4 });
    expect(await send({ description: 'x' })).toMatchObject({ error: expect.stringContaining('version') as string });
  });
});
