#include "tests/support/sync_vectors_detail.h"

namespace linli::test {

using namespace vectors;

PaperCity make_city() {
  auto root_key = crypto::SigningKey::from_seed(std::string(32, '\x01'));
  auto hub_key = crypto::SigningKey::from_seed(std::string(32, '\x02'));
  auto office_key = crypto::SigningKey::from_seed(std::string(32, '\x03'));

  crypto::RootStatement root;
  root.name = "新乡市住房和城乡建设局";
  root.scope = "410700";
  root.keys = {root_key.public_key()};
  root.created_us = kNoon - 1'000'000;
  auto signed_root = sign(root_key, crypto::kDomainRoot, root.encode());
  const Hash city = crypto::root_hash(signed_root.body);

  crypto::Certificate hub;
  hub.city = city;
  hub.serial = 1;
  hub.subject = crypto::author_of(hub_key.public_key());
  hub.signing_key = hub_key.public_key();
  hub.sealing_key = hub_key.sealing_key();
  hub.role = crypto::Role::hub;
  hub.name = "市级平台";
  hub.paths = {"410700"};
  hub.rights = crypto::kRightReadPersonal | crypto::kRightReceipt | crypto::kRightPolicy;
  hub.delegation = 3;
  hub.valid_from_us = kNoon - 1'000'000;
  hub.valid_until_us = kNoon + 10LL * 365 * 86'400 * 1'000'000;
  hub.issuer = city;
  auto signed_hub = sign(root_key, crypto::kDomainCertificate, hub.encode());

  crypto::Certificate office = hub;
  office.subject = crypto::author_of(office_key.public_key());
  office.signing_key = office_key.public_key();
  office.sealing_key = office_key.sealing_key();
  office.role = crypto::Role::office;
  office.name = "街渡社区";
  office.paths = {std::string(kCommunity)};
  office.rights = crypto::kRightReadPersonal;
  office.delegation = 1;
  office.valid_until_us = kNoon + 365LL * 86'400 * 1'000'000;
  office.issuer = crypto::certificate_hash(signed_hub.body);
  auto signed_office = sign(hub_key, crypto::kDomainCertificate, office.encode());

  auto book = crypto::CertificateBook::found(signed_root.encode());
  ensure(book.has_value(), "make_city: root");
  const auto hub_hash = book->add(signed_hub.encode());
  ensure(hub_hash.has_value(), "make_city: hub");
  const auto office_hash = book->add(signed_office.encode());
  ensure(office_hash.has_value(), "make_city: office");
  return {std::move(root_key),
          std::move(hub_key),
          std::move(office_key),
          std::move(root),
          std::move(hub),
          std::move(office),
          std::move(signed_root),
          std::move(signed_hub),
          std::move(signed_office),
          city,
          *hub_hash,
          *office_hash,
          std::move(*book)};
}

}  // namespace linli::test
