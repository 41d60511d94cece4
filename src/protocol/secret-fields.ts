/** Masks what is secret by its name, where its value is not known: in bodies and queries that are shown. */

const FIELDS = /("[\w]*(?:secret|token|ticket|authorization_code|key)"\s{0,9}:\s*")(?:[^"\\]|\\.)*(?:"|\\?$)/gi;
const PARAMETERS = /([?&]\w*(?:secret|token|ticket|code|key)=)[^&#\s"]*/gi;

/** A JSON text, whole or cut off, with the values of secret fields masked. */
export const maskFields = (body: string): string => body.replace(FIELDS, '$1***"');

/** A URL or a path with the values of secret parameters masked. */
export const maskQuery = (url: string): string => url.replace(PARAMETERS, '$1***');

/** The values of the secret fields of a JSON text. */
export const secretFieldsIn = (body: string): string[] =>
  [...body.matchAll(FIELDS)].map(([field, name = '']) => field.slice(name.length).replace(/"$/, ''));
