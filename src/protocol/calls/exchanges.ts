/** Calls that exchange credentials: each ends other tokens or uses up a code, so two callers break one another's. */
import { text, type Text } from '../../sentences/text.ts';

/** Those of the component, and what to use instead. */
const COMPONENT_EXCHANGES: Record<string, Text> = {
  '/cgi-bin/component/api_component_token': text(
    'Use `wxop token component`: a new token from here would end the one in use.',
    '请使用 `wxop token component`：绕过它换取新令牌会使正在使用的令牌失效。',
  ),
  '/cgi-bin/component/api_query_auth': text(
    'Use `wxop authorize --code`: a code works once, and what it brings must be stored.',
    '请使用 `wxop authorize --code`：授权码只能使用一次，换得的内容必须保存。',
  ),
  '/cgi-bin/component/api_authorizer_token': text(
    'Use `wxop token get` or `wxop token refresh`: a refresh token that changes here would be lost.',
    '请使用 `wxop token get` 或 `wxop token refresh`：在此处更换的 refresh_token 会丢失。',
  ),
};

const USE_TOKEN_GET = text('Use `wxop token get`.', '请使用 `wxop token get`。');

const EXCHANGES: Record<string, Text> = {
  ...COMPONENT_EXCHANGES,
  '/cgi-bin/token': USE_TOKEN_GET,
  '/cgi-bin/stable_token': USE_TOKEN_GET,
};

/** However it is spelt, it is the same call. */
const plain = (path: string): string => path.toLowerCase().replace(/\/+$/, '');

/** Where to go instead, for a call that exchanges credentials. */
export const insteadOf = (path: string): Text | undefined => EXCHANGES[plain(path)];

/** Whether a call exchanges codes or tokens of the component. */
export const exchangesForComponent = (path: string): boolean => plain(path) in COMPONENT_EXCHANGES;
