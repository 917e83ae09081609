// What chains to the city's root, and whose certificate takes whose place.
#include <algorithm>
#include <tuple>

#include "crypto/certificate.h"

namespace linli::crypto {

namespace {

bool covers_any(const std::vector<std::string>& prefixes, std::string_view path) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return scope_covers(prefix, path); });
}

bool signed_by_any(const std::vector<PublicKey>& keys, std::string_view domain,
                   const SignedBody& s) {
  return std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    return verify(key, domain, s.body, s.signature);
  });
}

Result<void> check_path_within(const std::string& path, const Certificate& subject,
                               const Certificate& issuer) {
  if (!issuer.covers(path)) return fail(Errc::out_of_scope, "the issuer doesn't cover " + path);
  // What was taken out of the issuer's paths must stay out of the subject's.
  for (const auto& gap : issuer.excluded)
    if (scope_covers(path, gap) && !covers_any(subject.excluded, gap))
      return fail(Errc::out_of_scope, "the issuer excludes " + gap + ", and this must as well");
  return {};
}

/// No certificate gives what its issuer doesn't have.
Result<void> check_within(const Certificate& subject, const Certificate& issuer) {
  if (!may_enrol(issuer.role, subject.role))
    return fail(Errc::out_of_scope, "a role that the issuer can't give");
  for (const auto& path : subject.paths)
    if (auto within = check_path_within(path, subject, issuer); !within) return within;
  if ((subject.audiences & ~issuer.audiences) != 0)
    return fail(Errc::out_of_scope, "audiences that the issuer may not write");
  auto grantable = issuer.rights;
  if ((issuer.rights & kRightGrantPersonal) != 0) grantable |= kRightReadPersonal;
  if ((subject.rights & ~grantable) != 0)
    return fail(Errc::out_of_scope, "rights that the issuer doesn't have");
  if (subject.delegation >= issuer.delegation)
    return fail(Errc::out_of_scope, "the issuer may not delegate that deep");
  if (subject.valid_from_us < issuer.valid_from_us ||
      subject.valid_until_us > issuer.valid_until_us)
    return fail(Errc::out_of_scope, "valid outside the issuer's own validity");
  return {};
}

Result<void> check_within_root(const Certificate& subject, const RootStatement& root) {
  for (const auto& path : subject.paths)
    if (!scope_covers(root.scope, path))
      return fail(Errc::out_of_scope, path + " lies outside of the city's " + root.scope);
  return {};
}

/// Is the subject that of the signing key, or of the first of the keys that led to it? `root`:
/// whose word counts like that of the key which is left; null: nobody's.
Result<void> judge_subject(const Certificate& c, const RootStatement* root) {
  const auto& before = c.keys_before;
  if (c.subject != author_of(before.empty() ? c.signing_key : before.front().key))
    return fail(Errc::forbidden, "its subject isn't the author of its signing key");
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto& next = i + 1 < before.size() ? before[i + 1].key : c.signing_key;
    for (std::size_t j = 0; j <= i; ++j)
      if (before[j].key == next) return fail(Errc::forbidden, "a key that was left came back");
    const auto bytes = succession_bytes(c.city, c.subject, next);
    const auto& word = before[i].signature;
    if (verify(before[i].key, kDomainRotation, bytes, word)) continue;
    const SignedBody by_root{bytes, word};
    if (!root || !signed_by_any(root->keys, kDomainRotation, by_root))
      return fail(Errc::forbidden, "the key before didn't sign for the one that took its place");
  }
  return {};
}

}  // namespace

Result<CertificateBook> CertificateBook::found(std::string_view signed_root) {
  const auto s = SignedBody::decode(signed_root);
  if (!s) return fail(s.error());
  auto root = RootStatement::decode(s->body);
  if (!root) return fail(root.error());
  if (root->version != 1) return fail(Errc::malformed, "a city begins with version 1");
  if (!signed_by_any(root->keys, kDomainRoot, *s))
    return fail(Errc::bad_signature, "the root statement isn't signed by a key of its own");
  CertificateBook book;
  book.city_ = root_hash(s->body);
  book.root_ = std::move(*root);
  book.signed_root_ = signed_root;
  return book;
}

Result<Hash> CertificateBook::add(std::string_view signed_certificate) {
  const auto s = SignedBody::decode(signed_certificate);
  if (!s) return fail(s.error());
  const Hash name = certificate_hash(s->body);
  if (entries_.contains(name)) return fail(Errc::replay);
  auto c = Certificate::decode(s->body);
  if (!c) return fail(c.error());
  if (c->city != city_) return fail(Errc::other_city, "its city is " + to_hex(c->city.view()));

  const bool from_root = c->issuer == city_;
  const Certificate* issuer = from_root ? nullptr : find(c->issuer);
  if (!from_root && issuer == nullptr)
    return fail(Errc::unknown_certificate, "its issuer is " + to_hex(c->issuer.view()));
  const bool is_signed =
      from_root ? signed_by_any(root_.keys, kDomainCertificate, *s)
                : verify(issuer->signing_key, kDomainCertificate, s->body, s->signature);
  if (!is_signed) return fail(Errc::bad_signature, "the certificate isn't signed by its issuer");
  if (auto named = judge_subject(*c, from_root ? &root_ : nullptr); !named)
    return fail(named.error());
  const auto within = from_root ? check_within_root(*c, root_) : check_within(*c, *issuer);
  if (!within) return fail(within.error());

  by_subject_[c->subject].insert(name);
  entries_.emplace(name, Entry{std::move(*c), std::string(signed_certificate)});
  return name;
}

