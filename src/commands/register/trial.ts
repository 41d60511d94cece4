/** `wxop register trial`: asks WeChat for a trial mini program. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { registerTrial } from '../../protocol/calls/register-endpoints.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { registerOnce } from './applicant.ts';

const NAME = { least: 4, most: 30 };

export const command = defineCommand({
  arguments: {
    name: parameter('<name>', text('its name; WeChat adds 的体验小程序', '名称，微信会加上“的体验小程序”')),
    openid: parameter('<openid>', text('who becomes its administrator', '将成为管理员的用户的 openid')),
  },
  examples: ['wxop register trial 小麦烤鸡 oK8Yg5YaUM-axuE_vVZmV_oIZxxx'],
  risk: 'production',
  output: 'document',
  prepare: (context, { name, openid: openId }) => {
    const length = [...name].length;
    if (length < NAME.least || length > NAME.most) throw wrongLength(length);
    if (!/^[\w-]{20,}$/.test(openId)) throw notAnOpenId(openId);
    return {
      question: text(en`Register the trial mini program ${name}?`, zh`注册试用小程序 ${name}？`),
      run: async () => {
        const { terminal } = context;
        const trial = await registerOnce(context, registerTrial, { name, openId }, AGAIN);
        if (terminal.json) return terminal.printJson({ ...trial, name, openId });
        terminal.note(SEND);
        terminal.print(trial.authorizeUrl);
      },
    };
  },
});

const SEND = text(
  'Send its user this link; they open it in WeChat within 24 hours. Keep `wxop listen` running: the events that follow bring the account.',
  '请将此链接发给用户，24 小时内在微信中打开。请保持 `wxop listen` 运行：随后的事件会带来该帐号。',
);
const AGAIN = text(
  'Without its link a registration that was begun leads to nothing: run the same command again.',
  '没有链接的注册任务不会产生任何结果：可重新运行该命令。',
);

const wrongLength = (length: number): WxopError =>
  new WxopError('USAGE', text(`The name has ${length} characters.`, `名称为 ${length} 个字符。`), {
    hint: text('WeChat takes 4 to 30, and no names of brands.', '须为 4 到 30 个字符，不能含品牌名。'),
  });

const notAnOpenId = (given: string): WxopError =>
  new WxopError('USAGE', text(en`${given} cannot be an openid.`, zh`${given} 不是 openid。`), {
    hint: text(
      'Not the WeChat id: the openid of that user for one of your accounts.',
      '不是微信号，而是该用户在您某个帐号下的 openid。',
    ),
  });
