import { installed } from './installed.ts';

/** The path of a Chromium; where there is none, tests that need it are skipped, and say so. */
export const CHROMIUM = installed(
  ['chromium', 'chromium-browser', 'google-chrome'],
  'pages and pictures are not looked at in a browser',
);
