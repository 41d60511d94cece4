/** The error of a call that another service makes, because codes and tokens were handed over to it. */
import { exchangesForComponent } from '../protocol/calls/exchanges.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export { exchangesForComponent as isExchange };

export const tokenHandoverError = (): WxopError =>
  new WxopError(
    'HANDED_OVER',
    text(
      'Codes and tokens of this component were handed over to another service.',
      '该第三方平台的授权码与令牌已交由其他服务管理。',
    ),
    {
      hint: text(
        'Get tokens from that service, or set forwardEvents (--forward-events) to after or never.',
        '请从该服务获取令牌，或将 forwardEvents（--forward-events）改为 after 或 never。',
      ),
    },
  );
