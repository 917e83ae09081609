// The nodes of the city, by the certificates that are known here.
#include <algorithm>
#include <map>
#include <tuple>

#include "crypto/cbor.h"
#include "node/store/reading_detail.h"
#include "sync/revocation.h"

namespace linli::store {

using namespace reading;

namespace {

/// A node as its newest certificate has it, and when it first was one.
struct Member {
  crypto::Certificate certificate;
  crypto::Hash hash{};
  std::pair<std::int64_t, std::uint64_t> since;
};

struct Known {
  std::map<crypto::AuthorId, Member> members;
  std::vector<std::string> all;
  bool several = false;  ///< Some node has had more than one certificate.

  void add(std::string_view bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body) return;
    auto certificate = crypto::Certificate::decode(body->body);
    if (!certificate) return;
    all.emplace_back(bytes);
    const std::pair when{certificate->valid_from_us, certificate->serial};
    const auto hash = crypto::certificate_hash(body->body);
    const auto [at, is_new] = members.try_emplace(certificate->subject);
    auto& member = at->second;
    member.since = is_new ? when : std::min(member.since, when);
    several = several || (!is_new && member.hash != hash);
    if (!is_new) return;
    member.hash = hash;
    member.certificate = std::move(*certificate);
  }
};

using PlaceKey = std::tuple<std::string, crypto::Role, std::string>;
PlaceKey place_of(const Member& member) {
  const auto& c = member.certificate;
  return {c.name, c.role, c.paths.front()};
}

/// A machine whose disk is gone joins anew under its name: who came last of the same name, role
/// and scope has taken the place of the earlier ones.
std::map<PlaceKey, const Member*> newest_in_place(
    const std::map<crypto::AuthorId, Member>& members) {
  std::map<PlaceKey, const Member*> newest;
  for (const auto& [author, member] : members) {
    const auto [place, is_new] = newest.emplace(place_of(member), &member);
    if (!is_new && member.since > place->second->since) place->second = &member;
  }
  return newest;
}

/// The value of field 1 of each record of a type.
std::vector<std::string> values(Database& db, const char* table) {
  std::vector<std::string> all;
  auto records = db.prepare(std::string("SELECT bytes FROM ") + table + " ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    all.emplace_back(r.bytes());
  }
  return all;
}

/// What is proven of it; nothing: no city's root statement is here.
std::optional<crypto::CertificateBook> proven(Database& db, const Known& known) {
  const auto root = Log(db).meta("root");
  if (!root) return std::nullopt;
  auto book = crypto::CertificateBook::found(*root);
  if (!book) return std::nullopt;
  // An issuer may stand behind what it issued: as long as something is added, again.
  for (bool more = true; more;) {
    more = false;
    for (const auto& bytes : known.all) more = book->add(bytes).has_value() || more;
  }
  return std::move(*book);
}

/// Only who may revoke does, and only who may gives a node another certificate; so the chains are
/// looked at, if there is anything to look for.
sync::RevocationList judge(Database& db, Known& known) {
  sync::RevocationList list;
  const auto said = values(db, "r_revocation");
  if (said.empty() && !known.several) return list;
  const auto book = proven(db, known);
  if (!book) return list;
  for (auto& [author, member] : known.members) {
    const auto newest = book->newest_of(author);
    if (!newest) continue;
    member.hash = *newest;
    member.certificate = *book->find(*newest);
  }
  for (const auto& bytes : said) (void)list.add(bytes, *book);
  return list;
}

}  // namespace

Json list_nodes(store::Store& store) {
  auto lease = store.read();
  auto& db = *lease;
  const Transaction snapshot(db, true);
  std::map<crypto::AuthorId, std::int64_t> contacts;
  auto peers =
      db.prepare("SELECT a.author, p.last_contact FROM peer p JOIN author a ON a.id = p.author");
  while (peers.step()) contacts[crypto::AuthorId::of(peers.blob(0))] = peers.integer(1);
  std::map<crypto::AuthorId, std::int64_t> forks;
  auto forked = db.prepare(
      "SELECT a.author, count(*) FROM log l JOIN author a ON a.id = l.author WHERE l.feed = 0 AND "
      "l.kind = 5 GROUP BY 1");
  while (forked.step()) forks[crypto::AuthorId::of(forked.blob(0))] = forked.integer(1);
  Known known;
  auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (anchors.step()) known.add(anchors.blob(0));
  for (const auto& bytes : values(db, "r_certificate")) known.add(bytes);
  const auto ended = judge(db, known);
  Json items = Json::array();
  const auto in_place = newest_in_place(known.members);
  for (const auto& [author, member] : known.members) {
    const auto& certificate = member.certificate;
    const auto* later = in_place.at(place_of(member));
    const auto contact = contacts.find(author);
    const auto* word = ended.of(certificate);
    items.push_back(
        {{"author", crypto::to_hex(author.view())},
         {"name", certificate.name},
         {"role", crypto::name_of(certificate.role)},
         {"scope", certificate.paths.front()},
         {"paths", certificate.paths},
         {"certificate", crypto::to_hex(member.hash.view())},
         {"key", crypto::to_hex(certificate.signing_key.view())},
         {"joined", time_text(member.since.first)},
         {"valid_until", time_text(certificate.valid_until_us)},
         {"last_contact", contact == contacts.end() || contact->second == 0
                              ? Json(nullptr)
                              : Json(time_text(contact->second))},
         {"replaced_by", later != &member ? Json(crypto::to_hex(later->certificate.subject.view()))
                                          : Json(nullptr)},
         {"forks", forks[author]},
         {"revoked", word ? Json(word->reason) : Json(nullptr)}});
  }
  return {{"items", std::move(items)}};
}

}  // namespace linli::store
