'use strict';
// Loads dist/ with V8's code cache. Most of a short command's time is parsing and compiling; what one run compiled, the
// next ones take from a file in the user's cache folder. Without it, or when it cannot be used, only time is lost.
const fs = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

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

/**
 * What earlier runs compiled: `chunks` by name, and `runs`, the sets of chunks that they loaded. The file holds all of it
 * twice, because V8 would run damaged code, and comparing two halves is faster than any sum.
 */
function readCache(file, build) {
  const nothing = { chunks: new Map(), runs: [] };
  let opened;
  try {
    if (!isOwn(fs.lstatSync(dirname(file)))) return nothing;
    opened = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    if (!isOwn(fs.fstatSync(opened))) return nothing;
    const bytes = fs.readFileSync(opened);
    const half = bytes.subarray(0, bytes.length / 2);
    if (!half.equals(bytes.subarray(bytes.length / 2))) return nothing;
    let offset = half.indexOf('\n') + 1;
    const header = JSON.parse(half.toString('utf8', 0, offset));
    if (header.build !== build) return nothing;
    const chunks = header.chunks.map(([name, length]) => [name, half.subarray(offset, (offset += length))]);
    return { chunks: new Map(chunks), runs: header.runs };
  } catch {
    return nothing;
  } finally {
    if (opened !== undefined) fs.closeSync(opened);
  }
}

function writeCache(file, build, { chunks, runs }) {
  const aside = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!isOwn(fs.lstatSync(dirname(file)))) return;
    const lengths = [...chunks].map(([name, bytes]) => [name, bytes.length]);
    const half = [Buffer.from(`${JSON.stringify({ build, runs, chunks: lengths })}\n`), ...chunks.values()];
    fs.writeFileSync(aside, Buffer.concat([...half, ...half]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(aside, file);
  } catch {
    try {
      fs.rmSync(aside, { force: true });
    } catch {}
  }
}

/** The exports of `folder/entry`; what it requires from its folder comes from the cache, and goes there as the run ends. */
function loadCached(folder, entry) {
  const file = cacheFile(process);
  if (!file) return require(join(folder, entry));
  const modules = new Map();
  const scripts = new Map();
  let cache;
  let isRejected = false;

  function load(path) {
    const known = modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(path, module);
    const source = `(function (exports, require, module, __filename, __dirname) { ${fs.readFileSync(path, 'utf8')}\n})`;
    const script = new Script(source, { filename: path, cachedData: compiled(path) });
    isRejected ||= script.cachedDataRejected === true;
    scripts.set(path, script);
    const requireFrom = (id) => (id.startsWith('.') ? load(join(dirname(path), id)) : require(id));
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, path, dirname(path));
    return module.exports;
  }
  /** Not the entry, which says what build this is: it is small, and nothing of the cache is read for it alone. */
  function compiled(path) {
    // Without its number the build is just being written.
    if (scripts.size === 0 || exported.build === undefined) return undefined;
    cache ??= readCache(file, exported.build);
    return cache.chunks.get(path.slice(folder.length + 1));
  }

  const exported = load(join(folder, entry));
  process.on('exit', () => {
    const [, ...chunks] = scripts;
    // A run that loads the same chunks compiles the same functions. So each kind of run pays for this once.
    const kind = chunks.map(([path]) => path.slice(folder.length + 1)).join();
    if (!cache || (cache.runs.includes(kind) && !isRejected)) return;
    for (const [path, script] of chunks) cache.chunks.set(path.slice(folder.length + 1), script.createCachedData());
    cache.runs = [kind, ...cache.runs].slice(0, 100);
    writeCache(file, exported.build, cache);
  });
  return exported;
}

module.exports = { loadCached };
