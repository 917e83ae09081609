// What a form refuses, at which field.
import { describe, expect, it } from 'vitest';
import { checkText, type Faults } from '../phone/model/faults.ts';
import { inspectorsIn } from '../phone/model/inspection.ts';

function faultsOf(text: string, max: number | null, need = false): string[] {
  const faults: Faults = new Map();
  checkText(faults, 'note', text, max, need);
  return [...faults.values()].map((fault) => fault.text[1]);
}

describe('a text', () => {
  it('may hold scripts and emoji: they are text', () => {
    expect(faultsOf('<script>alert(1)</script> 👩‍🚒', 200)).toEqual([]);
  });
  it('is measured in characters as people count them', () => {
    expect(faultsOf('楼'.repeat(200), 200)).toEqual([]);
    expect(faultsOf('👍'.repeat(200), 200)).toEqual([]);
    expect(faultsOf('楼'.repeat(10_000), 200)).toHaveLength(1);
  });
  it('has no characters that nobody sees', () => {
    expect(faultsOf('a\u202eb', null)).toHaveLength(1);
    expect(faultsOf('a\u0000b', null)).toHaveLength(1);
    expect(faultsOf('一行\n二行', null)).toEqual([]);
  });
  it('of white space alone is none', () => {
    expect(faultsOf(' \n ', null, true)).toEqual(['Required']);
    expect(faultsOf('', null)).toEqual([]);
  });
});

describe('numbers of inspectors', () => {
  it('are separated by whatever people type', () => {
    expect(inspectorsIn(' 巡-01、巡-02,  X3；')).toEqual(['巡-01', '巡-02', 'X3']);
    expect(inspectorsIn(' ')).toEqual([]);
  });
});
