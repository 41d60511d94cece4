/** `wxop help tokens`: which token is which, how long each lives, what renews it, and what to do when WeChat refuses one. */
import { explainErrcode } from '../../protocol/errcodes/errcodes.ts';
import { DEFAULT_MIN_TTL, TICKET_INTERVAL, TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { proseBlock, rowsBlock, type Row } from './sections.ts';
import type { Topic } from './topics.ts';

const [LIFE, INTERVAL, MIN_TTL] = [TICKET_LIFE, TICKET_INTERVAL, DEFAULT_MIN_TTL].map(formatDuration) as [
  Text,
  Text,
  Text,
];
const TWO_HOURS = text('2 hours', '2 小时');

interface Credential {
  name: string;
  about: Text;
  lives: Text;
  renewal: Text;
  command: string;
}

/** From the ticket down: each is made from the one before it. */
const CREDENTIALS: Credential[] = [
  {
    name: 'component_verify_ticket',
    about: text('the ticket: proof to WeChat that the component is yours', 'ticket：向微信证明第三方平台属于您'),
    lives: LIFE,
    renewal: text(
      en`WeChat pushes a new one every ${INTERVAL} to 授权事件接收URL; keep \`wxop listen\` running`,
      zh`微信每 ${INTERVAL}推送一次到授权事件接收URL；请保持 \`wxop listen\` 运行`,
    ),
    command: 'wxop ticket show',
  },
  {
    name: 'component_access_token',
    about: text('the token of the component: for calls about accounts', '第三方平台的令牌：用于管理帐号的接口'),
    lives: TWO_HOURS,
    renewal: text(
      'wxop exchanges the ticket for it; a new one ends the old one after about five minutes',
      '由 wxop 用 ticket 换取；新令牌使旧令牌在约五分钟后失效',
    ),
    command: 'wxop token component',
  },
  {
    name: 'authorizer_access_token',
    about: text('the token of one account: for menus, messages, materials', '帐号的令牌：用于菜单、消息、素材等'),
    lives: TWO_HOURS,
    renewal: text('wxop exchanges the refresh token for it', '由 wxop 用 refresh_token 换取'),
    command: 'wxop token get <account>',
  },
  {
    name: 'authorizer_refresh_token',
    about: text('what renews the token of an account; it must not get lost', '用于更换帐号的令牌，不可丢失'),
    lives: text('until the merchant cancels', '直到商家取消授权'),
    renewal: text(
      'wxop stores a changed one before it uses the token; `wxop accounts sync` brings back a lost one',
      '若有变化，wxop 先保存再使用令牌；丢失时用 `wxop accounts sync` 恢复',
    ),
    command: 'wxop accounts list',
  },
];

const HANDED_OUT = text(
  en`\`wxop token get\` prints a token that lives for at least ${MIN_TTL} and makes a new one only when it must; any number of programs may ask. So do not store tokens: ask each time.`,
  zh`\`wxop token get\` 给出至少还有 ${MIN_TTL}有效期的令牌，必要时才更换；可供任意多个程序调用。请勿自行保存令牌，每次使用时获取即可。`,
);
const NUMBERS = [40001, 42001, 61023, 61003, 61004, 61005, 61006, 45009];

const lifeOf = ({ about, lives, renewal, command }: Credential): Text =>
  text(
    en`${about}\nLives: ${lives}\nRenewal: ${renewal}\nSee: \`${command}\``,
    zh`${about}\n有效期：${lives}\n更换：${renewal}\n查看：\`${command}\``,
  );

const refusals = (): Row[] =>
  NUMBERS.flatMap((number) => {
    const known = explainErrcode(number);
    return known
      ? [{ term: String(number), about: text(en`${known.means}. ${known.next}`, zh`${known.means}。${known.next}`) }]
      : [];
  });

export const topic: Topic = {
  sections: () => [
    {
      title: text('Which is which', '各种令牌'),
      body: [
        {
          kind: 'rows',
          rows: CREDENTIALS.map((credential) => ({ term: credential.name, about: lifeOf(credential) })),
          isStacked: true,
        },
      ],
    },
    { body: [proseBlock(HANDED_OUT)] },
    { title: text('When WeChat answers', '微信返回以下错误码时'), body: [rowsBlock(refusals())] },
    {
      body: [proseBlock(text('Any other number: `wxop explain <number>`.', '其他错误码：`wxop explain <错误码>`。'))],
    },
  ],
  document: (lang) => ({
    credentials: CREDENTIALS.map(({ name, about, lives, renewal, command }) => ({
      name,
      about: inLang(about, lang),
      lives: inLang(lives, lang),
      renewal: inLang(renewal, lang),
      command,
    })),
    refusals: refusals().map(({ term, about }) => ({ errcode: Number(term), about: inLang(about, lang) })),
  }),
};
