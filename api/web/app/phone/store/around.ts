// around.ts: what rules and forms look up on the phone.
import type { Around } from '../model/inspection.ts';
import { usePhone } from './phone.ts';

export function around(): Around {
  const phone = usePhone();
  return {
    catalog: phone.known(),
    find: phone.find,
    setting: (code, otherwise) =>
      phone
        .list('rule_setting')
        .find((entry) => entry.text('code') === code)
        ?.integer('value') ?? otherwise,
  };
}
/** Name of a record that another refers to, as a line shows it; `otherwise` where it isn't here. */
export function nameHere(key: string, otherwise = ''): string {
  return (key && usePhone().find(key)?.title()) || otherwise;
}
