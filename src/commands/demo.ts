/** `wxop demo`: the main job against the sandbox, with the commands that an operator would type. */
import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { freePort } from '../receiver-kit/free-port.ts';
import { environmentSecrets } from '../settings/resolve-settings.ts';
import { pad, widest } from '../terminal/columns.ts';

/** How long a person may take to open the link before the demo consents by itself, in milliseconds. */
const PATIENCE = 5_000;
const POLL = 50;

export const command = defineCommand({
  examples: ['wxop demo', 'wxop demo --lang zh'],
  risk: 'reads',
  output: 'lines',
  run: async (context) => {
    const { terminal } = context;
    const listener = `http://127.0.0.1:${await freePort()}`;
    const sandbox = await context.startSandbox({
      pushUrl: `${listener}/wechat/event`,
      messageUrl: `${listener}/wechat/message/$APPID$`,
    });
    const runtime: Partial<Runtime> = { environment: { ...unaffected(context.runtime.environment), ...sandbox.env } };
    const flags = [
      '--lang',
      context.lang,
      ...(terminal.json ? ['--json'] : []),
      ...(terminal.out.color ? [] : ['--no-color']),
      ...(terminal.quiet ? ['--quiet'] : []),
    ];
    const explain = (...lines: (string | Text)[]): void => {
      if (!terminal.json) terminal.note(...lines);
    };
    const wxop = async (...argv: string[]): Promise<number> => {
      explain('', `$ wxop ${argv.join(' ')}`);
      if (!terminal.json) return context.run([...argv, ...flags], runtime);
      const stdout = stdoutOf(context, (chunk) =>
        terminal.printJson(
          ...chunk
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as unknown),
        ),
      );
      return context.run([...argv, ...flags], { ...runtime, stdout });
    };
    context.redactor.learn(...environmentSecrets(sandbox.env));
    try {
      if (terminal.json) terminal.revealJson({ type: 'sandbox', url: sandbox.url, env: sandbox.env });
      explain(playedAt(sandbox.url), terminal.isInteractive ? BE_THE_MERCHANT : NOBODY_SCANS);
      const merchant = consentWhenNobodyDoes(context, sandbox);
      const authorizing = terminal.isInteractive ? ['authorize'] : ['authorize', '--draw'];
      const code = await wxop(...authorizing);
      await merchant.stop();
      const account = sandbox.state().accounts.find(({ authorized }) => authorized);
      if (code !== 0 || !account) return code;
      if (terminal.json) return await printMenuJson(context, account.appId, flags, runtime);
      const rest = (await wxop('menu', 'get', account.appId)) || (await wxop('token', 'list'));
      explain('', DONE, ...nextSteps());
      return rest;
    } finally {
      await sandbox.close();
    }
  },
});

const playedAt = (url: string): Text =>
  text(
    `A sandbox plays WeChat at ${url}. Settings and credentials go to a temporary folder.`,
    `沙箱在 ${url} 模拟微信，设置与凭据写入临时目录。`,
  );
const BE_THE_MERCHANT = text(
  `Open the link in a browser to be the merchant; after ${PATIENCE / 1000} seconds the demo consents by itself.`,
  `可在浏览器中打开链接扮演商家；${PATIENCE / 1000} 秒后演示程序会自动同意授权。`,
);
const NOBODY_SCANS = text(
  'Nobody is there to scan: the demo plays the merchant too.',
  '无人扫码：演示程序同时扮演商家。',
);
const DONE = text(
  'That was the main job: a ticket came in, a merchant authorized, the tokens are stored, the menu is read.',
  '以上就是主要流程：收到 ticket、商家授权、保存令牌、读取菜单。',
);
const FOR_REAL = text('For your real component:', '用于您的真实第三方平台：');
const NEXT: Record<string, Text> = {
  'wxop init': text('settings, and what to enter in the console', '填写设置，并列出控制台需填写的内容'),
  'wxop listen': text("receives WeChat's tickets, behind https", '接收微信推送的 ticket（须置于 https 之后）'),
  'wxop authorize': text('the QR code for your first merchant', '为第一个商家显示二维码'),
};

function nextSteps(): Text[] {
  const width = widest(Object.keys(NEXT));
  return [
    FOR_REAL,
    ...Object.entries(NEXT).map(([name, about]) => {
      const command = `  ${pad(name, width)}  `;
      return text(en`${command}${about}`, zh`${command}${about}`);
    }),
  ];
}

/** The merchant is a person who opens the link in a browser, or after a while the demo itself. */
function consentWhenNobodyDoes(context: Context, sandbox: Sandbox): { stop(): Promise<void> } {
  const { terminal } = context;
  const stopped = new AbortController();
  const stop = AbortSignal.any([stopped.signal, context.runtime.signal]);
  const acting = (async () => {
    let [preAuthCode] = sandbox.state().preAuthCodes;
    while (!preAuthCode) {
      await context.sleep(POLL, stop);
      [preAuthCode] = sandbox.state().preAuthCodes;
    }
    if (terminal.isInteractive) await context.sleep(PATIENCE, stop);
    const [merchant] = sandbox.state().accounts;
    if (!merchant || !sandbox.state().preAuthCodes.includes(preAuthCode)) return;
    const { redirectUrl } = sandbox.consent({ preAuthCode, appId: merchant.appId });
    await context.http.visit(redirectUrl);
  })().catch(() => undefined);
  return {
    stop: async () => {
      stopped.abort();
      await acting;
    },
  };
}

async function printMenuJson(
  context: Context,
  appId: string,
  flags: string[],
  runtime: Partial<Runtime>,
): Promise<number> {
  let printed = '';
  const stdout = stdoutOf(context, (chunk) => void (printed += chunk));
  const code = await context.run(['menu', 'get', appId, ...flags], { ...runtime, stdout });
  if (code === 0) context.terminal.printJson({ type: 'menu', appId, menu: JSON.parse(printed) as unknown });
  return code;
}

/** A stdout for another command in this process, whose lines go another way. */
const stdoutOf = ({ runtime }: Context, take: (chunk: string) => void): Runtime['stdout'] =>
  Object.assign(Object.create(runtime.stdout) as Runtime['stdout'], {
    write: (chunk: string): boolean => {
      take(chunk);
      return true;
    },
  });

/** The caller's environment without what would lead to real things: wxop's settings and proxies. */
function unaffected(environment: Runtime['environment']): Runtime['environment'] {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^WXOP_/.test(name) && !/^(?:https?|no|all)_proxy$/i.test(name)),
  );
}
