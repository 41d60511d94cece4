const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for an element or a quoted attribute of HTML or XML: WeChat and merchants wrote it, so none of it may be markup. */
export const escapeHtml = (written: string): string =>
  written.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
