// The nodes of the city, by the certificates that are known here.
#include "crypto/cbor.h"
#include "node/store/reading_detail.h"
#include "sync/revocation.h"

namespace linli::store {

using namespace reading;

namespace {

struct Known {
  std::map<crypto::AuthorId, std::pair<crypto::Hash, crypto::Certificate>> newest;
  std::vector<std::string> all;

  void add(std::string_view bytes) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body) return;
    auto certificate = crypto::Certificate::decode(body->body);
    if (!certificate) return;
    all.emplace_back(bytes);
    const auto order = [](const auto& c) { return std::pair(c.valid_from_us, c.serial); };
    auto& here = newest[certificate->subject];
    if (!here.second.paths.empty() && order(*certificate) < order(here.second)) return;
    here = {crypto::certificate_hash(body->body), std::move(*certificate)};
  }
};

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

/// Only who may revoke does; so the chains are looked at, if there is anything to look for.
sync::RevocationList ended_keys(Database& db, const Known& known) {
  sync::RevocationList list;
  const auto said = values(db, "r_revocation");
  const auto root = Log(db).meta("root");
  if (said.empty() || !root) return list;
  auto book = crypto::CertificateBook::found(*root);
  if (!book) return list;
  // An issuer may stand behind what it issued: as long as something is added, again.
  for (bool more = true; more;) {
    more = false;
    for (const auto& bytes : known.all) more = book->add(bytes).has_value() || more;
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
  Known known;
  auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (anchors.step()) known.add(anchors.blob(0));
  for (const auto& bytes : values(db, "r_certificate")) known.add(bytes);
  const auto ended = ended_keys(db, known);
  Json items = Json::array();
  for (const auto& [author, newest] : known.newest) {
    const auto& [hash, certificate] = newest;
    const auto contact = contacts.find(author);
    const auto* word = ended.of(certificate.signing_key);
    items.push_back({{"author", crypto::to_hex(author.view())},
                     {"name", certificate.name},
                     {"role", crypto::name_of(certificate.role)},
                     {"scope", certificate.paths.front()},
                     {"certificate", crypto::to_hex(hash.view())},
                     {"valid_until", time_text(certificate.valid_until_us)},
                     {"last_contact", contact == contacts.end() || contact->second == 0
                                          ? Json(nullptr)
                                          : Json(time_text(contact->second))},
                     {"revoked", word ? Json(word->reason) : Json(nullptr)}});
  }
  return {{"items", std::move(items)}};
}

}  // namespace linli::store
