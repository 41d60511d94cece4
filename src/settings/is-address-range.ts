/** Four parts, each as it is written in decimal: `127.1` and `0x7f000001` are none. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** An IPv4 address in the form of IPv6: its range is one of IPv4. */
const MAPPED = /^\[::ffff:[\da-f]+:[\da-f]+\]$/;

/**
 * Whether proxies can be written so: an address, a range (`10.0.0.0/8`), or `loopback`. Without the library that reads
 * addresses elsewhere: every start looks at the settings, and would pay for it.
 */
export function isAddressRange(entry: string): boolean {
  if (entry === 'loopback') return true;
  const [, address = '', prefix = '0'] = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  if (IPV4.test(address)) return Number(prefix) <= 32;
  const url = `http://[${address}]`;
  return URL.canParse(url) && Number(prefix) <= (MAPPED.test(new URL(url).hostname) ? 32 : 128);
}
