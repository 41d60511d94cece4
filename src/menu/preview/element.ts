/** Elements of SVG and HTML around text of merchants, which must not become markup or a script. */
import { escapeHtml } from '../../sentences/escape-html.ts';

// Control characters, direction overrides, and what XML cannot contain.
const HARMFUL =
  // eslint-disable-next-line no-control-regex -- it is meant to find control characters
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line of harmless text. */
export const oneLine = (written: string): string => written.replace(/\s+/g, ' ').replace(HARMFUL, '').trim();

/** One line of harmless text, for elements and quoted attributes. */
export const escapeText = (written: string): string => escapeHtml(oneLine(written));

type Attributes = Record<string, string | number | undefined>;

/** An element; `inner` is markup, attribute values are text. */
export function element(name: string, attributes: Attributes, inner = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value ?? '')}"`)
    .join('');
  return inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`;
}

/** A link around `inner`, if a browser may open the address. */
export const linked = (address: string, inner: string): string =>
  /^https?:\/\//i.test(address) && URL.canParse(address)
    ? element('a', { href: new URL(address).href, target: '_blank', rel: 'noopener noreferrer' }, inner)
    : inner;

const round = (value: number): number => Math.round(value * 100) / 100;
