/** The parts of a Redis URL. */
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, withoutSecrets } from '../../src/store/redis-url.ts';

describe('a Redis URL', () => {
  it.each([
    ['redis://127.0.0.1:6379/2', { url: 'redis://127.0.0.1:6379/2', scheme: 'redis:', database: 2 }],
    ['rediss://[::1]', { url: 'rediss://[::1]', scheme: 'rediss:', hosts: ['[::1]'], database: 0, credentials: {} }],
    ['redis://me:a%2Fb@h', { url: 'redis://me:a%2Fb@h', credentials: { username: 'me', password: 'a/b' } }],
    ['redis+cluster://h:1,i:2', { scheme: 'redis+cluster:', hosts: ['h:1', 'i:2'] }],
    [
      'redis+sentinel://:pw@h,i/3?master=main',
      { url: 'redis+sentinel://:pw@h,i/3?master=main', hosts: ['h', 'i'], database: 3, master: 'main' },
    ],
    ['wxjava+redis://h/0?prefix=wx', { library: 'wxjava', url: 'redis://h/0', scheme: 'redis:', prefix: 'wx' }],
    ['wechatpy+rediss://h?prefix=', { library: 'wechatpy', url: 'rediss://h', prefix: '' }],
    ['redis://h/1', { wait: 0 }],
    ['rediss://h/1?wait=2', { wait: 2 }],
    ['redis+sentinel://h,i/3', { wait: 1 }],
    ['redis+sentinel://h,i/3?master=main&wait=2', { wait: 2, master: 'main' }],
    ['redis+cluster://h:1,i:2?wait=0', { wait: 0 }],
    ['wxjava+redis://h?prefix=a%3Ab+c', { prefix: 'a:b+c' }],
  ])('%s is read in its parts', (written, parts) => {
    expect(parseRedisUrl(written)).toMatchObject(parts);
  });

  it('has no library, prefix or master where none is named', () => {
    const parts = parseRedisUrl('redis://127.0.0.1');
    expect([parts.library, parts.prefix, parts.master]).toEqual([undefined, undefined, undefined]);
  });

  it('may hold a lone per cent sign, which stands for itself', () => {
    expect(parseRedisUrl('wxjava+redis://h?prefix=100%')).toMatchObject({ url: 'redis://h', prefix: '100%' });
    expect(parseRedisUrl('redis+cluster://me:50%@h').credentials).toEqual({ username: 'me', password: '50%' });
  });

  it('is shown without user and password', () => {
    expect(withoutSecrets('redis+sentinel://me:pw@h,i/3?master=main')).toBe('redis+sentinel://h,i/3?master=main');
    expect(withoutSecrets('redis://h/0')).toBe('redis://h/0');
  });
});
