// All measurements in one run, their table, results.json beside this file, docs/performance.md and docs/scale.md.
//
//   npm run bench                       everything, twenty-odd minutes on a quiet machine
//   npm run bench -- --only envelope    one of them; the others keep their last results
//   npm run bench -- --docs             measures nothing, writes the pages from results.json
//   npm run bench -- --quick            the short forms, some two minutes, which are printed only
//   npm run bench -- --check            the same for .ci/run: what breaks a limit is measured twice more, for longer
//     --quiet-when FILE                 parts that look at the clock wait for this file
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { holds, limitOf } from './limits.mjs';
import { inDigits, makeFolder } from './measuring.mjs';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    check: { type: 'boolean' },
    'quiet-when': { type: 'string' },
    only: { type: 'string', multiple: true },
    docs: { type: 'boolean' },
  },
});
const ROOT = resolve(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'results.json');
const FORM = flags.quick || flags.check ? 'short' : 'full';

/**
 * Arguments of the full form, of the short one, and of what --check repeats. The first ones measure bytes and processor time,
 * whatever else the machine does; the others, from `startup` on, look at the clock.
 */
const PARTS = {
  footprint: { full: [], short: ['--seconds', '3'] },
  envelope: { full: [], short: ['--rounds', '9', '--no-peers'] },
  listener: {
    full: ['--pushes', '40000'],
    short: ['--rounds', '3', '--pushes', '5000'],
    again: ['--rounds', '3', '--pushes', '20000'],
  },
  broker: {
    full: [],
    short: ['--rounds', '3', '--requests', '7500', '--calls', '100'],
    again: ['--rounds', '3', '--requests', '20000', '--calls', '500'],
  },
  startup: { full: ['41', '--peers'], short: ['21'], again: ['61'] },
  bulk: {
    full: ['--limits-only', '--store', 'tmpfs,redis'],
    short: ['--accounts', '1000', '--rounds', '1', '--limits-only', '--no-peers', '--store', 'tmpfs'],
  },
  menus: {
    full: ['--limits-only'],
    short: ['--accounts', '300', '--rounds', '1', '--runs', '7', '--limits-only'],
    again: ['--accounts', '1000', '--rounds', '3', '--runs', '21', '--limits-only'],
  },
  releases: {
    full: ['--store', 'tmpfs,redis', '--rounds', '1'],
    short: ['--merchants', '100', '--rounds', '1', '--store', 'tmpfs'],
    again: ['--merchants', '200', '--rounds', '3', '--store', 'tmpfs'],
  },
  contention: {
    full: [],
    short: ['--processes', '10', '--rounds', '1', '--store', 'tmpfs', '--no-peers'],
    again: ['--processes', '10', '--rounds', '3', '--store', 'tmpfs', '--no-peers'],
  },
  attach: { full: ['--seconds', '600'], short: ['--clients', '40', '--rate', '100'] },
  // Costs without limits, and so without a short form.
  scale: { full: [] },
};
/** They take ten minutes and more of their own: measured only when named (`npm run bench -- --only attach`). */
const ONLY_NAMED = ['attach', 'scale'];

