#include "crypto/certificate.h"

#include <algorithm>
#include <array>
#include <limits>

#include "crypto/cbor.h"

namespace linli::crypto {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kSegmentsMax = 8, kSegmentBytesMax = 32;

// Keys on the wire, for ever. A number that isn't here: non-negative ones are passed over, since
// the signature covers them anyhow; negative ones are critical.
namespace root_key {
enum : std::int64_t { suite, version, name, scope, keys, threshold, created };
}
namespace cert_key {
enum : std::int64_t {
  suite,
  city,
  serial,
  subject,
  signing,
  sealing,
  tls,
  role,
  name,
  paths,
  excluded,
  audiences,
  rights,
  delegation,
  valid_from,
  valid_until,
  issuer,
  before,
  /// Critical: who passed it over would take the certificate for one in somebody else's name.
  keys_before = -1
};
}

constexpr std::uint32_t bit(std::int64_t key) { return 1u << key; }
constexpr std::uint32_t kRootRequired = bit(root_key::created + 1) - 1;
constexpr std::uint32_t kCertRequired =
    (bit(cert_key::issuer + 1) - 1) & ~bit(cert_key::tls) & ~bit(cert_key::excluded);

struct RoleName {
  Role role;
  std::string_view name;
};
constexpr std::array kRoles{
    RoleName{Role::hub, "hub"},         RoleName{Role::district, "district"},
    RoleName{Role::street, "street"},   RoleName{Role::office, "office"},
    RoleName{Role::device, "device"},   RoleName{Role::company, "company"},
    RoleName{Role::auditor, "auditor"},
};

bool valid_segment(std::string_view segment) {
  if (segment.empty() || segment.size() > kSegmentBytesMax) return false;
  return std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool covers_any(const std::vector<std::string>& prefixes, std::string_view path) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return scope_covers(prefix, path); });
}

/// What a body's reader needs beside the CBOR itself: which keys came, and what is not understood.
struct Fields {
  cbor::Reader& r;
  std::uint32_t seen = 0;
  std::string critical = {};  ///< What this version doesn't know and may not pass over.

  void unknown(std::int64_t key) {
    r.item();
    if (key < 0) critical = "critical key " + std::to_string(key);
  }
  void suite(std::uint64_t& out) {
    out = r.uint();
    if (out != kSuite) critical = "suite " + std::to_string(out);
  }
  template <class Bytes>
  Bytes fixed() {
    const auto view = r.bytes(Bytes::size());
    return r.ok() ? Bytes::of(view) : Bytes{};
  }
  std::string name() {
    const auto view = r.text();
    if (view.empty() || view.size() > kNameBytesMax) r.reject("a name has 1 to 200 bytes; ends");
    return std::string(view);
  }
  std::string scope() {
    const auto view = r.text();
    if (!valid_scope(view)) r.reject("not a scope path; ends");
    return std::string(view);
  }
  std::vector<std::string> scopes() {
    std::size_t left = r.array();
    if (left == 0 || left > kPathsMax) r.reject("1 to 256 paths expected");
    std::vector<std::string> paths;
    for (; left > 0 && r.ok(); --left) paths.push_back(scope());
    return paths;
  }
  std::uint32_t bits32() {
    const std::uint64_t v = r.uint();
    if (v > std::numeric_limits<std::uint32_t>::max()) r.reject("beyond 32 bits; ends");
    return static_cast<std::uint32_t>(v);
  }
  /// Whole and well-formed first; only then may it be called "not understood".
  [[nodiscard]] Result<void> finish(std::uint32_t required) {
    if ((seen & required) != required) r.reject("a required key is missing");
    if (auto whole = r.finish(); !whole) return whole;
    if (!critical.empty()) return fail(Errc::unknown_critical, "unknown " + critical);
    return {};
  }
};

/// Marks a key as seen and says whether it is one of the layout's own (0…`last`).
void mark(Fields& f, std::int64_t key, std::int64_t last) {
  if (key >= 0 && key <= last) f.seen |= bit(key);
}

void write_paths(cbor::Writer& w, const std::vector<std::string>& paths) {
  w.array(paths.size());
  for (const auto& path : paths) w.text(path);
}

}  // namespace

AuthorId author_of(const PublicKey& key) {
  return AuthorId::of(hash({"linli/author/1", key.view()}).view().substr(0, AuthorId::size()));
}

std::string_view name_of(Role role) {
  const auto row =
      std::find_if(kRoles.begin(), kRoles.end(), [&](const RoleName& r) { return r.role == role; });
  ensure(row != kRoles.end(), "name_of: no such role");
  return row->name;
}

