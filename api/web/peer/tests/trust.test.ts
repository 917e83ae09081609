// Who may write what, and whose word counts: certificates, policies, audiences, the hub's rulings (I5, I6).
import { describe, expect, it } from 'vitest';
import { compareBytes, type Bytes } from '../bytes.ts';
import {
  encodeBytes,
  encodeFields,
  encodeInt,
  encodeList,
  encodeValue,
  type CborValue,
} from '../cbor_value.ts';
import { kRole, type Certificate } from '../certificate.ts';
import { kKind, kNoBase, type Change, type ChangeSet } from '../change_set.ts';
import { readAdmission, readInvite, type Invite } from '../enrolment.ts';
import { checkTrust, extend } from '../feed.ts';
import { checkForkProof } from '../fork_proof.ts';
import { keysFrom } from '../keys.ts';
import { readSigned } from '../signature.ts';
import { readParcel } from '../parcel.ts';
import { judge, type Policy, type TypeRule } from '../policy.ts';
import { checkWord, readReceipt } from '../receipt.ts';
import { kDomain } from '../names.ts';
import { standingOf, type Words } from '../standing.ts';
import type { ReceiptRow, RulingRow } from '../store.ts';
import {
  certify,
  City,
  Key,
  kBegin,
  kCompound,
  kNote,
  noteOf,
  recordId,
  type WrittenSet,
} from './support/city.ts';
import { expectRefused, refusal } from './support/vectors.ts';

const city = new City();

describe('what a feed takes', () => {
  const tip = { seq: 2n, hash: new Uint8Array(32).fill(2), stamp: 100 };
  const name = new Uint8Array(32).fill(3);
  it.each<[string, bigint, number, number[], Bytes | null, string | null]>([
    ['the next', 3n, 2, [101], null, null],
    ['the same once more', 2n, 1, [90], name, 'replay'],
    ['another under a taken number', 2n, 1, [90], new Uint8Array(32), 'fork'],
    ['the next on an older one', 3n, 1, [101], null, 'fork'],
    ['one too far ahead', 4n, 3, [101], null, 'gap'],
    ['a stamp that stands still', 3n, 2, [100], null, 'malformed'],
    ["one that can't be read", 3n, 2, [], null, null],
  ])('%s', (_, seq, prev, stamps, held, reason) => {
    expect(
      refusal(() => extend(tip, { seq, prev: new Uint8Array(32).fill(prev), stamps }, name, held)),
    ).toBe(reason);
  });
  it('trust, in its order', () => {
    const { set, object } = city.office.write([noteOf(recordId('a'), { 1: '一' })]);
    const { body, signature } = { body: object.bytes, signature: new Uint8Array(64) };
    const signed = { body, signature };
    expectRefused('other_city', () => checkTrust(new Uint8Array(32), set, signed, null));
    expectRefused('unknown_certificate', () => checkTrust(city.book.city, set, signed, null));
    expectRefused('bad_signature', () =>
      checkTrust(city.book.city, set, signed, city.office.certificate),
    );
    const fresh = city.office.key.sign(kDomain.changeSet, body);
    const office = city.office.certificate;
    expect(refusal(() => checkTrust(city.book.city, set, fresh, office))).toBeNull();
    expectRefused('forbidden', () =>
      checkTrust(city.book.city, { ...set, author: city.phone.id }, fresh, office),
    );
    expectRefused('out_of_scope', () =>
      checkTrust(city.book.city, { ...set, scope: '410700/x' }, fresh, office),
    );
    expectRefused('out_of_scope', () =>
      checkTrust(city.book.city, set, fresh, { ...office, audiences: 14 }),
    );
  });
});

