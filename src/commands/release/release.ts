/** `wxop release`: the code of merchants' mini programs, from the upload to the users. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const release: Noun = {
  about: text('ship code of mini programs, from upload to going back', '小程序代码从上传、审核到发布与回退'),
  group: 'programs',
  manual: 'releases.md',
  examples: [
    'wxop release status wx0123456789abcdef',
    'wxop release plan autumn.yaml --output autumn.plan.json',
    'wxop release run autumn.plan.json',
  ],
  verbs: {
    status: {
      about: text('trial, audited and online version side by side', '并列查看体验版、审核版与线上版'),
      load: () => import('./status.ts'),
    },
    upload: {
      about: text('check an ext_json and upload a template as trial version', '检查 ext_json，上传模板作为体验版'),
      load: () => import('./upload.ts'),
    },
    check: {
      about: text('wait for the detection of private interfaces', '等待隐私接口检测'),
      load: () => import('./check.ts'),
    },
    submit: {
      about: text('submit the trial version for audit', '将体验版提交审核'),
      load: () => import('./submit.ts'),
    },
    withdraw: {
      about: text('take the open audit back', '撤回进行中的审核'),
      load: () => import('./withdraw.ts'),
    },
    hurry: {
      about: text('ask for the open audit to be decided sooner', '为进行中的审核加急'),
      load: () => import('./hurry.ts'),
    },
    reasons: {
      about: text('why an audit was rejected, as text and pictures', '审核未通过的原因：文字与截图'),
      load: () => import('./reasons.ts'),
    },
    publish: {
      about: text('put the approved version online for everybody', '将审核通过的版本发布给全部用户'),
      load: () => import('./publish.ts'),
    },
    revert: {
      about: text('list earlier versions, and go back to one', '列出历史版本，并回退'),
      load: () => import('./revert.ts'),
    },
    qr: {
      about: text('the QR code of the trial version', '体验版二维码'),
      load: () => import('./qr.ts'),
    },
    quota: {
      about: text("what is left of the month's audits", '本月剩余的审核额度'),
      load: () => import('./quota.ts'),
    },
    plan: {
      about: text('plan a release to many mini programs; only reads', '规划向多个小程序的发布；只读取'),
      load: () => import('./runs/plan.ts'),
    },
    run: {
      about: text('carry a plan out', '执行计划'),
      load: () => import('./runs/run.ts'),
    },
    resume: {
      about: text('go on with a run', '继续任务'),
      load: () => import('./runs/resume.ts'),
    },
    runs: {
      about: text('list the runs', '列出任务'),
      load: () => import('./runs/runs.ts'),
    },
    show: {
      about: text('how far each mini program of a run is', '任务中各小程序的进度'),
      load: () => import('./runs/show.ts'),
    },
  },
};
