// What ENROLMENT.md says of joining, of the hub's other key and of whose certificate takes whose
// place, in bytes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "crypto/cbor.h"
#include "node/admission.h"
#include "node/enrolment.h"
#include "node/hub_key.h"
#include "node/issuing.h"
#include "node/tls_certificates.h"
#include "tests/support/sync_vectors.h"

namespace linli::test {
namespace {

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "enrolment.json";
constexpr sync::Micros kMade = 1'790'000'000'400'000;
constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;
const crypto::Hash kTls = crypto::Hash::of(std::string(32, 't'));

std::string hex(std::string_view bytes) { return crypto::to_hex(bytes); }
crypto::SigningKey key_of(char seed) {
  return crypto::SigningKey::from_seed(std::string(32, seed));
}

/// Who joins, at the office.
const crypto::SigningKey& newcomer() {
  static const auto key = key_of(7);
  return key;
}

crypto::Certificate phone_of(const PaperCity& city) {
  auto made = city.office;
  made.serial = 3;
  made.subject = crypto::author_of(newcomer().public_key());
  made.signing_key = newcomer().public_key();
  made.sealing_key = newcomer().sealing_key();
  made.role = crypto::Role::device;
  made.name = "巡查手机";
  made.delegation = 0;
  made.issuer = city.office_hash;
  return made;
}

std::vector<std::string> chain_of(const PaperCity& city) {
  return {city.signed_hub.encode(), city.signed_office.encode(),
          node::sign_certificate(phone_of(city), city.office_key)};
}

node::Invite invite_of(const PaperCity& city) {
  return {.city = city.id,
          .inviter = city.office_hash,
          .url = "https://10.0.0.1:8443",
          .secret = sync::Nonce::of(std::string(16, 's')),
          .expires = kMade + kDay,
          .name = "巡查手机",
          .tls_key = kTls};
}

std::string join_request(const PaperCity& city, bool tls) {
  const node::JoinRequest request{newcomer().public_key(),
                                  newcomer().sealing_key(),
                                  "巡查手机",
                                  kMade,
                                  kMade + kDay,
                                  node::Issuer{city.id, city.office_key.public_key()},
                                  tls ? kTls : crypto::Hash{}};
  return request.encode(newcomer());
}

/// What the hub would like: its next key, planned or after a theft.
node::HubKeyRequest hub_request(const PaperCity& city, bool stolen) {
  const auto next = key_of(4);
  auto wanted = city.hub;
  wanted.serial = 2;
  wanted.valid_from_us += 1;
  wanted.before = city.hub_hash;
  wanted.signing_key = next.public_key();
  wanted.sealing_key = next.sealing_key();
  wanted.tls_key = kTls;
  const auto word = crypto::succession_bytes(city.id, wanted.subject, next.public_key());
  const auto signature =
      stolen ? crypto::Signature{} : city.hub_key.sign(crypto::kDomainRotation, word);
  wanted.keys_before = {{city.hub.signing_key, signature}};
  node::HubKeyRequest request{city.signed_root.encode(), wanted};
  if (!stolen) return request;
  request.end =
      sync::Revocation{.city = city.id,
                       .certificate = city.id,
                       .key = city.hub.signing_key,
                       .cuts = {{sync::FeedId::of(city.id.view()), 2, crypto::hash({"second"})}},
                       .reason = "密钥失窃",
                       .time = kMade,
                       .last_head = sync::Seen{3, 7, crypto::hash({"head"}), kMade}};
  return request;
}

std::string hub_request_bytes(const PaperCity& city, bool stolen) {
  const auto request = hub_request(city, stolen);
  return stolen ? request.encode(key_of(4)) : request.encode(city.hub_key);
}

/// By a node of the city that enrolled neither of them: in order, and of no effect.
std::vector<std::string> rivals_of(const PaperCity& city) {
  const auto key = key_of(9);
  auto bad = city.office;
  bad.serial = 9;
  bad.subject = crypto::author_of(key.public_key());
  bad.signing_key = key.public_key();
  bad.sealing_key = key.sealing_key();
  bad.name = "恶意社区";
  bad.paths = {"410700/410703/410703001/410703001901"};
  const auto signed_bad = node::sign_certificate(bad, city.hub_key);
  std::vector<std::string> all{signed_bad};
  for (const auto* victim : {&city.hub, &city.office}) {
    auto made = bad;
    made.serial = 10;
    made.subject = victim->subject;
    made.signing_key = victim->signing_key;
    made.delegation = 0;
    made.valid_from_us += 1;
    made.issuer = crypto::certificate_hash(crypto::SignedBody::decode(signed_bad)->body);
    all.push_back(node::sign_certificate(made, key));
    made.before = victim == &city.hub ? city.hub_hash : city.office_hash;
    made.serial = 11;
    all.push_back(node::sign_certificate(made, key));
  }
  return all;
}

std::string moved_office(const PaperCity& city) {
  auto made = city.office;
  made.serial = 12;
  made.valid_from_us += 2;
  made.paths = {"410700/410702/410702003/410702003902"};
  made.before = city.office_hash;
  return node::sign_certificate(made, city.hub_key);
}

std::string tls_request(const PaperCity& city) {
  return node::CertificateRequest{city.office_hash, std::string(91, 'k'), {"192.168.1.10"}}.encode(
      city.office_key);
}

Json list(const std::vector<std::string>& all) {
  Json json = Json::array();
  for (const auto& bytes : all) json.push_back(hex(bytes));
  return json;
}

Json vector_of(const PaperCity& city) {
  Json vector;
  vector["root"] = hex(city.signed_root.encode());
  vector["root_seed"] = hex(std::string(32, '\x01'));
  vector["newcomer_seed"] = hex(std::string(32, '\x07'));
  vector["invite"] = invite_of(city).line();
  vector["enrol_request"] = hex(node::EnrolRequest{
      invite_of(city).secret,
      newcomer().public_key(),
      newcomer().sealing_key(),
      {}}.encode(newcomer()));
  vector["enrol_answer"] =
      hex(node::EnrolAnswer{city.signed_root.encode(), chain_of(city)}.encode());
  const auto request = join_request(city, true);
  vector["join_request"] = hex(request);
  vector["join_request_without_tls"] = hex(join_request(city, false));
  vector["newcomer_words"] = crypto::Words::of_key(newcomer().public_key()).en();
  vector["issuer_words"] = crypto::Words::of_issuer(city.id, city.office_key.public_key()).en();
  vector["admission"] = hex(node::Admission{
      node::request_hash(request), kMade + kDay, {city.signed_root.encode(), chain_of(city)}}
                                .encode(city.office_key));
  for (const bool stolen : {false, true}) {
    const std::string name = stolen ? "hub_request_after_theft" : "hub_request";
    vector[name] = hex(hub_request_bytes(city, stolen));
    const auto answer = node::sign_hub_key(hub_request(city, stolen), city.root_key);
    REQUIRE(answer);
    vector[stolen ? "hub_answer_after_theft" : "hub_answer"] = hex(*answer);
  }
  vector["tls_request"] = hex(tls_request(city));
  vector["hub_certificate"] = hex(city.signed_hub.encode());
  vector["office_certificate"] = hex(city.signed_office.encode());
  vector["rivals"] = list(rivals_of(city));
  vector["moved_office"] = hex(moved_office(city));
  return vector;
}

Json read_vector() {
  std::ifstream in(kVector);
  REQUIRE(in);
  return Json::parse(in);
}

}  // namespace

TEST_CASE("enrolment: writes its vectors anew", "[.write-enrolment-vectors]") {
  std::ofstream(kVector) << vector_of(make_city()).dump(1) << '\n';
}

TEST_CASE("enrolment: the vectors are what ENROLMENT.md says", "[node]") {
  const auto vector = read_vector();
  const auto city = make_city();
  CHECK(vector == vector_of(city));
  const auto invite = node::Invite::parse(vector["invite"].get<std::string>());
  REQUIRE(invite);
  CHECK(invite->inviter == city.office_hash);
  CHECK(invite->tls_key == kTls);
  const auto asked = node::EnrolRequest::decode(unhex(vector["enrol_request"]));
  REQUIRE(asked);
  CHECK(asked->secret == invite->secret);
  const auto answer = node::EnrolAnswer::decode(unhex(vector["enrol_answer"]));
  REQUIRE(answer);
  CHECK(answer->chain == chain_of(city));
  const auto request = unhex(vector["join_request"]);
  const auto joining = node::JoinRequest::decode(request);
  REQUIRE(joining);
  CHECK(joining->tls_key == kTls);
  CHECK(node::JoinRequest::decode(unhex(vector["join_request_without_tls"]))->tls_key.is_zero());
  const auto admitted = node::read_admission(unhex(vector["admission"]), request, kMade);
  if (!admitted) FAIL(describe(admitted.error()));
  CHECK(admitted->certificate.name == "巡查手机");
  CHECK(admitted->by.words().en() == vector["issuer_words"].get<std::string>());
}

TEST_CASE("enrolment: a hub's request and what the root key makes of it", "[node]") {
  const auto vector = read_vector();
  const auto city = make_city();
  for (const bool stolen : {false, true}) {
    CAPTURE(stolen);
    const auto bytes =
        unhex(vector[stolen ? "hub_request_after_theft" : "hub_request"].get<std::string>());
    const auto request = node::HubKeyRequest::decode(bytes);
    if (!request) FAIL(describe(request.error()));
    CHECK(request->end.has_value() == stolen);
    // Nobody alters it on its way, nor asks with another key than the one that it is for.
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
      auto altered = bytes;
      altered[at] = static_cast<char>(altered[at] ^ 0x20);
      CHECK_FALSE(node::HubKeyRequest::decode(altered));
    }
    CHECK(node::HubKeyRequest::decode(request->encode(city.office_key)).error().code ==
          Errc::bad_signature);
    CHECK(node::sign_hub_key(*request, city.hub_key).error().code == Errc::forbidden);
    auto other = *request;
    if (stolen) {
      other.end->key = city.office.signing_key;
      CHECK(node::HubKeyRequest::decode(other.encode(key_of(4))).error().code == Errc::forbidden);
    }
    const auto answer = node::sign_hub_key(*request, city.root_key);
    REQUIRE(answer);
    auto book = city.book;
    std::string certificate = *answer;
    if (stolen) {
      cbor::Reader r(*answer);
      CHECK(r.array() == 3);
      CHECK(r.uint() == 3);
      certificate = std::string(r.bytes());
      const auto end = crypto::SignedBody::decode(r.bytes());
      REQUIRE(end);
      const auto said = sync::Revocation::decode(end->body);
      REQUIRE(said);
      CHECK(sync::judge_revocation(*said, end->body, end->signature, book));
    }
    const auto added = book.add(certificate);
    if (!added) FAIL(describe(added.error()));
    CHECK(book.newest_after(city.hub_hash) == *added);
  }
}

TEST_CASE("enrolment: whose certificate takes whose place", "[node][I5]") {
  const auto vector = read_vector();
  const auto city = make_city();
  auto book = city.book;
  std::vector<crypto::Hash> rivals;
  for (const auto& one : vector["rivals"]) {
    const auto added = book.add(unhex(one.get<std::string>()));
    if (!added) FAIL(describe(added.error()));
    rivals.push_back(*added);
  }
  const auto& bad = book.find(rivals.front())->subject;
  for (const auto& victim : {city.hub_hash, city.office_hash}) {
    CHECK(book.newest_after(victim) == victim);
    CHECK(book.newest_of(book.find(victim)->subject) == victim);
    CHECK(book.stands_above_key(bad, book.find(victim)->signing_key) == false);
    CHECK_FALSE(book.stands_above(bad, victim));
  }
  CHECK(book.stands_above_key(city.hub.subject, city.office.signing_key) == true);
  CHECK(book.is_rival(*book.find(rivals[2])));
  const auto moved = book.add(unhex(vector["moved_office"]));
  REQUIRE(moved);
  CHECK(book.newest_after(city.office_hash) == *moved);
  CHECK_FALSE(book.is_rival(*book.find(*moved)));
}

}  // namespace linli::test
