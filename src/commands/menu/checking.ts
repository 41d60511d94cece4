/** The verbs of `wxop menu` that change nothing: what a file has wrong, and what it would change. */
import type { Command } from 'commander';
import { text } from '../../sentences/text.ts';
import type { Declaring } from '../../cli/declaring.ts';
import type { DiffFlags } from './diff.ts';
import { ABOUT_ACCOUNT } from '../resolve-account.ts';

export function declareChecking(menu: Command, { say, action, examples }: Declaring): void {
  examples(
    menu
      .command('validate')
      .argument('<file...>', say(text('menu files; - is stdin', '菜单文件；- 表示标准输入')))
      .description(
        say(
          text(
            'checks menu files offline: line, column, rule, and the errcode that would come',
            '离线检查菜单文件：位置、规则与错误码',
          ),
        ),
      )
      .action(
        action(async (context, options: object, paths: string[]) =>
          (await import('./validate.ts')).validate(context, options, paths),
        ),
      ),
    'wxop menu validate draft.json',
    'wxop menu validate menus/*/draft.json',
    'wxop menu validate --json - < draft.json',
  );
  examples(
    menu
      .command('diff')
      .argument('<account>', say(ABOUT_ACCOUNT))
      .argument('<file>', say(text('a menu file; - is stdin', '菜单文件；- 表示标准输入')))
      .option('--exit-code', say(text('end with 1 when something differs', '有差异时以 1 结束')))
      .description(
        say(
          text(
            'what a push would change: added (+), removed (-), changed (~), moved (>)',
            '变化：+ 新增、- 删除、~ 修改、> 移动',
          ),
        ),
      )
      .action(
        action(async (context, flags: DiffFlags, account: string, path: string) =>
          (await import('./diff.ts')).diff(context, flags, account, path),
        ),
      ),
    'wxop menu diff wx0123456789abcdef draft.json',
    'wxop menu diff wx0123456789abcdef draft.json --exit-code --quiet',
  );
}
