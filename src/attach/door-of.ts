import { isLoopbackHost } from '../runtime/hosts.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Where the door of a listener is. Throws USAGE for what is no address, or would show the key to others. */
export function doorOf(via: string): string {
  const url = URL.canParse(via) ? new URL(via) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new WxopError('USAGE', text('--via is the address of a listener.', '--via 须为监听服务的地址。'), {
      hint: text('Write it like https://wx.example.com.', '写法如 https://wx.example.com。'),
    });
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new WxopError(
      'USAGE',
      text('--via is plain HTTP: others could read the key.', '--via 为明文 HTTP，密钥可能被他人读取。'),
      { hint: text('Write it with https://.', '请使用 https://。') },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/attach`;
}
