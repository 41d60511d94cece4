/** A check that warns before the ticket expires. */
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openHome } from '../support/prepared-homes.ts';

const MINUTE = 60_000;

async function homeWithTicket(receivedAt: number | undefined) {
  const home = await openHome();
  await home.store.write('ticket', { ticket: 'ticket@@@kept', createTime: 1, receivedAt }, 0, {
    durable: false,
  });
  return home;
}

describe('ticket show --max-age', () => {
  it('prints a ticket that is young enough', async () => {
    const home = await homeWithTicket(Date.now() - 20 * MINUTE);
    const { code, stdout } = await home.run(['ticket', 'show', '--max-age', '30m', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ageSeconds: expect.any(Number) as number });
  });

  it.each([
    ['is older', Date.now() - 40 * MINUTE, 'came 40 min ago, more than 30 min'],
    ['is of unknown age', undefined, 'Nothing tells how old the ticket is.'],
  ])('ends with 4, prints nothing, and names the next step, where it %s', async (_, receivedAt, words) => {
    const home = await homeWithTicket(receivedAt);
    const result = await home.run(['ticket', 'show', '--max-age', '30m', '--reveal', '--json']);
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([4, '', 'TICKET_OVERDUE']);
    expect(errorOf(result).message).toContain(words);
    expect(errorOf(result).hint).toContain('wxop doctor');
  });

  it('is a check of the doctor too', async () => {
    const home = await homeWithTicket(Date.now() - 40 * MINUTE);
    const ask = (age: string) =>
      home.run(['doctor', '--only', 'ticket.age', '--offline', '--max-ticket-age', age, '--json']);
    expect((await ask('1h')).code).toBe(0);
    const failed = await ask('30m');
    expect([failed.code, errorOf(failed).code]).toEqual([4, 'TICKET_OVERDUE']);
  });
});