const Certificate* CertificateBook::find(const Hash& certificate) const {
  const auto it = entries_.find(certificate);
  return it == entries_.end() ? nullptr : &it->second.certificate;
}

const std::string* CertificateBook::revoked(const Certificate& holder) const {
  const auto ended = revoked_.find(holder.signing_key);
  if (ended != revoked_.end()) return &ended->second.reason;
  // A root key knew what became of the key before; anybody else may have believed a thief.
  if (holder.issuer == city_) return nullptr;
  for (const auto& before : holder.keys_before) {
    const auto earlier = revoked_.find(before.key);
    if (earlier != revoked_.end() && earlier->second.from_above) return &earlier->second.reason;
  }
  return nullptr;
}

const std::string* CertificateBook::signed_bytes(const Hash& certificate) const {
  const auto it = entries_.find(certificate);
  return it == entries_.end() ? nullptr : &it->second.bytes;
}

std::vector<std::pair<Hash, const Certificate*>> CertificateBook::all() const {
  std::vector<std::pair<Hash, const Certificate*>> list;
  list.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) list.emplace_back(name, &entry.certificate);
  return list;
}

// Lines

/// With those that it takes the place of, before it. By a loop: a line may be long.
void CertificateBook::add_line(Lines& lines, const Hash& certificate) const {
  std::vector<Hash> open;
  for (auto at = certificate; !lines.contains(at);) {
    open.push_back(at);
    const auto& held = *find(at);
    const auto* named = find(held.before);
    if (held.issuer == city_ || !named || named->subject != held.subject) break;
    at = held.before;
  }
  for (; !open.empty(); open.pop_back()) {
    const auto& held = *find(open.back());
    Line line;
    const auto* issuer = find(held.issuer);
    for (const auto* above = issuer; above; above = find(above->issuer)) {
      line.above.insert(above->subject);
      ++line.depth;
    }
    const auto named = lines.find(held.before);
    if (issuer) line.first = issuer->subject;
    if (issuer && named != lines.end() && named->second.above.contains(issuer->subject)) {
      line.first = named->second.first;
      line.depth = named->second.depth;
      line.above.insert(named->second.above.begin(), named->second.above.end());
    }
    lines.emplace(open.back(), std::move(line));
  }
}

CertificateBook::Lines CertificateBook::lines_of(const AuthorId& subject) const {
  Lines lines;
  const auto held = by_subject_.find(subject);
  if (held == by_subject_.end()) return lines;
  for (const auto& certificate : held->second) add_line(lines, certificate);
  return lines;
}

/// `first`: of one of these lines.
Hash CertificateBook::newest_in(const Lines& lines, const AuthorId& first) const {
  std::optional<Hash> newest;
  std::tuple<std::size_t, std::int64_t, std::uint64_t> rank;
  for (const auto& [name, line] : lines) {
    if (line.first != first) continue;
    const auto& c = *find(name);
    // A key that was left never comes back, whatever an issuer says who hasn't heard of it.
    const std::tuple candidate{c.keys_before.size(), c.valid_from_us, c.serial};
    // Two with one rank: the greater hash, so that every node names the same one.
    if (newest && candidate < rank) continue;
    newest = name;
    rank = candidate;
  }
  return *newest;
}

Hash CertificateBook::newest_after(const Hash& certificate) const {
  const auto* held = find(certificate);
  if (!held) return certificate;
  const auto lines = lines_of(held->subject);
  return newest_in(lines, lines.at(certificate).first);
}

std::optional<Hash> CertificateBook::newest_of(const AuthorId& subject) const {
  const auto lines = lines_of(subject);
  const Line* best = nullptr;
  const auto rank = [](const Line& line) {
    return std::tuple(line.first != AuthorId{}, line.depth, line.first);
  };
  for (const auto& [name, line] : lines) {
    if (!best || rank(line) < rank(*best)) best = &line;
  }
  return best ? std::optional(newest_in(lines, best->first)) : std::nullopt;
}

bool CertificateBook::is_rival(const Certificate& certificate) const {
  const auto* issuer = find(certificate.issuer);
  const auto lines = lines_of(certificate.subject);
  if (!issuer || lines.empty()) return false;
  const auto named = lines.find(certificate.before);
  if (named != lines.end()) return !named->second.above.contains(issuer->subject);
  if (!certificate.before.is_zero()) return false;  // What it names may still come.
  return std::none_of(lines.begin(), lines.end(),
                      [&](const auto& line) { return line.second.first == issuer->subject; });
}

bool CertificateBook::stands_above(const AuthorId& who, const Hash& certificate) const {
  if (!find(certificate)) return false;
  Lines lines;
  add_line(lines, certificate);
  return lines.at(certificate).above.contains(who);
}

std::optional<bool> CertificateBook::stands_above_key(const AuthorId& who,
                                                      const PublicKey& key) const {
  std::map<AuthorId, bool> above;  // By line.
  std::map<AuthorId, Lines> known;
  for (const auto& [name, entry] : entries_) {
    if (entry.certificate.signing_key != key) continue;
    auto& lines = known[entry.certificate.subject];
    add_line(lines, name);
    const auto& line = lines.at(name);
    auto& stands = above.try_emplace(line.first, false).first->second;
    stands = stands || line.above.contains(who);
  }
  if (above.empty()) return std::nullopt;
  return std::all_of(above.begin(), above.end(), [](const auto& line) { return line.second; });
}

}  // namespace linli::crypto
