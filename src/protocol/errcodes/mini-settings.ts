/** Settings of mini programs that an audit needs: privacy guide, domains, testers, categories, service. */
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const SEE_GUIDE = text(
  'Correct it and set it again: `wxop mini privacy set`, which checks it first and reads it back.',
  '请修正后重新设置：`wxop mini privacy set` 会先检查并读回核对。',
);
const DEVELOPMENT = text(
  'Set the guide in development, without --online: it goes online with the next release.',
  '请不加 --online 设置开发版指引，随下次发布生效。',
);
const SEE_DOMAINS = text(
  'Look (`wxop mini domains get`), and correct the domains.',
  '请查看（`wxop mini domains get`）并更正域名。',
);
const REGISTER = text(
  'Register it first: `wxop mini domains add --own --web-view HOST`; or set it directly, without --via-component.',
  '请先登记：`wxop mini domains add --own --web-view 域名`；或不加 --via-component 直接设置。',
);

/** WeChat's documents do not have the number. */
const fromSdks = (cause: Text): Text =>
  text(en`${cause} Known from SDKs only, not from WeChat's documents.`, zh`${cause}仅见于 SDK，微信文档未列出。`);

export const MINI_SETTINGS: Errcodes = {
  45104: entry(
    'no',
    text("the changes of the component's own domains are used up for this month", '本月第三方平台域名修改次数已用完'),
    fromSdks(text('50 a month.', '每月 50 次。')),
    text('Wait for the next month, or set domains directly.', '请等待下个月，或直接设置域名。'),
  ),
  ...each(
    Array.from({ length: 12 }, (_, at) => 53300 + at),
    entry(
      'no',
      text('a change of categories was refused', '类目设置被拒绝'),
      text(
        'The calls that add, change and remove categories use 53300 to 53311; no source says which is for what.',
        '添加、修改、删除类目的接口使用 53300 至 53311；没有来源说明各自的含义。',
      ),
      text(
        'errmsg says what there is to know; look at the categories: `wxop mini categories`.',
        '请以 errmsg 为准，并查看类目：`wxop mini categories`。',
      ),
    ),
  ),
  85021: entry(
    'no',
    text('the service cannot be switched so', '服务状态不可更改'),
    text('Nothing was released yet, or WeChat suspended it as a punishment.', '尚未发布，或因违规被微信暂停服务。'),
    text('Look at the account at mp.weixin.qq.com.', '请登录 mp.weixin.qq.com 查看。'),
  ),
  85022: entry(
    'no',
    text('the action is neither open nor close', 'action 既不是 open 也不是 close'),
    fromSdks(text('A field of the request.', '请求中的字段。')),
    text('Use `wxop mini visit on` or `off`.', '请使用 `wxop mini visit on` 或 `off`。'),
  ),
  86069: entry(
    'no',
    text('the privacy guide has no contact', '隐私保护指引缺少联系方式'),
    text(
      'One of contact_phone, contact_email, contact_qq and contact_weixin is needed.',
      'contact_phone、contact_email、contact_qq、contact_weixin 至少需要一项。',
    ),
    SEE_GUIDE,
  ),
  86070: entry(
    'no',
    text('the privacy guide does not say how users are told of changes', '隐私保护指引缺少变更通知方式'),
    text('notice_method is empty.', 'notice_method 为空。'),
    SEE_GUIDE,
  ),
  86071: entry(
    'no',
    text('there is no such version of the privacy guide', '隐私保护指引的版本不存在'),
    text(
      'privacy_ver is 1 (online) or 2 (in development). Reported by developers only.',
      'privacy_ver 为 1（线上版）或 2（开发版）。仅见于开发者反馈。',
    ),
    SEE_GUIDE,
  ),
  86072: entry(
    'no',
    text('the time for which data is kept is not valid', '信息存储期限不合法'),
    text(
      'store_expire_timestamp is like 30天, or empty; text in a wrong encoding gets the same number.',
      'store_expire_timestamp 应为数字加“天”、“个月”或“年”，或留空；编码错误时也返回该错误码。',
    ),
    SEE_GUIDE,
  ),
  86073: entry(
    'no',
    text('the file of the privacy guide is not known', '隐私保护指引的补充文档不存在'),
    text('ext_file_media_id comes from uploadprivacyextfile.', 'ext_file_media_id 来自 uploadprivacyextfile。'),
    text('Upload the file again, or leave it out.', '请重新上传，或去掉该字段。'),
  ),
  86074: entry(
    'no',
    text('there is no privacy guide online yet', '尚无线上版隐私保护指引'),
    text('The first release brings it.', '首次发布后才会产生。'),
    DEVELOPMENT,
  ),
  86075: entry(
    'no',
    text('the file of the guide that is online cannot be changed', '线上版隐私保护指引的补充文档不可修改'),
    text('Online only owner_setting counts, without the file.', '线上版仅可修改 owner_setting，且不含文档。'),
    DEVELOPMENT,
  ),
  89019: entry(
    'no',
    text('the web-view domains did not change', '业务域名无更改'),
    text('What was sent is what is there.', '提交的内容与现有内容相同。'),
    text('Nothing is to be done.', '无需处理。'),
  ),
  89020: entry(
    'no',
    text('the component has no web-view domains', '第三方平台未设置小程序业务域名'),
    text("The component's own list is empty.", '第三方平台自身的列表为空。'),
    REGISTER,
  ),
  89021: entry(
    'no',
    text("the web-view domain is not among the component's", '域名不在第三方平台的业务域名内'),
    text(
      'Not registered, or in one of its two lists only; also without https:// before it.',
      '未登记，或只在其两个列表之一中；缺少 https:// 时也返回该错误码。',
    ),
    REGISTER,
  ),
  89029: entry(
    'no',
    text('there are too many web-view domains', '业务域名数量超过限制'),
    text('300; older documents say 100.', '最多 300 个；旧文档为 100 个。'),
    text('Remove domains: `wxop mini domains remove`.', '请移除不再使用的域名：`wxop mini domains remove`。'),
  ),
  89034: entry(
    'no',
    text('the tester is not known by this userstr', 'userstr 不正确'),
    fromSdks(text('It was changed, or belongs to another mini program.', '已变更，或属于其他小程序。')),
    text('Remove the tester by WeChat id: `wxop mini testers remove`.', '请用微信号移除：`wxop mini testers remove`。'),
  ),
  89231: entry(
    'no',
    text('a personal mini program has no web-view domains', '个人小程序不支持业务域名'),
    text('Only companies may have them.', '仅限企业等非个人主体。'),
    STEPS.CONSOLE,
  ),
  9410016: entry(
    'no',
    text("a domain of the component's own list is not valid", '第三方平台域名不合法'),
    fromSdks(text('A scheme before the host, or an IP address.', '域名前带有协议，或使用了 IP 地址。')),
    SEE_DOMAINS,
  ),
};
