/** `wxop profile remove-file`: forgets a verification file (校验文件). */
import { defineCommand, parameter } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { profileNamed } from '../../settings/profile-named.ts';

export const command = defineCommand({
  arguments: { name: parameter('<name>', text('its name', '文件名')) },
  examples: ['wxop profile remove-file 0qwMjOAYmX.txt'],
  risk: 'writes',
  output: 'document',
  run: async (context, { name }) => {
    const { terminal, profiles } = context;
    const profileName = profiles.name;
    const values = profileNamed(context.profiles.read(), profileName);
    const { [name]: removed, ...files } = values.files ?? {};
    if (removed === undefined) throw noSuchFile(name);
    await context.profiles.write(profileName, { ...values, files });
    if (terminal.json) return terminal.printJson({ profile: profileName, removed: name, files: Object.keys(files) });
    terminal.note(text(`Removed ${name}.`, `已删除 ${name}。`));
  },
});

const noSuchFile = (name: string): WxopError =>
  new WxopError('USAGE', text(`There is no file ${name}.`, `没有文件 ${name}。`), {
    hint: text('See `wxop profile show`.', '请查看 `wxop profile show`。'),
  });
