/** `wxop profile add-file` and `remove-file`: the verification files (校验文件) of a profile. */
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { ProfileValues } from '../../settings/setting-definitions.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { profileNamed } from '../../settings/profile-named.ts';
import { readVerificationFile } from '../files.ts';

export function declareFiles(profile: Command, { say, action, examples }: Declaring): void {
  examples(
    profile
      .command('add-file')
      .argument('<file>', say(text('a 校验文件: letters, digits, - and _, then .txt', '校验文件，形如 0qwMjOAYmX.txt')))
      .description(
        say(text('keeps a verification file, which the listener serves', '保存校验文件，由监听服务在域名根目录提供')),
      )
      .action(action(addFile)),
    'wxop profile add-file 0qwMjOAYmX.txt',
  );
  examples(
    profile
      .command('remove-file')
      .argument('<name>', say(text('its name', '文件名')))
      .description(say(text('forgets a verification file', '删除校验文件')))
      .action(action(removeFile)),
    'wxop profile remove-file 0qwMjOAYmX.txt',
  );
}

async function addFile(context: Context, _options: object, path: string): Promise<void> {
  const { terminal, profiles } = context;
  const profileName = profiles.name;
  const file = await readVerificationFile(path);
  const [name = ''] = Object.keys(file);
  const values = ofEnvironment(context) ?? profileNamed(context.profiles.read(), profileName);
  const files = { ...values.files, ...file };
  await context.profiles.write(profileName, { ...values, files });
  if (terminal.json) return terminal.printJson({ profile: profileName, added: name, files: Object.keys(files) });
  terminal.note(
    terminal.say(
      text(
        `Kept. A listener serves it at /${name}, one that runs already too.`,
        `已保存。监听服务（包括正在运行的）会在 /${name} 提供该文件。`,
      ),
    ),
  );
}

/** Where all settings come from the environment there is no profile yet: one that only binds the files to the component. */
function ofEnvironment({ settings, profiles }: Context): ProfileValues | undefined {
  const isThere = Object.hasOwn(profiles.read().profiles, profiles.name);
  const componentAppId = settings.find('componentAppId');
  return isThere || componentAppId === undefined ? undefined : { componentAppId };
}

async function removeFile(context: Context, _options: object, name: string): Promise<void> {
  const { terminal, profiles } = context;
  const profileName = profiles.name;
  const values = profileNamed(context.profiles.read(), profileName);
  const { [name]: removed, ...files } = values.files ?? {};
  if (removed === undefined) {
    throw new WxopError('USAGE', text(`There is no file ${name}.`, `没有文件 ${name}。`), {
      hint: text('See `wxop profile show`.', '请查看 `wxop profile show`。'),
    });
  }
  await context.profiles.write(profileName, { ...values, files });
  if (terminal.json) return terminal.printJson({ profile: profileName, removed: name, files: Object.keys(files) });
  terminal.note(terminal.say(text(`Removed ${name}.`, `已删除 ${name}。`)));
}
