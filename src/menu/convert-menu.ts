/** Which parts of a live menu can be pushed again with menu/create, and why the others cannot. */
import { en, listed, text, zh } from '../sentences/text.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { lossyEntry, lostEntry, MAKE_MATERIAL, OFF, blockReasonOf, type Blocked, type BlockReason } from './blocked.ts';
import {
  fieldsOf,
  isUnset,
  WITHDRAWN_RULE_FIELDS,
  type DraftButton,
  type ConditionalDraft,
  type MenuDraft,
} from './menu-draft.ts';
import { isSwitchedOff, liveMenu, type MenuSources } from './live-menu.ts';

export interface Converted {
  /** Undefined if there is no menu, or nothing in it that menu/create takes. */
  draft?: MenuDraft;
  entries: Blocked[];
}

/** Turns what WeChat shows into what it takes; `self` and `api` are the documents as they came. */
export function convertMenu(sources: MenuSources): Converted {
  const live = liveMenu(sources);
  if (!live) return { entries: [] };
  const entries: Blocked[] = isSwitchedOff(sources.self) ? [OFF] : [];
  const button = convertButtons(live.button, '', entries);
  const conditionalmenu = (live.conditionalmenu ?? []).flatMap((menu, index) =>
    convertConditional(menu, `conditionalmenu[${index}]`, entries),
  );
  if (button.length === 0 && conditionalmenu.length === 0) return { entries };
  return { draft: { button, ...(conditionalmenu.length > 0 && { conditionalmenu }) }, entries };
}

function convertButtons(buttons: DraftButton[], under: string, entries: Blocked[], list = 'button'): DraftButton[] {
  return buttons.flatMap((button, index) => {
    const path = `${under}${under && '.'}${list}[${index}]`;
    return button.sub_button ? convertParent(button, path, entries) : convertLeaf(button, path, entries);
  });
}

/** Reports what is lost, of which nothing can be converted. */
function lose(entries: Blocked[], ...lost: Parameters<typeof lostEntry>): [] {
  entries.push(lostEntry(...lost));
  return [];
}

function convertParent(button: DraftButton, path: string, entries: Blocked[]): DraftButton[] {
  const { name, sub_button: below = [], ...rest } = button;
  const children = convertButtons(below, path, entries, 'sub_button');
  if (children.length === 0) return lose(entries, button, path, NOTHING_BELOW);
  reportOthers(button, rest, path, entries);
  return [{ name, sub_button: children }];
}

function convertLeaf(button: DraftButton, path: string, entries: Blocked[]): DraftButton[] {
  const { name, type = '', ...rest } = button;
  if (type === 'news') return convertNews(button, path, entries);
  const needed = fieldsOf(type);
  if (!needed) return lose(entries, button, path, blockReasonOf(type));
  const missing = needed.filter((field) => isUnset(button[field]));
  if (missing.length > 0) return lose(entries, button, path, shownWithout(missing.join(', ')));
  reportOthers(button, omit(rest, needed), path, entries);
  return [{ type, name, ...pick(button, needed) }];
}

/** An article message of the website: the material id is in `value`, which old menus lack. */
function convertNews(button: DraftButton, path: string, entries: Blocked[]): DraftButton[] {
  const { name, value } = button;
  if (typeof value === 'string' && value !== '') {
    entries.push(lossyEntry(button, path, SAME_MATERIAL));
    return [{ type: 'media_id', name, media_id: value }];
  }
  const articles = isObject(button.news_info) && Array.isArray(button.news_info.list) ? button.news_info.list : [];
  const url = articles.filter(isObject)[0]?.content_url;
  if (typeof url !== 'string' || url === '') return lose(entries, button, path, NO_ARTICLE);
  entries.push(lossyEntry(button, path, firstLink(articles.length - 1)));
  return [{ type: 'view', name, url }];
}

