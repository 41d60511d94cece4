// The licences of the libraries inside dist: the copyright notices of each, and every text once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Wrapped at another width, or with other quotes, it is the same text. */
const sameAs = (text) =>
  text
    .replaceAll(/["“”'‘’]/g, '"')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
/** What stands above the text: whose it is, and a title. */
const isNotice = (paragraph) => /^\W*(?:copyright|©)|^\W*\(c\)|\bcopyright \(c\)/i.test(paragraph);
const isTitle = (paragraph) => /^\W*(?:the )?[\w-]+ licen[cs]e(?: \(\w+\))?\W*$/i.test(paragraph);

function licenceOf(folder) {
  const { name, version, license, licenses, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const id = license ?? licenses?.map(({ type }) => type).join(' / ');
  const files = readdirSync(folder).filter((entry) => /^licen[cs]e/i.test(entry));
  // Where there is a choice, the shortest.
  const file = files.find((entry) => /-mit\b/i.test(entry)) ?? files[0];
  const paragraphs = (file ? readFileSync(join(folder, file), 'utf8') : '').trim().split(/(?:\r?\n[ \t]*){2,}/);
  const start = paragraphs.findIndex((paragraph) => !isNotice(paragraph) && !isTitle(paragraph));
  const above = paragraphs.slice(0, start).filter(isNotice);
  const notices = above.length > 0 ? above : [author?.name ?? author].filter(Boolean);
  return {
    id,
    text: paragraphs.slice(start).join('\n\n'),
    owner: [`${name} ${version} (${id})`, ...notices].join('\n'),
  };
}

export function licencesOf(folders) {
  const texts = new Map();
  const licences = folders.map(licenceOf);
  for (const { id, text, owner } of licences) {
    // A package that brings only the name of its licence stands with another of that name.
    const full = text || licences.find((other) => other.id === id && other.text)?.text || '';
    const group = texts.get(sameAs(full)) ?? { text: full, owners: [] };
    group.owners.push(owner);
    texts.set(sameAs(full), group);
  }
  const parts = [...texts.values()].map(({ text, owners }) => [...owners, text].join('\n\n'));
  return `${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}
