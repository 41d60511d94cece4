/** Menus and conditional menus. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const COUNT = text(
  'A menu has 1 to 3 buttons, each with 1 to 5 below it.',
  '一级菜单 1 至 3 个，每个下设二级菜单 1 至 5 个。',
);
const TYPE = text(
  'A type that menu/create does not know: text, img, voice, video and news only exist on the website.',
  'menu/create 不支持的类型：text、img、voice、video、news 只存在于网页创建的菜单。',
);
const NAME = text(
  '16 bytes at most on top, 60 bytes below; a Chinese character has 3.',
  '一级菜单最多 16 字节，二级最多 60 字节；一个汉字占 3 字节。',
);
const KEY = text('A key has 1 to 128 bytes.', 'key 为 1 至 128 字节。');
const URL = text(
  'A url has 1 to 1024 bytes and begins with http or https.',
  'url 为 1 至 1024 字节，以 http 或 https 开头。',
);
const DOMAIN = text('The host of the url is not allowed for this account.', 'url 的域名不被该帐号允许。');
const MEDIA = text(
  'Only permanent material may stand in a menu; ids that get_current_selfmenu_info shows are temporary.',
  '菜单只能使用永久素材；get_current_selfmenu_info 返回的是临时素材 id。',
);
const OLD_RULE = text(
  'WeChat withdrew the rules by region, sex and language for privacy.',
  '出于隐私，微信已停用地区、性别、语言等匹配规则。',
);
const UNVERIFIED = text('Conditional menus are for verified accounts.', '个性化菜单仅限已认证帐号。');
const WEBSITE = text(
  'A menu made on the website shows with `wxop menu get`.',
  '网页创建的菜单可用 `wxop menu get` 查看。',
);
const PAGE = text(
  'The page does not exist in the mini program, or the appid is not in lower case.',
  '小程序中没有该页面，或 appid 不是小写。',
);

export const MENUS: Errcodes = {
  40015: entry('no', text('the type of the menu is not valid', '菜单类型不合法'), TYPE, STEPS.FIX_MENU),
  40016: entry(
    'no',
    text('the number of buttons is not valid', '按钮个数不合法'),
    text(
      '1 to 3 buttons; or the answer of menu/get was posted with its wrapper.',
      '按钮应为 1 至 3 个；或把 menu/get 的返回连同外层一起提交了。',
    ),
    STEPS.FIX_MENU,
  ),
  40017: entry('no', text('the type of a button is not valid', '按钮类型不合法'), TYPE, STEPS.FIX_MENU),
  40018: entry('no', text('the name of a button is too long or empty', '按钮名称长度不合法'), NAME, STEPS.FIX_MENU),
  40019: entry('no', text('the key of a button is too long or empty', '按钮 KEY 长度不合法'), KEY, STEPS.FIX_MENU),
  40020: entry('no', text('the url of a button is too long or empty', '按钮 URL 长度不合法'), URL, STEPS.FIX_MENU),
  40021: entry(
    'no',
    text('the version of the menu is not valid', '菜单版本号不合法'),
    text('The menu is of another version.', '菜单版本不符。'),
    STEPS.FIX_MENU,
  ),
  40022: entry(
    'no',
    text('the menu is nested too deeply', '子菜单级数不合法'),
    text('There is one level below the buttons.', '按钮之下只允许一级。'),
    STEPS.FIX_MENU,
  ),
  40023: entry('no', text('the number of sub-buttons is not valid', '子菜单按钮个数不合法'), COUNT, STEPS.FIX_MENU),
  40024: entry('no', text('the type of a sub-button is not valid', '子菜单按钮类型不合法'), TYPE, STEPS.FIX_MENU),
  40025: entry(
    'no',
    text('the name of a sub-button is too long or empty', '子菜单按钮名称长度不合法'),
    NAME,
    STEPS.FIX_MENU,
  ),
  40026: entry(
    'no',
    text('the key of a sub-button is too long or empty', '子菜单按钮 KEY 长度不合法'),
    KEY,
    STEPS.FIX_MENU,
  ),
  40027: entry(
    'no',
    text('the url of a sub-button is too long or empty', '子菜单按钮 URL 长度不合法'),
    URL,
    STEPS.FIX_MENU,
  ),
  40028: entry(
    'no',
    text('the user of the menu is not valid', '自定义菜单使用用户不合法'),
    text('trymatch takes an openid or a WeChat id of a follower.', 'trymatch 使用粉丝的 openid 或微信号。'),
    text('Name a follower of this account.', '请使用该帐号的粉丝。'),
  ),
  40054: entry(
    'no',
    text('the domain of a sub-button is not allowed', '子菜单按钮的域名不合法'),
    DOMAIN,
    STEPS.FIX_MENU,
  ),
  40055: entry('no', text('the domain of a button is not allowed', '按钮的域名不合法'), DOMAIN, STEPS.FIX_MENU),
  40118: entry('no', text('a media_id has a wrong length', 'media_id 大小不合法'), MEDIA, STEPS.FIX_MEDIA),
  ...each(
    [40119, 40120],
    entry('no', text('the type of a button or sub-button is not valid', '按钮或子按钮类型错误'), TYPE, STEPS.FIX_MENU),
  ),
  40121: entry(
    'no',
    text('a media_id is of a type that menus do not take', 'media_id 类型不合法'),
    MEDIA,
    STEPS.FIX_MEDIA,
  ),
  40128: entry('no', text('a media_id is not permanent material', 'media_id 不是永久素材'), MEDIA, STEPS.FIX_MEDIA),
  40165: entry(
    'no',
    text('the pagepath of a mini program is not valid', '小程序 pagepath 不合法'),
    PAGE,
    STEPS.FIX_MENU,
  ),
  40166: entry('no', text('the appid of a mini program is not valid', '小程序 appid 不合法'), PAGE, STEPS.FIX_MENU),
  41007: entry('no', text('a sub-menu has nothing in it', '缺少子菜单数据'), COUNT, STEPS.FIX_MENU),
  45010: entry(
    'no',
    text('there are too many menus', '菜单数量超过限制'),
    text('Conditional menus are limited in number.', '个性化菜单的数量有上限。'),
    text('Delete conditional menus that are no longer used.', '请删除不再使用的个性化菜单。'),
  ),
  45064: entry(
    'no',
    text('the mini program is not linked to the account', '小程序未与该公众号关联'),
    text(
      'A menu may open linked mini programs only, and the account must be verified.',
      '菜单只能打开已关联的小程序，且公众号须已认证。',
    ),
    text('The merchant links it at mp.weixin.qq.com (小程序管理).', '请商家在 mp.weixin.qq.com 的“小程序管理”中关联。'),
  ),
  46002: entry(
    'no',
    text('there is no such version of the menu', '不存在的菜单版本'),
    text('The menu was replaced or deleted.', '菜单已被替换或删除。'),
    WEBSITE,
  ),
  46003: entry(
    'no',
    text('the account has no menu made by API', '该帐号没有用接口创建的菜单'),
    text('There is none at all, or it was made on the website.', '没有任何菜单，或菜单由网页创建。'),
    WEBSITE,
  ),
  65301: entry(
    'no',
    text('there is no conditional menu with this menuid', '没有该 menuid 对应的个性化菜单'),
    text('It was deleted, or the menuid is that of the default menu.', '已被删除，或该 menuid 属于默认菜单。'),
    text('Read the menu again and take the menuid from there.', '请重新读取菜单并使用其中的 menuid。'),
  ),
  65302: entry(
    'no',
    text('there is no such user', '没有相应的用户'),
    text('Not a follower of this account.', '不是该帐号的粉丝。'),
    text('Name a follower of this account.', '请使用该帐号的粉丝。'),
  ),
  65303: entry(
    'no',
    text('there is no default menu', '没有默认菜单，不能创建个性化菜单'),
    text('Conditional menus stand beside a default one.', '个性化菜单须以默认菜单为前提。'),
    text('Create the default menu first.', '请先创建默认菜单。'),
  ),
  65304: entry(
    'no',
    text('the matchrule is empty', 'matchrule 为空'),
    text('A rule must name at least one condition.', '规则至少要有一个条件。'),
    STEPS.FIX_RULE,
  ),
  65305: entry(
    'no',
    text('there are too many conditional menus', '个性化菜单数量受限'),
    text('The limit of the account is reached.', '已达到帐号上限。'),
    text('Delete conditional menus that are no longer used.', '请删除不再使用的个性化菜单。'),
  ),
  65306: entry(
    'no',
    text('the account may have no conditional menus', '该帐号不支持个性化菜单'),
    UNVERIFIED,
    text('Use the default menu only, or let the merchant get verified.', '请仅使用默认菜单，或请商家完成认证。'),
  ),
  65307: entry(
    'no',
    text('the conditional menu is empty', '个性化菜单信息为空'),
    text('It has no buttons.', '没有任何按钮。'),
    STEPS.FIX_MENU,
  ),
  65308: entry(
    'no',
    text('a button has no response type', '包含没有响应类型的按钮'),
    text('A button has neither a type nor buttons below it.', '按钮既没有 type 也没有子按钮。'),
    STEPS.FIX_MENU,
  ),
  65309: entry(
    'no',
    text('conditional menus are switched off', '个性化菜单开关处于关闭状态'),
    text('The merchant switched them off.', '商家已关闭该功能。'),
    text('The merchant switches them on at mp.weixin.qq.com.', '请商家在 mp.weixin.qq.com 开启。'),
  ),
  65310: entry(
    'no',
    text('a region is named without its country', '填写了省份或城市，但缺少国家'),
    OLD_RULE,
    STEPS.FIX_RULE,
  ),
  65311: entry('no', text('a city is named without its province', '填写了城市，但缺少省份'), OLD_RULE, STEPS.FIX_RULE),
  65312: entry('no', text('the country is not valid', '国家信息不合法'), OLD_RULE, STEPS.FIX_RULE),
  65313: entry('no', text('the province is not valid', '省份信息不合法'), OLD_RULE, STEPS.FIX_RULE),
  65314: entry('no', text('the city is not valid', '城市信息不合法'), OLD_RULE, STEPS.FIX_RULE),
  65315: entry(
    'no',
    text('the conditional menu was not taken', '个性化菜单未被接受'),
    text(
      'WeChat documents no meaning of this number; its neighbours are about regions and links.',
      '微信文档未说明该错误码；相邻的错误码涉及地区与链接。',
    ),
    STEPS.FIX_RULE,
  ),
  65316: entry(
    'no',
    text('a conditional menu leads to more than three domains', '个性化菜单外链域名超过 3 个'),
    text(
      "All urls of one conditional menu share three hosts. SDKs name it for a full list of the component's domains, too.",
      '同一个性化菜单的链接最多使用三个域名。SDK 中也用于第三方平台域名列表已满。',
    ),
    STEPS.FIX_MENU,
  ),
  65317: entry('no', text('a url is not valid', 'URL 不合法'), URL, STEPS.FIX_MENU),
  65318: entry(
    'no',
    text('the menu must be UTF-8', '菜单须使用 UTF-8 编码'),
    text('The file has another encoding.', '文件使用了其他编码。'),
    text('Save it as UTF-8, nothing escaped.', '请以未转义的 UTF-8 保存。'),
  ),
  65319: entry(
    'no',
    text('the account may create no conditional menu', '该帐号不允许创建个性化菜单'),
    UNVERIFIED,
    text('Use the default menu only.', '请仅使用默认菜单。'),
  ),
  65320: entry(
    'no',
    text('a condition of the matchrule was withdrawn', 'matchrule 使用了已停用的隐私字段'),
    OLD_RULE,
    STEPS.FIX_RULE,
  ),
};
