/** `wxop menu`: what the followers of an account see at the bottom of its chat. */
import { Option, type Command } from 'commander';
import { text } from '../../sentences/text.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { declareChanging } from './changing.ts';
import { declareChecking } from './checking.ts';
import { declareDump } from './dump-flags.ts';
import { get } from './get.ts';
import { declarePreview } from './preview.ts';
import { ABOUT_ACCOUNT } from '../resolve-account.ts';

export function declare(program: Command, declaring: Declaring): void {
  const { say, action, examples } = declaring;
  const menu = program
    .command('menu')
    .description(say(text("an account's custom menu (自定义菜单)", '帐号的自定义菜单')));
  examples(menu, 'wxop menu get wx0123456789abcdef');
  examples(
    menu
      .command('get')
      .argument('<appid>', say(ABOUT_ACCOUNT))
      .addOption(
        new Option(
          '--source <source>',
          say(
            text(
              'the current menu (default), or what was made by API, conditional menus too',
              '当前菜单（默认），或接口创建的（含个性化）菜单',
            ),
          ),
        )
          .choices(['self', 'api'])
          .default('self'),
      )
      .option(
        '-o, --output <file>',
        say(text("write the platform's document to a file; - is stdout", '将平台返回的文档写入文件；- 表示标准输出')),
      )
      .description(say(text('the current menu, made on the website or by API', '当前菜单，无论由网页还是接口创建')))
      .action(action(get)),
    'wxop menu get wx0123456789abcdef',
    'wxop menu get wx0123456789abcdef --json | jq .selfmenu_info',
    'wxop menu get wx0123456789abcdef --source api --output api.json',
  );
  declareDump(menu, declaring);
  declareChecking(menu, declaring);
  declareChanging(menu, declaring);
  declarePreview(menu, declaring);
}
