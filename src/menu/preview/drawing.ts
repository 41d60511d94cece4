/** The parts of a drawing: text, lines, groups. Coordinates in px. */
import { element, escapeText, linked } from './element.ts';

export const COLOURS = {
  ink: '#191919',
  quiet: '#7a7a7a',
  line: '#dcdcdc',
  chat: '#ededed',
  bar: '#f7f7f7',
  green: '#07c160',
  link: '#576b95',
  frame: '#1b1b1d',
  paper: '#ffffff',
};

export interface LabelStyle {
  x: number;
  /** The baseline. */
  y: number;
  size: number;
  anchor?: 'middle' | 'end';
  weight?: 500 | 600;
  fill?: string;
  class?: string;
  /** The whole text, if the label is cut. */
  title?: string;
  /** A link, if a browser may open it. */
  href?: string;
}

/** One line of text, isolated from the others whether its script runs left or right. */
export function drawLabel(
  content: string,
  { x, y, size, anchor, weight, fill, title, href, ...rest }: LabelStyle,
): string {
  const drawn = element(
    'text',
    {
      ...rest,
      x,
      y,
      'font-size': size,
      'text-anchor': anchor,
      'font-weight': weight,
      fill: fill ?? COLOURS.ink,
      'unicode-bidi': 'plaintext',
    },
    escapeText(content) + (title === undefined ? '' : element('title', {}, escapeText(title))),
  );
  return href === undefined ? drawn : linked(href, drawn);
}

/** A hairline to the right. */
export const drawHairline = (x: number, y: number, width: number): string =>
  element('rect', { x, y, width, height: 1, fill: COLOURS.line });

/** A stroked line. */
export const drawStroke = (d: string, width = 1.6, colour = COLOURS.ink): string =>
  element('path', {
    d,
    fill: 'none',
    stroke: colour,
    'stroke-width': width,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });

export const moveDrawing = (x: number, y: number, inner: string, attributes: Record<string, string> = {}): string =>
  element('g', { ...attributes, transform: `translate(${x} ${y})` }, inner);
