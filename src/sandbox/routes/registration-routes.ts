/**
 * Fast registration (快速注册): a company's, a person's and a trial mini program. It is asked for here, confirmed by a
 * person in WeChat, and told of by an event; in the sandbox the person takes two seconds, or is played by the caller.
 */
import { createHash } from 'node:crypto';
import type { XmlFields } from '../../protocol/events.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { registeredProgram } from '../merchants.ts';
import type { RegistrationKind, RegistrationVerdict } from '../sandbox-options.ts';
import type { WechatState } from '../wechat-state.ts';
import { OK, string, type CallBody, type Route } from './route.ts';

/** Milliseconds that the person takes. */
const PERSON = 2_000;
/** The states of a person's registration: asked for, failed, created. */
const [ASKED, FAILED, CREATED] = [0, 11, 12];
const CODES: Record<number, RegExp> = { 1: /^[0-9A-Z]{18}$/, 2: /^[0-9A-Z]{8}-[0-9A-Z]$/, 3: /^\d{15}$/ };
const WECHAT_ID = /^[A-Za-z][\w-]{5,19}$/;

interface Registration {
  kind: RegistrationKind;
  /** What it is found by: the applicant, a task, a unique id. */
  id: string;
  name: string;
  info: XmlFields;
  status: number;
}

export interface RegistrationOptions {
  wechat: WechatState;
  pushEvent: (event: string, fields: XmlFields) => Promise<unknown>;
  /** The event of a consent, which a trial mini program ends with too. */
  pushGrant: (appId: string) => Promise<unknown>;
  later: (milliseconds: number, work: () => void) => void;
  /** Nobody confirms by themselves. */
  isQuiet: boolean;
}

export function createRegistrations({ wechat, pushEvent, pushGrant, later, isQuiet }: RegistrationOptions) {
  const all: Registration[] = [];
  const idOf = (): string => createHash('sha256').update(`registration ${all.length}`).digest('hex');
  const isOpen = ({ status }: Registration): boolean => status === ASKED;

  async function end(registration: Registration, status: number, message?: string): Promise<string | undefined> {
    if (!isOpen(registration)) return undefined;
    registration.status = status === 0 ? CREATED : FAILED;
    const { kind, name, info } = registration;
    const event = kind === 'trial' ? 'notify_third_fastregisterbetaapp' : 'notify_third_fasteregister';
    if (status !== 0) {
      await pushEvent(event, { status, msg: message ?? 'failed', info });
      return undefined;
    }
    const { appId } = wechat.add(registeredProgram(name, all.indexOf(registration)));
    const done = { appid: appId, status, msg: 'OK', info };
    if (kind === 'trial') {
      await pushEvent(event, done);
      await pushGrant(appId);
    } else {
      await pushEvent(event, { ...done, auth_code: wechat.consent(undefined, appId).code });
    }
    return appId;
  }

  function open(registration: Omit<Registration, 'status'>): Registration {
    const opened = { ...registration, status: ASKED };
    all.push(opened);
    if (!isQuiet) later(PERSON, () => void end(opened, 0));
    return opened;
  }

  const found = (kind: RegistrationKind, id: string): Registration => {
    const one = all.findLast((registration) => registration.kind === kind && registration.id === id);
    if (!one) throw new ApiRefusal(89250);
    return one;
  };

  function company(body: CallBody, action: string): object {
    const [name, wechatId, legalName] = ['name', 'legal_persona_wechat', 'legal_persona_name'].map((field) =>
      string(body, field),
    ) as [string, string, string];
    const id = [name, wechatId, legalName].join(' ');
    if (action === 'search') {
      const { status } = found('company', id);
      if (status !== CREATED) throw new ApiRefusal(status === ASKED ? 89251 : 89250);
      return OK;
    }
    if (action !== 'create') throw new ApiRefusal(-1, 'invalid action');
    const code = string(body, 'code');
    if ([name, wechatId, legalName, code].includes('')) throw new ApiRefusal(89253);
    const pattern = CODES[Number(body.code_type)];
    if (!pattern) throw new ApiRefusal(89248);
    if (!pattern.test(code)) throw new ApiRefusal(89255);
    if (!WECHAT_ID.test(wechatId)) throw new ApiRefusal(86004);
    if (all.some((one) => one.kind === 'company' && one.id === id && isOpen(one))) throw new ApiRefusal(89249);
    const info = {
      ...{ name, code, code_type: Number(body.code_type), legal_persona_wechat: wechatId },
      ...{ legal_persona_name: legalName, component_phone: string(body, 'component_phone') },
    };
    open({ kind: 'company', id, name, info });
    return OK;
  }

  const personalAnswer = ({ id, status }: Registration): object => ({
    ...OK,
    taskid: id,
    authorize_url: `https://mp.weixin.qq.com/wxawap/fastregister?taskid=${id}`,
    status,
  });

  function personal(body: CallBody, action: string): object {
    if (action === 'query') return personalAnswer(found('personal', string(body, 'taskid')));
    if (action !== 'create') throw new ApiRefusal(-1, 'invalid action');
    const [idname, wxuser] = [string(body, 'idname'), string(body, 'wxuser')];
    if (idname === '') throw new ApiRefusal(89253);
    if (!WECHAT_ID.test(wxuser)) throw new ApiRefusal(86004);
    const id = idOf().slice(0, 16);
    const info = { wxuser, idname, component_phone: string(body, 'component_phone'), taskid: id };
    return personalAnswer(open({ kind: 'personal', id, name: idname, info }));
  }

  function trial(body: CallBody): object {
    const [name, openId] = [string(body, 'name'), string(body, 'openid')];
    if (name === '' || openId === '') throw new ApiRefusal(47001);
    if (!/^o[\w-]{10,}$/.test(openId)) throw new ApiRefusal(40003);
    const id = idOf();
    open({ kind: 'trial', id, name: `${name}的体验小程序`, info: { unique_id: id, name } });
    return {
      ...OK,
      unique_id: id,
      authorize_url: `https://mp.weixin.qq.com/wxawap/fastregistertpbeta?action=show&create_token=${id}`,
    };
  }

  const route = (answer: (body: CallBody, action: string) => object): Route => ({
    method: 'POST',
    token: 'component',
    answer: (body, _, { query }) => answer(body, query.get('action') ?? ''),
  });

  return {
    routes: {
      '/cgi-bin/component/fastregisterweapp': route(company),
      '/wxa/component/fastregisterpersonalweapp': route(personal),
      '/wxa/component/fastregisterbetaweapp': route(trial),
    },
    /** The person decides now: on the oldest that is open. */
    async decide({ kind, status = 0, message }: RegistrationVerdict): Promise<{ appId?: string }> {
      const oldest = all.find((one) => isOpen(one) && (kind === undefined || one.kind === kind));
      if (!oldest) throw new TypeError('no registration is open');
      const appId = await end(oldest, status, message);
      return appId === undefined ? {} : { appId };
    },
    /** A company's, from beginning to end. */
    async play(): Promise<void> {
      const name = `新注册商家 ${all.length + 1}`;
      await end(open({ kind: 'company', id: name, name, info: { name } }), 0);
    },
  };
}
