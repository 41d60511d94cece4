/** Certificates are always checked. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Runtime } from './runtime.ts';

/** Throws SETTINGS_INVALID where the environment tells Node not to check them. */
export function expectTlsChecks({ environment }: Pick<Runtime, 'environment'>): void {
  // Source: nodejs.org/api/cli.html. Any other value leaves the checks on.
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0') throw checksAreOff();
}

const checksAreOff = (): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the checks of certificates: anyone on the way could take your AppSecret.',
      'NODE_TLS_REJECT_UNAUTHORIZED=0 会关闭证书校验，途中的任何人都可能窃取 AppSecret。',
    ),
    {
      hint: text(
        'Unset it. To trust a certificate authority of your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.',
        '请取消该变量。若需信任自己的 CA：NODE_EXTRA_CA_CERTS=/path/to/ca.pem。',
      ),
    },
  );
