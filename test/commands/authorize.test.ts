import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const authorizeAt = (publicUrl: string) =>
  runWxop(['authorize', '--no-wait', '--json', '--public-url', publicUrl], {
    environment: {
      WXOP_HOME: temporaryFolder(),
      WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
      WXOP_COMPONENT_APPSECRET: 's3cret',
      WXOP_STORE: 'wxjava+redis://127.0.0.1:1',
    },
  });

describe('wxop authorize', () => {
  it.each([
    ...['localhost', '127.0.0.1', '[::1]', '10.0.0.1', '192.168.1.5', '100.64.1.1', '[fd00::1]'],
    ...['wx', 'wx.lan', 'nas.home.arpa', 'wx.internal', 'wx.local'],
  ])('refuses a public URL at %s, which no merchant can open', async (host) => {
    const result = await authorizeAt(`https://${host}`);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(result).message).toContain(host);
  });

  it.each(['wx.example.com', '203.0.113.7'])('takes a public URL at %s', async (host) => {
    const result = await authorizeAt(`https://${host}`);
    expect(errorOf(result).code).not.toBe('SETTINGS_INVALID');
  });
});
