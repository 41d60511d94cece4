/** What arrives from outside: the newest push, rejected pushes, and whether the keys here fit. */
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { JournalEntry } from '../delivery/journal.ts';
import { openCapture, type CaptureFailure, type CaptureKeys } from '../receiver-kit/capture.ts';
import type { LoggedRejection } from '../listener/rejection-log.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { failed, info, ok, skipped, tally, warning, type Finding, type Group } from './check.ts';

export interface PushFacts {
  /** The newest accepted push of the journal. */
  newestPush: () => Promise<JournalEntry | undefined>;
  /** When the newest ticket arrived, if that is known. */
  ticketReceivedAt: () => Promise<number | undefined>;
  rejections: () => Promise<LoggedRejection[]>;
  /** Undefined while one of them is missing. */
  keys: () => CaptureKeys | undefined;
  now: () => number;
}

const MINUTE = 60_000;
/** Two tickets are due in this time. */
const QUIET = 20 * MINUTE;
const DAY = 24 * 60 * MINUTE;

export function pushChecks(facts: PushFacts): Group {
  const newestAt = async (): Promise<number | undefined> => {
    const times = [(await facts.newestPush())?.receivedAt, await facts.ticketReceivedAt()];
    const known = times.filter((time) => time !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  };
  return {
    id: 'pushes',
    title: text('From outside', '来自外部'),
    needs: ['store.reach'],
    checks: [
      {
        id: 'pushes.refused',
        title: text('refused pushes', '被拒绝的推送'),
        run: async () => judgeRejections(await facts.rejections(), await newestAt(), facts.now()),
      },
      {
        id: 'pushes.keys',
        title: text('keys fit', '密钥匹配'),
        needs: ['settings.message-token', 'settings.aes-key'],
        run: async () => judgeKeys(await facts.newestPush(), facts.keys()),
      },
      {
        id: 'pushes.newest',
        title: text('newest push', '最近的推送'),
        run: async () => {
          const at = await newestAt();
          if (at === undefined) return info(text('none came yet', '尚未收到'), LET_IT_IN);
          const age = formatDuration(facts.now() - at);
          const seen = text(en`${age} ago`, zh`${age}前`);
          return facts.now() - at < QUIET ? ok(seen) : warning(seen, LET_IT_IN);
        },
      },
    ],
  };
}

function judgeRejections(all: LoggedRejection[], newestAt: number | undefined, now: number): Finding {
  const recent = all.filter(({ at }) => at > now - DAY);
  if (recent.length === 0) return ok(text('none within a day', '一天内没有'));
  const list = tally(recent.map(({ reason }) => reason));
  const newest = recent.filter(({ reason }) => reason in CAUSES).at(-1);
  if (!newest) return info(strangers(list));
  // What came after them was accepted: they were old, or forged.
  if (newestAt !== undefined && newestAt > newest.at) return info(genuineAccepted(list));
  const seen = noneAccepted(list, formatDuration(now - newest.at));
  const next = CAUSES[newest.reason];
  const isAlone = newestAt === undefined || now - newestAt > QUIET;
  return isAlone ? failed('PUSH_INVALID', seen, next) : warning(seen, next);
}

const strangers = (list: string): Text =>
  text(`${list} within a day: no push of WeChat's looks so`, `一天内 ${list}：并非微信的推送`);
const genuineAccepted = (list: string): Text =>
  text(`${list} within a day; genuine ones are accepted`, `一天内 ${list}；真实推送可正常接收`);
const noneAccepted = (list: string, ago: Text): Text =>
  text(
    en`${list}, the newest ${ago} ago, and none accepted since`,
    zh`${list}，最近一次在${ago}前，此后没有接收成功的推送`,
  );

/** Rejections that a wrong key here would cause, not only a stranger's forgery. */
const CAUSES: Partial<Record<LoggedRejection['reason'], Text>> = {
  'bad-signature': text(
    "The 消息校验Token here differs from the console's, or it was changed there: run `wxop init`, then restart `wxop listen`.",
    '此处的消息校验Token 与控制台不一致：请运行 `wxop init` 后重启 `wxop listen`。',
  ),
  'bad-padding': text(
    "The 消息加解密Key here differs from the console's: run `wxop init`, then restart `wxop listen`.",
    '此处的消息加解密Key 与控制台不一致：请运行 `wxop init` 后重启 `wxop listen`。',
  ),
  'foreign-receiver': text(
    'These pushes are for another component: see its event URL in the console, and the AppID here.',
    '这些推送属于其他第三方平台：请检查控制台的授权事件接收URL 与此处的 AppID。',
  ),
  'json-push': text(
    'WeChat pushes JSON: `wxop config set pushFormat json`, or choose XML in the console.',
    '微信以 JSON 推送：请运行 `wxop config set pushFormat json`，或在控制台选择 XML。',
  ),
  'store-failure': text(
    'The store failed while they came: see the checks of the store above.',
    '接收时存储出错：请看上文对存储的检查。',
  ),
};

/** If the settings here are not those of the listener, the newest push that it accepted cannot be opened. */
function judgeKeys(entry: JournalEntry | undefined, keys: CaptureKeys | undefined): Finding {
  if (!keys) return skipped(text('a key is missing', '缺少密钥'));
  if (!entry) return skipped(text('no push to try them on', '没有可供核对的推送'));
  const query = new URLSearchParams(entry.query);
  const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'msg_signature'].map(
    (name) => query.get(name) ?? undefined,
  );
  const opened = openCapture({ body: entry.body, timestamp, nonce, signature }, keys);
  const { failure } = opened;
  if (failure !== undefined) return failed('PUSH_INVALID', MISFITS[failure] ?? unopened(failure), OTHER_SETTINGS);
  return opened.key === 'current' ? ok(text('they open the newest push', '可打开最近的推送')) : PREVIOUS_KEY;
}

const MISFITS: Partial<Record<CaptureFailure['failure'], Text>> = {
  'bad-signature': text('the newest push was signed with another message token', '最近的推送使用了不同的消息校验Token'),
  'bad-padding': text('the newest push was encrypted with another AES key', '最近的推送使用了不同的消息加解密Key'),
};
const unopened = (failure: CaptureFailure['failure']): Text =>
  text(`the newest push does not open (${failure})`, `最近的推送无法打开（${failure}）`);
const PREVIOUS_KEY = info(
  text('the previous AES key opens the newest push', '最近的推送仍使用更换前的 Key'),
  text('Keep it set until this is gone.', '在此之前请保留该设置。'),
);
const OTHER_SETTINGS = text(
  'The listener that accepted it has other settings than these: compare `wxop profile show` and the environment of both.',
  '接收它的监听服务使用了不同的设置：请比较两处的 `wxop profile show` 与环境变量。',
);
const LET_IT_IN = text(
  'A ticket is due every ten minutes. Run `wxop ticket start`, and let WeChat through the firewall (its addresses change).',
  'ticket 应每十分钟推送一次。请运行 `wxop ticket start`，并确认防火墙放行微信（其 IP 会变化）。',
);
