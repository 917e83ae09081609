// crypto/certificate.h: the city's root statement and the certificates that chain to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"
#include "crypto/keys.h"

namespace linli::crypto {

using AuthorId = FixedBytes<16, struct AuthorTag>;  ///< Fixed by a key's first certificate.

/// The author id of a key: first 16 bytes of BLAKE2b-256("linli/author/1" ‖ key). A certificate
/// names no other subject than that of its signing key, or of the first in a line of keys each of
/// which signed for the next (KeyBefore): so that who may issue certificates can't make one that
/// speaks in somebody else's name.
[[nodiscard]] AuthorId author_of(const PublicKey& key);

/// A key that another one took the place of, and its word for that: a signature over
/// succession_bytes() of its successor. In a certificate that a root key signed the word may be a
/// root key's as well: a stolen key won't be asked.
struct KeyBefore {
  PublicKey key{};
  Signature signature{};
};
/// More than a node that changes its key each year for two generations needs.
inline constexpr std::size_t kKeysBeforeMax = 64;

/// Which kind of node or person a certificate speaks of. Numbers are on the wire, for ever.
enum class Role : std::uint8_t {
  hub = 1,
  district = 2,
  street = 3,
  office = 4,
  device = 5,
  company = 6,
  auditor = 7,
};
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);

/// May a certificate of the one role stand below one of the other? Never a hub's: that is the
/// root's to make. Else below its like (an office's second desk), and below hub, district, street
/// and office whatever comes after them in the list above: so nobody makes somebody who may do what
/// it may not itself.
[[nodiscard]] bool may_enrol(Role issuer, Role subject);

/// What a certificate allows beyond writing by role: bits, on the wire, for ever.
enum Right : std::uint32_t {
  kRightReadPersonal = 1u << 0,  ///< pi1 and pi2 values of its scopes.
  kRightReceipt = 1u << 1,       ///< May sign receipts and checkpoints for its paths.
  kRightPolicy = 1u << 2,        ///< May publish write policies.
  /// May issue certificates with kRightReadPersonal without reading such values itself: the bureau
  /// enrols offices that work with the people concerned, and sees figures only (I6).
  kRightGrantPersonal = 1u << 3,
};

/// Is `path` equal to `prefix` or below it, by whole segments?
[[nodiscard]] bool scope_covers(std::string_view prefix, std::string_view path);
/// 1–8 segments of `[a-z0-9-]{1,32}` joined by '/'.
[[nodiscard]] bool valid_scope(std::string_view path);

/// Bounds on what one statement may list: many times what a city needs, and cheap to compare.
inline constexpr std::size_t kPathsMax = 256, kRootKeysMax = 16;

/// The genesis of a city: whose hash is the city's name in everything that is signed.
struct RootStatement {
  std::uint64_t suite = 1;      ///< 1: Ed25519 with BLAKE2b-256.
  std::uint64_t version = 1;    ///< Later ones are signed by the keys of the one before.
  std::string name;             ///< 新乡市住房和城乡建设局
  std::string scope;            ///< 410700
  std::vector<PublicKey> keys;  ///< Root keys.
  std::uint64_t threshold = 1;  ///< How many of them must sign the next statement.
  std::int64_t created_us = 0;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<RootStatement> decode(std::string_view body);
};

struct Certificate {
  std::uint64_t suite = 1;
  Hash city{};
  std::uint64_t serial = 0;  ///< The issuer's running number.
  AuthorId subject{};
  PublicKey signing_key{};
  SealingKey sealing_key{};
  Hash tls_key{};  ///< Hash of the node's TLS public key; all zero: none yet.
  Role role = Role::office;
  std::string name;
  std::vector<std::string> paths;     ///< Scopes that it covers, by prefix.
  std::vector<std::string> excluded;  ///< Paths taken out of them again.
  std::uint32_t audiences = 0xF;      ///< Bit n: may write audience n.
  std::uint32_t rights = 0;           ///< Right bits.
  std::uint32_t delegation = 0;       ///< How many certificates may stand below it.
  std::int64_t valid_from_us = 0, valid_until_us = 0;
  Hash issuer{};  ///< Hash of the issuer's certificate; the city's hash if the root issued it.
  std::vector<KeyBefore> keys_before;  ///< The subject's earlier keys, its first one first.
  /// The subject's certificate that this one takes the place of; all zero: it is the first.
  Hash before{};

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<Certificate> decode(std::string_view body);
  [[nodiscard]] bool covers(std::string_view scope) const;
  /// Was it a key of the subject's before this certificate's?
  [[nodiscard]] bool succeeds(const PublicKey& key) const;
};

