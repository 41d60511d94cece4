/** How a listener ends that was to run for some time only. */
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

export function timedOut({ until, timeout = 0 }: { until?: string; timeout?: number }): WxopError {
  const wait = formatDuration(timeout);
  if (!until)
    return new WxopError(
      'TIMEOUT',
      text(en`Stopped after ${wait}, as --timeout says.`, zh`已按 --timeout 在 ${wait}后停止。`),
    );
  return new WxopError('TIMEOUT', text(en`No ${until} within ${wait}.`, zh`${wait}内未等到 ${until}。`), {
    hint: text(
      'Check that WeChat reaches the event URL (console: 授权事件接收URL), and see `wxop ticket start`.',
      '请确认微信可访问控制台中的“授权事件接收URL”，并查看 `wxop ticket start`。',
    ),
  });
}