describe('policy', () => {
  const certificate = (role: number, more: Partial<Certificate> = {}): Certificate => ({
    ...city.office.certificate,
    role,
    delegation: 0,
    rights: 0,
    ...more,
  });
  const set = (change: Partial<Change>, more: Partial<ChangeSet> = {}): ChangeSet => ({
    ...city.office.write([noteOf(recordId('a'), { 1: 'x' })]).set,
    ...more,
    changes: [
      {
        type: kNote,
        id: recordId('a'),
        kind: kKind.put,
        stamp: kBegin,
        fields: [],
        base: kNoBase,
        life: 0,
        ...change,
      },
    ],
  });
  const fields = (values: Record<number, CborValue>) =>
    Object.entries(values).map(([number, value]) => ({
      number: Number(number),
      value: encodeValue(value),
    }));
  const rule: TypeRule = {
    type: kNote,
    writers: 1 << kRole.office,
    removers: 1 << kRole.hub,
    fields: new Map([[9, 1 << kRole.office]]),
    stateField: 2,
    moves: [
      { from: null, to: 1n, roles: 1 << kRole.office, rank: 0 },
      { from: 1n, to: 2n, roles: 1 << kRole.hub, rank: 0 },
    ],
  };
  const ruled = (more: Partial<TypeRule>): Policy => ({
    ...city.policy,
    rules: new Map([[kNote, { ...rule, ...more }]]),
  });
  const policy = ruled({});
  it.each<[string, number, Partial<Change>, string | null]>([
    ['a writer', kRole.office, { fields: fields({ 1: 'x' }) }, null],
    ['nobody else', kRole.device, { fields: fields({ 1: 'x' }) }, 'forbidden'],
    ['a type without a rule', kRole.office, { type: 99, fields: fields({ 1: 'x' }) }, 'forbidden'],
    ['a field of its own roles', kRole.office, { fields: fields({ 9: 'x' }) }, null],
    ['a removal by a writer', kRole.office, { kind: kKind.remove }, 'forbidden'],
    ['by a remover', kRole.hub, { kind: kKind.remove }, null],
    ['a beginning', kRole.office, { fields: fields({ 2: [null, 1] }) }, null],
    ['a move of another role', kRole.office, { fields: fields({ 2: [1, 2] }) }, 'bad_move'],
    ["a move that isn't there", kRole.office, { fields: fields({ 2: [2, 1] }) }, 'bad_move'],
    ['no move', kRole.office, { fields: fields({ 2: 1 }) }, 'bad_move'],
    [
      'clearing the state',
      kRole.office,
      { kind: kKind.clear, fields: fields({ 2: null }) },
      'bad_move',
    ],
    [
      'a certificate without delegation',
      kRole.office,
      { type: 1, fields: fields({ 1: new Uint8Array(1) }) },
      'forbidden',
    ],
    [
      'a policy without the right',
      kRole.hub,
      { type: 2, fields: fields({ 1: new Uint8Array(1) }) },
      'forbidden',
    ],
    [
      'an end of a key without either',
      kRole.office,
      { type: 3, fields: fields({ 1: new Uint8Array(1) }) },
      'forbidden',
    ],
  ])('%s', (_, role, change, reason) =>
    expect(refusal(() => judge(set(change), certificate(role), policy))).toBe(reason),
  );
  it('a field of other roles only', () => {
    const strict = ruled({ fields: new Map([[9, 1 << kRole.hub]]) });
    expectRefused('forbidden', () =>
      judge(set({ fields: fields({ 9: 'x' }) }), certificate(kRole.office), strict),
    );
  });
  it('certificates by who may issue them, and only put', () => {
    const issuer = certificate(kRole.office, { delegation: 1 });
    expect(
      refusal(() =>
        judge(set({ type: 1, fields: fields({ 1: new Uint8Array(1) }) }), issuer, policy),
      ),
    ).toBeNull();
    expectRefused('forbidden', () => judge(set({ type: 1, kind: kKind.remove }), issuer, policy));
  });
  it('an unknown policy waits; confined types stay in the street', () => {
    expectRefused('unknown_policy', () => judge(set({}), certificate(kRole.office), null));
    expectRefused('forbidden', () =>
      judge(set({}, { policy: null }), certificate(kRole.office), null),
    );
    const confined = { ...policy, confined: new Set([kNote]) };
    expectRefused('forbidden', () =>
      judge(set({ fields: fields({ 1: 'x' }) }), certificate(kRole.office), confined),
    );
    expect(
      refusal(() =>
        judge(
          set({ fields: fields({ 1: 'x' }) }, { audience: 2 }),
          certificate(kRole.office),
          confined,
        ),
      ),
    ).toBeNull();
  });
});

describe("the hub's word", () => {
  it('by whom, and where', () => {
    const written = city.office.write([noteOf(recordId('a'), { 1: 'x' })]);
    const signed = readSigned(city.hub.receipt(written, 1n).bytes);
    const receipt = readReceipt(signed.body);
    const check = (
      word: Partial<typeof receipt>,
      signer: Certificate | null = city.hub.certificate,
    ) =>
      refusal(() =>
        checkWord(city.book.city, { ...receipt, ...word }, kDomain.receipt, signed, signer),
      );
    expect(check({})).toBeNull();
    expect([
      check({ city: new Uint8Array(32) }),
      check({}, null),
      check({}, city.office.certificate),
    ]).toEqual(['other_city', 'unknown_certificate', 'bad_signature']);
    expect([
      check({}, { ...city.hub.certificate, rights: 1 }),
      check({ scope: 'elsewhere' }),
    ]).toEqual(['forbidden', 'out_of_scope']);
  });
  const set = { feed: new Uint8Array(32), seq: 5n, name: new Uint8Array(32).fill(5) };
  const receipt = (to: bigint, time: number): ReceiptRow => ({
    name: '',
    feed: '',
    from: 1n,
    to,
    last: set.name,
    clockFlagged: [],
    signer: '',
    checkpoint: { epoch: 1n, size: to, root: set.name, time },
  });
  const ruling = (approved: boolean, time: number): RulingRow => ({
    name: '',
    set: '',
    approved,
    reason: 'expired',
    time,
    signer: '',
  });
  const end = (seq: bigint, hash = set.name) =>
    ({ cuts: [{ feed: set.feed, seq, hash }] }) as unknown as Words['ends'][number];
  it.each<[string, Partial<Words>, string]>([
    ['nothing', {}, 'counts'],
    ['held', { rulings: [ruling(false, 9)] }, 'held'],
    ['held, and approved', { rulings: [ruling(false, 9), ruling(true, 10)] }, 'counts'],
    ['held after a receipt', { rulings: [ruling(false, 9)], receipts: [receipt(5n, 8)] }, 'counts'],
    ['held before it', { rulings: [ruling(false, 9)], receipts: [receipt(5n, 9)] }, 'held'],
    [
      'a receipt for those before',
      { rulings: [ruling(false, 9)], receipts: [receipt(4n, 8)] },
      'held',
    ],
    ['within the line', { ends: [end(5n)] }, 'counts'],
    ['beyond the line', { ends: [end(4n)] }, 'held'],
    ['another set at the line', { ends: [end(5n, new Uint8Array(32))] }, 'held'],
    [
      "a feed that isn't listed",
      { ends: [{ cuts: [] } as unknown as Words['ends'][number]] },
      'held',
    ],
    ['beyond, but receipted', { ends: [end(4n)], receipts: [receipt(6n, 1)] }, 'counts'],
    ['the lowest line', { ends: [end(9n), end(4n)] }, 'held'],
  ])('%s', (_, words, state) =>
    expect(standingOf(set, { receipts: [], rulings: [], ends: [], ...words }).state).toBe(state),
  );
});

