// The bytes of PROTOCOL.md are the bytes that we write and read: tests/vectors/*.json, which other
// implementations read too. After a deliberate change of the format, write them anew with
// `linli_tests "[.write-vectors]"` and read the difference before committing it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/sync_vectors.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;
using namespace sync;
using crypto::to_hex;

const fs::path kVectors = fs::path{LINLI_TESTS_DIR} / "vectors";

std::string read(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  INFO("reading " << file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>{in}, {}};
}

Json vectors(const std::string& name) { return Json::parse(read(kVectors / name)); }

/// Why the bytes of one kind of thing were refused.
std::optional<Errc> refusal(const std::string& what, const std::string& bytes) {
  const auto errc = [](const auto& result) {
    return result ? std::optional<Errc>{} : result.error().code;
  };
  if (what == "change set") return errc(decode_change_set(bytes));
  if (what == "parcel") return errc(Parcel::decode(bytes));
  if (what == "receipt") return errc(Receipt::decode(bytes));
  REQUIRE(what == "policy");
  return errc(Policy::decode(bytes));
}

/// The hexadecimal digits of the code block that follows `marker`; what stands behind # is a
/// remark.
std::string hex_block(const std::string& document, const std::string& marker) {
  const auto at = document.find(marker);
  REQUIRE(at != std::string::npos);
  const auto begin = document.find("```hex\n", at) + 7;
  const auto end = document.find("```", begin);
  REQUIRE(end != std::string::npos);
  std::string digits;
  bool remark = false;
  for (const char c : document.substr(begin, end - begin)) {
    if (c == '#') remark = true;
    if (c == '\n') remark = false;
    if (!remark && std::isxdigit(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  return digits;
}

}  // namespace

TEST_CASE("vectors: writes them anew", "[.write-vectors]") {
  fs::create_directories(kVectors);
  for (const auto& [name, content] : sync_vectors())
    std::ofstream{kVectors / name, std::ios::binary} << text_of(content);
}

TEST_CASE("vectors: what we write from fixed seeds is what the files hold", "[sync][I5]") {
  for (const auto& [name, content] : sync_vectors()) {
    INFO(name);
    CHECK(text_of(content) == read(kVectors / name));
  }
}

TEST_CASE("vectors: a city's root and certificates are rebuilt from their fields", "[sync][I5]") {
  const auto city = vectors("city.json");
  CHECK(to_hex(root_from(city["root"]["fields"]).encode()) == city["root"]["body"]);
  auto book = crypto::CertificateBook::found(unhex(city["root"]["signed"]));
  REQUIRE(book);
  CHECK(to_hex(book->city().view()) == city["root"]["hash"]);
  for (const auto& c : city["certificates"]) {
    CHECK(to_hex(certificate_from(c["fields"]).encode()) == c["body"]);
    const auto added = book->add(unhex(c["signed"]));
    REQUIRE(added);
    CHECK(to_hex(added->view()) == c["hash"]);
  }
}

TEST_CASE("vectors: change sets are rebuilt from their fields, hashed and verified", "[sync][I5]") {
  const PaperCity city = make_city();
  for (const auto& v : vectors("change_sets.json")) {
    INFO(v["name"]);
    const std::string body = unhex(v["body"]);
    const auto set = decode_change_set(body);
    REQUIRE(set);
    CHECK(to_json(*set) == v["fields"]);
    const auto rebuilt = change_set_from(v["fields"]);
    const auto encoded = encode_change_set(rebuilt.set);
    REQUIRE(encoded);
    // Keys of a later version aren't ours to write: the received bytes are kept for them.
    if (v["name"] != "from a later version") CHECK(to_hex(*encoded) == v["body"]);
    CHECK(to_hex(change_set_hash(body).view()) == v["hash"]);
    CHECK(to_hex(set->feed.id(set->city).view()) == v["feed"]);
    CHECK(judge_author(*set, body, crypto::Signature::of(unhex(v["signature"])), city.book));
    Json committed = Json::array();
    for (const auto& c : commitments(*set))
      committed.push_back(Json::array({c.change, c.field, to_hex(c.commitment.view())}));
    CHECK(committed == v["commitments"]);
  }
}

TEST_CASE("vectors: feed ids and commitments follow from their parts", "[sync][I10]") {
  for (const auto& v : vectors("names.json")) {
    const FeedName name{AuthorId::of(unhex(v["author"])),
                        v["scope"],
                        static_cast<Audience>(v["audience"].get<unsigned>()),
                        {v["number"].get<std::uint64_t>(), Nonce::of(unhex(v["nonce"]))}};
    CHECK(to_hex(name.id(Hash::of(unhex(v["city"]))).view()) == v["feed"]);
  }
  for (const auto& v : vectors("commitments.json")) {
    const auto c = commitment(crypto::Salt::of(unhex(v["salt"])), Hash::of(unhex(v["city"])),
                              v["type"].get<std::uint32_t>(), v["scope"].get<std::string>(),
                              RecordId::of(unhex(v["id"])), v["field"].get<std::uint32_t>(),
                              unhex(v["value"]));
    CHECK(to_hex(c.view()) == v["commitment"]);
  }
}

TEST_CASE("vectors: parcels are rebuilt, and their openings fit", "[sync][I10]") {
  for (const auto& v : vectors("parcels.json")) {
    INFO(v["name"]);
    Parcel built{unhex(v["body"]), crypto::Signature::of(unhex(v["signature"])), {}};
    for (const auto& o : v["openings"])
      built.openings.push_back(
          {o[0].get<std::uint32_t>(), crypto::Salt::of(unhex(o[1])), unhex(o[2])});
    CHECK(to_hex(built.encode()) == v["parcel"]);
    const auto parcel = Parcel::decode(unhex(v["parcel"]));
    REQUIRE(parcel);
    CHECK(parcel->encode() == built.encode());
    const auto set = decode_change_set(parcel->body);
    REQUIRE(set);
    const auto committed = commitments(*set);
    for (const auto& opening : parcel->openings) CHECK(check_opening(*set, committed, opening));
  }
}

TEST_CASE("vectors: policies, receipts and the log's tree are rebuilt", "[sync][I5]") {
  for (const auto& v : vectors("policies.json")) {
    CHECK(to_hex(policy_from(v["fields"]).encode()) == v["bytes"]);
    CHECK(to_hex(policy_hash(unhex(v["bytes"])).view()) == v["hash"]);
    const auto policy = Policy::decode(unhex(v["bytes"]));
    REQUIRE(policy);
    CHECK(to_json(*policy) == v["fields"]);
  }
  const PaperCity city = make_city();
  for (const auto& v : vectors("receipts.json")) {
    CHECK(to_hex(receipt_from(v["fields"]).encode()) == v["body"]);
    const auto receipt = Receipt::decode(unhex(v["body"]));
    REQUIRE(receipt);
    CHECK(to_json(*receipt) == v["fields"]);
    const auto s = crypto::SignedBody::decode(unhex(v["signed"]));
    REQUIRE(s);
    CHECK(judge_receipt(*receipt, s->body, s->signature, city.book));
  }
  LogTree tree;
  for (const auto& v : vectors("log_tree.json")) {
    CHECK(tree.size() == v["size"]);
    CHECK(to_hex(tree.root().view()) == v["root"]);
    CHECK(to_hex(tree.encode()) == v["tree"]);
    tree.append(Hash::of(std::string(32, static_cast<char>(tree.size()))));
  }
}

TEST_CASE("vectors: each malformed body is refused for its own reason", "[sync][I5]") {
  for (const auto& v : vectors("malformed.json")) {
    INFO(v["what"] << ": " << v["name"]);
    const auto refused = refusal(v["what"], unhex(v["bytes"]));
    REQUIRE(refused);
    CHECK(info(*refused).name == v["errc"]);
  }
}

TEST_CASE("vectors: the example in PROTOCOL.md is the small change set", "[sync][I5]") {
  const auto document = read(fs::path{LINLI_TESTS_DIR}.parent_path() / "sync" / "PROTOCOL.md");
  const auto sets = vectors("change_sets.json");
  REQUIRE(sets[0]["name"] == "small");
  CHECK(hex_block(document, "<!-- example: body -->") == sets[0]["body"]);
  CHECK(hex_block(document, "<!-- example: hash -->") == sets[0]["hash"]);
  CHECK(hex_block(document, "<!-- example: feed -->") == sets[0]["feed"]);
  CHECK(hex_block(document, "<!-- example: signature -->") == sets[0]["signature"]);
}

}  // namespace linli::test
