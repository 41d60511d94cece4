#!/usr/bin/env node
'use strict';
// Starts program.js. What scripts ask most often of a tool is answered without it.
const fs = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const { version, build } = JSON.parse(fs.readFileSync(join(root, 'dist/build.json'), 'utf8'));

/** False where a stream has to wait, or nobody reads: the program knows what to do then. */
function isPrinted(line) {
  try {
    return fs.writeSync(1, line) > 0;
  } catch {
    return false;
  }
}

const [, , only, ...others] = process.argv;
if (only !== '--version' || others.length > 0 || !isPrinted(`${version}\n`)) {
  const load = require('./load-cached.js').cachedLoader(root, build);
  load('bin/program.js').start({ run: load('dist/cli.js').run, version });
}
