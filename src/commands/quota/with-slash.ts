/** The path of an API as WeChat knows it, however it was typed. */
export const withSlash = (path: string): string => `/${path.replace(/^\/+/, '')}`;
