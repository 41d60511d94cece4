/** `wxop release`: the code of merchants' mini programs, from the upload to the users. */
import type { Noun } from '../../cli/command.ts';
import { text } from '../../sentences/text.ts';

export const release: Noun = {
  about: text('code of mini programs: upload, audit, publish, go back', '小程序代码：上传、审核、发布、回退'),
  group: 'programs',
  manual: 'releases.md',
  examples: ['wxop release status wx0123456789abcdef'],
  verbs: {
    status: {
      about: text('trial, audited and online version side by side', '并列查看体验版、审核版与线上版'),
      load: () => import('./status.ts'),
    },
    upload: {
      about: text('check an ext_json and upload a template as trial version', '检查 ext_json，上传模板作为体验版'),
      load: () => import('./upload.ts'),
    },
  },
};
