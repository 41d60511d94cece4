/** `wxop profile add-file`: keeps a verification file (校验文件), which the listener serves. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { profileNamed } from '../../settings/profile-named.ts';
import type { ProfileValues } from '../../settings/setting-definitions.ts';
import { readVerificationFile } from '../files.ts';

export const command = defineCommand({
  arguments: {
    file: parameter('<file>', text('a 校验文件: letters, digits, - and _, then .txt', '校验文件，形如 0qwMjOAYmX.txt')),
  },
  examples: ['wxop profile add-file 0qwMjOAYmX.txt'],
  risk: 'writes',
  output: 'document',
  run: async (context, { file: path }) => {
    const { terminal, profiles } = context;
    const profileName = profiles.name;
    const file = await readVerificationFile(path);
    const [name = ''] = Object.keys(file);
    const values = ofEnvironment(context) ?? profileNamed(context.profiles.read(), profileName);
    const files = { ...values.files, ...file };
    await context.profiles.write(profileName, { ...values, files });
    if (terminal.json) return terminal.printJson({ profile: profileName, added: name, files: Object.keys(files) });
    terminal.note(kept(name));
  },
});

const kept = (name: string): Text =>
  text(
    `Saved. Every listener serves it at /${name}, including one that is already running.`,
    `已保存。监听服务（包括正在运行的）会在 /${name} 提供该文件。`,
  );

/** Where all settings come from the environment there is no profile yet: one that only ties the files to the component. */
function ofEnvironment({ settings, profiles }: Context): ProfileValues | undefined {
  const isThere = Object.hasOwn(profiles.read().profiles, profiles.name);
  const componentAppId = settings.find('componentAppId');
  return isThere || componentAppId === undefined ? undefined : { componentAppId };
}
