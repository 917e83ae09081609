// What goes over the line, byte for byte as every other node has it: tests/vectors/exchange.json.
import { describe, expect, it } from 'vitest';
import { blobProof, readBlobResponse, writeBlobRequest, type BlobOffer } from '../blob_messages.ts';
import { hex } from '../bytes.ts';
import { CborReader } from '../cbor_reader.ts';
import { readResponse, writeRequest, type Cursor, type LogObject } from '../messages.ts';
import { unpack } from '../wire.ts';
import { Vector } from './support/vectors.ts';

const vector = Vector.of('exchange');

const objectsOf = (fields: Vector): LogObject[] =>
  fields
    .in('objects')
    .list()
    .map((object) => ({ kind: object.number(0), bytes: object.bytes(1) }));

const cursorOf = (fields: Vector, ours: Uint8Array<ArrayBuffer>): Cursor | null => {
  if (!fields.has('cursor')) return null;
  const cursor = fields.in('cursor');
  return {
    epoch: cursor.big('epoch'),
    arrival: cursor.big('arrival'),
    mark: cursor.bytes('mark'),
    certificate: cursor.maybe('certificate') ?? ours,
  };
};

describe('requests', () => {
  it.each(
    vector
      .in('requests')
      .list()
      .map((each) => [each.text('name'), each] as const),
  )('%s', (_, each) => {
    const fields = each.in('fields');
    const certificate = fields.bytes('certificate');
    const body = writeRequest({
      city: fields.bytes('city'),
      certificate,
      session: fields.maybe('session'),
      counter: fields.big('counter'),
      cursor: cursorOf(fields, certificate),
      includeOwn: fields.text('include_own') === 'true',
      pull: fields.text('push_only') !== 'true',
      ask: fields
        .in('ask')
        .list()
        .map((_, i) => fields.in('ask').bytes(i)),
      objects: objectsOf(fields),
      snapshots: fields.text('snapshots') === 'true',
      portion: fields.big('portion'),
    });
    expect(hex(body)).toBe(each.text('body'));
    expect(hex(unpack(each.bytes('wire')).body)).toBe(each.text('body'));
  });
  it('a compressed one holds the same', () => {
    const same = vector
      .in('requests')
      .list()
      .find((each) => each.text('name') === vector.in('zstd').text('of'));
    expect(hex(unpack(vector.in('zstd').bytes('wire')).body)).toBe(same?.text('body'));
  });
});

describe('responses', () => {
  it.each(
    vector
      .in('responses')
      .list()
      .map((each) => [each.text('name'), each] as const),
  )('%s', (_, each) => {
    const fields = each.in('fields');
    const ours = vector.in('requests').in(0).in('fields').bytes('certificate');
    const read = readResponse(unpack(each.bytes('wire')).body, ours);
    expect(hex(read.request)).toBe(fields.text('request'));
    expect(hex(read.session)).toBe(fields.text('session'));
    expect(read.time).toBe(fields.big('time'));
    expect(read.error ?? 'null').toBe(fields.text('error'));
    expect(read.detail).toBe(fields.text('detail'));
    expect(read.counter).toBe(fields.big('counter'));
    expect(read.cursor).toEqual(cursorOf(fields, ours));
    expect(read.more).toBe(fields.text('more') === 'true');
    expect(read.remaining).toBe(fields.big('remaining'));
    expect(read.objects).toEqual(objectsOf(fields));
    expect(read.verdicts.map((v) => [v.index, v.refused, v.detail])).toEqual(
      fields.in('verdicts').raw(),
    );
    expect(read.frontiers.map((f) => [hex(f.feed), Number(f.seq), hex(f.hash)])).toEqual(
      fields.in('frontiers').raw(),
    );
    expect(read.newer.map(hex)).toEqual(fields.in('newer').raw());
    expect(read.elsewhere).toEqual(fields.in('elsewhere').raw());
  });
});

describe('attachments', () => {
  const ours = vector.in('attachments');
  it('asks as others do, for itself', () => {
    for (const each of ours.in('requests').list()) {
      const fields = each.in('fields');
      const offers = fields.in('offers').list();
      // A phone hands over nobody else's.
      if (offers.some((offer) => offer.in('authors').list().length > 0)) continue;
      const body = writeBlobRequest({
        city: fields.bytes('city'),
        certificate: fields.bytes('certificate'),
        session: fields.maybe('session'),
        counter: fields.big('counter'),
        offers: offers.map(
          (offer): BlobOffer => ({
            name: offer.bytes('hash'),
            size: offer.number('size'),
            proof: offer.maybe('proof'),
          }),
        ),
        wishes: fields
          .in('wishes')
          .list()
          .map((_, i) => fields.in('wishes').bytes(i)),
        from: fields.has('from') ? fields.number('from') : null,
      });
      expect(hex(body)).toBe(each.text('body'));
    }
  });
  it('reads the answers', () => {
    const each = ours.in('responses').in(0);
    const read = readBlobResponse(unpack(each.bytes('wire')).body);
    expect(read.epoch).toBe(each.in('fields').big('epoch'));
    expect(read.answers.map((answer) => [answer.state, answer.number])).toEqual(
      each
        .in('fields')
        .in('answers')
        .list()
        .map((answer) => [answer.number(0), answer.number(1)]),
    );
  });
  it('proves what it has as others do', () => {
    const proof = ours.in('proof');
    expect(hex(blobProof(proof.bytes('content'), proof.bytes('by')))).toBe(proof.text('proof'));
  });
});

describe('hello', () => {
  it('is a list of signed certificates', () => {
    const reader = new CborReader(vector.bytes('hello'));
    const chain = reader.list(1, 16, () => reader.bytes(0, 64 << 10));
    reader.end();
    expect(chain.length).toBe(2);
  });
});