/** A conditional menu is kept whole or left out: with a shorter rule, more followers would see it than before. */
function convertConditional(
  { button, matchrule }: ConditionalDraft,
  path: string,
  entries: Blocked[],
): ConditionalDraft[] {
  const rule = { name: '', type: 'matchrule' };
  const withdrawn = WITHDRAWN_RULE_FIELDS.filter((field) => Object.hasOwn(matchrule, field));
  if (withdrawn.length > 0) return lose(entries, rule, `${path}.matchrule`, withdrawnFields(withdrawn));
  if (Object.keys(matchrule).length === 0) return lose(entries, rule, `${path}.matchrule`, EMPTY_RULE);
  if (button.length === 0) return lose(entries, { name: '', type: '' }, path, NO_BUTTONS);
  const converted = convertButtons(button, path, entries);
  return converted.length > 0 ? [{ button: converted, matchrule }] : [];
}

function reportOthers(button: DraftButton, others: Json, path: string, entries: Blocked[]): void {
  const fields = Object.keys(others).filter((field) => !isUnset(others[field]));
  if (fields.length > 0) entries.push(lossyEntry(button, path, unknownFields(fields)));
}

const NOTHING_BELOW: BlockReason = {
  reason: text('Nothing of its sub-menu can be pushed.', '其子菜单全部无法推送。'),
  next: text('Replace the entries of its sub-menu, named above.', '请替换上文列出的子菜单。'),
};
const shownWithout = (fields: string): BlockReason => ({
  reason: text(`WeChat shows it without ${fields}.`, `微信返回的内容缺少 ${fields}。`),
  next: text(`Add ${fields} in draft.json by hand.`, `请在 draft.json 中补充 ${fields}。`),
});
const SAME_MATERIAL: BlockReason = {
  reason: text(
    'Articles set on the website: the draft sends the same material by media_id.',
    '网页设置的图文：草稿改为用 media_id 发送同一素材。',
  ),
  next: text('See after the push that it sends the same.', '推送后请确认发送的内容一致。'),
};
const NO_ARTICLE: BlockReason = {
  reason: text('Articles with neither material id nor link.', '图文既无素材 id 也无链接。'),
  next: MAKE_MATERIAL,
};
function firstLink(others: number): BlockReason {
  const left = others > 0 ? text(`, ${others} more are left out`, `，其余 ${others} 篇略去`) : '';
  const reason = text(
    en`Articles without a material id: the draft opens the link of the first one${left}; such a link can expire.`,
    zh`图文没有素材 id：草稿改为打开第一篇的链接${left}；该链接可能失效。`,
  );
  return { reason, next: MAKE_MATERIAL };
}
const withdrawnFields = (fields: string[]): BlockReason => ({
  reason: text(
    en`WeChat withdrew ${listed(fields)}: no follower sees this menu, and it cannot be made again.`,
    zh`微信已停用 ${listed(fields)}：没有用户能看到该菜单，也无法重新创建。`,
  ),
  next: text('Choose its followers by tag_id or client_platform_type.', '请改用 tag_id 或 client_platform_type。'),
});
const EMPTY_RULE: BlockReason = {
  reason: text('Its rule is empty.', '其匹配规则为空。'),
  next: text('Give it a tag_id or a client_platform_type.', '请设置 tag_id 或 client_platform_type。'),
};
const NO_BUTTONS: BlockReason = {
  reason: text('The conditional menu has no buttons.', '个性化菜单没有按钮。'),
  next: text('Give it buttons, or leave it out.', '请设置按钮，或删去。'),
};
const unknownFields = (fields: string[]): BlockReason => ({
  reason: text(en`menu/create does not know ${listed(fields)} here.`, zh`menu/create 不支持此处的 ${listed(fields)}。`),
  next: text('They stand in the raw files only.', '这些内容仅保留在原始文件中。'),
});

const pick = (button: DraftButton, fields: readonly string[]): Json =>
  Object.fromEntries(fields.map((field) => [field, button[field]]));

const omit = (button: Json, fields: readonly string[]): Json =>
  Object.fromEntries(Object.entries(button).filter(([field]) => !fields.includes(field)));
