/** Uploading the code of a mini program: templates, ext_json, private interfaces, testers, domains. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';

const UPLOAD_AGAIN = text(
  'Correct it and upload again: `wxop release upload`.',
  '请修正后重新上传：`wxop release upload`。',
);
const REBUILD = text(
  'Build the template anew, upload it from the development mini program, and add it: `wxop template add`.',
  '请重新构建，由开发小程序上传后再添加模板：`wxop template add`。',
);
const NAME_PATH = text(
  '`wxop release upload --ext-json FILE --app-json app.json --dry-run` says which path, with line and column.',
  '`wxop release upload --ext-json FILE --app-json app.json --dry-run` 会指出是哪个路径及其行列。',
);
const SAME_FOR_ALL = text(
  'It lies in the template, so every mini program gets it.',
  '问题在模板中，所有小程序都会遇到。',
);
const PLUGIN = text('A plugin in ext_json or in the template.', 'ext_json 或模板中的插件。');
const INFOS = text(
  'requiredPrivateInfos of the ext_json replaces that of the template.',
  'ext_json 的 requiredPrivateInfos 会整体替换模板的设置。',
);
const DOMAIN_SENT = text(
  "A domain of the request. The number is known from SDKs only, not from WeChat's documents.",
  '请求中的域名。该错误码仅见于 SDK，微信文档未列出。',
);
const FIX_DOMAIN = text(
  'Correct the domains and send them again: `wxop mini domains add`.',
  '请更正域名后重新提交：`wxop mini domains add`。',
);
const TESTER = text('The WeChat id that was given.', '所填的微信号。');

export const CODE: Errcodes = {
  [-60005]: entry(
    'no',
    text('the upload failed, and WeChat says no more', '上传失败，微信未说明原因'),
    text('Seen at uploads only.', '仅在上传时出现。'),
    text(
      'Report the rid to WeChat; `wxop rid` shows what it recorded.',
      '请将 rid 反馈给微信；`wxop rid` 可查看其记录。',
    ),
  ),
  61031: entry(
    'no',
    text('an application for this interface is pending', '该接口的申请正在审核'),
    text('It was applied for before.', '此前已提交申请。'),
    text('Wait for its result.', '请等待审核结果。'),
  ),
  ...each(
    [61032, 61033],
    entry(
      'no',
      text('the material of an application cannot be used', '申请材料不可用'),
      text('A video that is no mp4, or a file that WeChat could not download.', '视频不是 mp4，或微信无法下载文件。'),
      text('Give another file and apply again.', '请更换文件后重新申请。'),
    ),
  ),
  61034: entry(
    'no',
    text('an argument of the application is missing', '申请缺少参数'),
    text('At least one of picture, video and link is needed.', '图片、视频、链接至少需要一项。'),
    text('Add it and apply again.', '请补充后重新申请。'),
  ),
  61035: entry(
    'no',
    text('this interface needs no application', '该接口无需申请'),
    text('It is free, or this mini program can have no right to it.', '该接口无需申请，或该小程序无权申请。'),
    text(
      'Look at its state: `wxop api GET /wxa/security/get_privacy_interface`.',
      '请查看状态：`wxop api GET /wxa/security/get_privacy_interface`。',
    ),
  ),
  61039: entry(
    'backoff',
    text('the detection of private interfaces is not over', '隐私接口检测尚未完成'),
    text('It begins anew with every upload and takes about a minute.', '每次上传都会重新检测，约需一分钟。'),
    text(
      'Wait with `wxop release check`; never upload again meanwhile.',
      '请用 `wxop release check` 等待，期间不要重新上传。',
    ),
  ),
  61040: entry(
    'no',
    text('the code uses private interfaces without declaration or right', '代码使用了未声明或未获授权的隐私接口'),
    text('The detection found them; errmsg names them.', '检测所发现，errmsg 中有接口名。'),
    text(
      'Declare them in requiredPrivateInfos or apply for the right, then upload again.',
      '请在 requiredPrivateInfos 中声明或申请权限，然后重新上传。',
    ),
  ),
  80066: entry('no', text('the version of a plugin is not valid', '插件版本不合法'), PLUGIN, UPLOAD_AGAIN),
  80067: entry('no', text('there is no such plugin', '找不到该插件'), PLUGIN, UPLOAD_AGAIN),
  80082: entry(
    'no',
    text('this mini program may not use a plugin', '该小程序无权使用插件'),
    text('The merchant did not add the plugin.', '商家未添加该插件。'),
    text(
      'Let the merchant add the plugin at mp.weixin.qq.com, or leave it out.',
      '请商家在 mp.weixin.qq.com 添加插件，或去除该插件。',
    ),
  ),
  85001: entry(
    'no',
    text('the tester cannot be found', '找不到该体验成员'),
    TESTER,
    text(
      'Let the person allow being found by WeChat id, and check its spelling.',
      '请对方开启“可通过微信号搜索”，并检查拼写。',
    ),
  ),
  85002: entry(
    'no',
    text('the mini program has no place for another tester', '体验成员已达上限'),
    text('The limit of the mini program.', '该小程序的上限。'),
    text('Remove a tester first: `wxop mini testers remove`.', '请先移除其他体验成员：`wxop mini testers remove`。'),
  ),
  85003: entry(
    'no',
    text('the person tests too many mini programs', '该用户绑定的小程序过多'),
    text('The limit of the person.', '该用户的上限。'),
    text('Let the person leave another one.', '请该用户退出其他小程序。'),
  ),
  85004: entry(
    'no',
    text('the person is a tester already', '该用户已是体验成员'),
    text('It was added before.', '此前已添加。'),
    text('Nothing is to be done.', '无需处理。'),
  ),
  85013: entry(
    'no',
    text('the ext_json is not valid', 'ext_json 不合法'),
    text('A path or a value that does not fit the template.', '其中有与模板不符的路径或值。'),
    NAME_PATH,
  ),
  85014: entry(
    'no',
    text('there is no such template', '模板不存在'),
    text('It was deleted: every upload of it fails.', '模板已被删除，所有上传都会失败。'),
    text('Choose another: `wxop template list`.', '请选择其他模板：`wxop template list`。'),
  ),
  85015: entry(
    'no',
    text('the account is not a mini program, or the version is not known', '该帐号不是小程序，或版本不存在'),
    text('The same number stands for both.', '两种情况使用同一错误码。'),
    text('Check the account: `wxop accounts show`.', '请检查帐号：`wxop accounts show`。'),
  ),
  85016: entry(
    'no',
    text('too many domains', '域名数量超过限制'),
    text('200 of each kind.', '每类最多 200 个。'),
    FIX_DOMAIN,
  ),
  85017: entry(
    'no',
    text('no domain is left to change', '没有可修改的域名'),
    text('It is there already, or not registered on the component.', '域名已存在，或未在第三方平台登记。'),
    text(
      'Look: `wxop mini domains get`. If it is there, it is done.',
      '请查看：`wxop mini domains get`。若已存在则无需处理。',
    ),
  ),
  85018: entry(
    'no',
    text('the domain is not registered on the component', '域名未在第三方平台登记'),
    text('Way 1 takes only domains of the component.', '该方式仅接受第三方平台的域名。'),
    text(
      'Register it first (`wxop mini domains add --own`), or set it directly, without --via-component.',
      '请先登记（`wxop mini domains add --own`），或不加 --via-component 直接设置。',
    ),
  ),
  85043: entry('no', text('the template is broken', '模板错误'), SAME_FOR_ALL, REBUILD),
  85044: entry(
    'no',
    text('the code is too large', '代码包超过大小限制'),
    text('2 MB for a package, 20 MB for all of them.', '单个包 2 MB，总计 20 MB。'),
    REBUILD,
  ),
  85045: entry(
    'no',
    text('a path of the ext_json is not in the template', 'ext_json 中的路径不存在'),
    text(
      'In pages, extPages, subPackages or the tab bar; without paths there, in the app.json of the template itself.',
      '在 pages、extPages、subPackages 或 tabBar 中；若其中没有路径，则为模板自身的 app.json。',
    ),
    NAME_PATH,
  ),
  85046: entry(
    'no',
    text('a tab has no path', 'tabBar 缺少路径'),
    text('An entry of tabBar.list without pagePath.', 'tabBar.list 中的某项没有 pagePath。'),
    NAME_PATH,
  ),
  85047: entry(
    'no',
    text('the list of pages is empty', 'pages 为空'),
    text('An empty pages replaces that of the template.', '空的 pages 会替换模板的页面。'),
    text('Leave pages out of the ext_json, and upload again.', '请删去 ext_json 中的 pages 后重新上传。'),
  ),
  85048: entry(
    'no',
    text('the ext_json cannot be read', 'ext_json 解析失败'),
    text(
      'Single or full-width quotes, a comma too many, or escaped twice.',
      '单引号或全角引号、多余的逗号，或重复转义。',
    ),
    NAME_PATH,
  ),
  85090: entry(
    'backoff',
    text('this mini program must wait before the next upload', '该小程序需稍后再上传'),
    text('Another upload is being worked on.', '另一次上传正在处理。'),
    text('Try again in some minutes.', '请过几分钟重试。'),
  ),
  85301: entry('no', text('a domain breaks the rules', '域名不符合规则'), DOMAIN_SENT, FIX_DOMAIN),
  85302: entry('no', text('a domain has no ICP filing', '域名未备案'), DOMAIN_SENT, FIX_DOMAIN),
  85303: entry(
    'no',
    text('domains break the rules or have no ICP filing', '域名不符合规则或未备案'),
    DOMAIN_SENT,
    FIX_DOMAIN,
  ),
  85310: entry(
    'no',
    text('requiredPrivateInfos names what does not exist', 'requiredPrivateInfos 含有不存在的接口'),
    INFOS,
    UPLOAD_AGAIN,
  ),
  85311: entry(
    'no',
    text('requiredPrivateInfos names interfaces that exclude each other', 'requiredPrivateInfos 含有互斥的接口'),
    INFOS,
    UPLOAD_AGAIN,
  ),
  85312: entry(
    'no',
    text(
      'the mini program was not granted an interface of requiredPrivateInfos',
      'requiredPrivateInfos 中的接口未获授权',
    ),
    text('Each mini program needs the right of its own.', '每个小程序都须单独获得权限。'),
    text('Apply for it, or leave it out for this mini program.', '请申请权限，或在该小程序中去除。'),
  ),
  86001: entry(
    'no',
    text('this component uploaded no code', '本第三方平台没有上传过代码'),
    text('Code that was uploaded otherwise is not seen.', '以其他方式上传的代码不可见。'),
    text('Upload first: `wxop release upload`.', '请先上传：`wxop release upload`。'),
  ),
  86100: entry(
    'no',
    text('a domain has the wrong scheme', '域名协议错误'),
    text(
      "https:// for requests, wss:// for sockets. The number is known from SDKs only, not from WeChat's documents.",
      '请求用 https://，套接字用 wss://。该错误码仅见于 SDK，微信文档未列出。',
    ),
    FIX_DOMAIN,
  ),
  86101: entry(
    'no',
    text('api.weixin.qq.com cannot be a domain', '不能设置 api.weixin.qq.com'),
    DOMAIN_SENT,
    FIX_DOMAIN,
  ),
  86102: entry(
    'no',
    text('the changes of domains of this month are used up', '本月域名修改次数已用完'),
    text(
      "50 a month. The number is known from SDKs only, not from WeChat's documents.",
      '每月 50 次。该错误码仅见于 SDK，微信文档未列出。',
    ),
    text('Wait for the next month.', '请等待下个月。'),
  ),
  86103: entry(
    'no',
    text('the verification file was not found', '校验文件验证失败'),
    text('WeChat looks for it at the root of the domain.', '微信会在域名根目录查找。'),
    text('Put the file there and try again.', '请放置文件后重试。'),
  ),
  89014: entry(
    'no',
    text('there is no such base library', '基础库版本不存在'),
    text('The version that was given.', '所填的版本。'),
    text('Give an existing one.', '请填写存在的版本。'),
  ),
  9402202: entry(
    'no',
    text('another upload or submission is being worked on', '另一次上传或提交正在处理'),
    text('It also comes where the first one of a day goes through.', '每天首次操作成功时也可能出现。'),
    text('Wait a minute and look: `wxop release status`.', '请等待一分钟后查看：`wxop release status`。'),
  ),
  9402203: entry(
    'no',
    text('the ext_json does not fit a standard template', 'ext_json 不适用于标准模板'),
    text(
      'Standard templates take extAppid, ext and window only, and cannot be used any more.',
      '标准模板仅支持 extAppid、ext、window，且已停用。',
    ),
    text('Use an ordinary template.', '请使用普通模板。'),
  ),
};
