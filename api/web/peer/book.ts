// book.ts: the certificates that are known and chain to the city's root. A certificate gets in only
// behind its issuer's, so whoever is in the book was checked up to the root.
import { hex, sameBytes, type Bytes } from './bytes.ts';
import {
  checkSubject,
  checkWithin,
  isNewer,
  openRoot,
  signedCertificate,
  type Certificate,
  type RootStatement,
} from './certificate.ts';
import { comesFirst, lineOf, type Line } from './lines.ts';
import { kDomain } from './names.ts';
import { demand, Refused } from './refused.ts';
import { covers } from './scope.ts';
import { isSignedBy } from './signature.ts';

export class CertificateBook {
  private certificates = new Map<string, { certificate: Certificate; signed: Bytes }>();

  private constructor(
    readonly root: RootStatement,
    readonly signedRoot: Bytes,
  ) {}

  /** A book of the city that this root statement founds. Throws malformed, unknown_critical, bad_signature. */
  static of(signedRoot: Bytes): CertificateBook {
    return new CertificateBook(openRoot(signedRoot), signedRoot);
  }
  get city(): Bytes {
    return this.root.hash;
  }
  find(name: Bytes): Certificate | null {
    return this.certificates.get(hex(name))?.certificate ?? null;
  }
  /** As it is handed on; null if it isn't here. */
  signed(name: Bytes): Bytes | null {
    return this.certificates.get(hex(name))?.signed ?? null;
  }
  all(): Certificate[] {
    return [...this.certificates.values()].map(({ certificate }) => certificate);
  }
  /** The newest of the line that `certificate` belongs to (lines.ts). */
  newestAfter(certificate: Certificate): Certificate {
    const lines = this.linesOf(certificate.subject);
    return this.newestIn(lines, lines.get(hex(certificate.hash))) ?? certificate;
  }
  /** Where only the subject is known; null if nothing is. */
  newestOf(subject: Bytes): Certificate | null {
    const lines = this.linesOf(subject);
    let first: Line | undefined;
    for (const line of lines.values()) if (!first || comesFirst(line, first)) first = line;
    return this.newestIn(lines, first);
  }
  /** Does `who` stand above this key, by each line of certificates that it has? Null: none is here. */
  standsAboveKey(who: Bytes, key: Bytes): boolean | null {
    const above = new Map<string, boolean>();
    for (const certificate of this.all()) {
      if (!sameBytes(certificate.signingKey, key)) continue;
      const line = lineOf(certificate, this.finding);
      above.set(line.first, above.get(line.first) === true || line.above.has(hex(who)));
    }
    return above.size === 0 ? null : [...above.values()].every((stands) => stands);
  }
  private readonly finding = (name: Bytes): Certificate | null => this.find(name);
  private linesOf(subject: Bytes): Map<string, Line> {
    const lines = new Map<string, Line>();
    for (const certificate of this.all())
      if (sameBytes(certificate.subject, subject)) lineOf(certificate, this.finding, lines);
    return lines;
  }
  private newestIn(lines: Map<string, Line>, line: Line | undefined): Certificate | null {
    let newest: Certificate | null = null;
    for (const [name, { first }] of lines) {
      const certificate = this.certificates.get(name)?.certificate;
      if (!certificate || first !== line?.first) continue;
      if (!newest || isNewer(certificate, newest)) newest = certificate;
    }
    return newest;
  }
  /** From the one that a root key signed down to `name`. Throws unknown_certificate. */
  chain(name: Bytes): Certificate[] {
    const certificate = this.find(name);
    demand(certificate !== null, 'unknown_certificate', 'a certificate that is not here');
    return this.isFromRoot(certificate)
      ? [certificate]
      : [...this.chain(certificate.issuer), certificate];
  }
  isFromRoot(certificate: Certificate): boolean {
    return sameBytes(certificate.issuer, this.city);
  }

  /**
   * Checks a signed certificate and takes it in; one that is there already is left alone.
   * Throws malformed, unknown_critical, other_city, unknown_certificate (its issuer's isn't here),
   * bad_signature, forbidden (its name or line of keys), out_of_scope (more than its issuer has).
   */
  add(signedBytes: Bytes): Certificate {
    const { certificate, ...signed } = signedCertificate(signedBytes);
    const held = this.find(certificate.hash);
    if (held) return held;
    demand(sameBytes(certificate.city, this.city), 'other_city', "another city's certificate");
    const issuer = this.isFromRoot(certificate) ? null : this.find(certificate.issuer);
    if (!issuer && !this.isFromRoot(certificate))
      throw new Refused('unknown_certificate', "its issuer's certificate isn't here");
    const signers = issuer ? [issuer.signingKey] : this.root.keys;
    demand(
      signers.some((key) => isSignedBy(key, kDomain.certificate, signed)),
      'bad_signature',
      'not signed by its issuer',
    );
    checkSubject(certificate, issuer ? [] : this.root.keys);
    if (issuer) checkWithin(certificate, issuer);
    else
      demand(
        certificate.paths.every((path) => covers(this.root.scope, path)),
        'out_of_scope',
        'outside of the city',
      );
    this.certificates.set(hex(certificate.hash), { certificate, signed: signedBytes });
    return certificate;
  }
  /**
   * Takes in all of them, each issuer before whom it certified, or none. Answers with all. `check` may
   * throw of one that isn't here yet. Throws as add does.
   */
  addAll(
    chain: readonly Bytes[],
    check: (certificate: Certificate) => void = () => undefined,
  ): Certificate[] {
    const before = new Map(this.certificates);
    try {
      return chain.map((signedBytes) => {
        const { certificate } = signedCertificate(signedBytes);
        if (!this.find(certificate.hash)) check(certificate);
        return this.add(signedBytes);
      });
    } catch (error) {
      this.certificates = before;
      throw error;
    }
  }
  /** Would it begin another line for somebody whom others enrolled? False: it doesn't, or that can't be told yet. */
  isRival(certificate: Certificate): boolean {
    const issuer = this.find(certificate.issuer);
    const lines = this.linesOf(certificate.subject);
    if (!issuer || lines.size === 0) return false;
    const named = certificate.before && lines.get(hex(certificate.before));
    if (named) return !named.above.has(hex(issuer.subject));
    if (certificate.before) return false; // What it names may still come.
    return [...lines.values()].every(({ first }) => first !== hex(issuer.subject));
  }
}
