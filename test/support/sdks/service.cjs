// What the services of the SDKs share.
const { createRequire } = require('node:module');
const { join } = require('node:path');

exports.sdk = createRequire(join(process.env.WXOP_TEST_SDKS, 'package.json'));
exports.component = JSON.parse(process.env.COMPONENT);

/** Not through https, which is turned to the sandbox. */
const control = async (path, body) => {
  const response = await fetch(process.env.SANDBOX_URL + path, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
};
exports.state = async () => (await fetch(`${process.env.SANDBOX_URL}/_sandbox/state`)).json();
exports.consent = async (preAuthCode) => {
  const [{ appId }] = (await exports.state()).accounts;
  const redirectUri = 'http://127.0.0.1/back';
  const { redirectUrl } = await control('/_sandbox/consent', { preAuthCode, appId, redirectUri });
  return { appId, code: new URL(redirectUrl).searchParams.get('auth_code') };
};
exports.push = async (appId, Content) =>
  (await control('/_sandbox/push', { event: 'message', appId, fields: { Content } })).body;
/** One line for the test. */
exports.say = (step, result) => console.log(JSON.stringify([step, result]));
process.on('unhandledRejection', (error) => {
  exports.say('failed', String(error?.stack ?? error));
  process.exit(1);
});
