/**
 * Taking over from 微管家 (WeixinCloud/wxcomponent), which keeps one component in a MySQL database.
 * Source: its db/init.go: `authorizers` with `appid` and `refreshtoken`; `comm` with the ticket as it is; the time of a
 * ticket is the newest `receivetime` of its event in `wxcallback_component`, written as local time of Asia/Shanghai; only
 * the row of `wxtoken` with `type` 2 names the component, once a component token has been fetched.
 */
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { foreignTicket, isCredential, unreadableItem, type Source } from './source.ts';

export interface WxComponentSourceOptions {
  /** `mysql://USER:PASSWORD@HOST:PORT/DATABASE?tls=on`; port and database may be missing. */
  url: string;
  componentAppId: string;
  /** Called at the end of the program. */
  toClose: (close: () => Promise<void>) => void;
}

/** Milliseconds for a connection, and for each answer. */
const DEADLINE = 10_000;
const ROWS_AT_ONCE = 500;
const TICKET = 'component_verify_ticket';
const COMPONENT = 2;
/** The image runs in Asia/Shanghai, which has no daylight saving. */
const ZONE = '+08:00';
const CHECK_DATABASE = text(
  'Check host, port, user, password and database of the URL. The user needs nothing but SELECT.',
  '请检查地址中的主机、端口、用户、密码与数据库。该用户只需 SELECT 权限。',
);

/** Throws USAGE without the package mysql2 or where another component is stored, STORE_UNAVAILABLE. */
export async function openWxComponentSource(options: WxComponentSourceOptions): Promise<Source> {
  const { hostname, port, pathname, username, password, searchParams } = new URL(options.url);
  const database = decodeURIComponent(pathname.slice(1)) || 'wxcomponent';
  const place = `mysql://${hostname}:${port || 3306}/${database}`;
  const { createConnection } = await loadMysql();

  const failed = (error: unknown): WxopError =>
    new WxopError(
      'STORE_UNAVAILABLE',
      text(
        en`${place} cannot be read: ${(error as Error).message}.`,
        zh`无法读取 ${place}：${(error as Error).message}。`,
      ),
      { cause: error, hint: CHECK_DATABASE },
    );

  const connection: Connection = await createConnection({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database,
    connectTimeout: DEADLINE,
    // As text: the driver would take it for local time of this machine.
    dateStrings: true,
    ...(searchParams.get('tls') === 'on' && { ssl: {} }),
  }).catch((error: unknown) => {
    throw failed(error);
  });
  // A connection that breaks is reported by the query that needs it.
  connection.on('error', () => undefined);
  options.toClose(() => Promise.resolve(connection.destroy()));

  async function rows(sql: string, values: (string | number)[] = []): Promise<RowDataPacket[]> {
    try {
      return (await connection.query<RowDataPacket[]>({ sql, timeout: DEADLINE }, values))[0];
    } catch (error) {
      throw failed(error);
    }
  }

  const owners = await rows('SELECT appid FROM wxtoken WHERE type = ?', [COMPONENT]);
  const foreign = owners.map(({ appid }) => String(appid)).find((appid) => appid !== options.componentAppId);
  if (foreign !== undefined) throw otherComponent(place, foreign, options.componentAppId);

  return {
    library: text('wxcomponent', '微管家（wxcomponent）'),
    place,
    ticket: async () => {
      const [found] = await rows('SELECT value FROM comm WHERE `key` = ?', ['ticket']);
      if (!found?.value) return undefined;
      if (!isCredential(found.value)) throw unreadableItem(`${place} comm.ticket`);
      const [newest] = await rows('SELECT MAX(receivetime) AS at FROM wxcallback_component WHERE infotype = ?', [
        TICKET,
      ]);
      return foreignTicket(found.value, timeOf(newest?.at));
    },
    accounts: async function* () {
      for (let after = ''; ;) {
        const found = await rows('SELECT appid, refreshtoken FROM authorizers WHERE appid > ? ORDER BY appid LIMIT ?', [
          after,
          ROWS_AT_ONCE,
        ]);
        for (const { appid, refreshtoken: refreshToken } of found) {
          const appId = String(appid);
          yield isCredential(refreshToken)
            ? { appId, refreshToken }
            : { appId, error: unreadableItem(`${place} authorizers ${appId}`) };
          after = appId;
        }
        if (found.length < ROWS_AT_ONCE) return;
      }
    },
  };
}

/** Epoch milliseconds of `2026-11-29 18:00:00`; undefined where there is no time. */
function timeOf(written: unknown): number | undefined {
  const at = typeof written === 'string' ? Date.parse(`${written.replace(' ', 'T')}${ZONE}`) : NaN;
  return at > 0 ? at : undefined;
}

const loadMysql = () =>
  import('mysql2/promise').catch((error: unknown) => {
    throw /(?:MODULE_NOT_FOUND|UNKNOWN_BUILTIN_MODULE)$/.test(String((error as NodeJS.ErrnoException).code))
      ? mysqlIsMissing(error)
      : error;
  });

const mysqlIsMissing = (cause: unknown): WxopError =>
  new WxopError(
    'USAGE',
    text('Reading MySQL needs the package mysql2, which is not installed.', '读取 MySQL 需要 mysql2，尚未安装。'),
    {
      cause,
      hint: text(
        'Install it where wxop is installed: `npm install --global mysql2`, or without --global in a project.',
        '请安装在 wxop 所在之处：`npm install --global mysql2`；若在项目中使用则不加 --global。',
      ),
    },
  );

function otherComponent(place: string, foreign: string, ours: string): WxopError {
  const hint: Text = text(
    'Tokens of one component are of no use to another. Choose the profile of that component, or another database.',
    '一个第三方平台的令牌不能用于另一个：请选用该第三方平台的配置，或换一个数据库。',
  );
  return new WxopError(
    'USAGE',
    text(
      en`${place} belongs to the component ${foreign}, not to ${ours}.`,
      zh`${place} 属于第三方平台 ${foreign}，而不是 ${ours}。`,
    ),
    { hint },
  );
}
