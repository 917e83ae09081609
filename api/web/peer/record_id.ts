// record_id.ts: new ids of records: UUIDv7 (RFC 9562), random and in the order of time.
import { randomBytes, type Bytes } from './bytes.ts';

/** `now`: microseconds since 1970 UTC. */
export function newRecordId(now: number): Bytes {
  const id = randomBytes(16);
  const milliseconds = BigInt(Math.floor(now / 1000));
  for (let i = 0; i < 6; ++i) id[i] = Number((milliseconds >> BigInt(8 * (5 - i))) & 255n);
  id[6] = 0x70 | ((id[6] ?? 0) & 0x0f);
  id[8] = 0x80 | ((id[8] ?? 0) & 0x3f);
  return id;
}
