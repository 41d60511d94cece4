// What the bytes of dist/ are made of: our own folders, and each library.
//
//   node build.mjs --sizes

/** `node_modules/@redis/client/…` → `@redis/client`; `src/commands/…` → `src/commands`. */
const ownerOf = (id) =>
  /.*(?:node_modules\/|\0)((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? /\/(src\/[^/]+)/.exec(id)?.[1] ?? id;

/** Of each file as it is written, every module's share is that of its length before names were shortened. */
export function reportSizes(output) {
  const sizes = new Map();
  for (const { type, code, modules } of output) {
    if (type !== 'chunk') continue;
    const parts = Object.entries(modules);
    const whole = parts.reduce((sum, [, { renderedLength }]) => sum + renderedLength, 0);
    for (const [id, { renderedLength }] of parts) {
      const bytes = (Buffer.byteLength(code) * renderedLength) / Math.max(1, whole);
      sizes.set(ownerOf(id), (sizes.get(ownerOf(id)) ?? 0) + bytes);
    }
  }
  for (const [owner, bytes] of [...sizes].sort((a, b) => b[1] - a[1]))
    console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${owner}`);
}
