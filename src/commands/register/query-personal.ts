/** `wxop register query personal`: how far a person's registration is. */
import { defineCommand, parameter } from '../../cli/command.ts';
import { PERSONAL_STATES, REGISTRATION_QUERIES } from '../../protocol/calls/register-endpoints.ts';
import { text } from '../../sentences/text.ts';

export const command = defineCommand({
  arguments: {
    task: parameter('<task>', text('the task that `register personal` printed', '`register personal` 输出的任务')),
  },
  examples: ['wxop register query personal 5f34ffda15f5225d'],
  risk: 'reads',
  output: 'document',
  run: async (context, { task: taskId }) => {
    const { terminal } = context;
    const keeper = await context.keeper();
    const answer = await keeper.call({ component: true }, REGISTRATION_QUERIES.personal, { taskId });
    if (terminal.json) return terminal.printJson({ ...answer, taskId });
    const means =
      PERSONAL_STATES[answer.status] ?? text('a state that the documents do not name', '微信文档未说明的状态');
    terminal.print(`${answer.status}\t${terminal.say(means)}`);
  },
});
