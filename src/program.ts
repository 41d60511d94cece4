/** The command tree. Only the module of the command that was asked for is loaded; the others are a name and a line. */
import { Command, CommanderError, Option } from 'commander';
import type { Declaring } from './commands/declaring.ts';
import { createContext, type Context } from './context.ts';
import { createRedactor, text, toWxopError, WxopError, type Lang, type Text } from './errors.ts';
import { chooseLang, environmentSecrets, SETTING_NAMES, type SettingName } from './settings.ts';
import { createTerminal } from './terminal/terminal.ts';
import type { World } from './world.ts';

interface CommandEntry {
  about: Text;
  load: () => Promise<{ declare: (program: Command, declaring: Declaring) => void }>;
}

const COMMANDS: Record<string, CommandEntry> = {
  demo: {
    about: text('the whole job on an offline sandbox, in seconds', '用离线沙箱演示完整流程'),
    load: () => import('./commands/demo.ts'),
  },
  init: {
    about: text('asks for the settings and shows what to enter in the console', '填写设置，并列出控制台需填写的内容'),
    load: () => import('./commands/init.ts'),
  },
  listen: {
    about: text('takes in tickets, authorizations and messages', '接收 ticket、授权事件与消息'),
    load: () => import('./commands/listen.ts'),
  },
  authorize: {
    about: text('shows a QR code and stores the account that authorizes', '显示二维码，保存完成授权的帐号'),
    load: () => import('./commands/authorize.ts'),
  },
  ticket: {
    about: text(
      'the component_verify_ticket: show, wait, set, start',
      'component_verify_ticket：查看、等待、导入、启动推送',
    ),
    load: () => import('./commands/ticket.ts'),
  },
  token: {
    about: text('access tokens: get, component, refresh, list', 'access_token：获取、第三方平台、刷新、列表'),
    load: () => import('./commands/token.ts'),
  },
  accounts: {
    about: text(
      'authorized accounts: list, show, sync, export, import, remove',
      '已授权帐号：列表、详情、同步、迁移、移除',
    ),
    load: () => import('./commands/accounts.ts'),
  },
  import: {
    about: text('takes over from another library, once', '一次性接管其他程序库的数据'),
    load: () => import('./commands/import.ts'),
  },
  store: {
    about: text('where credentials are kept: show, encrypt, decrypt', '凭据的存储：查看、加密、解密'),
    load: () => import('./commands/store.ts'),
  },
  menu: {
    about: text(
      'menus: get, dump, validate, diff, push, restore, delete, preview',
      '自定义菜单：获取、导出、检查、比较、推送、恢复、删除、预览',
    ),
    load: () => import('./commands/menu.ts'),
  },
  events: {
    about: text('what was pushed: list, show, replay, tail', '推送日志：列表、详情、重放、实时'),
    load: () => import('./commands/events.ts'),
  },
  trigger: {
    about: text('sends a genuine or forged push to any receiver', '向任意接收端发送真实或伪造的推送'),
    load: () => import('./commands/trigger.ts'),
  },
  decrypt: {
    about: text('opens a captured push, or says why not', '打开截获的推送，或说明无法打开的原因'),
    load: () => import('./commands/decrypt.ts'),
  },
  'publish-check': {
    about: text('rehearses the publish check (全网发布检测)', '离线演练全网发布检测'),
    load: () => import('./commands/publish-check.ts'),
  },
  doctor: {
    about: text('looks for what is wrong, and says what to do', '逐项检查，指出问题与处理办法'),
    load: () => import('./commands/doctor.ts'),
  },
  api: {
    about: text('any call, with the right token', '以正确的 token 调用任意接口'),
    load: () => import('./commands/api.ts'),
  },
  quota: {
    about: text('calls that are left today: get, clear', '当日剩余额度：查询、清零'),
    load: () => import('./commands/quota.ts'),
  },
  rid: {
    about: text('what the platform saw of a request', '平台所见的请求内容'),
    load: () => import('./commands/rid.ts'),
  },
  ip: {
    about: text("the platform's addresses, for firewalls", '平台的 IP 地址，用于防火墙'),
    load: () => import('./commands/ip.ts'),
  },
  explain: {
    about: text('what an error number means, and what to do about it', '解释错误码的含义与处理方法'),
    load: () => import('./commands/explain.ts'),
  },
  profile: {
    about: text(
      'several components: list, show, use, set, add-file',
      '多个第三方平台：列表、查看、切换、标记、校验文件',
    ),
    load: () => import('./commands/profile.ts'),
  },
  completion: {
    about: text('shell completion: bash, zsh, fish', 'shell 补全：bash、zsh、fish'),
    load: () => import('./commands/completion.ts'),
  },
  sandbox: {
    about: text('plays the WeChat platform on this machine', '在本机模拟微信平台'),
    load: () => import('./commands/sandbox.ts'),
  },
};

const HELP = ['--help', '-h'];
const TOPICS = ['environment', 'exit-codes', 'errors'];

