// The sandbox in a process of its own, told by messages: { accounts, rotate } starts it, { latency } changes its delay,
// { ask: 'accounts' | 'calls' | 'advance' } is answered.
import { startSandbox } from '../dist/sandbox.js';

const options = JSON.parse(process.argv[2]);
const sandbox = await startSandbox(options);
const { accounts, ticket } = sandbox.state();
// Without a URL to push to these are quick: every merchant says yes.
for (const { appId } of accounts) await sandbox.push({ event: 'authorized', appId });

process.on('message', async ({ id, latency, advance }) => {
  if (latency !== undefined) options.latency = latency;
  if (advance !== undefined) sandbox.advance(advance);
  process.send({ id, calls: sandbox.state().calls });
});
process.on('disconnect', () => sandbox.close());
process.send({ env: sandbox.env, ticket, appIds: accounts.map(({ appId }) => appId) });
