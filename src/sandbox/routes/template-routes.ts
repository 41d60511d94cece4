/** Template messages of 公众号, and subscription messages of both kinds. */
import { createHash } from 'node:crypto';
import type { Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Account, WechatState } from '../wechat-state.ts';
import { accountRoutes, filled, list, object, among, openId, type AccountCall } from './account-call.ts';
import type { Followers } from './followers.ts';
import { OK, type Route } from './route.ts';

const TEMPLATE_SETS = [7];
const MOST_TEMPLATES = 25;
const TITLE = '订单支付成功';
const KEYWORDS = ['订单编号', '支付金额', '支付时间', '商品名称', '备注'];
const FIELDS = ['character_string1', 'amount2', 'time3', 'thing4', 'thing5'];
const [FIRST_INDUSTRY, SECOND_INDUSTRY] = [
  { first_class: 'IT科技', second_class: '互联网|电子商务' },
  { first_class: '消费品', second_class: '消费品' },
];
const PUBLIC_TEMPLATE = 99;

interface Template {
  id: string;
  title: string;
}

export function templateRoutes(wechat: WechatState, followers: Followers): Record<string, Route> {
  const templates = new Map<string, Template[]>();
  let msgid = 200228332;

  const idOf = (name: string): string => createHash('sha256').update(name).digest('base64url');
  /** One is there from the start: the same at every start. */
  function templatesOf({ appId }: Account): Template[] {
    const own = templates.get(appId) ?? [{ id: idOf(`template ${appId}`), title: TITLE }];
    templates.set(appId, own);
    return own;
  }

  function add(account: Account, name: string): string {
    const own = templatesOf(account);
    if (own.length >= MOST_TEMPLATES) throw new ApiRefusal(45026);
    const id = idOf(`template ${account.appId} ${name} ${own.length}`);
    own.push({ id, title: TITLE });
    return id;
  }

  function remove(account: Account, id: unknown): object {
    const [own, left] = [templatesOf(account), templatesOf(account).filter((one) => one.id !== id)];
    if (left.length === own.length) throw new ApiRefusal(40037);
    templates.set(account.appId, left);
    return OK;
  }

  function checkTemplate(account: Account, { template_id }: Json): void {
    if (!templatesOf(account).some(({ id }) => id === template_id)) throw new ApiRefusal(40037);
  }

  /** `refused`: what those get who do not follow, or never subscribed. */
  function checkSending(account: Account, asked: Json, refused: number): void {
    checkTemplate(account, asked);
    const values = Object.values(asked.data as Json);
    if (!values.every((value) => typeof (value as Json | null)?.value === 'string')) throw new ApiRefusal(47003);
    if (!followers.isFollower(asked.touser as string)) throw new ApiRefusal(refused);
  }

  const mp = (call: AccountCall): AccountCall => ({ kind: 'mp', sets: TEMPLATE_SETS, ...call });
  const toFollower = { touser: openId, template_id: filled(40037), data: object(47003) };

  return accountRoutes(wechat, {
    '/cgi-bin/template/api_set_industry': mp({
      needs: { industry_id1: industry, industry_id2: industry },
      answer: () => OK,
    }),
    '/cgi-bin/template/get_industry': mp({
      method: 'GET',
      answer: () => ({ primary_industry: FIRST_INDUSTRY, secondary_industry: SECOND_INDUSTRY }),
    }),
    '/cgi-bin/template/api_add_template': mp({
      needs: { template_id_short: filled(40037) },
      answer: (account, asked) => ({ ...OK, template_id: add(account, asked.template_id_short as string) }),
    }),
    '/cgi-bin/template/get_all_private_template': mp({
      method: 'GET',
      answer: (account) => ({
        template_list: templatesOf(account).map(({ id, title }) => ({
          template_id: id,
          title,
          primary_industry: FIRST_INDUSTRY.first_class,
          deputy_industry: FIRST_INDUSTRY.second_class,
          content: KEYWORDS.map((keyword, index) => `${keyword}:{{${FIELDS[index]}.DATA}}`).join('\n'),
          example: '订单编号:20260101\n支付金额:￥10.00',
        })),
      }),
    }),
    '/cgi-bin/template/del_private_template': mp({
      needs: { template_id: filled(40037) },
      answer: (account, asked) => remove(account, asked.template_id),
    }),
    '/cgi-bin/message/template/send': mp({
      needs: toFollower,
      answer: (account, asked) => {
        checkSending(account, asked, 43004);
        return { ...OK, msgid: msgid++ };
      },
    }),
    // 一次性订阅消息.
    '/cgi-bin/message/template/subscribe': mp({
      needs: { ...toFollower, scene: filled(40035), title: filled(40035) },
      answer: (account, asked) => {
        checkSending(account, asked, 43101);
        return OK;
      },
    }),
    // 订阅通知 of a 公众号.
    '/cgi-bin/message/subscribe/bizsend': {
      kind: 'mp',
      needs: toFollower,
      answer: (account, asked) => {
        checkSending(account, asked, 43101);
        return OK;
      },
    },
    '/cgi-bin/message/subscribe/send': {
      kind: 'mini',
      needs: toFollower,
      answer: (account, asked) => {
        checkSending(account, asked, 43101);
        return { ...OK, msgid: msgid++ };
      },
    },
    '/wxaapi/newtmpl/getcategory': {
      method: 'GET',
      answer: () => ({ ...OK, data: [{ id: 616, name: '公交' }] }),
    },
    '/wxaapi/newtmpl/getpubtemplatetitles': {
      method: 'GET',
      needs: { ids: filled(40035), start: filled(40035), limit: filled(40035) },
      answer: () => ({ ...OK, count: 1, data: [{ tid: PUBLIC_TEMPLATE, title: TITLE, type: 2, categoryId: '616' }] }),
    },
    '/wxaapi/newtmpl/getpubtemplatekeywords': {
      method: 'GET',
      needs: { tid: among([String(PUBLIC_TEMPLATE)], 200014) },
      answer: () => ({
        ...OK,
        count: KEYWORDS.length,
        data: KEYWORDS.map((name, index) => ({
          kid: index + 1,
          name,
          example: '示例',
          rule: FIELDS[index]?.replace(/\d/, ''),
        })),
      }),
    },
    '/wxaapi/newtmpl/addtemplate': {
      needs: { kidList: list(5, 200020) },
      answer: (account, { tid }) => {
        if (String(tid) !== String(PUBLIC_TEMPLATE)) throw new ApiRefusal(200014);
        return { ...OK, priTmplId: add(account, String(tid)) };
      },
    },
    '/wxaapi/newtmpl/gettemplate': {
      method: 'GET',
      answer: (account) => ({
        ...OK,
        data: templatesOf(account).map(({ id, title }) => ({
          priTmplId: id,
          title,
          content: KEYWORDS.map((keyword, index) => `${keyword}:{{${FIELDS[index]}.DATA}}`).join('\n'),
          example: '订单编号:20260101',
          type: 2,
        })),
      }),
    },
    '/wxaapi/newtmpl/deltemplate': {
      needs: { priTmplId: filled(40037) },
      answer: (account, asked) => remove(account, asked.priTmplId),
    },
  });
}

/** SDKs send the number as text or as it is. */
const industry = (value: unknown): number | undefined => (Number(value) > 0 ? undefined : 40102);