export async function runProgram(world: World, run: (world: World) => Promise<number>): Promise<number> {
  const lang = chooseLang(valueOf(world.argv, '--lang'), world.environment);
  const say = (sentence: Text): string => sentence[lang];
  let context: Context | undefined;
  let exitCode = 0;

  const action: Declaring['action'] =
    (perform) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals();
      context = createContext(world, options, settingFlags(options), run);
      context.terminal.trace(`wxop ${world.version}`);
      // commander hands over exactly the operands that the command declared.
      const operands: unknown[] = given.slice(0, -2);
      exitCode = (await perform(context, options as never, ...(operands as never))) ?? 0;
    };

  const program = rootCommand(world, lang, say);
  let names: string[] = [];
  try {
    // A shell asks at every press of a key; whatever goes wrong, it is no place to say so.
    if (world.argv[0] === '__complete') {
      await complete(world, program, say).catch(() => undefined);
      return 0;
    }
    // A global flag without its value, or --version, ends here already.
    const { operands, unknown } = program.parseOptions(world.argv);
    const isQuestion = operands[0] === 'help';
    const wanted = operands[isQuestion ? 1 : 0];
    if (isQuestion && TOPICS.includes(wanted ?? '')) {
      const { topicLines } = await import('./help-topics.ts');
      world.stdout.write(`${topicLines(wanted ?? '', lang).join('\n')}\n`);
      return 0;
    }
    for (const [name, { about, load }] of Object.entries(COMMANDS)) {
      if (name !== wanted) program.command(name).description(say(about));
      else (await load()).declare(program, { say, action, examples: examplesIn(say) });
    }
    for (const command of program.commands) command.helpCommand(false);
    names = isQuestion ? operands.slice(1) : operands;
    const argv = isQuestion ? helpAsFlag(program, names) : sameOrHelp(program, world.argv, { names, unknown });
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    const ended = thrown instanceof CommanderError ? afterHelp(thrown, world, lang) : undefined;
    if (ended !== undefined) return ended;
    const error = thrown instanceof CommanderError ? usageError(thrown, program, names) : toWxopError(thrown);
    const terminal = context?.terminal ?? bareTerminal(world, lang);
    // Whoever pressed Ctrl-C knows it; a script that reads JSON is told.
    if (error.code !== 'CANCELLED' || terminal.json) terminal.fail(error);
    exitCode = error.exitCode;
  } finally {
    await context?.close();
  }
  return exitCode;
}

/** Answers a shell: what may stand next on the line. */
async function complete(world: World, program: Command, say: (sentence: Text) => string): Promise<void> {
  const words = world.argv.slice(world.argv[1] === '--' ? 2 : 1);
  const { commandIn, completions } = await import('./commands/complete.ts');
  const wanted = commandIn(program, words);
  const declaring: Declaring = { say, action: () => () => Promise.resolve(), examples: (command) => command };
  for (const [name, { about, load }] of Object.entries(COMMANDS)) {
    if (name === wanted) (await load()).declare(program, declaring);
    else program.command(name).description(say(about));
  }
  const open = (flags: { profile?: string; store?: string }): Context =>
    createContext(world, { profile: flags.profile, quiet: true }, flags.store ? { store: flags.store } : {}, () =>
      Promise.resolve(0),
    );
  const found = await completions(program, words, open);
  world.stdout.write(found.map((line) => `${line}\n`).join(''));
}

/** The exit code where commander has already printed what was asked for, or the help that says what to ask. */
function afterHelp({ code }: CommanderError, world: World, lang: Lang): number | undefined {
  if (code === 'commander.helpDisplayed' || code === 'commander.version') return 0;
  // `wxop` alone, or `wxop token` without a verb.
  if (code !== 'commander.help') return undefined;
  const isJson = world.argv.includes('--json');
  if (isJson) bareTerminal(world, lang).fail(new WxopError('USAGE', text('A command is missing.', '缺少命令。')));
  return 2;
}

