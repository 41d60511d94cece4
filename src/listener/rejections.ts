/** Why a push is refused, and with which status. Source: README, "The listener's routes". */
export const REJECTIONS = {
  'bad-signature': 403,
  'foreign-receiver': 403,
  'missing-parameters': 400,
  'bad-padding': 400,
  malformed: 400,
  'too-large': 413,
  'too-slow': 408,
  'wrong-method': 405,
  'unsupported-encoding': 415,
  'store-failure': 500,
} as const;

export type Rejection = keyof typeof REJECTIONS;
