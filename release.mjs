// A release in one command: version, changelog, commit, tag, tarball.
//
//   npm run release -- minor --dry-run    shows what would happen, and changes nothing
//   npm run release -- 1.2.0              makes commit and tag here; then push both
//
// Publishing is the last step, and a CI's: `npm publish --provenance` signs there which commit and run a tarball came from. npm
// compares that with `repository` in package.json, and refuses without it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' } } });
const isDry = values['dry-run'] === true;
const run = (program, ...argv) =>
  execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
const fail = (problem) => {
  console.error(`error: ${problem}`);
  process.exit(1);
};

const [step = 'patch'] = positionals;
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const parts = manifest.version.split('.').map(Number);
const STEPS = {
  major: [parts[0] + 1, 0, 0],
  minor: [parts[0], parts[1] + 1, 0],
  patch: [parts[0], parts[1], parts[2] + 1],
};
const version = STEPS[step]?.join('.') ?? step;
if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) fail(`'${step}' is none of major, minor, patch, and no version.`);
if (run('git', 'tag', '--list', `v${version}`) !== '') fail(`v${version} exists.`);
if (run('git', 'status', '--porcelain') !== '') fail('there are changes that are not committed.');

const changelog = readFileSync('CHANGELOG.md', 'utf8');
const [, news = ''] = /^## Unreleased\n([^]*?)(?=^## |(?![^]))/m.exec(changelog) ?? [];
if (news.trim() === '') fail('CHANGELOG.md says nothing under "Unreleased".');
const today = new Date().toISOString().slice(0, 10);
const dated = changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${today})\n`);

const folder = mkdtempSync(join(tmpdir(), 'wxop-release-'));
try {
  run('npm', 'run', 'build');
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    run('npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  );
  const digest = createHash('sha512')
    .update(readFileSync(join(folder, filename)))
    .digest('base64');
  console.log(`version      ${manifest.version} -> ${version}`);
  console.log(
    `changelog    ${
      news
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('- ')).length
    } entries, dated ${today}`,
  );
  console.log(`commit, tag  chore: release ${version}, v${version}`);
  console.log(
    `tarball      ${files.length} files, ${(size / 1e6).toFixed(2)} MB, ${(unpackedSize / 1e6).toFixed(2)} MB unpacked`,
  );
  console.log(`             sha512-${digest} (of ${manifest.version})`);
  const commit = run('git', 'rev-parse', 'HEAD');
  console.log(
    manifest.repository
      ? `provenance   signed by \`npm publish --provenance\` in a CI, from ${commit}`
      : `provenance   none until package.json names a repository; the tarball would be that of ${commit}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (isDry) {
  console.log(`\n${news.trim()}\n\nNothing was changed.`);
} else {
  writeFileSync('CHANGELOG.md', dated);
  run('npm', 'version', version, '--no-git-tag-version');
  const compose = readFileSync('service/compose.yaml', 'utf8');
  writeFileSync('service/compose.yaml', compose.replace(`image: wxop:${manifest.version}`, `image: wxop:${version}`));
  run('git', 'commit', '--all', '--quiet', '--message', `chore: release ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', `wxop ${version}`);
  console.log(`\nDone here. Now \`git push --follow-tags\`, and \`npm publish --provenance\` where the tag is built.`);
}
