import { describe, expect, test } from 'vitest';
import {
  addConditional,
  createMenu,
  delConditional,
  deleteMenu,
  getMenu,
} from '../../../src/protocol/calls/menu-endpoints.ts';
import { failureOf } from '../../support/wechat.ts';

const button = [{ type: 'click', name: '今日', key: 'K' }];

describe('a call on menus', () => {
  test.each([
    [getMenu, 'GET', '/cgi-bin/menu/get'],
    [createMenu, 'POST', '/cgi-bin/menu/create'],
    [deleteMenu, 'GET', '/cgi-bin/menu/delete'],
    [addConditional, 'POST', '/cgi-bin/menu/addconditional'],
    [delConditional, 'POST', '/cgi-bin/menu/delconditional'],
  ])('goes to its address with the token of the account: %#', (endpoint, method, path) => {
    expect(endpoint).toMatchObject({ method, path, tokenOf: 'account' });
  });

  test('is written exactly', () => {
    expect(createMenu.write({ button })).toStrictEqual({ button });
    expect(addConditional.write({ button, matchrule: { tag_id: '2' } })).toStrictEqual({
      button,
      matchrule: { tag_id: '2' },
    });
    expect(delConditional.write({ menuId: '208379533' })).toStrictEqual({ menuid: '208379533' });
  });

  test('that would add or take away twice is never repeated blindly', () => {
    expect([addConditional.repeatable, delConditional.repeatable]).toEqual([false, false]);
  });
});

test('the menus keep the text as the platform sent it', () => {
  const document = { menu: { button: [] } };
  expect(getMenu.read(document, '{"menu": {"button":[]}}')).toStrictEqual({ document, raw: '{"menu": {"button":[]}}' });
});

test.each([
  ['208379533', '208379533'],
  [208379533, '208379533'],
])('the menuid of a conditional menu may be %o', (menuid, expected) => {
  expect(addConditional.read({ menuid }, '')).toBe(expected);
});

test.each([[{}], [{ menuid: '' }], [{ menuid: null }]])('without a menuid it is a refusal: %j', async (document) => {
  const reading = Promise.resolve().then(() => addConditional.read(document, ''));
  expect(await failureOf(reading)).toMatchObject({ code: 'PLATFORM_REFUSED' });
});
