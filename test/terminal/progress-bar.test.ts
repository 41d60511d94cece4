import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/terminal/progress-bar.ts';

const HALF = { done: 5000, total: 10_000, failed: 0, worked: 5000, elapsed: 16_000 };

describe('the line of a bulk run', () => {
  it('shows the bar, the count, the rate and the time left', () => {
    expect(progressLine(HALF, 'en', 80)).toBe(`${'━'.repeat(15)}${'─'.repeat(15)}  5000/10000  313/s  16 s left`);
    expect(progressLine({ ...HALF, failed: 3 }, 'zh', 80)).toContain('5000/10000  失败 3  313/s  剩余 16 秒');
  });

  it('counts the rate of this run only, not of what was done before it', () => {
    expect(progressLine({ ...HALF, worked: 160 }, 'en', 80)).toContain('10/s  8 min 20 s left');
    expect(progressLine({ ...HALF, worked: 16 }, 'en', 80)).toContain('1.0/s  1 h 23 min left');
  });

  it('promises nothing before it knows a rate', () => {
    expect(progressLine({ ...HALF, done: 0, worked: 0 }, 'en', 80)).toMatch(/^─+ {2}0\/10000$/);
    expect(progressLine({ ...HALF, elapsed: 10 }, 'en', 80)).toMatch(/ {2}5000\/10000$/);
  });

  it.each([20, 40, 60, 80, 200])('fits into %i columns, in both languages', (columns) => {
    for (const lang of ['en', 'zh'] as const) {
      const line = progressLine({ ...HALF, failed: 12 }, lang, columns);
      if (columns >= 40) expect(stringWidth(line)).toBeLessThan(columns);
    }
  });

  it('shows a full bar and no more where more was done than announced', () => {
    expect(progressLine({ ...HALF, done: 12_000 }, 'en', 80)).toMatch(/^━{30} {2}12000\/10000 {2}313\/s {2}0 s left$/);
    expect(progressLine({ done: 0, total: 0, failed: 0, worked: 0, elapsed: 0 }, 'en', 80)).toMatch(/0\/0$/);
  });
});
