/** `wxop release reasons`: why the latest audit was rejected or delayed, as text, and its pictures as files. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { getAuditStatus, type AuditState } from '../../protocol/calls/release/audit-endpoints.ts';
import { readLatestAudit } from '../../release/code-state.ts';
import { fetchPicture } from '../../release/fetch-picture.ts';
import { reasonText } from '../../release/reason-text.ts';
import { AUDIT_STATUS_NAMES } from '../../release/state-rows.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { countArgument } from '../arguments.ts';
import { failureJson } from '../bulk.ts';
import { noteWritten, unwritable, writeOutput } from '../files.ts';
import { ACCOUNT } from '../flags.ts';
import { openMiniProgram } from './mini-program.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: {
    audit: parameter('--audit <id>', text('another audit than the latest', '指定审核单，默认最近一次'), {
      parse: countArgument(1),
    }),
    output: parameter(
      '-o, --output <folder>',
      text('where pictures go (default <appid>-audit-<id>)', '截图目录（默认 <appid>-audit-<id>）'),
    ),
    pictures: parameter('--no-pictures', text('do not fetch pictures', '不下载截图')),
  },
  examples: ['wxop release reasons wx0123456789abcdef', 'wxop release reasons 春风茶馆 --output rejected --json'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account, audit: wanted, output, pictures }) => {
    const { terminal, lang } = context;
    const { appId, call } = await openMiniProgram(context, account);
    const { auditId, status, reason, screenshots } = await findAudit(call, appId, wanted);
    const folder = output ?? `${appId}-audit-${auditId}`;
    const saved = pictures ? await savePictures(context, { appId, auditId, folder, screenshots }) : [];
    const lines = reasonText(reason);
    if (terminal.json) {
      const files = saved.map(({ error, ...picture }) => ({
        ...picture,
        ...(error && { error: failureJson(error, lang) }),
      }));
      return terminal.printJson({ appId, auditId, status, reason: lines || null, pictures: files });
    }
    if (lines === '') terminal.note(withoutReason(AUDIT_STATUS_NAMES[status]));
    else terminal.print(...lines.split('\n'));
    for (const { file, mediaId, error } of saved) {
      if (error) terminal.warn(notFetched(mediaId, error));
      else if (file) await noteWritten(context, file);
    }
  },
});

async function findAudit(call: HolderCall, appId: string, auditId?: number): Promise<AuditState & { auditId: number }> {
  if (auditId !== undefined) return { auditId, ...(await call(getAuditStatus, { auditId })) };
  const latest = await readLatestAudit(call);
  if (!latest) throw noAudit(appId);
  // A delay has its reason only where it is asked for by id.
  const byId = latest.status === 'delayed' && latest.reason === '';
  return byId ? { ...latest, ...(await call(getAuditStatus, { auditId: latest.auditId })) } : latest;
}

interface SavedPicture {
  mediaId: string;
  file: string | null;
  error?: WxopError;
}

/** A picture that cannot be fetched does not keep the reason from being read: ids end, WeChat does not say when. */
async function savePictures(
  context: Context,
  { appId, auditId, folder, screenshots }: { appId: string; auditId: number; folder: string; screenshots: string[] },
): Promise<SavedPicture[]> {
  const call = await context.wechat.rawCall();
  const saved: SavedPicture[] = [];
  for (const [at, mediaId] of screenshots.entries()) {
    const request = { method: 'POST', path: '/cgi-bin/material/get_material', body: { media_id: mediaId } } as const;
    const fetched = await fetchPicture(call, appId, request).catch(toWxopError);
    if (fetched instanceof WxopError) {
      if (fetched.code === 'CANCELLED') throw fetched;
      saved.push({ mediaId, file: null, error: fetched });
      continue;
    }
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw unwritable(folder, error);
    });
    // Nothing that came from outside is in the name.
    const file = join(folder, `${auditId}-${at + 1}.${fetched.extension}`);
    await writeOutput(file, fetched.bytes);
    saved.push({ mediaId, file });
  }
  return saved;
}

const withoutReason = (status: Text): Text =>
  text(en`There is no reason to show; the audit is: ${status}.`, zh`没有驳回原因；审核状态：${status}。`);
const notFetched = (mediaId: string, { text: why }: WxopError): Text =>
  text(en`The picture ${mediaId} cannot be fetched. ${why}`, zh`无法下载截图 ${mediaId}。${why}`);
const noAudit = (appId: string): WxopError =>
  new WxopError('WRONG_STAGE', text(`${appId} has no audit.`, `${appId} 没有审核记录。`), {
    errcode: 85058,
    hint: text(
      'Only audits that this component submitted are seen; a new one may take a minute to show.',
      '仅能看到由本第三方平台提交的审核；新提交的可能要过一分钟才可见。',
    ),
  });
