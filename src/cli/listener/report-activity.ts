/** What is told of what happens to a listener, and what of it is noted for later. */
import type { PublishCheckTranscript } from '../../listener/publish-check-transcript.ts';
import type { ListenerActivity } from '../../listener/receiver.ts';
import type { RejectionLog } from '../../listener/rejection-log.ts';
import { createRejectionTally, REJECTIONS } from '../../listener/rejections.ts';

export interface ReportOptions {
  now: () => number;
  transcript: () => Promise<PublishCheckTranscript>;
  note: RejectionLog['note'];
  onActivity: (activity: ListenerActivity) => void;
}

export interface Reporting {
  report: (activity: ListenerActivity) => void;
  /** Tells what was only counted. */
  finish: () => void;
}

export function reportActivity({ now, transcript, note, onActivity }: ReportOptions): Reporting {
  const tally = createRejectionTally<Extract<ListenerActivity, { type: 'rejected' }>>((last, count) =>
    onActivity({ ...last, ...(count > 1 && { count }) }),
  );
  let isTold = true;
  const report = (activity: ListenerActivity): void => {
    if (activity.type === 'publish-check') void transcript().then(({ write }) => write(activity));
    if (activity.type === 'rejected') {
      const { kind = 'event', reason } = activity;
      note({ at: now(), kind, reason });
      isTold = tally.add([kind, reason, activity.error?.code].join(' '), activity);
      return;
    }
    // The line of a rejection with --verbose: where the rejection is only counted, so is the line.
    if (activity.type === 'answered' && activity.result in REJECTIONS && !isTold) return;
    onActivity(activity);
  };
  return { report, finish: tally.finish };
}