/// What a key signs, under kDomainRotation, for the one that takes its place:
/// CBOR [city, subject, next key].
[[nodiscard]] std::string succession_bytes(const Hash& city, const AuthorId& subject,
                                           const PublicKey& next);

/// `body` with its signature: CBOR [bstr body, bstr signature]. Root statements and certificates.
struct SignedBody {
  std::string body;
  Signature signature{};
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<SignedBody> decode(std::string_view bytes);
};

/// Names a certificate or root statement everywhere: BLAKE2b-256(domain ‖ body), without signature.
[[nodiscard]] Hash certificate_hash(std::string_view body);
[[nodiscard]] Hash root_hash(std::string_view body);

/// Everything proven from the root key so far. Not thread-safe: guard it, or copy it (it is small).
class CertificateBook {
 public:
  /// The genesis statement must be signed by one of its own keys. Errors: malformed, bad_signature.
  [[nodiscard]] static Result<CertificateBook> found(std::string_view signed_root);

  /// Adds a certificate whose issuer is in the book. Errors: malformed, other_city, bad_signature,
  /// unknown_certificate (issuer not here yet), out_of_scope (wider than its issuer in role,
  /// paths, audiences, rights, delegation or validity), forbidden (its subject is neither author_of
  /// its signing key, nor by the word of its earlier keys), replay (here already), unknown_critical
  /// (needs a later version: a critical key, a suite or a role).
  [[nodiscard]] Result<Hash> add(std::string_view signed_certificate);

  [[nodiscard]] const Certificate* find(const Hash& certificate) const;
  [[nodiscard]] const std::string* signed_bytes(const Hash& certificate) const;
  [[nodiscard]] const Hash& city() const { return city_; }
  [[nodiscard]] const RootStatement& root() const { return root_; }
  [[nodiscard]] const std::string& signed_root() const { return signed_root_; }
  [[nodiscard]] std::vector<std::pair<Hash, const Certificate*>> all() const;
  /// A key was revoked, and why (sync/revocation.h): nobody serves its holder any more, and nobody
  /// adopts what it certifies. `from_above`: not by the key that took its place.
  void mark_revoked(const PublicKey& key, std::string reason, bool from_above = true) {
    auto& ended = revoked_[key];
    if (ended.reason.empty()) ended.reason = std::move(reason);
    ended.from_above = ended.from_above || from_above;
  }
  /// Why the key of this certificate was, or one that it took the place of; null: it wasn't.
  [[nodiscard]] const std::string* revoked(const Certificate& holder) const;

  // Whose certificates a subject's are. Anybody who may issue certificates can make one out for
  // any key that he has seen. So one takes another's place only if it names that one, and its
  // issuer stood above it; or if the same node issued both, or a root key the new one. What is
  // joined so is a line: who is enrolled once has one, and what others make out for its key is
  // another line, which does nothing to it.

  /// The newest certificate of this one's line: by how many keys it has had, then valid_from, then
  /// serial. Of one that isn't here: itself.
  [[nodiscard]] Hash newest_after(const Hash& certificate) const;
  /// Likewise where only the subject is known: of several lines that of a root key, else the one
  /// nearest to the root.
  [[nodiscard]] std::optional<Hash> newest_of(const AuthorId& subject) const;
  /// Is it for a subject that others have enrolled, as far as is known here, and no part of a line
  /// of theirs?
  [[nodiscard]] bool is_rival(const Certificate& certificate) const;
  /// Did `who` issue this certificate, or one that it took the place of, or stand above who did?
  [[nodiscard]] bool stands_above(const AuthorId& who, const Hash& certificate) const;
  /// Does `who` stand above this key, by each line of certificates that it has? nullopt: no
  /// certificate of the key is here.
  [[nodiscard]] std::optional<bool> stands_above_key(const AuthorId& who,
                                                     const PublicKey& key) const;

 private:
  struct Entry {
    Certificate certificate;
    std::string bytes;
  };
  struct Ended {
    std::string reason;
    bool from_above = false;
  };
  /// To which line a certificate belongs, and who stands above its holder by it.
  struct Line {
    AuthorId first{};       ///< Who issued its first certificate; all zero: a root key.
    std::size_t depth = 0;  ///< How many certificates stand above that one.
    std::set<AuthorId> above;
  };
  using Lines = std::map<Hash, Line>;
  void add_line(Lines& lines, const Hash& certificate) const;
  [[nodiscard]] Lines lines_of(const AuthorId& subject) const;
  [[nodiscard]] Hash newest_in(const Lines& lines, const AuthorId& first) const;

  Hash city_{};
  RootStatement root_;
  std::string signed_root_;
  std::map<Hash, Entry> entries_;
  std::map<AuthorId, std::set<Hash>> by_subject_;
  std::map<PublicKey, Ended> revoked_;
};

}  // namespace linli::crypto
