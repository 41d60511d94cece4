/** Which hosts only this machine or its network can reach. */

const PRIVATE_FOUR =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const PRIVATE_SIX = /^(?:::1?$|f[cd]|fe[89ab])/i;

/** For an address; the name of a host says nothing about where it leads. */
export function isPrivateAddress(address: string): boolean {
  return address.includes(':') ? PRIVATE_SIX.test(address) : PRIVATE_FOUR.test(address);
}

/** For a host as it stands in a URL. */
export function isPrivateHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (/^(?:\d+\.){3}\d+$/.test(bare) || bare.includes(':')) return isPrivateAddress(bare);
  return !bare.includes('.') || /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(bare);
}
