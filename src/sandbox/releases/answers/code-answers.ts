/** What uploads code and shows what is there. */
import { createHash } from 'node:crypto';
import type { CallBody } from '../../routes/route.ts';
import { Download, Late, OK } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import { detectionLists, DETECTION } from '../detection.ts';
import type { MiniProgram, UploadedBuild } from '../mini-program.ts';
import type { AccountAnswers, ComponentAnswers } from './release-routes.ts';
import type { Releases } from '../releases.ts';
import { takeCommit } from '../take-commit.ts';
import { TRIAL_CODE } from '../trial-code.ts';

type Paths =
  | '/wxa/commit'
  | '/wxa/get_page'
  | '/wxa/get_qrcode'
  | '/wxa/getversioninfo'
  | '/wxa/security/get_code_privacy_info'
  | '/wxa/get_category'
  | '/cgi-bin/wxopen/getcategory';

type TemplatePaths =
  '/wxa/gettemplatedraftlist' | '/wxa/addtotemplate' | '/wxa/gettemplatelist' | '/wxa/deletetemplate';

export function templateAnswers({ library }: Releases): Pick<ComponentAnswers, TemplatePaths> {
  const idIn = (body: CallBody, name: string): number => {
    const id = body[name];
    if (!/^\d+$/.test(String(id))) throw new ApiRefusal(47001);
    return Number(id);
  };
  return {
    '/wxa/gettemplatedraftlist': () => ({ ...OK, draft_list: library.draftList() }),
    '/wxa/addtotemplate': (body) => {
      library.addTemplate(idIn(body, 'draft_id'), Number(body.template_type ?? 0) === 1 ? 1 : 0);
      // WeChat does not say which template_id it became.
      return OK;
    },
    '/wxa/gettemplatelist': (_, { query }) => {
      const type = query.get('template_type');
      return { ...OK, template_list: library.templateList(type === null ? undefined : Number(type)) };
    },
    '/wxa/deletetemplate': (body) => {
      library.deleteTemplate(idIn(body, 'template_id'));
      return OK;
    },
  };
}

export function codeAnswers({ library, now, wechat }: Releases): Pick<AccountAnswers, Paths> {
  const committed = ({ trial }: MiniProgram): UploadedBuild => {
    if (!trial) throw new ApiRefusal(86001);
    return trial;
  };

  return {
    '/wxa/commit': (program, body) => {
      const { upload = 0, detection = DETECTION } = program.script;
      if (now() < program.uploadingUntil) throw new ApiRefusal(9402202);
      program.trial = takeCommit(body, library.templateOf, program, wechat.seconds());
      program.uploadingUntil = now() + upload;
      program.detectedAt = program.uploadingUntil + detection;
      return upload > 0 ? new Late(OK, upload) : OK;
    },
    '/wxa/get_page': (program) => ({ ...OK, page_list: committed(program).pages }),
    '/wxa/get_qrcode': (program) => {
      committed(program);
      return new Download('image/jpeg', 'qrcode.jpg', Buffer.from(TRIAL_CODE, 'base64'));
    },
    '/wxa/getversioninfo': ({ trial, online, script: { quirks = [] } }) => {
      if (quirks.includes('no-version-info')) return OK;
      const isEmpty = quirks.includes('empty-release-version');
      return {
        ...OK,
        ...(trial && {
          exp_info: { exp_time: trial.at, exp_version: trial.version, exp_desc: trial.description },
        }),
        ...(online && {
          release_info: {
            release_time: online.at,
            release_version: isEmpty ? '' : online.build.version,
            release_desc: isEmpty ? '' : online.build.description,
          },
        }),
      };
    },
    '/wxa/security/get_code_privacy_info': (program) => {
      committed(program);
      if (now() < program.detectedAt) throw new ApiRefusal(61039);
      return { ...OK, ...detectionLists(program, program.script.quirks?.includes('detection-61040') === true) };
    },
    '/wxa/get_category': ({ categories }) => ({
      ...OK,
      category_list: categories.filter(({ state }) => state === 3).map(({ name }) => namedCategory(name)),
    }),
    '/cgi-bin/wxopen/getcategory': ({ categories }) => ({
      ...OK,
      categories: categories.map(({ name, state }) => {
        const [first = '', second = ''] = name.split('-');
        return {
          first: idOf(first),
          first_name: first,
          second: idOf(second),
          second_name: second,
          audit_status: state === 'withdrawn' ? 2 : state,
          audit_reason: state === 2 ? '资质不符' : '',
        };
      }),
      limit: 5,
      quota: 4,
      category_limit: 20,
    }),
  };
}

/** The same name has the same number at every start. */
const idOf = (name: string): number => (createHash('sha256').update(name).digest().readUInt16BE() % 1000) + 1;

function namedCategory(name: string): object {
  const [first = '', second = '', third] = name.split('-');
  return {
    first_class: first,
    second_class: second,
    ...(third !== undefined && { third_class: third }),
    first_id: idOf(first),
    second_id: idOf(second),
    ...(third !== undefined && { third_id: idOf(third) }),
  };
}
