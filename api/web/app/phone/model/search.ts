// search.ts: looks for words in what is on the phone, without a network.
import type { Entry } from './entry.ts';

/** Fields that are looked into, by type. */
const kSearched: Readonly<Record<string, readonly string[]>> = {
  compound: ['name', 'address', 'compound_code'],
  company: ['name', 'uscc'],
  finding: ['place', 'description', 'item_code'],
  inspection: ['note'],
  notice: ['provisional_no', 'official_no'],
  session: ['topic', 'place', 'code'],
  staff: ['staff_no'],
};
export const kSearchedTypes = Object.keys(kSearched);

/** Width, case and white space make no difference. */
export const plain = (text: string): string => text.normalize('NFKC').toLowerCase().trim();

/** Those that have all words, in the order given; `most` of them. */
export function search(entries: readonly Entry[], query: string, most: number): Entry[] {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found: Entry[] = [];
  for (const entry of entries) {
    const text = plain(textOf(entry));
    if (words.every((word) => text.includes(word))) found.push(entry);
    if (found.length >= most) break;
  }
  return found;
}
function textOf(entry: Entry): string {
  const fields = kSearched[entry.type.name] ?? [];
  const texts = fields.map((field) => entry.text(field));
  if (entry.type.name === 'compound') texts.push(...entry.texts('aliases'));
  return texts.join(' ');
}
