/** What submit_audit takes, and with which number it refuses the rest. */
import { isObject, type Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { openAudit, type MiniProgram } from './mini-program.ts';
import type { AuditMaterial } from './audit-material.ts';
import { isComplete } from './privacy-guide.ts';
import { detectionLists } from './detection.ts';

const [MOST_ITEMS, MOST_TAGS, TAG_LENGTH, TITLE_LENGTH] = [5, 10, 20, 32];
const [MOST_VIDEOS, MOST_PICTURES, MOST_FEEDBACK_PICTURES] = [1, 10, 5];
const [FEEDBACK_LENGTH, UGC_LENGTH] = [200, 256];
/** WeChat has a limit and names none. */
const DESCRIPTION_LENGTH = 1000;
/** The first audit with one of these needs ugc_declare. */
const SOCIAL = ['社交-社区/论坛', '社交-笔记', '社交-问答'];

function must(fits: boolean, errcode: number): asserts fits {
  if (!fits) throw new ApiRefusal(errcode);
}

/** Throws an ApiRefusal unless the trial may go into audit. */
export function checkSubmission(program: MiniProgram, body: Json, material: AuditMaterial, now: number): void {
  const { trial, script, categories } = program;
  must(!script.game, 87006);
  must(trial !== undefined && isComplete(program.guides.development), 85086);
  must(now >= program.detectedAt, 61039);
  must(script.named !== false && !program.isRenaming, 86002);
  must(
    categories.every(({ state }) => state !== 'withdrawn'),
    85077,
  );
  must(
    categories.some(({ state }) => state === 3),
    85008,
  );
  must(openAudit(program) === undefined, 85009);
  checkItems(program, body.item_list);
  must(!isLonger(body.version_desc, DESCRIPTION_LENGTH), 85051);
  checkPreview(program, body.preview_info, material);
  // Looked at only when the audit before was rejected.
  if (program.audits.at(-1)?.status === 1) checkFeedback(body);
  checkUgc(program, body.ugc_declare);
  must(!trial.lacksJumpList, 85087);
  if (body.privacy_api_not_use !== true) detectionLists(program, true);
}

const isLonger = (value: unknown, most: number): boolean => typeof value === 'string' && [...value].length > most;

function checkItems({ trial, categories }: MiniProgram, items: unknown): void {
  // Developers report that it may be left out.
  if (items === undefined) return;
  must(Array.isArray(items) && items.length >= 1 && items.length <= MOST_ITEMS, 85023);
  for (const item of items as unknown[]) {
    must(isObject(item), 85010);
    const { first_class, second_class, third_class, first_id, second_id, address, tag, title } = item;
    must(
      [first_class, second_class].every((name) => typeof name === 'string' && name !== ''),
      85010,
    );
    must(first_id !== undefined && second_id !== undefined, 85010);
    const name = [first_class, second_class, third_class].filter(Boolean).join('-');
    must(
      categories.some((category) => category.name === name && category.state === 3),
      85008,
    );
    must(address === undefined || trial?.pages.includes(address as string) === true, 85007);
    const tags = typeof tag === 'string' ? tag.split(' ').filter(Boolean) : [];
    must(tags.length <= MOST_TAGS && !tags.some((one) => isLonger(one, TAG_LENGTH)), 85006);
    must(!isLonger(title, TITLE_LENGTH), 85011);
  }
}

function checkPreview({ account }: MiniProgram, preview: unknown, material: AuditMaterial): void {
  if (preview === undefined) return;
  must(isObject(preview), 47001);
  const { video_id_list: videos, pic_id_list: pictures } = preview;
  must(Array.isArray(videos) && Array.isArray(pictures), 85092);
  must(videos.length <= MOST_VIDEOS && pictures.length <= MOST_PICTURES, 85093);
  const kindOf = (id: unknown): string => {
    const found = material.find(account.appId, String(id));
    if (!found) throw new ApiRefusal(40007);
    return found.kind;
  };
  must(videos.every((id) => kindOf(id) === 'video') && pictures.every((id) => kindOf(id) === 'image'), 85092);
}

function checkFeedback({ feedback_info: info, feedback_stuff: stuff }: Json): void {
  must(!isLonger(info, FEEDBACK_LENGTH), 85051);
  must(typeof stuff !== 'string' || stuff.split('|').length <= MOST_FEEDBACK_PICTURES, 85093);
}

function checkUgc({ audits, categories }: MiniProgram, declared: unknown): void {
  const isFirst = !audits.some(({ status }) => status === 0);
  if (declared === undefined) {
    return must(!isFirst || !categories.some(({ name }) => SOCIAL.includes(name)), 85094);
  }
  must(isObject(declared), 47001);
  const { scene, method, has_audit_team, other_scene_desc, audit_desc } = declared;
  must(!isLonger(other_scene_desc, UGC_LENGTH) && !isLonger(audit_desc, UGC_LENGTH), 85051);
  must(Array.isArray(scene) && scene.length > 0, 85094);
  if (scene.length === 1 && scene[0] === 0) return;
  must(Array.isArray(method) && method.length > 0 && has_audit_team !== undefined, 85094);
}
