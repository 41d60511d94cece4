import { expect, test } from 'vitest';
import { inUnits, formatDuration } from '../../src/sentences/format-duration.ts';

test.each([
  [0, '0 s', '0 秒'],
  [59_400, '59 s', '59 秒'],
  [59_600, '1 min', '1 分钟'],
  [3_600_000, '1 h', '1 小时'],
  [5_400_000, '1 h 30 min', '1 小时 30 分钟'],
  [7_199_800, '2 h', '2 小时'],
  [72 * 3_600_000, '3 days', '3 天'],
])('%i ms is formatted as %s and %s', (milliseconds, en, zh) => {
  expect(formatDuration(milliseconds)).toEqual({ en, zh });
});

test('amounts of zero are left out, except the last one when all are zero', () => {
  expect(inUnits([8, 'min'], [0, 's']).en).toBe('8 min');
  expect(inUnits([0, 'min'], [20, 's']).zh).toBe('20 秒');
  expect(inUnits([0, 'min'], [0, 's']).en).toBe('0 s');
});
