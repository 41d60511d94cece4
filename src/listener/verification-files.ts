/** Verification files (校验文件): bytes that WeChat reads at the root of a domain, exactly as it handed them out. */

/** What may be served: nothing that is a path, nothing hidden. */
const VERIFICATION_FILE = /^\/([A-Za-z0-9_-]+\.txt)$/;

/** The file that a path asks for; undefined when there is none of that name, which counts case. */
export function verificationFile(path: string, files: () => Record<string, string>): Buffer | undefined {
  const name = VERIFICATION_FILE.exec(path)?.[1];
  if (name === undefined) return undefined;
  const all = files();
  const content = Object.hasOwn(all, name) ? all[name] : undefined;
  return content === undefined ? undefined : Buffer.from(content, 'base64');
}