std::optional<Role> role_named(std::string_view name) {
  for (const auto& row : kRoles)
    if (row.name == name) return row.role;
  return std::nullopt;
}

bool may_enrol(Role issuer, Role subject) {
  if (subject == Role::hub) return false;
  return subject == issuer || (issuer <= Role::office && subject > issuer);
}

bool scope_covers(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/';
}

bool valid_scope(std::string_view path) {
  for (std::size_t segments = 1; segments <= kSegmentsMax; ++segments) {
    const auto slash = path.find('/');
    if (!valid_segment(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

// Bodies

std::string RootStatement::encode() const {
  cbor::Writer w;
  w.map(7);
  w.sint(root_key::suite), w.uint(suite);
  w.sint(root_key::version), w.uint(version);
  w.sint(root_key::name), w.text(name);
  w.sint(root_key::scope), w.text(scope);
  w.sint(root_key::keys), w.array(keys.size());
  for (const auto& key : keys) w.bytes(key.view());
  w.sint(root_key::threshold), w.uint(threshold);
  w.sint(root_key::created), w.sint(created_us);
  return w.take();
}

Result<RootStatement> RootStatement::decode(std::string_view body) {
  cbor::Reader r{body};
  Fields f{r};
  RootStatement s;
  for (cbor::IntMap m{r}; m.next();) {
    mark(f, m.key(), root_key::created);
    switch (m.key()) {
      case root_key::suite:
        f.suite(s.suite);
        break;
      case root_key::version:
        s.version = r.uint();
        break;
      case root_key::name:
        s.name = f.name();
        break;
      case root_key::scope:
        s.scope = f.scope();
        break;
      case root_key::keys:
        for (std::size_t left = r.array(); left > 0 && r.ok(); --left)
          s.keys.push_back(f.fixed<PublicKey>());
        break;
      case root_key::threshold:
        s.threshold = r.uint();
        break;
      case root_key::created:
        s.created_us = r.sint();
        break;
      default:
        f.unknown(m.key());
    }
  }
  if (s.version == 0) r.reject("versions start at 1");
  if (s.keys.size() > kRootKeysMax) r.reject("more than 16 root keys");
  // At least one signature, and so at least one key.
  if (s.threshold == 0 || s.threshold > s.keys.size()) r.reject("threshold beyond the root keys");
  if (auto whole = f.finish(kRootRequired); !whole) return fail(std::move(whole.error()));
  return s;
}

std::string Certificate::encode() const {
  cbor::Writer w;
  w.map(15 + (tls_key.is_zero() ? 0u : 1u) + (excluded.empty() ? 0u : 1u) +
        (keys_before.empty() ? 0u : 1u) + (before.is_zero() ? 0u : 1u));
  w.sint(cert_key::suite), w.uint(suite);
  w.sint(cert_key::city), w.bytes(city.view());
  w.sint(cert_key::serial), w.uint(serial);
  w.sint(cert_key::subject), w.bytes(subject.view());
  w.sint(cert_key::signing), w.bytes(signing_key.view());
  w.sint(cert_key::sealing), w.bytes(sealing_key.view());
  if (!tls_key.is_zero()) w.sint(cert_key::tls), w.bytes(tls_key.view());
  w.sint(cert_key::role), w.uint(static_cast<std::uint64_t>(role));
  w.sint(cert_key::name), w.text(name);
  w.sint(cert_key::paths), write_paths(w, paths);
  if (!excluded.empty()) w.sint(cert_key::excluded), write_paths(w, excluded);
  w.sint(cert_key::audiences), w.uint(audiences);
  w.sint(cert_key::rights), w.uint(rights);
  w.sint(cert_key::delegation), w.uint(delegation);
  w.sint(cert_key::valid_from), w.sint(valid_from_us);
  w.sint(cert_key::valid_until), w.sint(valid_until_us);
  w.sint(cert_key::issuer), w.bytes(issuer.view());
  if (!before.is_zero()) w.sint(cert_key::before), w.bytes(before.view());
  if (!keys_before.empty()) {
    w.sint(cert_key::keys_before), w.array(keys_before.size());
    for (const auto& earlier : keys_before) {
      w.array(2);
      w.bytes(earlier.key.view()), w.bytes(earlier.signature.view());
    }
  }
  return w.take();
}

namespace {

Role read_role(Fields& f) {
  const std::uint64_t v = f.r.uint();
  for (const auto& row : kRoles)
    if (static_cast<std::uint64_t>(row.role) == v) return row.role;
  f.critical = "role " + std::to_string(v);  // a later version may have more of them
  return Role::office;
}

/// `what`: that may be left out.
Hash read_some_hash(Fields& f, const char* what) {
  const auto found = f.fixed<Hash>();
  if (found.is_zero()) f.r.reject(what);
  return found;
}

std::vector<KeyBefore> read_keys_before(Fields& f) {
  auto left = f.r.array();
  if (left == 0 || left > kKeysBeforeMax) f.r.reject("1 to 64 earlier keys expected");
  std::vector<KeyBefore> keys;
  for (; left > 0 && f.r.ok(); --left) {
    if (f.r.array() != 2) f.r.reject("an earlier key is [key, signature]");
    const auto key = f.fixed<PublicKey>();
    keys.push_back({key, f.fixed<Signature>()});
  }
  return keys;
}

void read_certificate_field(Fields& f, std::int64_t key, Certificate& c) {
  switch (key) {
    case cert_key::suite:
      return f.suite(c.suite);
    case cert_key::city:
      c.city = f.fixed<Hash>();
      return;
    case cert_key::serial:
      c.serial = f.r.uint();
      return;
    case cert_key::subject:
      c.subject = f.fixed<AuthorId>();
      return;
    case cert_key::signing:
      c.signing_key = f.fixed<PublicKey>();
      return;
    case cert_key::sealing:
      c.sealing_key = f.fixed<SealingKey>();
      return;
    case cert_key::tls:
      c.tls_key = read_some_hash(f, "an absent TLS key must be left out; ends");
      return;
    case cert_key::role:
      c.role = read_role(f);
      return;
    case cert_key::name:
      c.name = f.name();
      return;
    case cert_key::paths:
      c.paths = f.scopes();
      return;
    case cert_key::excluded:
      c.excluded = f.scopes();
      return;
    case cert_key::audiences:
      c.audiences = f.bits32();
      return;
    case cert_key::rights:
      c.rights = f.bits32();
      return;
    case cert_key::delegation:
      c.delegation = f.bits32();
      return;
    case cert_key::valid_from:
      c.valid_from_us = f.r.sint();
      return;
    case cert_key::valid_until:
      c.valid_until_us = f.r.sint();
      return;
    case cert_key::issuer:
      c.issuer = f.fixed<Hash>();
      return;
    case cert_key::before:
      c.before = read_some_hash(f, "a first certificate takes no place; ends");
      return;
    case cert_key::keys_before:
      c.keys_before = read_keys_before(f);
      return;
    default:
      f.unknown(key);
  }
}

}  // namespace

Result<Certificate> Certificate::decode(std::string_view body) {
  cbor::Reader r{body};
  Fields f{r};
  Certificate c;
  for (cbor::IntMap m{r}; m.next();) {
    mark(f, m.key(), cert_key::issuer);
    read_certificate_field(f, m.key(), c);
  }
  if (c.valid_from_us >= c.valid_until_us) r.reject("a validity that never begins");
  if (auto whole = f.finish(kCertRequired); !whole) return fail(std::move(whole.error()));
  return c;
}

bool Certificate::covers(std::string_view scope) const {
  return covers_any(paths, scope) && !covers_any(excluded, scope);
}

bool Certificate::succeeds(const PublicKey& key) const {
  return std::any_of(keys_before.begin(), keys_before.end(),
                     [&](const KeyBefore& earlier) { return earlier.key == key; });
}

std::string succession_bytes(const Hash& city, const AuthorId& subject, const PublicKey& next) {
  cbor::Writer w;
  w.array(3);
  w.bytes(city.view());
  w.bytes(subject.view());
  w.bytes(next.view());
  return w.take();
}

std::string SignedBody::encode() const {
  cbor::Writer w;
  w.array(2);
  w.bytes(body);
  w.bytes(signature.view());
  return w.take();
}

Result<SignedBody> SignedBody::decode(std::string_view bytes) {
  cbor::Reader r{bytes};
  if (r.array() != 2) r.reject("expected [body, signature]");
  const auto body = r.bytes();
  const auto signature = r.bytes(Signature::size());
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return SignedBody{std::string(body), Signature::of(signature)};
}

Hash certificate_hash(std::string_view body) { return hash({kDomainCertificate, body}); }
Hash root_hash(std::string_view body) { return hash({kDomainRoot, body}); }

}  // namespace linli::crypto