function rootCommand(world: World, lang: Lang, say: (sentence: Text) => string): Command {
  const zh = lang === 'zh';
  const titles: Record<string, string> = zh
    ? {
        'Usage:': '用法：',
        'Options:': '选项：',
        'Commands:': '命令：',
        'Arguments:': '参数：',
        'Global Options:': '全局选项：',
      }
    : {};
  return new Command('wxop')
    .description(
      say(text('The command line of a WeChat third-party platform operator.', '微信第三方平台服务商的命令行工具。')),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (output) => void world.stdout.write(output),
      writeErr: (output) => void world.stderr.write(output),
      // Said by us, in both languages and in JSON.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      helpWidth: 80,
      showGlobalOptions: true,
      styleTitle: (title) => titles[title] ?? title,
      // Chinese counts two columns; commander counts one.
      displayWidth: (line) => line.length + (line.match(/[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]/g)?.length ?? 0),
      // Defaults stand in the descriptions, as one would type them: commander would print milliseconds.
      argumentDescription: ({ description, argChoices }) =>
        argChoices ? `${description}${zh ? '：' : ': '}${argChoices.join(zh ? '、' : ', ')}` : description,
      optionDescription: ({ description, argChoices }) =>
        argChoices ? `${description}${zh ? '：' : ': '}${argChoices.join(zh ? '、' : ', ')}` : description,
    })
    .helpCommand(false)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .helpOption('-h, --help', say(text('show this help', '显示帮助')))
    .version(world.version, '--version', say(text('print the version', '显示版本号')))
    .option('--profile <name>', say(text('which component to act as (WXOP_PROFILE)', '使用的配置（WXOP_PROFILE）')))
    .option('--store <url>', say(text('where credentials are kept (WXOP_STORE)', '凭据的存储位置（WXOP_STORE）')))
    .addOption(
      new Option('--lang <lang>', say(text('language of messages (WXOP_LANG)', '消息语言（WXOP_LANG）'))).choices([
        'zh',
        'en',
      ]),
    )
    .option('--json', say(text('print JSON for scripts', '输出 JSON')))
    .option('--quiet', say(text('nothing on stderr but errors', '除错误外不输出到 stderr')))
    .option(
      '--verbose',
      say(text('requests and answers on stderr, secrets masked', '在 stderr 显示请求与应答（隐去机密）')),
    )
    .option('--no-color', say(text('no colour (NO_COLOR)', '不使用颜色（NO_COLOR）')))
    .addHelpText('after', ({ command }) =>
      command.parent === null
        ? `
${say(text('Start here', '从这里开始'))}:
  wxop demo                 ${say(text('see it work, offline, touching nothing', '离线体验，不影响任何真实数据'))}
  wxop init                 ${say(text('set up your platform', '配置您的第三方平台'))}

wxop help <command>  ·  wxop help ${TOPICS.join(' | ')}`
        : '',
    );
}

const examplesIn =
  (say: (sentence: Text) => string): Declaring['examples'] =>
  (command, ...lines) =>
    command.addHelpText(
      'after',
      `\n${say(text('Examples', '示例'))}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`,
    );

/** `help x y` is `x y --help`; a name that is not there is told as everywhere, not answered with the help above it. */
function helpAsFlag(program: Command, names: string[]): string[] {
  const known = knownNames(program, names);
  const isLeaf = commandOf(program, known)?.commands.length === 0;
  return known.length === names.length || isLeaf ? [...known, '--help'] : names;
}

/** A misspelt command is not answered with the help above it when the flag is used, either. */
const sameOrHelp = (program: Command, argv: string[], { names, unknown }: { names: string[]; unknown: string[] }) =>
  HELP.some((flag) => unknown.includes(flag)) ? helpAsFlag(program, names) : argv;

/** Those of the names that lead to a command: `token get` of `token get wx…`. */
function knownNames(program: Command, names: string[]): string[] {
  const end = names.findIndex((_, index) => !commandOf(program, names.slice(0, index + 1)));
  return end < 0 ? names : names.slice(0, end);
}

const commandOf = (program: Command, names: string[]): Command | undefined =>
  names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((candidate) => candidate.name() === name),
    program,
  );

function settingFlags(options: Record<string, unknown>): Partial<Record<SettingName, string>> {
  const given = SETTING_NAMES.filter((name) => typeof options[name] === 'string');
  return Object.fromEntries(given.map((name) => [name, options[name] as string]));
}

function valueOf(argv: string[], flag: string): string | undefined {
  const at = argv.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
}

/** For failures that come before there is a context: usage errors. */
function bareTerminal(world: World, lang: Lang) {
  const redactor = createRedactor();
  redactor.learn(...environmentSecrets(world.environment));
  return createTerminal({
    stdout: world.stdout,
    stderr: world.stderr,
    isStdinTty: () => false,
    environment: world.environment,
    lang,
    json: world.argv.includes('--json'),
    quiet: false,
    verbose: false,
    color: true,
    redactor,
  });
}

const USAGE_ZH: [RegExp, string][] = [
  [/^unknown option '(.+)'/, "未知选项 '$1'"],
  [/^unknown command '(.+)'/, "未知命令 '$1'"],
  [/^missing required argument '(.+)'/, "缺少参数 '$1'"],
  [/^option '(.+)' argument missing/, "选项 '$1' 缺少值"],
  [/^option '(.+)' argument '(.*)' is invalid\./, "选项 '$1' 的值 '$2' 无效。"],
  [/^command-argument value '(.*)' is invalid for argument '(.+)'\./, "参数 '$2' 的值 '$1' 无效。"],
  [/^required option '(.+)' not specified/, "缺少选项 '$1'"],
  [/^too many arguments.*/, '参数过多'],
  [/^option '(.+)' cannot be used with option '(.+)'/, "选项 '$1' 与 '$2' 不能同时使用"],
  [/Allowed choices are (.+)\./, '可选值：$1。'],
  [/\(Did you mean (.+)\?\)/, '（是否想用 $1？）'],
];

/** Its hint names the help of the command that was found: the verb's, where there is one. */
function usageError(error: CommanderError, program: Command, names: string[]): WxopError {
  const sentence = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const zh = USAGE_ZH.reduce((translated, [english, chinese]) => translated.replace(english, chinese), sentence);
  const help = `${['wxop', ...knownNames(program, names)].join(' ')} --help`;
  return new WxopError('USAGE', text(sentence, zh), { hint: text(`See \`${help}\`.`, `请查看 \`${help}\`。`) });
}
