#include "sync/proof.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::test {
namespace {

using namespace sync;
using crypto::to_hex;
using crypto::TreeHash;

constexpr Micros kNoon = 1'790'000'000'000'000;
constexpr std::uint32_t kType = 100;

/// A city, a record written twice by its office, and the proof of it: the same in every run.
struct Paper {
  PaperCity city = make_city();
  RecordName record{kType, city.office.paths.front(), RecordId::of(std::string(16, '\x05'))};
  std::vector<TreeHash> leaves;
  std::vector<Hash> sets;
  ProofFile file;

  Paper() {
    file.record = record;
    file.root = city.signed_root.encode();
    file.certificates = {city.signed_hub.encode(), city.signed_office.encode()};
    write("name", {});
    write("new name", Seen{1, 5, Hash::of(std::string(32, '\x0A')), kNoon - 1'000'000});
  }

  [[nodiscard]] crypto::TreeNodes nodes() const {
    return [this](unsigned level, std::uint64_t number) {
      std::vector<TreeHash> row(
          leaves.begin() + static_cast<std::ptrdiff_t>(number << level),
          leaves.begin() + static_cast<std::ptrdiff_t>((number + 1) << level));
      for (; row.size() > 1; row.resize(row.size() / 2)) {
        for (std::size_t i = 0; i < row.size() / 2; ++i) {
          row[i] = crypto::tree_node(row[2 * i], row[2 * i + 1]);
        }
      }
      return row.front();
    };
  }

  [[nodiscard]] std::string note(std::uint64_t size) const {
    const auto origin = LogName{city.root.scope, city.hub.subject, 1}.origin();
    const auto text =
        crypto::Checkpoint{origin, size, crypto::tree_root(size, nodes()), {}}.encode();
    return crypto::SignedNote{text, {crypto::sign_note(city.hub_key, origin, text)}}.encode();
  }

  void write(const std::string& value, std::optional<Seen> seen) {
    const auto seq = sets.size() + 1;
    const crypto::Salt salt = crypto::Salt::of(std::string(32, static_cast<char>(seq)));
    const auto item = cbor::encode_text(value);
    cbor::Writer committed;
    committed.tag(cbor::kTagCommitment);
    committed.bytes(commitment(salt, city.id, kType, record.scope, record.id, 2, item).view());
    const auto plain = cbor::encode_int(static_cast<std::int64_t>(seq));
    ChangeSet set;
    set.city = city.id;
    set.feed = {city.office.subject, record.scope, Audience::ancestors, {}};
    set.certificate = city.office_hash;
    set.seq = seq;
    if (!sets.empty()) set.prev = sets.back();
    set.seen = seen;
    set.schema_version = 1;
    set.time_base = kNoon + static_cast<Micros>(seq) * 60'000'000;
    set.changes = {{.type = kType,
                    .id = record.id,
                    .kind = ChangeKind::put,
                    .stamp = set.time_base,
                    .life = 0,
                    .fields = {{1, plain}, {2, committed.view()}},
                    .base = {}}};
    const auto body = encode_change_set(set);
    REQUIRE(body);
    sets.push_back(change_set_hash(*body));
    const Parcel parcel{
        *body, city.office_key.sign(crypto::kDomainChangeSet, *body), {{0, salt, item}}};

    // Others write too: the set stands among them.
    for (int other = 0; other < 3; ++other) {
      leaves.push_back(crypto::tree_leaf(std::string(32, static_cast<char>(leaves.size()))));
    }
    const auto index = leaves.size();
    leaves.push_back(crypto::tree_leaf(sets.back().view()));
    leaves.push_back(crypto::tree_leaf(std::string(32, '\x77')));
    const auto size = leaves.size();
    const crypto::TlogProof place{index, crypto::inclusion_proof(index, size, nodes()), note(size)};

    Receipt receipt;
    receipt.city = city.id;
    receipt.certificate = city.hub_hash;
    receipt.feed = set.feed.id(city.id);
    receipt.scope = record.scope;
    receipt.from = receipt.to = seq;
    receipt.last = sets.back();
    receipt.checkpoint = {1, size, Hash::of(std::string(32, '\x0B')), set.time_base + 5'000'000};
    const auto receipt_body = receipt.encode();
    const crypto::SignedBody signed_receipt{
        receipt_body, city.hub_key.sign(crypto::kDomainReceipt, receipt_body)};
    file.sets.push_back({parcel.encode(), place.encode(), signed_receipt.encode()});
  }

