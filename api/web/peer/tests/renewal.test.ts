// When a phone asks for its next certificate.
import { expect, it } from 'vitest';
import type { Certificate } from '../certificate.ts';
import { isDue } from '../renewal.ts';
import { City } from './support/city.ts';

it('a certificate is renewed from a third of its time on', () => {
  const certificate: Certificate = {
    ...new City().phone.certificate,
    validFrom: 0n,
    validUntil: 300n,
  };
  expect([
    isDue(certificate, 199),
    isDue(certificate, 200),
    isDue(certificate, 201),
    isDue(certificate, 400),
  ]).toEqual([false, false, true, true]);
});
