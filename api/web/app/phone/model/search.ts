// search.ts: looks for words in what is on the phone, without a network.
import type { Entry } from './entry.ts';
import type { Readings } from './pinyin.ts';

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

export const wordsOf = (query: string): string[] => plain(query).split(/\s+/).filter(Boolean);
/** Two letters and more can be pinyin. */
export const isLetters = (word: string): boolean => /^[a-z]{2,}$/.test(word);

/** Those that have all words, in the order given; `most` of them. Letters are read as pinyin too, with `readings`. */
export function search(
  entries: readonly Entry[],
  query: string,
  most: number,
  readings: Readings | null = null,
): Entry[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const found: Entry[] = [];
  for (const entry of entries) {
    const text = plain(textOf(entry));
    const has = (word: string): boolean =>
      text.includes(word) || (isLetters(word) && (readings?.matches(text, word) ?? false));
    if (words.every(has)) found.push(entry);
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
