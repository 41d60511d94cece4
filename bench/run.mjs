// All measurements in one run, their table, results.json beside this file, and docs/performance.md in both languages.
//
//   npm run bench                       everything, half an hour on a quiet machine
//   npm run bench -- --quick            the short forms, some five minutes
//   npm run bench -- --only envelope    one of them; the others keep their last results
//   npm run bench -- --docs             measures nothing, writes the pages from results.json
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { makeFolder } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, docs: { type: 'boolean' } },
});
const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'results.json');

/** Arguments of the full and of the short form. */
const SCRIPTS = {
  startup: [
    ['61', '--peers'],
    ['21', '--peers'],
  ],
  envelope: [[], ['--rounds', '9']],
  listener: [[], ['--rounds', '3', '--pushes', '40000']],
  footprint: [[], ['--seconds', '3']],
  bulk: [
    ['--limits-only', '--store', 'tmpfs,redis'],
    ['--accounts', '1000', '--rounds', '1', '--limits-only', '--store', 'tmpfs'],
  ],
  contention: [[], ['--processes', '40', '--rounds', '1', '--store', 'tmpfs']],
  releases: [
    ['--store', 'tmpfs,redis'],
    ['--rounds', '1', '--store', 'tmpfs,redis'],
  ],
  broker: [[], ['--rounds', '3', '--requests', '8000', '--calls', '500']],
  menus: [['--limits-only'], ['--accounts', '1000', '--rounds', '1', '--runs', '11', '--limits-only']],
};

/** What finds programs and lets npm install; nothing else of the shell's. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(?:PATH|HOME|TMPDIR|(?:https?|no)_proxy|npm_config_.*)$/i.test(name),
  ),
);
const results = JSON.parse(readFileSync(RESULTS, 'utf8'));
const broken = [];
if (!flags.docs) {
  for (const [script, forms] of Object.entries(SCRIPTS)) {
    if (flags.only && !flags.only.includes(script)) continue;
    console.log(`\n== ${script}`);
    const { folder, close } = makeFolder('tmpfs');
    const rowsFile = join(folder, 'rows');
    writeFileSync(rowsFile, '');
    const argv = [join(import.meta.dirname, `${script}.mjs`), ...forms[flags.quick ? 1 : 0]];
    const { status } = spawnSync(process.execPath, argv, {
      stdio: 'inherit',
      env: { ...environment, BENCH_ROWS: rowsFile },
    });
    if (status !== 0) broken.push(script);
    const handed = readFileSync(rowsFile, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    close();
    for (const group of new Set(handed.map((found) => found.group))) {
      results[group] = {
        date: new Date().toISOString().slice(0, 10),
        node: process.versions.node,
        cores: cpus().length,
        form: flags.quick ? 'quick' : 'full',
        rows: handed
          .filter((found) => found.group === group)
          .flatMap(({ rows }) => rows.map(({ more: _, ...row }) => row)),
      };
    }
  }
  writeFileSync(RESULTS, await formatted(RESULTS, JSON.stringify(results)));
}

async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

const HEADS = {
  'docs/performance.md': ['what', 'measured', 'ratio', 'limit'],
  'docs/zh/performance.md': ['项目', '实测', '比值', '上限或下限'],
};

/** A table of a group, between the comments that name it in the page. */
function tableOf({ rows, date, node, cores, form }, heads, isChinese) {
  const number = (value) =>
    value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : String(Math.round(value));
  const lines = rows.map(({ id, value, unit, ratio, limit, atLeast }) => [
    `\`${id}\``,
    unit === '' && ratio !== undefined ? '' : `${number(value)} ${unit}`.trim(),
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    limit === undefined ? '' : `${atLeast ? '≥' : '≤'} ${limit}${ratio === undefined ? '' : '×'}`,
  ]);
  const table = [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const by = isChinese
    ? `${date}，Node ${node}，${cores} 核，${form === 'full' ? '完整' : '简短'}测量。`
    : `${date}, Node ${node}, ${cores} cores, ${form} form.`;
  return `\n\n${table}\n\n${by}\n\n`;
}

for (const [page, heads] of Object.entries(HEADS)) {
  const path = join(ROOT, page);
  const text = readFileSync(path, 'utf8').replaceAll(
    /(<!-- bench: (.*?) -->)[^]*?(<!-- end -->)/g,
    (whole, start, group, end) =>
      results[group] ? start + tableOf(results[group], heads, page.includes('/zh/')) + end : whole,
  );
  writeFileSync(path, await formatted(path, text));
}
if (broken.length > 0) console.error(`\nA limit is broken, or it failed: ${broken.join(', ')}`);
process.exitCode = broken.length > 0 ? 1 : 0;
