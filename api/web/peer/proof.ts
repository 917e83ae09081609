// proof.ts: checks a proof file (sync/PROOF.md §5): the change sets of one record, and what shows that
// each stands in the city's history. Asks nobody.
import { CertificateBook } from './book.ts';
import { hex, sameBytes, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { decodeValue, type CborValue } from './cbor_value.ts';
import { feedOf, type ChangeSet } from './change_set.ts';
import { readChangeSet } from './change_set_reader.ts';
import { checkPlace, openPlace, type Witness } from './checkpoint.ts';
import { checkTrust } from './feed.ts';
import { need, readScope } from './layout.ts';
import { kDomain, nameOf } from './names.ts';
import { fittingOpenings, readParcel } from './parcel.ts';
import { checkWord, readReceipt } from './receipt.ts';
import type { RecordName } from './seen.ts';
import { demand } from './refused.ts';
import { reaches } from './scope.ts';
import { readSigned } from './signature.ts';

export const kProofBytesMax = 8 << 20;

export interface ProvenSet {
  readonly name: Bytes;
  readonly set: ChangeSet;
  /** Its place in the history, and how large that was. */
  readonly index: number;
  readonly size: number;
  /** By the hub's clock, microseconds since 1970 UTC; null: nothing shows it. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly witnesses: readonly Witness[];
  /** The values that came along, by the ordinal of their commitment. */
  readonly opened: ReadonlyMap<number, CborValue>;
}
export interface Proof {
  readonly book: CertificateBook;
  readonly record: RecordName;
  readonly sets: readonly ProvenSet[];
}
interface GivenSet {
  readonly parcel: Bytes;
  readonly place: string;
  readonly receipt: Bytes | null;
}

/**
 * `city`: its name or one of its root keys, 32 bytes. Throws too_large, malformed, newer_version (a
 * format or a critical key that isn't known), other_city, and what any of its parts is refused with.
 */
export function checkProof(file: Bytes, city: Bytes): Proof {
  demand(file.length <= kProofBytesMax, 'too_large', 'a proof over 8 MiB');
  const { record, root, certificates, sets } = readProof(file);
  const book = CertificateBook.of(root);
  const isNamed = [book.city, ...book.root.keys].some((name) => sameBytes(name, city));
  demand(isNamed, 'other_city', `the proof is of the city ${hex(book.city)}`);
  certificates.forEach((certificate) => book.add(certificate));
  return { book, record, sets: sets.map((given) => checkSet(given, record, book)) };
}
function readProof(file: Bytes) {
  const reader = new CborReader(file);
  let format: bigint | undefined;
  let record: RecordName | undefined;
  let root: Bytes | undefined;
  let certificates: Bytes[] | undefined;
  let sets: GivenSet[] | undefined;
  reader.map(0, file.length, (key) => {
    if (key === 0n) format = reader.int();
    else if (key === 1n) record = readName(reader);
    else if (key === 2n) root = reader.bytes(1, file.length);
    else if (key === 3n) certificates = reader.list(0, 1000, () => reader.bytes(1, file.length));
    else if (key === 4n) sets = reader.list(1, 1000, () => readSet(reader, file.length));
    else {
      demand(key >= 0n, 'newer_version', 'a critical key of a later version');
      reader.itemApart();
    }
  });
  reader.end();
  demand(need(format, 'the format') === 1n, 'newer_version', `a proof of format ${format}`);
  return {
    record: need(record, 'the record'),
    root: need(root, 'the root statement'),
    certificates: need(certificates, 'the certificates'),
    sets: need(sets, 'the change sets'),
  };
}
function readName(reader: CborReader): RecordName {
  return reader.tuple(3, 3, () => ({
    type: reader.small(1, 65535),
    scope: readScope(reader),
    id: reader.bytes(16),
  }));
}
function readSet(reader: CborReader, most: number): GivenSet {
  return reader.tuple(2, 3, (places) => ({
    parcel: reader.bytes(1, most),
    place: reader.text(),
    receipt: places === 3 ? reader.bytes(1, most) : null,
  }));
}

function checkSet(given: GivenSet, record: RecordName, book: CertificateBook): ProvenSet {
  const parcel = readParcel(given.parcel);
  const set = readChangeSet(parcel.body);
  const name = nameOf(kDomain.changeSet, parcel.body);
  checkTrust(book.city, set, parcel, book.find(set.certificate));
  const touches = set.changes.some(
    ({ type, id }) => type === record.type && sameBytes(id, record.id),
  );
  demand(set.scope === record.scope && touches, 'not_found', "a set that doesn't touch the record");
  const fitting = fittingOpenings(set, parcel.openings);
  const fits = fitting.length === parcel.openings.length;
  demand(fits, 'corrupt', "an opening doesn't fit its commitment");
  const place = openPlace(given.place, book);
  const { head } = place;
  demand(
    head.keepers.some((keeper) => reaches(keeper, set.scope)),
    'out_of_scope',
    'the history',
  );
  checkPlace(name, place);
  return {
    name,
    set,
    index: place.index,
    size: head.size,
    notBefore: set.seen?.time ?? null,
    notAfter: given.receipt ? checkReceipt(given.receipt, set, name, book) : null,
    witnesses: head.witnesses,
    opened: new Map(fitting.map(({ ordinal, value }) => [ordinal, decodeValue(value)])),
  };
}
function checkReceipt(bytes: Bytes, set: ChangeSet, name: Bytes, book: CertificateBook): number {
  const signed = readSigned(bytes);
  const receipt = readReceipt(signed.body);
  const signer = book.find(receipt.certificate);
  checkWord(book.city, receipt, kDomain.receipt, signed, signer);
  const isOfSet = sameBytes(receipt.feed, feedOf(set)) && receipt.scope === set.scope;
  const covers = receipt.from <= set.seq && set.seq <= receipt.to;
  const isLast = receipt.to !== set.seq || sameBytes(receipt.last, name);
  demand(isOfSet && covers && isLast, 'altered', 'the receipt is for another change set');
  return receipt.checkpoint.time;
}
