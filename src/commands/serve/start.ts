/** `wxop serve`: hands out tokens, and with --api makes calls, for callers that have a key, until Ctrl-C. */
import { defineCommand, parameter, settingFlag } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { bytesArgument } from '../arguments.ts';

const MIB = 1024 * 1024;

export const command = defineCommand({
  flags: {
    api: parameter('--api', text("also make calls of WeChat's API: /api/…", '同时代为调用微信接口：/api/…')),
    address: settingFlag('address'),
    tlsCert: settingFlag('tlsCert'),
    tlsKey: settingFlag('tlsKey'),
    plainHttp: parameter(
      '--plain-http',
      text('no TLS although others can reach it: behind a proxy', '可被外部访问时也不用 TLS（位于反向代理之后）'),
    ),
    trustProxy: settingFlag('trustProxy'),
    metrics: settingFlag('metrics'),
    maxUpload: parameter('--max-upload <size>', text('largest body of a call', '单次调用的正文上限'), {
      parse: bytesArgument,
      byDefault: '32MiB',
    }),
  },
  examples: [
    'wxop serve --api',
    'wxop serve --address 0.0.0.0:7789 --tls-cert chain.pem --tls-key key.pem',
    'wxop serve --address 0.0.0.0:7789 --plain-http --trust-proxy 10.0.0.0/8',
  ],
  risk: 'writes',
  output: 'lines',
  run: async (context, { api, plainHttp, maxUpload = 32 * MIB }) => {
    const { terminal, settings } = context;
    settings.need('componentAppId');
    const services = await context.broker();
    const keys = (await (await services.keys()).list()).filter(({ state }) => state === 'valid').length;
    const broker = await services.start({ api, plainHttp, maxUpload });
    try {
      const { url, metricsUrl } = broker;
      if (terminal.json) {
        terminal.printJson({ type: 'serving', url, api: api === true, keys, ...(metricsUrl && { metricsUrl }) });
      } else {
        terminal.note(
          text(`Serving tokens on ${url}/token/…`, `正在提供令牌：${url}/token/…`),
          ...(api ? [text(`Making calls on ${url}/api/…`, `正在代为调用接口：${url}/api/…`)] : []),
          ...(metricsUrl ? [text(`Metrics on ${metricsUrl}`, `监控指标：${metricsUrl}`)] : []),
        );
      }
      if (keys === 0) terminal.warn(NO_KEYS);
      await new Promise<never>((_, reject) => {
        context.sleep(2 ** 52).catch(reject);
      });
    } catch (error) {
      // Being stopped is how it ends, not how it fails.
      if (!isError(error, 'CANCELLED')) throw error;
    } finally {
      await broker.stop();
      terminal.note(text('Stopped.', '已停止。'));
    }
  },
});

const NO_KEYS = text(
  'There is no valid key yet: `wxop serve key add` makes one, also while this runs.',
  '尚无有效的密钥：可用 `wxop serve key add` 新建，无需重启。',
);
