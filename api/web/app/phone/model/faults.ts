// faults.ts: what is wrong with a form, where, in both languages. A form shows each at its field, and
// nothing that was typed is lost.
import type { Text } from '../../shared/language.ts';
import type { TypeInfo } from './catalog.ts';
import { plainText } from './wishes.ts';

export interface Fault {
  readonly text: Text;
  readonly values?: Readonly<Record<string, string | number>>;
}
/** Path of the field → what is wrong. */
export type Faults = Map<string, Fault>;

export const kRequired: Fault = { text: ['必填', 'Required'] };

/** Length and characters of a text; `need`: it can't be left out. */
export function checkText(
  faults: Faults,
  path: string,
  text: string,
  max: number | null,
  need = false,
): void {
  const plain = plainText(text);
  if (!plain) {
    if (need) faults.set(path, kRequired);
    return;
  }
  const length = [...plain].length;
  if (max !== null && length > max) {
    faults.set(path, {
      text: ['最多 {max} 字，现在 {length} 字', 'At most {max} characters; this has {length}'],
      values: { max, length },
    });
  } else if (hasHidden(plain)) {
    faults.set(path, {
      text: ['含有看不见的字符，请删去后重填', 'It has characters that can’t be seen: delete them'],
    });
  }
}
/** Controls and what turns the direction of text: nobody can see what stands there. */
const hasHidden = (text: string): boolean =>
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u.test(
    text,
  );
export function checkField(
  faults: Faults,
  path: string,
  text: string,
  type: TypeInfo,
  field: string,
  need = false,
): void {
  checkText(faults, path, text, type.field(field).max, need);
}