/** What finds programs and lets npm install; nothing else of the shell's. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(?:PATH|HOME|TMPDIR|WXOP_TEST_SDKS|(?:https?|no)_proxy|npm_config_.*)$/i.test(name),
  ),
);

/** Runs a part: whether all held, and its rows by their group. */
function measure(part, argv) {
  const { folder, close } = makeFolder('tmpfs');
  const rowsFile = join(folder, 'rows');
  writeFileSync(rowsFile, '');
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${part}.mjs`), ...argv], {
    stdio: 'inherit',
    env: { ...environment, BENCH_ROWS: rowsFile, BENCH_FORM: FORM },
  });
  const groups = {};
  for (const line of readFileSync(rowsFile, 'utf8').split('\n').filter(Boolean)) {
    const { group, rows } = JSON.parse(line);
    (groups[group] ??= []).push(...rows.map(({ more: _, ...row }) => row));
  }
  close();
  return { held: status === 0, groups };
}

async function quiet() {
  const file = flags['quiet-when'];
  while (file !== undefined && !existsSync(file)) await sleep(200);
}

const results = JSON.parse(readFileSync(RESULTS, 'utf8'));
const broken = [];
const measured = [];
for (const [part, { full, short, again = short }] of flags.docs ? [] : Object.entries(PARTS)) {
  if ((flags.only ? !flags.only.includes(part) : ONLY_NAMED.includes(part)) || (FORM === 'short' && !short)) continue;
  if (part === 'startup') await quiet();
  const begun = performance.now();
  const attempts = flags.check ? [short, again, again] : [flags.quick ? short : full];
  let found;
  for (const [index, argv] of attempts.entries()) {
    console.log(`\n== ${[part, ...argv].join(' ')}${index > 0 ? ', once more' : ''}`);
    found = measure(part, argv);
    if (found.held) break;
  }
  if (!found.held) broken.push(part);
  const { node } = process.versions;
  const how = { date: new Date().toISOString().slice(0, 10), node, cores: cpus().length, form: FORM };
  for (const [group, rows] of Object.entries(found.groups)) {
    results[group] = { ...how, rows };
    measured.push(group);
  }
  console.log(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
}

/** The cells of a row: what, measured, ratio, aim, limit. */
function cellsOf(group, { id, value, unit, ratio, limit: own }, form, missed) {
  const { aim, limit = own, atLeast } = limitOf(group, id, form);
  const bound = (of) => (of === undefined ? '' : `${atLeast ? '≥' : '≤'} ${of}${ratio === undefined ? '' : '×'}`);
  return [
    id,
    unit === '' && ratio !== undefined ? '' : `${inDigits(value)} ${unit}`.trim(),
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    bound(aim) + (holds(ratio ?? value, aim, atLeast) ? '' : missed),
    bound(limit),
  ];
}

if (measured.length > 0) {
  const all = measured.flatMap((group) =>
    results[group].rows.map((row) => [group, ...cellsOf(group, row, FORM, ', missed')]),
  );
  const lines = [['', 'what', 'measured', 'ratio', 'aim', 'limit'], ...all];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  console.log(`\nNode ${process.versions.node}, ${cpus().length} cores, ${FORM} form`);
  for (const cells of lines)
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
if (broken.length > 0) console.error(`\nA limit is broken, or it failed: ${broken.join(', ')}`);
process.exitCode = broken.length > 0 ? 1 : 0;
if (FORM === 'full') await writePages();

async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** A table of a group, between the comments that name it in the page. */
function tableOf(group, { heads, missed, by }) {
  const { rows, form, ...how } = results[group];
  const isShort = form !== 'full';
  const lines = rows.map((row) => {
    const [id, ...cells] = cellsOf(group, row, isShort ? 'short' : 'full', missed);
    return [`\`${id}\``, ...cells].slice(0, heads.length);
  });
  const table = [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `\n\n${table}\n\n${by({ ...how, isShort })}\n\n`;
}

async function writePages() {
  const EN = {
    heads: ['what', 'measured', 'ratio', 'wanted', 'limit'],
    missed: ', missed',
    by: ({ date, node, cores, isShort }) =>
      `${date}, Node ${node}, ${cores} cores, ${isShort ? 'short' : 'full'} form.`,
  };
  const ZH = {
    heads: ['项目', '实测', '比值', '目标', '界限'],
    missed: '，未达到',
    by: ({ date, node, cores, isShort }) => `${date}，Node ${node}，${cores} 核，${isShort ? '简短' : '完整'}测量。`,
  };
  const PAGES = {
    'docs/performance.md': EN,
    'docs/zh/performance.md': ZH,
    'docs/scale.md': { ...EN, heads: EN.heads.slice(0, 2) },
    'docs/zh/scale.md': { ...ZH, heads: ZH.heads.slice(0, 2) },
  };
  if (!flags.docs) writeFileSync(RESULTS, await formatted(RESULTS, JSON.stringify(results)));
  for (const [page, words] of Object.entries(PAGES)) {
    const path = join(ROOT, page);
    const text = readFileSync(path, 'utf8').replaceAll(
      /(<!-- bench: (.*?) -->)[^]*?(<!-- end -->)/g,
      (whole, start, group, end) => (results[group] ? start + tableOf(group, words) + end : whole),
    );
    writeFileSync(path, await formatted(path, text));
  }
}
