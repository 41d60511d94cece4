/** One path of WeChat's API, as the sandbox answers it. */
export type CallBody = Record<string, unknown>;

/** A request as it came. */
export interface ApiCall {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Buffer;
  contentType: string;
  clientIp: string;
}

export interface Route {
  /** `any`: documented as GET, and some SDKs post. */
  method: 'GET' | 'POST' | 'any';
  token: 'none' | 'component' | 'account' | 'either';
  /** The body is a form with a file, not JSON. */
  isForm?: boolean;
  /** Throws an ApiRefusal. A Download is answered as its bytes. */
  answer(body: CallBody, token: string, call: ApiCall): object;
}

export const OK = { errcode: 0, errmsg: 'ok' };

/** Bytes in place of a document. */
export class Download {
  readonly type: string;
  readonly fileName: string;
  readonly content: Buffer;
  constructor(type: string, fileName: string, content: Buffer) {
    this.type = type;
    this.fileName = fileName;
    this.content = content;
  }
}

/** An answer that takes so many milliseconds; what it changes is changed at once. */
export class Late {
  readonly document: object;
  readonly milliseconds: number;
  constructor(document: object, milliseconds: number) {
    this.document = document;
    this.milliseconds = milliseconds;
  }
}

/** A field of the body that must be text; '' for anything else. */
export const string = (body: CallBody, name: string): string => (typeof body[name] === 'string' ? body[name] : '');
