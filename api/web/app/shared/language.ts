// language.ts: Chinese and English. A text is a pair; what is shown follows the language at once.
import { ref, watchEffect } from 'vue';
import { keep, kept } from './kept.ts';

export type Language = 'zh' | 'en';
/** `{name}` in it stands for a value. */
export type Text = readonly [zh: string, en: string];
/** As the schema of a node has labels. */
export interface Label {
  readonly zh: string;
  readonly en: string;
}

export const language = ref<Language>(kept('language') === 'en' ? 'en' : 'zh');
// The browser, and screen readers, are told what the page is written in. (Tests have no page.)
if (typeof document !== 'undefined') {
  watchEffect(() => {
    document.documentElement.lang = language.value === 'en' ? 'en' : 'zh-CN';
  });
}

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  keep('language', wanted);
}
export const otherLanguage = (): Language => (language.value === 'en' ? 'zh' : 'en');

export function say(text: Text, values: Readonly<Record<string, string | number>> = {}): string {
  const said = text[language.value === 'en' ? 1 : 0];
  return said.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
/** A label of the schema; `otherwise` where there is none. */
export function labelOf(label: Partial<Label> | null | undefined, otherwise = ''): string {
  if (!label) return otherwise;
  const [first, second] = language.value === 'en' ? [label.en, label.zh] : [label.zh, label.en];
  return first || second || otherwise;
}
/** In the brackets of the reader's language, to stand right behind what it says more of. */
export const aside = (text: string | number): string =>
  language.value === 'en' ? ` (${text})` : `（${text}）`;
