// Loaded before an SDK that has WeChat's hosts built in: what it asks of them goes to the sandbox.
const http = require('node:http');
const https = require('node:https');

const { hostname, port } = new URL(process.env.SANDBOX_URL);
const real = https.request;
https.request = function request(...asked) {
  const [first, second, third] = asked;
  const isUrl = typeof first === 'string' || first instanceof URL;
  const from = isUrl ? new URL(first) : first;
  const host = String(from.hostname ?? from.host);
  if (!host.endsWith('.weixin.qq.com')) return real.apply(https, asked);
  const options = isUrl && typeof second === 'object' ? second : isUrl ? {} : first;
  const callback = [second, third].find((one) => typeof one === 'function');
  const path = isUrl ? from.pathname + from.search : from.path;
  const to = { agent: undefined, agents: undefined, protocol: 'http:', host: hostname, hostname, port, path };
  return http.request({ ...options, ...to }, callback);
};
https.get = (...asked) => https.request(...asked).end();
