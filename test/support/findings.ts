import type { Finding, Group } from '../../src/doctor/check.ts';

/** What one check of a group finds. */
export async function findingOf({ checks }: Group, id: string): Promise<Finding> {
  const check = checks.find((one) => one.id === id);
  if (!check) throw new Error(`no check ${id}`);
  return check.run();
}
