/** Events about mini programs, in the forms in which operators have seen them. */
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/protocol/events.ts';
import { readMiniProgramEvent } from '../../src/protocol/mini-program-events.ts';

const read = (event: string, inner: string) => readMiniProgramEvent(event, parseXml(`<xml>${inner}</xml>`) ?? {});
const NOTHING = { subject: '', reason: '', screenshots: [], id: '', url: '' };

describe('an event about a mini program', () => {
  it.each([
    ['weapp_audit_success', '<SuccTime>1488856741</SuccTime>', { outcome: 'approved' }],
    [
      'weapp_audit_fail',
      '<Reason><![CDATA[1:账号<br>]]></Reason><FailTime>1</FailTime><ScreenShot>a|b|</ScreenShot>',
      { outcome: 'rejected', reason: '1:账号<br>', screenshots: ['a', 'b'] },
    ],
    ['weapp_audit_fail', '<FailTime>1</FailTime><ScreenShot></ScreenShot>', { outcome: 'rejected' }],
    [
      'weapp_audit_delay',
      '<DelayTime>1</DelayTime><Reason><![CDATA[高峰]]></Reason>',
      { outcome: 'delayed', reason: '高峰' },
    ],
    ['wxa_nickname_audit', '<ret>3</ret><nickname>茶</nickname>', { outcome: 'approved', subject: '茶' }],
    [
      'wxa_nickname_audit',
      '<Ret>2</Ret><Nickname>茶</Nickname><Reason>同名</Reason>',
      { outcome: 'rejected', subject: '茶', reason: '同名' },
    ],
    ['wxa_nickname_audit', '<ret>9</ret>', { outcome: 'decided' }],
    [
      'wxa_privacy_apply',
      '<result_info><api_name>"wx.choosePoi"</api_name><status>"2"</status><audit_id>"7"</audit_id><reason></reason></result_info>',
      { outcome: 'rejected', subject: 'wx.choosePoi', id: '7' },
    ],
    ['wxa_category_audit', '<x>1</x>', { outcome: 'decided' }],
    [
      'wxa_illegal_record',
      '<illegal_record_id>i1</illegal_record_id><appid>wx1</appid><illegal_reason>违规</illegal_reason><illegal_content>原文</illegal_content><rule_name>规范</rule_name><rule_url>https://a.example.com</rule_url>',
      { outcome: 'found', subject: '规范', reason: '违规', id: 'i1', url: 'https://a.example.com' },
    ],
    [
      'wxa_punish_event',
      '<event_type>4</event_type><punish_id>p1</punish_id><illegal_reason>违规</illegal_reason><rule_name>规范</rule_name><adjust_guide_url>https://g.example.com</adjust_guide_url><rule_url>https://a.example.com</rule_url><detail>{"a":1}</detail>',
      { outcome: 'found', subject: '规范', reason: '违规', id: 'p1', url: 'https://g.example.com' },
    ],
    [
      'wxa_appeal_record',
      '<appeal_record_id>a1</appeal_record_id><appeal_status>3</appeal_status><audit_reason>证据不足</audit_reason><punish_description>封禁</punish_description><material><illegal_material>原文</illegal_material></material>',
      { outcome: 'rejected', subject: '封禁', reason: '证据不足', id: 'a1' },
    ],
  ])('%s %s is understood', (event, inner, found) => {
    expect(read(event, inner)).toEqual({ event, ...NOTHING, ...found });
  });

  it.each(['user_enter_tempsession', 'weapp_audit_other', 'toString', ''])('is not %j', (event) => {
    expect(read(event, '<Reason>x</Reason>')).toBeUndefined();
  });
});
