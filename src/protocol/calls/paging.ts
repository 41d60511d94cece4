/** How WeChat's lists go on from page to page. Source: the documents of each call. */
import type { Json } from '../../runtime/json-object.ts';

export interface Paging {
  where: 'body' | 'query';
  /** What the first page is asked with, unless the caller says otherwise. */
  first: Json;
  /** What changes for the page after this one; undefined after the last. */
  next(answer: Json, asked: Json): Json | undefined;
}

const isFull = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;

/** By offset, until the total is reached; a short page in the middle is not the end. */
const byOffset = (items: string, count: number): Paging => ({
  where: 'body',
  first: { offset: 0, count },
  next: (answer, asked) => {
    const page = answer[items];
    if (!isFull(page)) return undefined;
    const offset = Number(asked.offset) + page.length;
    return offset < Number(answer.total_count) ? { offset } : undefined;
  },
});

/** From the last openid on. */
const byOpenId = (where: Paging['where']): Paging => ({
  where,
  first: {},
  next: (answer, asked) => {
    const { openid } = (answer.data ?? {}) as Json;
    const next = answer.next_openid;
    return isFull(openid) && next && next !== asked.next_openid ? { next_openid: next } : undefined;
  },
});

const PAGINGS: Record<string, Paging> = {
  '/cgi-bin/component/api_get_authorizer_list': byOffset('list', 500),
  '/cgi-bin/material/batchget_material': byOffset('item', 20),
  '/cgi-bin/draft/batchget': byOffset('item', 20),
  '/cgi-bin/freepublish/batchget': byOffset('item', 20),
  '/cgi-bin/user/get': byOpenId('query'),
  '/cgi-bin/user/tag/get': byOpenId('body'),
};

export const PAGED_PATHS = Object.keys(PAGINGS);

export const pagingOf = (path: string): Paging | undefined => PAGINGS[path];
