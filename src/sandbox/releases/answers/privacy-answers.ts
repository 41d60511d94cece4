/** The privacy guide, and the rights to location interfaces. */
import { randomBytes } from 'node:crypto';
import type { Json } from '../../../runtime/json-object.ts';
import { fileIn } from '../../routes/media-routes.ts';
import { OK } from '../../routes/route.ts';
import { ApiRefusal } from '../../api-refusal.ts';
import type { Audits } from '../audits.ts';
import { LOCATION_INTERFACES } from '../../../protocol/location-interfaces.ts';
import { type MiniProgram } from '../mini-program.ts';
import { emptyGuide, guideVersion, PRIVACY_KEYS, takeGuide, type PrivacyGuide } from '../privacy-guide.ts';
import type { Releases } from '../releases.ts';
import type { AccountAnswers } from './release-routes.ts';

type Paths =
  | '/wxa/security/get_privacy_interface'
  | '/wxa/security/apply_privacy_interface'
  | '/cgi-bin/component/getprivacysetting'
  | '/cgi-bin/component/setprivacysetting'
  | '/cgi-bin/component/uploadprivacyextfile';

const FIRST_APPLICATION = 510_000_001;
/** Milliseconds until an application is decided. */
const AFTER = 10_000;
const MOST_TEXT = 300;
const MOST_PICTURES = 10;
/** Interfaces that are not Location but a key of their own. */
const KEY_OF: Record<string, string> = { chooseAddress: 'Address' };

export function privacyAnswers(releases: Releases, audits: Audits): Pick<AccountAnswers, Paths> {
  const { now, schedule, wechat } = releases;
  let lastApplication = FIRST_APPLICATION - 1;

  function decideRight(program: MiniProgram, name: string): void {
    const application = program.applications.get(name);
    if (!application) return;
    const { outcome = 'pass', reason = '' } = program.script.application ?? {};
    application.status = outcome === 'pass' ? 5 : 4;
    application.reason = outcome === 'pass' ? '' : reason || '示例原因：使用场景不符';
    if (outcome === 'pass') program.rights.add(name);
    const result = {
      api_name: `wx.${name}`,
      apply_time: String(application.at),
      audit_id: String(application.auditId),
      audit_time: String(wechat.seconds()),
      reason: application.reason,
      status: outcome === 'pass' ? '3' : '2',
    };
    const isQuoted = program.script.quirks?.includes('quoted-privacy-event') === true;
    const quoted = Object.fromEntries(Object.entries(result).map(([field, value]) => [field, `"${value}"`]));
    audits.announce(program, 'wxa_privacy_apply', { result_info: isQuoted ? quoted : result });
  }

  function apply(program: MiniProgram, body: Json): number {
    const { api_name, content } = body;
    if (typeof api_name !== 'string' || typeof content !== 'string') throw new ApiRefusal(61034);
    const name = LOCATION_INTERFACES.find((known) => `wx.${known}` === api_name);
    // With `wx.` here, and without it in requiredPrivateInfos.
    if (name === undefined || program.rights.has(name)) throw new ApiRefusal(61035);
    if (program.applications.get(name)?.status === 3) throw new ApiRefusal(61031);
    const lists = [body.pic_list, body.video_list, body.url_list].map(textsIn);
    const [pictures = [], videos = []] = lists;
    if (content === '' || [...content].length > MOST_TEXT || pictures.length > MOST_PICTURES) {
      throw new ApiRefusal(61034);
    }
    if (lists.every((list) => list.length === 0)) throw new ApiRefusal(61034);
    if (videos.some((url) => !/\.mp4$/.test(url))) throw new ApiRefusal(61032);
    if ([...pictures, ...videos].some((url) => !/^https?:\/\//.test(url))) throw new ApiRefusal(61033);
    const auditId = ++lastApplication;
    program.applications.set(name, { status: 3, auditId, at: wechat.seconds(), reason: '' });
    schedule.at(now() + (program.script.application?.after ?? AFTER), () => decideRight(program, name));
    return auditId;
  }

  return {
    '/wxa/security/get_privacy_interface': ({ rights, applications }) => ({
      ...OK,
      interface_list: LOCATION_INTERFACES.map((name) => {
        const application = applications.get(name);
        return {
          api_name: `wx.${name}`,
          api_ch_name: name,
          api_desc: '',
          status: rights.has(name) ? 5 : (application?.status ?? 1),
          ...(application && {
            apply_time: application.at,
            audit_id: application.auditId,
            ...(application.reason !== '' && { fail_reason: application.reason }),
          }),
          api_link: `https://developers.weixin.qq.com/miniprogram/dev/api/location/wx.${name}.html`,
          group_name: '地理位置',
        };
      }),
    }),
    '/wxa/security/apply_privacy_interface': (program, body) => ({ ...OK, audit_id: apply(program, body) }),
    '/cgi-bin/component/getprivacysetting': ({ guides, trial }, body) => {
      const guide = (guideVersion(body) === 1 ? guides.online : guides.development) ?? emptyGuide();
      const inCode = trial ? ['UserInfo', ...new Set(trial.uses.map((name) => KEY_OF[name] ?? 'Location'))] : [];
      const declared = guide.settings.map(({ privacy_key }) => privacy_key);
      const missing = inCode.filter((key) => !declared.includes(key));
      return {
        ...OK,
        code_exist: trial ? 1 : 0,
        privacy_list: inCode,
        setting_list: [
          ...guide.settings,
          ...missing.map((privacy_key) => ({ privacy_key, privacy_text: '', privacy_label: '' })),
        ],
        update_time: guide.updatedAt,
        owner_setting: guide.owner,
        privacy_desc: {
          privacy_desc_list: Object.entries(PRIVACY_KEYS).map(([privacy_key, privacy_desc]) => ({
            privacy_key,
            privacy_desc,
          })),
        },
        sdk_privacy_info_list: guide.sdks,
      };
    },
    '/cgi-bin/component/setprivacysetting': (program, body) => {
      if (program.trial && now() < program.detectedAt) throw new ApiRefusal(61039);
      const { guides, privacyFiles } = program;
      const isOnline = guideVersion(body) === 1;
      const guide = takeGuide(body, isOnline ? guides.online : undefined, privacyFiles, wechat.seconds());
      const stored = program.script.quirks?.includes('garbled-guide') ? garbled(guide) : guide;
      if (isOnline) guides.online = stored;
      else guides.development = stored;
      return OK;
    },
    '/cgi-bin/component/uploadprivacyextfile': (program, _, call) => {
      const file = fileIn(call, 'file');
      if (!file || file.content.length === 0) throw new ApiRefusal(41005);
      if (!/\.txt$/i.test(file.fileName)) throw new ApiRefusal(40005);
      const id = randomBytes(24).toString('base64url');
      program.privacyFiles.add(id);
      return { ...OK, ext_file_media_id: id };
    },
  };
}

/** As texts in a wrong encoding are stored: with errcode 0. */
const garbled = (guide: PrivacyGuide): PrivacyGuide => ({
  ...guide,
  settings: guide.settings.map((one) => ({
    ...one,
    privacy_text: Buffer.from(one.privacy_text, 'utf8').toString('latin1'),
  })),
});

const textsIn = (list: unknown): string[] => (Array.isArray(list) ? list.map(String) : []);
