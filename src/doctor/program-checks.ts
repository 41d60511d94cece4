/** The version of wxop, and the Node that it runs on. */
import { text } from '../sentences/text.ts';
import { failed, ok, same, warning, type Finding, type Group } from './check.ts';

const FLOOR = [20, 19] as const;
/** Major version → the last day on which it gets security fixes. Source: github.com/nodejs/release. */
const END_OF_LIFE: Record<number, string> = { 20: '2026-04-30', 22: '2027-04-30', 24: '2028-04-30' };

export interface ProgramFacts {
  version: string;
  /** `20.19.4` */
  nodeVersion: string;
  platform: string;
  now: () => number;
}

export function programChecks(facts: ProgramFacts): Group {
  return {
    id: 'program',
    title: text('Program', '程序'),
    checks: [
      { id: 'program.version', title: same('wxop'), run: () => ok(same(`${facts.version} (${facts.platform})`)) },
      { id: 'program.node', title: same('Node'), run: () => judgeNode(facts) },
    ],
  };
}

function judgeNode({ nodeVersion, now }: ProgramFacts): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const seen = same(nodeVersion);
  if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
    return failed('UNEXPECTED', seen, NODE_NEEDED);
  }
  const end = END_OF_LIFE[major];
  if (end === undefined || now() <= Date.parse(`${end}T23:59:59Z`)) return ok(seen);
  return warning(
    text(`${nodeVersion}, without security fixes since ${end}`, `${nodeVersion}，自 ${end} 起不再有安全更新`),
    text('It works. Install a newer one when you can.', '可以使用，但请尽早升级。'),
  );
}

const NODE_NEEDED = text(
  `wxop needs Node ${FLOOR.join('.')} or newer.`,
  `wxop 需要 Node ${FLOOR.join('.')} 或更高版本。`,
);
