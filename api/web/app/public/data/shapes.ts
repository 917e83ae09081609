// shapes.ts: what the notice board's API answers, by the names of the contract.
import type { components } from '../../shared/api-types.ts';

type Shapes = components['schemas'];
export type About = Shapes['PublicAbout'];
export type CompoundShort = Shapes['PublicCompoundShort'];
export type Compound = Shapes['PublicCompound'];
export type Contract = Shapes['PublicContract'];
export type DisclosureShort = Shapes['PublicDisclosureShort'];
export type Disclosure = Shapes['PublicDisclosure'];
/** A disclosure or an earlier version of it: what both show. */
export type Version = Shapes['PublicDisclosureVersion'];
export type Line = Shapes['PublicLine'];
export type Standard = Shapes['PublicStandard'];
export type Committee = Shapes['PublicCommittee'];
export type Pmc = Shapes['PublicPmc'];
export type Assembly = Shapes['PublicAssembly'];
export type Tally = Shapes['PublicTally'];
export type Meeting = Shapes['PublicMeeting'];
export type Question = Shapes['PublicQuestion'];
export type Wish = Shapes['PublicQuestionWish'];

/** Is it whole? An answer that broke off, or another server's, lacks these members. */
export type Whole = (value: unknown) => boolean;
export const has =
  (lists: readonly string[], others: readonly string[] = []): Whole =>
  (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const members = value as Record<string, unknown>;
    return (
      lists.every((name) => Array.isArray(members[name])) &&
      others.every((name) => members[name] !== undefined)
    );
  };
export const isPage = has(['items']);
export const isAbout = has([], ['name', 'city', 'privacy', 'limits']);
export const isCompound = has(
  [
    'contracts',
    'disclosures',
    'standards',
    'committees',
    'management_committees',
    'assemblies',
    'meetings',
    'questions',
  ],
  ['id', 'name', 'address'],
);
export const isDisclosure = has(['lines', 'earlier'], ['id', 'kind', 'compound', 'proof']);
export const isQuestion = has([], ['id', 'status', 'received_at']);
