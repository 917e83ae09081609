// around.ts: what rules and forms look up on the phone.
import type { Row } from '../model/entry.ts';
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
    calendar: (year) => {
      const entry = phone.list('calendar_year').find((one) => one.integer('year') === year);
      if (!entry) return null;
      const days = (row: Row, field: string): number => row.integer(field) ?? NaN;
      return {
        holidays: entry
          .rows('holidays')
          .map((row) => ({ from: days(row, 'from_on'), to: days(row, 'to_on') })),
        worked: entry.rows('worked').map((row) => days(row, 'on')),
      };
    },
  };
}
/** Name of a record that another refers to, as a line shows it; `otherwise` where it isn't here. */
export function nameHere(key: string, otherwise = ''): string {
  return (key && usePhone().find(key)?.title()) || otherwise;
}
