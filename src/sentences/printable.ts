/** Text that the platform or a merchant wrote, made harmless for a terminal. */
export function printable(name: string): string {
  const line = name.replace(/\s+/g, ' ');
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}