describe('a proof of a fork', () => {
  const [hub, office] = [city.hub, city.office];
  const pair = ({ object }: WrittenSet): Bytes => {
    const { body, signature } = readParcel(object.bytes);
    return encodeList([encodeBytes(body), encodeBytes(signature)]);
  };
  const proof = (certificates: readonly Bytes[], sets: readonly WrittenSet[]): Bytes => {
    const [first, second] = [...sets].sort((a, b) => compareBytes(a.name, b.name)).map(pair);
    return encodeFields([
      [0, encodeInt(1)],
      [1, encodeBytes(city.root)],
      [2, encodeList(certificates.map(encodeBytes))],
      [3, first ?? null],
      [4, second ?? null],
    ]);
  };
  const one = office.write([noteOf(recordId('a'), { 1: '一' })], { audience: 3 });
  office.forget(kCompound, 3);
  const rival = office.write([noteOf(recordId('a'), { 1: '另一' })], { audience: 3 });
  const next = office.write([noteOf(recordId('a'), { 1: '下一' })], { audience: 3 });
  const chain = [hub.signed, office.signed];
  it.each<[string, readonly Bytes[], readonly WrittenSet[], string | null]>([
    ['two under one number', chain, [one, rival], null],
    ['one twice', chain, [one, one], 'no_fork'],
    ['two numbers', chain, [rival, next], 'no_fork'],
    ['a certificate too many', [...chain, city.phone.signed], [one, rival], 'malformed'],
    ['a chain with a gap', [office.signed], [one, rival], 'stranger'],
  ])('%s', (_, certificates, sets, reason) => {
    expect(refusal(() => checkForkProof(proof(certificates, sets), city.book.city))).toBe(reason);
  });
});

describe('joining', () => {
  const invite = (more: Partial<Invite> = {}): Invite => ({
    city: city.book.city,
    inviter: city.office.certificate.hash,
    url: '',
    secret: new Uint8Array(16),
    expires: 0n,
    name: '',
    tlsKey: null,
    ...more,
  });
  const answer = async (certificates: readonly Bytes[]): Promise<Bytes> =>
    encodeList([encodeBytes(city.root), encodeList(certificates.map(encodeBytes))]);
  const phone = async () => {
    const keys = await keysFrom(new Key('n').seed, new Uint8Array(32).fill(5));
    return {
      keys: { ...keys, sealing: { ...keys.sealing, publicKey: new Uint8Array(32).fill(5) } },
      signed: (key = new Key('n'), by = city.office) =>
        certify(city.book.city, { key: by.key, hash: by.certificate.hash }, key, {
          role: kRole.device,
          paths: [kCompound],
        }),
    };
  };
  it("the inviter's certificate for our key, chained to the root", async () => {
    const { keys, signed } = await phone();
    const given = await answer([city.hub.signed, city.office.signed, signed()]);
    expect(readAdmission(given, invite(), keys).certificates).toHaveLength(3);
    expectRefused('other_city', () =>
      readAdmission(given, invite({ city: new Uint8Array(32) }), keys),
    );
    expectRefused('stranger', () =>
      readAdmission(given, invite({ inviter: city.hub.certificate.hash }), keys),
    );
    const other = await answer([city.hub.signed, city.office.signed, signed(new Key('m'))]);
    expectRefused('stranger', () => readAdmission(other, invite(), keys));
    const unchained = await answer([city.hub.signed, signed()]);
    expectRefused('unknown_certificate', () => readAdmission(unchained, invite(), keys));
  });
  it('a line that is cut short, or none', () => {
    for (const line of ['', 'linli-invite:', 'linli-invite:gw', 'https://x', 'linli-invite:*'])
      expectRefused('bad_input', () => readInvite(line));
  });
});
