// Where a start goes: for each command the files it loads, their bytes, and the milliseconds to compile and to run them.
//
//   npm run build && node bench/modules.mjs [--runs 11]
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BIN, makeFolder, median } from './measuring.mjs';

const { values: flags } = parseArgs({ options: { runs: { type: 'string', default: '11' } } });
const { folder, close } = makeFolder('tmpfs');
const out = join(folder, 'loads.json');
// Loaded before wxop: notes every script that is compiled and every builtin that is required for the first time.
writeFileSync(
  join(folder, 'notes.cjs'),
  `const vm = require('node:vm');
const Module = require('node:module');
const { basename } = require('node:path');
const notes = new Map();
const stack = [];
const note = (name, kind, bytes, work) => {
  const start = performance.now();
  stack.push(0);
  try { return work(); } finally {
    const took = performance.now() - start;
    const own = took - stack.pop();
    if (stack.length > 0) stack[stack.length - 1] += took;
    const found = notes.get(name) ?? { bytes, compile: 0, run: 0 };
    found[kind] += own;
    notes.set(name, found);
  }
};
vm.Script = class extends vm.Script {
  constructor(source, options) {
    const start = performance.now();
    super(source, options);
    const name = basename(options.filename);
    notes.set(name, { bytes: source.length, compile: performance.now() - start, run: 0 });
    this.wxopName = name;
  }
  runInThisContext(...given) {
    const made = super.runInThisContext(...given);
    return { call: (...rest) => note(this.wxopName, 'run', 0, () => made.call(...rest)) };
  }
};
const load = Module._load;
const seen = new Set();
Module._load = function (name, ...rest) {
  if (seen.has(name) || !Module.isBuiltin(name)) return load.call(this, name, ...rest);
  seen.add(name);
  return note(name, 'run', 0, () => load.call(this, name, ...rest));
};
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify([...notes])));`,
);
const env = { WXOP_HOME: folder, XDG_CACHE_HOME: folder, WXOP_COMPONENT_APPID: 'wxbe0c400000000001', WXOP_LANG: 'en' };
for (const argv of [['--version'], ['--help'], ['token', 'list'], ['accounts', 'list']]) {
  const runs = Array.from({ length: Number(flags.runs) + 2 }, () => {
    spawnSync(process.execPath, ['--require', join(folder, 'notes.cjs'), BIN, ...argv], { env, stdio: 'ignore' });
    return new Map(JSON.parse(readFileSync(out, 'utf8')));
  }).slice(2);
  console.log(`\nwxop ${argv.join(' ')}`);
  const of = (name, key) => median(runs.map((run) => run.get(name)?.[key] ?? 0));
  const rows = [...runs.at(-1).keys()].map((name) => ({
    name,
    bytes: of(name, 'bytes'),
    compile: of(name, 'compile'),
    run: of(name, 'run'),
  }));
  rows.sort((a, b) => b.compile + b.run - a.compile - a.run);
  for (const { name, bytes, compile, run } of rows.filter((row) => row.compile + row.run > 0.1)) {
    const size = bytes > 0 ? `${(bytes / 1000).toFixed(1)} kB` : 'of Node';
    console.log(
      `  ${name.padEnd(28)} ${size.padStart(9)}  ${compile.toFixed(2).padStart(6)} ms  ${run.toFixed(2).padStart(6)} ms`,
    );
  }
}
close();
