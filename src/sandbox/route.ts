/** One path of the platform's API, as the sandbox answers it. */
export type Body = Record<string, unknown>;

export interface Route {
  method: 'GET' | 'POST';
  token: 'none' | 'component' | 'account';
  /** Throws a Refusal. */
  answer(body: Body, token: string): object;
}

export const OK = { errcode: 0, errmsg: 'ok' };

/** A field of the body that must be text; '' for anything else. */
export const string = (body: Body, name: string): string => (typeof body[name] === 'string' ? body[name] : '');
