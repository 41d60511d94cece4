/** A body of multipart/form-data, as WeChat's upload calls take it. */

export interface Part {
  name: string;
  value: string | { fileName: string; content: Uint8Array };
}

const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  bmp: 'image/bmp',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  amr: 'audio/amr',
  wma: 'audio/x-ms-wma',
  mp4: 'video/mp4',
};

const mediaTypeOf = (fileName: string): string =>
  TYPES[fileName.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';

/**
 * Files go as they are. In texts FormData makes every line break \r\n, as browsers do and the standard wants it: WeChat
 * takes no text in an upload but JSON, to which its line breaks mean nothing.
 */
export async function multipart(parts: Part[]): Promise<{ contentType: string; body: Uint8Array }> {
  const form = new FormData();
  for (const { name, value } of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value.content], { type: mediaTypeOf(value.fileName) }), value.fileName);
  }
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  return { contentType: encoded.headers.get('content-type') ?? '', body };
}
