/** What another service does for a component whose codes and tokens were handed over to it. */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Calls that end other tokens or use up a code: with two callers, each breaks the other's. */
const EXCHANGES = /\/api_(?:component_token|query_auth|authorizer_token)$/;

export const isExchange = (path: string): boolean => EXCHANGES.test(path);

export const handedOver = (): WxopError =>
  new WxopError(
    'HANDED_OVER',
    text(
      'Codes and tokens of this component were handed over to another service.',
      '该平台的授权码与令牌已交由其他服务管理。',
    ),
    {
      hint: text(
        'Get tokens from that service, or set forwardEvents (--forward-events) to after or never.',
        '请从该服务获取令牌，或将 forwardEvents（--forward-events）改为 after 或 never。',
      ),
    },
  );
