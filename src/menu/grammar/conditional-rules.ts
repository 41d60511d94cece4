/**
 * What menu/addconditional asks of a conditional menu (个性化菜单).
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 个性化菜单接口, and 返回码说明.
 */
import { text } from '../../sentences/text.ts';
import { checkButtons, NO_LIST, reportUnknown } from './button-rules.ts';
import { canonical, RULE_FIELDS, WITHDRAWN_RULE_FIELDS } from '../menu-draft.ts';
import { doubtful, wrong, wrongType, type Report } from './fault.ts';
import type { Spot } from './read-json.ts';

const MOST_DOMAINS = 3;

/** The list `conditionalmenu` of a file. */
export function checkConditionals(list: Spot, report: Report): void {
  if (list.kind !== 'array') {
    report(list, wrongType(text('conditionalmenu must be a list.', 'conditionalmenu 必须是列表。')));
    return;
  }
  const rules = new Map<string, Spot>();
  for (const menu of list.items) {
    if (menu.kind !== 'object') {
      report(menu, wrongType(text('A conditional menu must be an object.', '个性化菜单必须是对象。')));
      continue;
    }
    checkConditionalButtons(menu, report);
    const rule = menu.fields.get('matchrule');
    checkRule(rule, menu, report);
    if (rule && rule.fields.size > 0) reportTwin(rule, rules, report);
    reportUnknown(menu, ['button', 'matchrule'], text('a conditional menu', '个性化菜单'), report);
  }
}

function checkConditionalButtons(menu: Spot, report: Report): void {
  const buttons = menu.fields.get('button');
  if (!buttons || (buttons.kind === 'array' && buttons.items.length === 0)) {
    const message = text('The conditional menu has no buttons.', '个性化菜单没有按钮。');
    report(buttons ?? menu, wrong('conditional-empty', message, { errcode: 65307 }));
  } else if (buttons.kind !== 'array') {
    report(buttons, NO_LIST);
  } else {
    checkButtons(buttons, { level: 'top', isConditional: true }, report);
    checkDomains(buttons, report);
  }
}

function checkDomains(buttons: Spot, report: Report): void {
  const seen = new Set<string>();
  for (const { url, host } of hostsIn(buttons)) {
    seen.add(host);
    if (seen.size <= MOST_DOMAINS) continue;
    report(url, ONE_DOMAIN_MORE);
    return;
  }
}

const ONE_DOMAIN_MORE = wrong(
  'domains',
  text(
    `This is one more domain than the ${MOST_DOMAINS} that a conditional menu may lead to.`,
    `个性化菜单最多跳转 ${MOST_DOMAINS} 个外部域名，此处已超出。`,
  ),
  { errcode: 65316 },
);

function* hostsIn(buttons: Spot): Generator<{ url: Spot; host: string }> {
  for (const button of buttons.items) {
    const url = button.fields.get('url');
    const host = url && URL.canParse(String(url.value)) ? new URL(String(url.value)).hostname : '';
    // WeChat's own pages are not external.
    if (url && host !== '' && !/(?:^|\.)weixin\.qq\.com$/.test(host)) yield { url, host };
    const below = button.fields.get('sub_button');
    if (below) yield* hostsIn(below);
  }
}

function checkRule(rule: Spot | undefined, menu: Spot, report: Report): void {
  if (rule && rule.kind !== 'object') {
    report(rule, wrongType(text('matchrule must be an object.', 'matchrule 必须是对象。')));
    return;
  }
  const named = [...(rule?.fields.keys() ?? [])];
  const known = [...RULE_FIELDS, ...WITHDRAWN_RULE_FIELDS, 'group_id'];
  if (!rule || !named.some((field) => known.includes(field))) {
    report(rule ?? menu, wrong('matchrule-empty', rule ? NO_CONDITION : NO_RULE, { errcode: 65304, hint: CHOOSE }));
  }
  for (const [field, value] of rule?.fields ?? []) checkRuleField(field, value, report);
  if (rule) reportUnknown(rule, known, text('a matchrule', '匹配规则'), report);
}

function checkRuleField(field: string, value: Spot, report: Report): void {
  const written = value.kind === 'string' || value.kind === 'number' ? String(value.value) : '';
  if (WITHDRAWN_RULE_FIELDS.some((withdrawn) => withdrawn === field)) {
    const message = text(`WeChat withdrew ${field} for privacy.`, `微信出于隐私保护已停用 ${field}。`);
    const hint = text('Only tag_id and client_platform_type are left.', '仅可使用 tag_id 与 client_platform_type。');
    report(value, wrong('matchrule-withdrawn', message, { errcode: 65320, hint }));
  } else if (field === 'group_id') {
    const hint = text('Rename it to tag_id.', '请改名为 tag_id。');
    report(value, wrong('group-id', GROUP_ID, { errcode: 65304, hint }));
  } else if (field === 'tag_id' && !/^\d+$/.test(written)) {
    report(value, wrong('rule-value', text('tag_id is the number of a tag.', 'tag_id 应为标签编号（数字）。')));
  } else if (field === 'client_platform_type' && !/^[123]$/.test(written)) {
    report(value, wrong('rule-value', CLIENT_TYPES));
  }
}

const NO_CONDITION = text('The rule chooses no followers.', '匹配规则没有任何条件。');
const NO_RULE = text('The field matchrule is missing.', '缺少字段 matchrule。');
const CHOOSE = text(
  'Give it a tag_id, a client_platform_type, or both.',
  '请设置 tag_id 或 client_platform_type，或两者。',
);
const GROUP_ID = text(
  'menu/get says group_id; menu/addconditional takes tag_id.',
  'menu/get 返回 group_id；提交时须写作 tag_id。',
);
const CLIENT_TYPES = text(
  'client_platform_type is 1 (iOS), 2 (Android) or 3 (other).',
  'client_platform_type 应为 1（iOS）、2（Android）或 3（其他）。',
);

/** Of two menus with the same rule, the one created last hides the other. */
function reportTwin(rule: Spot, rules: Map<string, Spot>, report: Report): void {
  const values = Object.fromEntries([...rule.fields].map(([field, { value }]) => [field, value]));
  const key = canonical({ matchrule: values });
  if (rules.has(key)) report(rule, doubtful('matchrule-twice', SAME_RULE));
  rules.set(key, rule);
}

const SAME_RULE = text(
  'An earlier menu has the same rule: only this one would ever show.',
  '与前面的菜单规则相同：只有此菜单会显示。',
);
