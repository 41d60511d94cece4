// How long it takes to verify and open one message, against the same steps in bare node:crypto, as quick as
// it has them, and against other packages.
//
//   node bench/envelope.mjs [--rounds 15] [--messages 4000] [--no-peers]
//
// Every message is another one. Rounds are interleaved; the times are of this process alone, whatever else runs.
import { createDecipheriv, createSecretKey, hash, timingSafeEqual } from 'node:crypto';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { makeFolder, median, report } from './measuring.mjs';
import { installPeer } from './peers.mjs';
import { COMPONENT, messagePush } from './pushes.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    messages: { type: 'string', default: '4000' },
    'no-peers': { type: 'boolean', default: false },
  },
});
const { appId, token, aesKey } = COMPONENT;
const { folder, close } = makeFolder('tmpfs');

/** The module itself: it is not among what the package exports. */
async function ours() {
  const bundle = await rolldown({
    input: resolve(import.meta.dirname, '../src/protocol/envelope.ts'),
    platform: 'node',
  });
  await bundle.write({ file: join(folder, 'envelope.mjs'), format: 'esm' });
  await bundle.close();
  const { createOpener, verifySignature } = await import(pathToFileURL(join(folder, 'envelope.mjs')).href);
  const open = createOpener([aesKey], appId);
  return ({ signature, timestamp, nonce, encrypted }) =>
    verifySignature(signature, { token, timestamp, nonce, encrypted }) && open(encrypted).message;
}

function bare() {
  const bytes = Buffer.from(`${aesKey}=`, 'base64');
  const [key, iv] = [createSecretKey(bytes), bytes.subarray(0, 16)];
  return ({ signature, timestamp, nonce, encrypted }) => {
    const digest = hash('sha1', [token, timestamp, nonce, encrypted].sort().join(''));
    if (!timingSafeEqual(Buffer.from(digest), Buffer.from(signature))) return undefined;
    const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
    const padded = Buffer.concat([decipher.update(encrypted, 'base64'), decipher.final()]);
    const plain = padded.subarray(0, padded.length - padded.at(-1));
    const end = 20 + plain.readUInt32BE(16);
    return plain.toString('utf8', end) === appId ? plain.toString('utf8', 20, end) : undefined;
  };
}

const PEERS = {
  'wechat-crypto': (WXBizMsgCrypt) => {
    const crypto = new WXBizMsgCrypt(token, aesKey, appId);
    return ({ signature, timestamp, nonce, encrypted }) =>
      crypto.getSignature(timestamp, nonce, encrypted) === signature && crypto.decrypt(encrypted).message;
  },
  '@wecom/crypto': ({ getSignature, decrypt }) => {
    return ({ signature, timestamp, nonce, encrypted }) =>
      getSignature(token, timestamp, nonce, encrypted) === signature && decrypt(aesKey, encrypted).message;
  },
};

function peers() {
  if (flags['no-peers']) return [];
  return Object.entries(PEERS).flatMap(([id, adapt]) => {
    const peer = installPeer(id);
    return peer ? [{ id, open: adapt(peer.require(id)) }] : [];
  });
}

const contestants = [{ id: 'node:crypto', open: bare() }, { id: 'wxop', open: await ours() }, ...peers()];

function messages() {
  return Array.from({ length: Number(flags.messages) }, () => {
    const { path, body } = messagePush();
    const query = new URLSearchParams(path.split('?')[1]);
    return {
      signature: query.get('msg_signature'),
      timestamp: query.get('timestamp'),
      nonce: query.get('nonce'),
      encrypted: /<Encrypt><!\[CDATA\[(.*)\]\]>/.exec(body)[1],
    };
  });
}

const times = new Map(contestants.map(({ id }) => [id, []]));
for (let round = -3; round < Number(flags.rounds); round++) {
  const batch = messages();
  for (const { id, open } of contestants) {
    const before = process.cpuUsage();
    for (const message of batch) {
      if (!open(message)?.includes('message number')) throw new Error(`${id} did not open a message`);
    }
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) times.get(id).push((user + system) / batch.length);
  }
}
const base = median(times.get('node:crypto'));
const rows = contestants.map(({ id }) => {
  const value = median(times.get(id));
  return { id, value, unit: 'µs', ratio: value / base };
});
console.log(`Node ${process.version}, ${flags.rounds} interleaved rounds of ${flags.messages} messages, medians`);
process.exitCode = report('envelope', rows) ? 0 : 1;
close();
