/** `wxop link check`: what is wrong with an authorization link that somebody built. Offline. */
import { defineCommand, parameter, settingFlag } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { isPrivateHost } from '../../runtime/hosts.ts';
import { en, inLang, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { checkLink, LINK_PLACES, type CheckedLink, type LinkProblem } from '../../protocol/check-link.ts';
import { attemptIdOf } from '../../protocol/links.ts';
import { problemLines } from '../../terminal/problem-lines.ts';

/** A link that works has a few hundred characters. */
const LONGEST = 8_192;

export const command = defineCommand({
  arguments: { link: parameter('<url>', text('the link, in quotes; - is stdin', '链接（加引号）；- 表示标准输入')) },
  flags: {
    publicUrl: settingFlag('publicUrl'),
    openedIn: parameter('--opened-in <where>', text('where it will be opened', '将在何处打开'), {
      choices: LINK_PLACES,
    }),
  },
  notes: text(
    'page: clicked on a page, on a computer. browser: pasted into a browser there. wechat: sent in WeChat. qr: scanned with WeChat. Needs neither a network nor secrets. With the appid of the component in the settings, its store says whether the pre-auth code is its own and still works; with the public URL, whether the host of redirect_uri is right.',
    'page：在电脑网页上点击；browser：粘贴到电脑浏览器；wechat：在微信中发送；qr：用微信扫描。无需网络与密钥。若设置中有第三方平台 AppID，会查看存储中该预授权码是否属于自己、是否有效；若有公网地址，会检查 redirect_uri 的域名。',
  ),
  examples: ['wxop link check - < link.txt', 'wxop link check --opened-in wechat - < link.txt'],
  risk: 'reads',
  output: 'document',
  run: async (context, { link: given, openedIn }) => {
    const { terminal, settings } = context;
    const link = (given === '-' ? await context.stdin.text() : given).trim();
    if (link === '' || link.length > LONGEST) throw noLink();
    const checked = checkLink(link, {
      mpUrl: settings.get('mpUrl'),
      openUrl: settings.get('openUrl'),
      componentAppId: settings.find('componentAppId'),
      publicUrl: settings.find('publicUrl') ?? (isOffline(settings.get('mpUrl')) ? context.publicUrl() : undefined),
      place: openedIn,
    });
    const problems = [...checked.problems, ...(await problemsOfCode(context, checked))];
    if (terminal.json) terminal.printJson(problems.map((problem) => problemJson(context, problem)));
    else await show(context, link, problems);
    if (problems.some(({ severity }) => severity === 'error')) throw notUsable();
    if (!terminal.json && checked.kind)
      terminal.note(...(problems.length === 0 ? [RIGHT] : []), HOW_TO_OPEN[checked.kind]);
  },
});

/** Against a sandbox, the listener needs no address of its own in the internet. */
const isOffline = (mpUrl: string): boolean => isPrivateHost(new URL(mpUrl).hostname);

const noLink = (): WxopError =>
  new WxopError('USAGE', text('There is no link in that.', '其中没有链接。'), {
    hint: text(
      'Give one link, in single quotes, or on stdin with -.',
      '请提供一个链接（加单引号），或用 - 从标准输入提供。',
    ),
  });

const notUsable = (): WxopError =>
  new WxopError('LINK_INVALID', text('The link does not work.', '该链接无法使用。'), {
    hint: text('The problems are listed on stdout.', '问题已在 stdout 列出。'),
  });

const RIGHT = text('The link is right.', '链接正确。');
const ON_A_PAGE = text(
  'It works by a click on a page of the 授权发起页域名, in a browser on a computer.',
  '请在电脑浏览器中，从授权发起页域名的页面点击打开。',
);
const IN_WECHAT = text(
  'It opens inside WeChat on a phone, also from a QR code.',
  '请在手机微信中打开，也可制成二维码扫描。',
);
const HOW_TO_OPEN = { pc: ON_A_PAGE, mobile: IN_WECHAT, 'old-mobile': IN_WECHAT };

/** What the store knows of the pre-auth code, where the settings say whose store it is. */
async function problemsOfCode(context: Context, { preAuthCode }: CheckedLink): Promise<LinkProblem[]> {
  if (!preAuthCode?.value || context.settings.find('componentAppId') === undefined) return [];
  const { value, column } = preAuthCode;
  context.redactor.learn(value);
  const say = (severity: LinkProblem['severity'], message: Text): LinkProblem[] => [
    { rule: 'code', severity, column, parameter: 'pre_auth_code', message },
  ];
  const attempt = (await (await context.store()).read(`attempt/${attemptIdOf(value)}`))?.value;
  if (!attempt?.links) return say('warning', NOT_OURS);
  if (attempt.appId !== undefined) return say('error', used(attempt.appId));
  const left = attempt.expiresAt - context.now();
  return left > 0 ? [] : say('error', expired(formatDuration(-left)));
}

const NOT_OURS = text(
  'This store did not make the pre-auth code: whether it still works, only WeChat knows.',
  '该预授权码不是由本存储创建：是否有效只有微信知道。',
);
const used = (appId: string): Text =>
  text(
    en`The pre-auth code is used: ${appId} was authorized with it.`,
    zh`该预授权码已使用：${appId} 已用它完成授权。`,
  );
const expired = (ago: Text): Text => text(en`The pre-auth code expired ${ago} ago.`, zh`该预授权码已于${ago}前过期。`);

async function show(context: Context, link: string, problems: LinkProblem[]): Promise<void> {
  // The code is masked before the line is cut and marked: what the terminal masks would move the mark.
  const shown = link.replace(/((?:pre|query)authcode(?:@|%40){3})[^&#]*/g, '$1***');
  const shift = link.length - shown.length;
  const after = link.length - link.replace(/^.*?(?:pre|query)authcode(?:@|%40){3}[^&#]*/, '').length;
  const placed = problems.map((problem) => ({
    ...problem,
    path: problem.parameter ?? '',
    line: 1,
    column: problem.column > after && shift > 0 ? problem.column - shift : problem.column,
  }));
  const file = { path: inLang(text('link', '链接'), context.lang), bytes: Buffer.from(shown), problems: placed };
  for (const line of await problemLines(context, file, 'out')) context.terminal.print(line);
}

const problemJson = ({ lang }: Context, { message, hint, ...problem }: LinkProblem): object => ({
  ...problem,
  message: inLang(message, lang),
  ...(hint && { hint: inLang(hint, lang) }),
});
