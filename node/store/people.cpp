#include "node/store/people.h"

#include "crypto/cbor.h"
#include "crypto/certificate.h"

namespace linli::store {

People::People(Database& db) {
  auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
  while (anchors.step()) take(anchors.blob(0));
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    take(r.bytes());
  }
}

void People::take(std::string_view signed_certificate) {
  const auto body = crypto::SignedBody::decode(signed_certificate);
  if (!body) return;
  const auto certificate = crypto::Certificate::decode(body->body);
  if (!certificate) return;
  // Whoever may issue certificates can make one out for anybody's key: the first one stands, unless
  // another says that it takes its place. (Who may say so: crypto/certificate.h. Here it is only
  // what somebody is called whose certificate is gone.)
  const auto [name, is_new] = by_author_.emplace(certificate->subject, certificate->name);
  if (!is_new && by_certificate_.contains(certificate->before)) name->second = certificate->name;
  by_certificate_[crypto::certificate_hash(body->body)] = {
      certificate->name, std::string(crypto::name_of(certificate->role))};
}

const Person& People::under(const crypto::Hash& certificate) const {
  static const Person kNobody;
  const auto known = by_certificate_.find(certificate);
  return known == by_certificate_.end() ? kNobody : known->second;
}

const std::string& People::name_of(const crypto::AuthorId& author) const {
  static const std::string kNobody;
  const auto known = by_author_.find(author);
  return known == by_author_.end() ? kNobody : known->second;
}

}  // namespace linli::store
