// What is wanted of each number, and what it must hold: the one place that the measurements, `.ci/run` and
// docs/performance.md take them from.
//
// `aim` is what is wanted. `limit` is what a run must hold: what is reached on a quiet machine, and a margin for the noise of
// one that others use too. Medians of start-up need a third, ratios of processor time a fifth, ratios that wait for a sandbox
// most of the time a fifth; bytes need none. `short` is the limit of the short form, where the start weighs more. `atLeast`:
// the number must not fall below it.
const LIMITS = {
  startup: {
    'wxop --version': { aim: 1.15, limit: 1.5 },
    'wxop --help': { aim: 1.35, limit: 1.8 },
    'wxop token get': { aim: 1.5, limit: 2 },
    'wxop listen': { aim: 1.9, limit: 2.5 },
    'wxop menu get, without its round trip': { aim: 3, limit: 3.3 },
  },
  envelope: {
    wxop: { aim: 1.3, limit: 1.3 },
  },
  listener: {
    'wxop listen --no-journal': { aim: 0.33, limit: 0.2, atLeast: true },
    'wxop listen': { aim: 0.25, limit: 0.16, atLeast: true },
  },
  'listener and node-easywechat': {
    'wxop listen --no-journal': { aim: 3.5, limit: 2, atLeast: true },
  },
  'listener on two cores': {
    'wxop listen --workers 2': { aim: 1.6, limit: 1.1, short: 1, atLeast: true },
  },
  package: {
    unpacked: { aim: 1.6, limit: 2.14 },
    dependencies: { aim: 3, limit: 3 },
  },
  memory: {
    'wxop listen': { aim: 1.6, limit: 1.6 },
  },
  bulk: {
    'tmpfs: ratio': { aim: 1.5, limit: 1.5, short: 1.8 },
    'tmpfs: memory at most': { aim: 150, limit: 150 },
    'tmpfs: twice the accounts, ratio': { aim: 2.2, limit: 2.2 },
    'tmpfs: twice the accounts, memory at most': { aim: 150, limit: 150 },
    'redis: ratio': { aim: 1.5, limit: 1.5 },
    'redis: memory at most': { aim: 150, limit: 150 },
    'disk: memory at most': { aim: 150, limit: 150 },
  },
  menus: {
    'menu get, ratio': { aim: 1.25, limit: 1.25 },
    'menu dump --all, ratio': { aim: 1.3, limit: 1.3, short: 2 },
    'menu dump --all, memory at most': { aim: 200, limit: 200 },
  },
  releases: {
    'tmpfs: ratio': { aim: 1.5, limit: 1.5, short: 1.8 },
    'tmpfs: memory at most': { aim: 200, limit: 200 },
    'redis: ratio': { aim: 1.5, limit: 1.5, short: 1.8 },
    'redis: memory at most': { aim: 200, limit: 200 },
    'disk: memory at most': { aim: 200, limit: 200 },
  },
  contention: {
    'tmpfs: exchanges': { aim: 1, limit: 1 },
    'redis: exchanges': { aim: 1, limit: 1 },
  },
  broker: {
    'GET /token, cached': { aim: 0.5, limit: 0.4, atLeast: true },
    'the same through the broker': { aim: 1.25, limit: 1.25, short: 1.5 },
    '10 processes, one expired token': { aim: 1, limit: 1 },
  },
  attach: {
    'p99, more than without': { aim: 100, limit: 100 },
    'clients that lack a push': { aim: 0, limit: 0 },
    'clients with pushes out of order': { aim: 0, limit: 0 },
    // A run that lasts less than two minutes ends while the heap still grows to its size.
    'memory at the end': { aim: 1.15, limit: 1.15 },
  },
};

/** The limit and the aim of a number; `form` is that of the measurement, `short` or `full`. */
export function limitOf(group, id, form = 'full') {
  const { aim, limit, short, atLeast = false } = LIMITS[group]?.[id] ?? {};
  return { aim, limit: form === 'short' ? (short ?? limit) : limit, atLeast };
}

/** Whether a number holds a bound. */
export const holds = (value, bound, atLeast) => bound === undefined || (atLeast ? value >= bound : value <= bound);