  [[nodiscard]] std::string root_key() const { return to_hex(city.root.keys.front().view()); }
  [[nodiscard]] std::string name() const { return to_hex(city.id.view()); }
};

/// The same, with a head that the office has cosigned.
Paper cosigned(std::uint64_t time) {
  Paper paper;
  auto proof = *crypto::TlogProof::decode(paper.file.sets[1].inclusion);
  const auto text = crypto::SignedNote::decode(proof.checkpoint)->text;
  proof.checkpoint +=
      crypto::cosign(paper.city.office_key, witness_name(paper.city.office.subject), text, time)
          .line();
  paper.file.sets[1].inclusion = proof.encode();
  return paper;
}

std::filesystem::path vector_file() {
  return std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "proof.json";
}

/// What every reader must find in the example.
Json vector_of(const Paper& paper) {
  Json sets = Json::array();
  const auto proven = check_proof(paper.file.encode(), paper.name());
  REQUIRE(proven);
  for (const auto& set : proven->sets) {
    sets.push_back({{"hash", to_hex(set.hash.view())},
                    {"index", set.index},
                    {"size", set.checkpoint.size},
                    {"stamp", set.set.changes[0].stamp},
                    {"not_before", set.not_before ? Json(*set.not_before) : Json(nullptr)},
                    {"not_after", set.not_after ? Json(*set.not_after) : Json(nullptr)}});
  }
  return {{"file", to_hex(paper.file.encode())},
          {"city", paper.name()},
          {"root_key", paper.root_key()},
          {"values", {"name", "new name"}},
          {"checkpoint", paper.note(paper.leaves.size())},
          {"sets", sets},
          {"cosigned", to_hex(cosigned(1'790'000'100).file.encode())},
          {"witness", {{"node", paper.city.office.name}, {"time", 1'790'000'100'000'000}}}};
}

Errc refusal(const Paper& paper) {
  const auto checked = check_proof(paper.file.encode(), paper.name());
  REQUIRE(!checked);
  return checked.error().code;
}

}  // namespace

TEST_CASE("proof: holds with the city's name or its root key, and says when", "[sync][I5]") {
  const Paper paper;
  for (const auto& root : {paper.name(), paper.root_key()}) {
    const auto proven = check_proof(paper.file.encode(), root);
    REQUIRE(proven);
    REQUIRE(proven->sets.size() == 2);
    CHECK(proven->sets[0].index == 3);
    CHECK_FALSE(proven->sets[0].not_before);
    CHECK(proven->sets[0].not_after == kNoon + 65'000'000);
    CHECK(proven->sets[1].not_before == kNoon - 1'000'000);
    CHECK(proven->sets[1].checkpoint.size == 10);
  }
}

TEST_CASE("proof: of another city, or without a name, proves nothing", "[sync][I5]") {
  const Paper paper;
  const auto file = paper.file.encode();
  CHECK(check_proof(file, std::string(64, '0')).error().code == Errc::other_city);
  CHECK(check_proof(file, "").error().code == Errc::bad_value);
  CHECK(check_proof(file, paper.name().substr(2)).error().code == Errc::bad_value);
}

TEST_CASE("proof: not a byte of it can be changed", "[sync][I5]") {
  const Paper paper;
  const auto file = paper.file.encode();
  std::vector<std::size_t> accepted;
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    if (check_proof(changed, paper.name())) accepted.push_back(at);
  }
  CAPTURE(accepted, file.size());
  CHECK(accepted.empty());
  for (std::size_t size = 0; size < file.size(); size += 97) {
    CHECK_FALSE(check_proof(std::string_view(file).substr(0, size), paper.name()));
  }
}

TEST_CASE("proof: each part must belong to the others", "[sync][I5]") {
  Paper paper;
  auto& sets = paper.file.sets;
  SECTION("the place of another set") {
    sets[0].inclusion = sets[1].inclusion;
    CHECK(refusal(paper) == Errc::altered);
  }
  SECTION("the receipt of another set") {
    sets[0].receipt = sets[1].receipt;
    CHECK(refusal(paper) == Errc::altered);
  }
  SECTION("a place that was never in the history") {
    auto proof = *crypto::TlogProof::decode(sets[0].inclusion);
    proof.index = 0;
    sets[0].inclusion = proof.encode();
    CHECK(refusal(paper) == Errc::altered);
  }
  SECTION("a checkpoint that the office signed itself") {
    auto proof = *crypto::TlogProof::decode(sets[0].inclusion);
    auto text = crypto::SignedNote::decode(proof.checkpoint)->text;
    const auto old = text.substr(0, text.find('\n'));
    const auto origin = LogName{paper.city.root.scope, paper.city.office.subject, 1}.origin();
    text.replace(0, old.size(), origin);
    proof.checkpoint =
        crypto::SignedNote{text, {crypto::sign_note(paper.city.office_key, origin, text)}}.encode();
    sets[0].inclusion = proof.encode();
    CHECK(refusal(paper) == Errc::forbidden);
  }
  SECTION("another record") {
    paper.file.record.id.data[0] ^= 1;
    CHECK(refusal(paper) == Errc::not_found);
  }
  SECTION("without the hub's certificate") {
    paper.file.certificates.erase(paper.file.certificates.begin());
    CHECK(refusal(paper) == Errc::stranger);
  }
  SECTION("without anything") {
    sets.clear();
    CHECK(refusal(paper) == Errc::not_found);
  }
  SECTION("a value may be left out, and a receipt") {
    auto parcel = *Parcel::decode(sets[0].parcel);
    parcel.openings.clear();
    sets[0].parcel = parcel.encode();
    sets[0].receipt.clear();
    const auto proven = check_proof(paper.file.encode(), paper.name());
    REQUIRE(proven);
    CHECK_FALSE(proven->sets[0].not_after);
    CHECK(proven->sets[0].parcel.openings.empty());
  }
  SECTION("another value behind a commitment") {
    auto parcel = *Parcel::decode(sets[0].parcel);
    parcel.openings[0].value = cbor::encode_text("forged");
    sets[0].parcel = parcel.encode();
    CHECK(refusal(paper) == Errc::corrupt);
  }
}

TEST_CASE("proof: says which nodes have checked the head", "[sync][I5]") {
  auto paper = cosigned(1'790'000'100);
  auto proven = check_proof(paper.file.encode(), paper.name());
  REQUIRE(proven);
  CHECK(proven->sets[0].witnesses.empty());
  REQUIRE(proven->sets[1].witnesses.size() == 1);
  CHECK(proven->sets[1].witnesses[0].certificate == paper.city.office_hash);
  CHECK(proven->sets[1].witnesses[0].time == 1'790'000'100);

  auto proof = *crypto::TlogProof::decode(paper.file.sets[1].inclusion);
  auto note = *crypto::SignedNote::decode(proof.checkpoint);
  SECTION("a cosignature that isn't the node's refuses the whole note") {
    auto& bytes = note.signatures[1].bytes;
    bytes[7] = static_cast<char>(bytes[7] ^ 1);  // It says another time.
    proof.checkpoint = note.encode();
    paper.file.sets[1].inclusion = proof.encode();
    CHECK(refusal(paper) == Errc::bad_signature);
  }
  SECTION("one of a key that nobody knows is passed over") {
    note.signatures[1].name.back() = note.signatures[1].name.back() == '0' ? '1' : '0';
    proof.checkpoint = note.encode();
    paper.file.sets[1].inclusion = proof.encode();
    proven = check_proof(paper.file.encode(), paper.name());
    REQUIRE(proven);
    CHECK(proven->sets[1].witnesses.empty());
  }
}

TEST_CASE("history: a head goes on from another one, or there is a fork", "[sync][I5]") {
  const Paper paper;
  const auto head = [&](std::uint64_t size) {
    const auto opened = open_checkpoint(paper.note(size), paper.city.book);
    REQUIRE(opened);
    return opened->checkpoint;
  };
  const auto proof = crypto::consistency_proof(6, 10, paper.nodes());
  CHECK(goes_on(head(6), head(10), proof));
  CHECK(goes_on(head(10), head(6), proof));
  CHECK(goes_on(head(10), head(10), {}));
  CHECK(goes_on(head(6), head(10), {}).error().code == Errc::fork);
  auto forked = head(10);
  forked.root.data[0] ^= 1;
  CHECK(goes_on(head(10), forked, {}).error().code == Errc::fork);
  CHECK(goes_on(head(6), forked, proof).error().code == Errc::fork);
  auto other = head(10);
  other.origin.back() = '2';
  CHECK(goes_on(head(6), other, proof).error().code == Errc::fork);
}

TEST_CASE("history: an origin has one spelling", "[sync]") {
  const LogName name{"410700", AuthorId::of(std::string(16, '\xAB')), 12};
  CHECK(name.origin() == "linli-log/410700/abababababababababababababababab/12");
  CHECK(LogName::of(name.origin()) == name);
  for (const auto* bad :
       {"", "linli-log/410700/abababababababababababababababab/012",
        "linli-log/410700/ABABABABABABABABABABABABABABABAB/12",
        "linli-log/410700/abababababababababababababababab/", "linli-log/410700/abab/12",
        "linli-log//abababababababababababababababab/12", "linli/410700/abab/12",
        "linli-log/410700/abababababababababababababababab/12/"}) {
    CAPTURE(bad);
    CHECK_FALSE(LogName::of(bad));
  }
}

TEST_CASE("proof: the example in tests/vectors is what is made, for other readers", "[sync][I5]") {
  std::ifstream in(vector_file());
  REQUIRE(in);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(Json::parse(text) == vector_of(Paper()));
}

TEST_CASE("proof: write the example anew", "[.write-vectors]") {
  std::ofstream(vector_file()) << vector_of(Paper()).dump(1) << "\n";
}

}  // namespace linli::test
