#!/usr/bin/env node
'use strict';
// Starts program.js with V8's code cache. Most of a short command's time is parsing and compiling; what one run compiled,
// the next ones take from a file in the user's cache folder. Without it, or when it cannot be used, only time is lost.
// All in one file: a module more takes longer than most of what is done here.
const fs = require('node:fs');
const { dirname, join } = require('node:path');

/** Where the cache of this Node lies, or undefined: no folder of the user's, or switched off as Node's own cache is. */
function cacheFile({ env, platform, arch, version }) {
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const folder =
    platform === 'win32'
      ? env.LOCALAPPDATA
      : env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, platform === 'darwin' ? 'Library/Caches' : '.cache'));
  return folder && join(folder, 'wxop', `code-${version}-${arch}`);
}

/** A cache is code: only what nobody else can have written is taken. On Windows the user's folder is private already. */
function isOwn({ uid, mode }) {
  return !process.getuid || (uid === process.getuid() && (mode & 0o022) === 0);
}

/** Decimal digits of the number of bytes of the header, and a line feed. */
const LENGTH_BYTES = 9;
/** The header of most, in one read. */
const FIRST_BYTES = 4096;
const NO_CACHE = { runs: [], names: [], chunk: () => undefined, close: () => undefined };

/**
 * What earlier runs compiled: `runs`, the sets of chunks that they loaded, and `chunk`, the code of one. The file holds all
 * of it twice, because V8 would run damaged code, and comparing two copies is faster than any sum. A run reads no more than
 * the header and the chunks that it loads; the file stays open for them.
 */
function openCache(file, build) {
  let opened;
  try {
    if (!isOwn(fs.lstatSync(dirname(file)))) return NO_CACHE;
    opened = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    const stat = fs.fstatSync(opened);
    const half = stat.size / 2;
    const twice = (offset, length) => {
      const [one, other] = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)];
      const isThere = fs.readSync(opened, one, 0, length, offset) === length;
      return isThere && fs.readSync(opened, other, 0, length, half + offset) === length && one.equals(other)
        ? one
        : undefined;
    };
    if (!isOwn(stat)) throw new Error('of others, too');
    const first = twice(0, Math.min(FIRST_BYTES, half));
    const headerEnd = LENGTH_BYTES + Number(first.latin1Slice(0, LENGTH_BYTES));
    const header = JSON.parse(
      (headerEnd > FIRST_BYTES ? twice(0, headerEnd) : first).latin1Slice(LENGTH_BYTES, headerEnd),
    );
    if (header.build !== build) throw new Error('of another build');
    let offset = headerEnd;
    const places = new Map(header.chunks.map(([name, length]) => [name, [(offset += length) - length, length]]));
    if (offset !== half) throw new Error('cut off');
    return {
      runs: header.runs,
      names: [...places.keys()],
      chunk: (name) => (places.has(name) ? twice(...places.get(name)) : undefined),
      close: () => fs.closeSync(opened),
    };
  } catch {
    if (opened !== undefined) fs.closeSync(opened);
    return NO_CACHE;
  }
}

function writeCache(file, build, { chunks, runs }) {
  const aside = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!isOwn(fs.lstatSync(dirname(file)))) return;
    const lengths = [...chunks].map(([name, bytes]) => [name, bytes.length]);
    const header = Buffer.from(JSON.stringify({ build, runs, chunks: lengths }));
    const half = [
      Buffer.from(`${String(header.length).padStart(LENGTH_BYTES - 1, '0')}\n`),
      header,
      ...chunks.values(),
    ];
    fs.writeFileSync(aside, Buffer.concat([...half, ...half]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(aside, file);
  } catch {
    try {
      fs.rmSync(aside, { force: true });
    } catch {}
  }
}

/** Loads files of wxop by their paths from `root`. The code of `build` comes from the cache, and goes there as the run ends. */
function cachedLoader(root, build) {
  const file = cacheFile(process);
  if (!file) return (name) => require(join(root, name));
  const { isAscii } = require('node:buffer');
  const { Script } = require('node:vm');
  // What a script needs to be a CommonJS module.
  const head = Buffer.from('(function (exports, require, module, __filename, __dirname) { ');
  const tail = Buffer.from('\n})');
  const cache = openCache(file, build);
  const modules = new Map();
  const scripts = new Map();
  let isRejected = false;

  function load(path) {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const name = path.slice(root.length + 1);
    const bytes = Buffer.concat([head, fs.readFileSync(path), tail]);
    // V8 keeps ASCII in half the memory, and nothing has to be decoded.
    const source = isAscii(bytes) ? bytes.latin1Slice() : bytes.utf8Slice();
    const cachedData = cache.chunk(name);
    const script = new Script(source, { filename: path, cachedData });
    isRejected ||= cachedData ? script.cachedDataRejected === true : cache.names.includes(name);
    scripts.set(name, script);
    const folder = dirname(path);
    const requireFrom = (id) => (id.startsWith('.') ? load(join(folder, id)) : require(id));
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, path, folder);
    return module.exports;
  }

  process.on('exit', () => {
    // A run that loads the same files compiles the same functions. So each kind of run pays for this once.
    const kind = [...scripts.keys()].join();
    if (cache.runs.includes(kind) && !isRejected) return;
    const kept = cache.names.map((name) => [name, cache.chunk(name)]).filter(([, bytes]) => bytes);
    const chunks = new Map([...kept, ...[...scripts].map(([name, script]) => [name, script.createCachedData()])]);
    // Windows replaces no file that is open.
    cache.close();
    writeCache(file, build, { chunks, runs: [kind, ...cache.runs].slice(0, 100) });
  });
  return (name) => load(join(root, name));
}

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

// What scripts ask most often of a tool is answered without the program.
const [, , only, ...others] = process.argv;
if (only !== '--version' || others.length > 0 || !isPrinted(`${version}\n`)) {
  const load = cachedLoader(root, build);
  load('bin/program.js').start({ run: load('dist/cli.js').run, version });
}
