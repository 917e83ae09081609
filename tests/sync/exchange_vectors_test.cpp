// What EXCHANGE.md and BLOBS.md say goes over the line, in bytes: tests/vectors/exchange.json. Each
// message is built anew from its fields, and read back.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "crypto/cbor.h"
#include "sync/blobs.h"
#include "sync/exchange.h"
#include "sync/live.h"
#include "tests/support/sync_vectors_detail.h"

namespace linli::test {
namespace {

using namespace vectors;

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "exchange.json";

template <class Named>
Json hashes_json(const std::vector<Named>& hashes) {
  Json json = Json::array();
  for (const auto& hash : hashes) json.push_back(hex(hash));
  return json;
}

Json objects_json(const std::vector<Object>& objects) {
  Json json = Json::array();
  for (const auto& object : objects) {
    json.push_back({static_cast<int>(object.kind), to_hex(object.bytes)});
  }
  return json;
}

std::vector<Object> objects_from(const Json& json) {
  std::vector<Object> objects;
  for (const auto& object : json) {
    objects.push_back({static_cast<ObjectKind>(object[0].get<int>()), unhex(object[1])});
  }
  return objects;
}

/// Null: none. `certificate`: null stands for the client's own.
Json cursor_json(const Cursor& cursor, const Hash& own) {
  if (cursor.epoch == 0) return nullptr;
  const bool same = cursor.certificate == own || cursor.certificate.is_zero();
  return {{"epoch", cursor.epoch},
          {"arrival", cursor.arrival},
          {"mark", to_hex(cursor.mark)},
          {"certificate", same ? Json(nullptr) : Json(hex(cursor.certificate))}};
}

Cursor cursor_from(const Json& json, const Hash& own) {
  if (json.is_null()) return {};
  return {json["epoch"], json["certificate"].is_null() ? own : fixed<Hash>(json["certificate"]),
          json["arrival"], unhex(json["mark"])};
}

Json to_json(const Request& q) {
  return {{"city", hex(q.city)},
          {"certificate", hex(q.certificate)},
          {"session", q.session.is_zero() ? Json(nullptr) : Json(hex(q.session))},
          {"counter", q.counter},
          {"cursor", cursor_json(q.cursor, q.certificate)},
          {"include_own", q.include_own},
          {"push_only", !q.pull},
          {"ask", hashes_json(q.ask)},
          {"objects", objects_json(q.objects)},
          {"snapshots", q.snapshots},
          {"portion", q.portion}};
}

Request request_from(const Json& json) {
  Request q;
  q.city = fixed<Hash>(json["city"]);
  q.certificate = fixed<Hash>(json["certificate"]);
  if (!json["session"].is_null()) q.session = fixed<Nonce>(json["session"]);
  q.counter = json["counter"];
  q.cursor = cursor_from(json["cursor"], q.certificate);
  q.include_own = json["include_own"];
  q.pull = !json["push_only"].get<bool>();
  for (const auto& feed : json["ask"]) q.ask.push_back(fixed<FeedId>(feed));
  q.objects = objects_from(json["objects"]);
  q.snapshots = json["snapshots"];
  q.portion = json["portion"];
  return q;
}

Json errc_json(const std::optional<Errc>& code) {
  return code ? Json(info(*code).name) : Json(nullptr);
}

std::optional<Errc> errc_from(const Json& json) {
  for (const auto& row : errc_table()) {
    if (json.is_string() && row.name == json.get<std::string>()) return row.code;
  }
  return std::nullopt;
}

Json to_json(const Response& r) {
  Json verdicts = Json::array(), frontiers = Json::array(), newer = Json::array();
  for (const auto& verdict : r.verdicts) {
    verdicts.push_back({verdict.index, errc_json(verdict.refused), verdict.detail});
  }
  for (const auto& frontier : r.frontiers) {
    frontiers.push_back({hex(frontier.feed), frontier.seq, hex(frontier.hash)});
  }
  for (const auto& certificate : r.notice.newer) newer.push_back(to_hex(certificate));
  return {{"request", hex(r.request)},
          {"session", hex(r.session)},
          {"time", r.time},
          {"error", errc_json(r.error)},
          {"detail", r.detail},
          {"counter", r.counter},
          {"verdicts", verdicts},
          {"frontiers", frontiers},
          {"objects", objects_json(r.objects)},
          {"cursor", cursor_json(r.cursor, {})},
          {"more", r.more},
          {"remaining", r.remaining},
          {"newer", newer},
          {"elsewhere", r.notice.elsewhere}};
}

Response response_from(const Json& json) {
  Response r;
  r.request = fixed<Hash>(json["request"]);
  r.session = fixed<Nonce>(json["session"]);
  r.time = json["time"];
  r.error = errc_from(json["error"]);
  r.detail = json["detail"];
  r.counter = json["counter"];
  for (const auto& v : json["verdicts"]) r.verdicts.push_back({v[0], errc_from(v[1]), v[2]});
  for (const auto& f : json["frontiers"]) {
    r.frontiers.push_back({fixed<FeedId>(f[0]), f[1], fixed<Hash>(f[2])});
  }
  r.objects = objects_from(json["objects"]);
  r.cursor = cursor_from(json["cursor"], {});
  r.more = json["more"];
  r.remaining = json["remaining"];
  for (const auto& certificate : json["newer"]) r.notice.newer.push_back(unhex(certificate));
  for (const auto& path : json["elsewhere"]) r.notice.elsewhere.push_back(path);
  return r;
}

Json to_json(const BlobRequest& q) {
  Json offers = Json::array();
  for (const auto& offer : q.offers) {
    Json authors = Json::array();
    for (const auto& author : offer.authors) authors.push_back(hex(author));
    offers.push_back({{"hash", hex(offer.hash)},
                      {"size", offer.size},
                      {"authors", authors},
                      {"proof", offer.proof ? Json(hex(*offer.proof)) : Json(nullptr)}});
  }
  return {{"city", hex(q.city)},
          {"certificate", hex(q.certificate)},
          {"session", q.session.is_zero() ? Json(nullptr) : Json(hex(q.session))},
          {"counter", q.counter},
          {"offers", offers},
          {"wishes", hashes_json(q.wishes)},
          {"from", q.from ? Json(*q.from) : Json(nullptr)}};
}

Json to_json(const BlobResponse& r) {
  Json answers = Json::array();
  for (const auto& answer : r.answers) {
    Json authors = Json::array();
    for (const auto& author : answer.authors) authors.push_back(hex(author));
    answers.push_back({static_cast<int>(answer.state), answer.number, authors});
  }
  return {{"request", hex(r.request)}, {"session", hex(r.session)}, {"error", errc_json(r.error)},
          {"detail", r.detail},        {"counter", r.counter},      {"epoch", r.epoch},
          {"answers", answers}};
}

/// One byte 0 and the signed body: what `pack` makes of what doesn't get shorter.
std::string plain(const crypto::SigningKey& key, std::string_view domain, const std::string& body) {
  return std::string(1, '\0') + vectors::sign(key, domain, body).encode();
}

template <class Message>
Json entry(const char* name, const Message& message, const crypto::SigningKey& key,
           std::string_view domain) {
  const auto body = message.encode();
  return {{"name", name},
          {"fields", to_json(message)},
          {"body", to_hex(body)},
          {"wire", to_hex(plain(key, domain, body))}};
}

Request everything(const PaperCity& city) {
  Request q;
  q.city = city.id;
  q.certificate = city.office_hash;
  q.session = all<Nonce>(0x5E);
  q.counter = 7;
  q.cursor = {3, city.hub_hash, 1234, std::string(16, '\x4D')};
  q.include_own = true;
  q.ask = {all<FeedId>(0xA1), all<FeedId>(0xA2)};
  const auto set =
      vectors::sign(city.office_key, crypto::kDomainChangeSet, body_of(small_set(city)));
  q.objects = {{ObjectKind::parcel, Parcel{set.body, set.signature, {}}.encode()}};
  q.portion = 40'000;
  return q;
}

Json requests_json(const PaperCity& city) {
  const auto add = [&](Json& to, const char* name, const Request& request) {
    to.push_back(entry(name, request, city.office_key, crypto::kDomainRequest));
  };
  Json json = Json::array();
  Request q;
  q.city = city.id;
  q.certificate = city.office_hash;
  q.counter = 1;
  q.include_own = true;
  add(json, "the first, without a session", q);
  q.session = all<Nonce>(0x5E);
  q.counter = 2;
  q.snapshots = true;
  add(json, "in a session, beginning with snapshots", q);
  Request quiet;
  quiet.city = city.id;
  quiet.certificate = city.office_hash;
  quiet.session = all<Nonce>(0x5E);
  quiet.counter = 6;
  quiet.cursor = {3, city.office_hash, 1234, std::string(16, '\x4D')};
  add(json, "nothing new", quiet);
  add(json, "everything", everything(city));
  quiet.counter = 8;
  quiet.pull = false;
  quiet.objects = everything(city).objects;
  add(json, "push only", quiet);
  return json;
}

Json responses_json(const PaperCity& city) {
  const auto add = [&](Json& to, const char* name, const Response& response) {
    to.push_back(entry(name, response, city.hub_key, crypto::kDomainResponse));
  };
  Json json = Json::array();
  Response r;
  r.request = all<Hash>(0x51);
  r.session = all<Nonce>(0x5E);
  r.time = kNoon;
  r.error = Errc::unauthorised;
  r.detail = "a new session";
  r.counter = 5;
  add(json, "ask again in this session", r);
  r = {};
  r.request = all<Hash>(0x52);
  r.session = all<Nonce>(0x5E);
  r.time = kNoon;
  r.cursor = {3, {}, 1234, std::string(16, '\x4D')};
  add(json, "nothing new", r);
  const auto receipt =
      vectors::sign(city.hub_key, crypto::kDomainReceipt, receipt_for(city).encode()).encode();
  r.verdicts = {{1, Errc::held, "out_of_scope"}};
  r.frontiers = {{all<FeedId>(0xA1), 9, all<Hash>(0xB1)}};
  r.objects = {{ObjectKind::receipt, receipt}};
  r.more = true;
  r.remaining = 41;
  add(json, "a page, and more behind it", r);
  r.verdicts.clear();
  r.frontiers.clear();
  r.more = false;
  r.remaining = 0;
  r.notice = {{city.signed_hub.encode(), city.signed_office.encode()}, {"410700/410703"}};
  add(json, "the last page, with notices", r);
  return json;
}

Hash proof_of(std::string_view content, const AuthorId& by) {
  crypto::Hasher hasher(blob_proof_key(by));
  hasher.update(content);
  return hasher.result();
}

Json blobs_json(const PaperCity& city) {
  BlobRequest q;
  q.city = city.id;
  q.certificate = city.office_hash;
  q.session = all<Nonce>(0x5B);
  q.counter = 3;
  q.offers = {{all<Hash>(0xF0), 20'000'000, {}, {}},
              {all<Hash>(0xF1), 5, {all<AuthorId>(0xA7)}, all<Hash>(0x9F)}};
  q.wishes = {all<Hash>(0xF2)};
  BlobRequest content;
  content.city = city.id;
  content.certificate = city.office_hash;
  content.session = all<Nonce>(0x5B);
  content.counter = 4;
  content.offers = {{all<Hash>(0xF0), 20'000'000, {}, {}}};
  content.from = 8'000'000;
  BlobResponse r;
  r.request = all<Hash>(0x53);
  r.session = all<Nonce>(0x5B);
  r.epoch = 3;
  r.answers = {{BlobAnswer::State::send, 8'000'000, {}},
               {BlobAnswer::State::prove, 0, {}},
               {BlobAnswer::State::available, 77, {all<AuthorId>(0xA7)}}};
  return {{"requests",
           {entry("offers and a wish", q, city.office_key, crypto::kDomainBlobRequest),
            entry("content from a byte on", content, city.office_key, crypto::kDomainBlobRequest)}},
          {"responses", {entry("answers", r, city.hub_key, crypto::kDomainBlobResponse)}},
          {"proof",
           {{"by", hex(city.office.subject)},
            {"content", to_hex("照片 photo")},
            {"proof", hex(proof_of("照片 photo", city.office.subject))}}}};
}

std::string hello_of(const PaperCity& city) {
  return array_of({cbor::encode_bytes(city.signed_hub.encode()),
                   cbor::encode_bytes(city.signed_office.encode())});
}

Json kept() {
  std::ifstream in(kVector, std::ios::binary);
  return in ? Json::parse(in, nullptr, false) : Json();
}

/// Compressors differ, so a frame that holds the message stays as it was once made.
std::string zstd_wire(const PaperCity& city) {
  const auto body = everything(city).encode();
  const auto before = kept();
  if (before.contains("zstd")) {
    const auto wire = unhex(before["zstd"]["wire"]);
    const auto held = unpack(wire);
    if (held && held->body == body && wire.front() == '\x01') return wire;
  }
  return pack(body, city.office_key, crypto::kDomainRequest);
}

Json made() {
  const auto city = make_city();
  const LiveToken token{city.id, city.office_hash, city.hub_hash, kNoon};
  return {{"requests", requests_json(city)},
          {"responses", responses_json(city)},
          {"zstd", {{"of", "everything"}, {"wire", to_hex(zstd_wire(city))}}},
          {"hello", to_hex(hello_of(city))},
          {"live",
           {{"city", hex(token.city)},
            {"certificate", hex(token.certificate)},
            {"server", hex(token.server)},
            {"time", token.time},
            {"token", token.sign(city.office_key)}}},
          {"attachments", blobs_json(city)}};
}

/// The body of a message from the wire, whose signature this key made.
std::string opened(const Json& wire, const crypto::PublicKey& key, std::string_view domain) {
  const auto unpacked = unpack(unhex(wire));
  REQUIRE(unpacked);
  CHECK(crypto::verify(key, domain, unpacked->body, unpacked->signature));
  return unpacked->body;
}

}  // namespace

TEST_CASE("exchange vectors: writes them anew", "[.write-exchange-vectors]") {
  const auto text = text_of(made());
  std::ofstream(kVector, std::ios::binary) << text;
}

TEST_CASE("exchange vectors: what we write from fixed keys is what the file holds", "[sync][I5]") {
  CHECK(text_of(made()) == text_of(kept()));
}

TEST_CASE("exchange vectors: messages are rebuilt from their fields and read back", "[sync][I5]") {
  const auto city = make_city();
  const auto file = kept();
  REQUIRE(file.contains("requests"));
  REQUIRE(file["requests"].size() == 5);
  for (const auto& v : file["requests"]) {
    CAPTURE(v["name"].dump());
    CHECK(to_hex(request_from(v["fields"]).encode()) == v["body"]);
    const auto body = opened(v["wire"], city.office.signing_key, crypto::kDomainRequest);
    CHECK(to_hex(body) == v["body"]);
    const auto read = Request::decode(body);
    REQUIRE(read);
    CHECK(to_json(*read) == v["fields"]);
  }
  REQUIRE(file["responses"].size() == 4);
  for (const auto& v : file["responses"]) {
    CAPTURE(v["name"].dump());
    CHECK(to_hex(response_from(v["fields"]).encode()) == v["body"]);
    const auto read = open_response(unhex(v["wire"]), city.hub.signing_key);
    REQUIRE(read);
    CHECK(to_json(*read) == v["fields"]);
  }
  for (const auto& v : file["attachments"]["requests"]) {
    const auto body = opened(v["wire"], city.office.signing_key, crypto::kDomainBlobRequest);
    const auto read = BlobRequest::decode(body);
    REQUIRE(read);
    CHECK(to_json(*read) == v["fields"]);
    CHECK(to_hex(read->encode()) == v["body"]);
  }
  for (const auto& v : file["attachments"]["responses"]) {
    const auto body = opened(v["wire"], city.hub.signing_key, crypto::kDomainBlobResponse);
    const auto read = BlobResponse::decode(body);
    REQUIRE(read);
    CHECK(to_json(*read) == v["fields"]);
    CHECK(to_hex(read->encode()) == v["body"]);
  }
}

TEST_CASE("exchange vectors: a compressed message holds what the plain one does", "[sync][I5]") {
  const auto city = make_city();
  const auto file = kept();
  const auto wire = unhex(file["zstd"]["wire"]);
  REQUIRE(wire.front() == '\x01');
  CHECK(to_hex(opened(file["zstd"]["wire"], city.office.signing_key, crypto::kDomainRequest)) ==
        file["requests"][3]["body"]);
}

TEST_CASE("exchange vectors: a live token opens the door once", "[sync][I5]") {
  const auto city = make_city();
  const auto token = kept()["live"]["token"].get<std::string>();
  LiveDoor door;
  const auto in = door.enter(token, city.hub_hash, city.book, kNoon);
  REQUIRE(in);
  CHECK(*in == city.office_hash);
  CHECK_FALSE(door.enter(token, city.hub_hash, city.book, kNoon));
}

}  // namespace linli::test
