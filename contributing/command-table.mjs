// The table of commands in the README, made from `wxop map --json`.
//
//   npm run build && node contributing/command-table.mjs            rewrites it
//   node contributing/command-table.mjs --print                     prints it
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const README = resolve(ROOT, 'README.md');
const [BEGIN, END] = ['<!-- commands: begin -->\n', '<!-- commands: end -->'];

const map = JSON.parse(
  execFileSync(process.execPath, [resolve(ROOT, 'bin/wxop.js'), 'map', '--json'], { encoding: 'utf8' }),
);
const rows = map.groups.map(({ about, manual, commands: [first, ...others] }) => [
  [`\`wxop ${first}\``, ...others.map((name) => `\`${name.split(' ')[1]}\``)].join(', '),
  manual ? `[${about.en}](docs/${manual})` : about.en,
]);
const table = `\n| command | what it does |\n| --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |\n`).join('')}\n`;

if (process.argv.includes('--print')) process.stdout.write(table);
else {
  const readme = readFileSync(README, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  writeFileSync(README, before + BEGIN + table + END + rest.split(END)[1]);
  execFileSync(process.execPath, [resolve(ROOT, 'node_modules/prettier/bin/prettier.cjs'), '--write', README], {
    stdio: 'ignore',
  });
}
