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

// As browsers do: a name can neither end its quotes nor its line.
const quoted = (name: string): string =>
  `"${name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}"`;

/** `boundary` must not occur in any part. */
export function multipart(parts: Part[], boundary: string): { contentType: string; body: Buffer } {
  const pieces = parts.flatMap(({ name, value }) => {
    const isFile = typeof value !== 'string';
    const head = [
      `--${boundary}`,
      `Content-Disposition: form-data; name=${quoted(name)}${isFile ? `; filename=${quoted(value.fileName)}` : ''}`,
      ...(isFile ? [`Content-Type: ${mediaTypeOf(value.fileName)}`] : []),
    ].join('\r\n');
    return [Buffer.from(`${head}\r\n\r\n`), isFile ? value.content : Buffer.from(value), Buffer.from('\r\n')];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
