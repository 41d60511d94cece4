/** What GitHub's runner takes for commands in the output of a step, by its own rules (ActionCommand.cs). */

export interface WorkflowCommand {
  name: string;
  properties: string;
  message: string;
}

const unescaped = (written: string): string =>
  written
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');

/** Of either form, whatever their names. */
export function workflowCommands(output: string): WorkflowCommand[] {
  return output.split(/\r\n|\r|\n/).flatMap((line): WorkflowCommand[] => {
    // .NET trims U+0085 too.
    const newer = /^(?:\s|\u0085)*::([^ ]*?)(?: (.*?))?::(.*)$/.exec(line);
    const older = /##\[([^ \]]*)(?: ([^\]]*))?\](.*)$/.exec(line);
    return [newer, older].flatMap((found) => {
      if (!found) return [];
      const [, name = '', properties = '', message = ''] = found;
      return [{ name, properties: unescaped(properties), message: unescaped(message) }];
    });
  });
}

/** What the log of the step shows of its stdout, once the masks are known. */
export function loggedStdout({ stdout, stderr }: { stdout: string; stderr: string }): string {
  const masks = workflowCommands(stderr).filter(({ name }) => name === 'add-mask');
  return masks.reduce((shown, { message }) => shown.replaceAll(message, '***'), stdout);
}
