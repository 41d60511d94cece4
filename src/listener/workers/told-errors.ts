/** Errors as values of JSON, on their way between processes. */
import { WxopError, type ErrorDetails } from '../../sentences/wxop-error.ts';
import type { ErrorCode } from '../../sentences/error-codes.ts';
import type { Text } from '../../sentences/text.ts';
import { isMiniProgramEvent } from '../../protocol/mini-program-events.ts';
import type { ListenerActivity } from '../receiver.ts';

export type ToldError = Omit<ErrorDetails, 'cause'> & { code: ErrorCode; text: Text };

export const tellError = ({ code, text, hint, lines, retryable, errcode, rid, requestIp }: WxopError): ToldError => ({
  code,
  text,
  hint,
  lines,
  retryable,
  errcode,
  rid,
  requestIp,
});

export const errorTold = ({ code, text, ...details }: ToldError): WxopError => new WxopError(code, text, details);

/** Of a message only what is shown of it. */
export function tellActivity(activity: ListenerActivity): object {
  if (activity.type === 'message' && !isMiniProgramEvent(activity.message)) {
    const { msgType, event } = activity.message;
    return { ...activity, message: { msgType, event } };
  }
  return 'error' in activity && activity.error ? { ...activity, error: tellError(activity.error) } : activity;
}

export function readActivity(told: object): ListenerActivity {
  return (
    'error' in told && told.error ? { ...told, error: errorTold(told.error as ToldError) } : told
  ) as ListenerActivity;
}
