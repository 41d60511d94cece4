/** What six nodes of a cluster find when they start: three primaries with a replica each, all known to each other. */
import { createHash } from 'node:crypto';

export const PRIMARIES = 3;
const RANGES = ['0-5460', '5461-10922', '10923-16383'];

export interface NodePorts {
  port: number;
  bus: number;
}

export interface ClusterLayout {
  ids: string[];
  /** The configuration file of each node. */
  files: string[];
}

export function clusterLayout(ports: readonly NodePorts[]): ClusterLayout {
  const ids = ports.map((_, at) => createHash('sha1').update(String(at)).digest('hex'));
  const files = ports.map((_, self) => {
    const lines = ports.map(({ port, bus }, at) => {
      const primary = ids[at - PRIMARIES];
      const role = `${at === self ? 'myself,' : ''}${primary ? `slave ${primary}` : 'master -'}`;
      const line = `${ids[at]} 127.0.0.1:${port}@${bus} ${role} 0 0 ${(at % PRIMARIES) + 1} connected`;
      return `${line} ${RANGES[at] ?? ''}`.trim();
    });
    return [...lines, 'vars currentEpoch 3 lastVoteEpoch 0', ''].join('\n');
  });
  return { ids, files };
}
