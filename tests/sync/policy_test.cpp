#include "sync/policy.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::sync {
namespace {

using crypto::Role;

template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

constexpr std::uint32_t kInspection = 40, kPlain = 1, kRestricted = 9, kState = 7;
const std::string kOne = cbor::encode_int(1);
constexpr std::string_view kNull = "\xF6";

/// Offices and streets write inspections, streets delete them and write field 9; an office opens
/// one (null → 1), both close it (1 → 2), a street opens it again (2 → 1).
Policy inspections() {
  const RoleMask office = mask(Role::office), street = mask(Role::street);
  Policy policy;
  policy.rules = {{kInspection,
                   office | street,
                   street,
                   {{kRestricted, street}},
                   kState,
                   {{-1, 1, office, 0}, {1, 2, office | street, 0}, {2, 1, street, 0}}}};
  return policy;
}

crypto::Certificate writer(Role role) {
  crypto::Certificate c;
  c.role = role;
  return c;
}

ChangeSet set_of(Change change) {
  ChangeSet set;
  set.changes.push_back(std::move(change));
  return set;
}

std::optional<Errc> judged(Change change, const crypto::Certificate& by, const Policy* policy) {
  const auto judgement = judge_policy(set_of(std::move(change)), by, policy);
  return judgement ? std::optional<Errc>{} : judgement.error().code;
}

Change change_of(std::uint32_t type, ChangeKind kind, std::uint32_t field, std::string_view value) {
  Change change;
  change.type = type;
  change.kind = kind;
  if (field != 0) change.fields = {{field, value}};
  return change;
}

}  // namespace

TEST_CASE("policy: each kind of change needs the role that its rule names", "[sync][I5]") {
  const Policy policy = inspections();
  struct Case {
    const char* name;
    Role by;
    ChangeKind kind;
    std::uint32_t field;
    std::string_view value;
    std::optional<Errc> refused;
  };
  const auto t = GENERATE(values<Case>({
      {"a writer puts", Role::office, ChangeKind::put, kPlain, kOne, {}},
      {"a writer clears", Role::office, ChangeKind::clear, kPlain, kNull, {}},
      {"a writer erases", Role::office, ChangeKind::erase, kPlain, kOne, {}},
      {"no writer puts", Role::device, ChangeKind::put, kPlain, kOne, Errc::forbidden},
      {"no writer clears", Role::device, ChangeKind::clear, kPlain, kNull, Errc::forbidden},
      {"no writer erases", Role::device, ChangeKind::erase, kPlain, kOne, Errc::forbidden},
      {"no writer puts nothing", Role::device, ChangeKind::put, 0, {}, Errc::forbidden},
      {"a remover deletes", Role::street, ChangeKind::remove, 0, {}, {}},
      {"a mere writer deletes", Role::office, ChangeKind::remove, 0, {}, Errc::forbidden},
      {"a restricted field, allowed", Role::street, ChangeKind::put, kRestricted, kOne, {}},
      {"restricted, put", Role::office, ChangeKind::put, kRestricted, kOne, Errc::forbidden},
      {"restricted, clear", Role::office, ChangeKind::clear, kRestricted, kNull, Errc::forbidden},
      {"restricted, erase", Role::office, ChangeKind::erase, kRestricted, kOne, Errc::forbidden},
      {"a kind of later versions", Role::street, ChangeKind::set_add, kPlain, kOne,
       Errc::unknown_critical},
  }));
  DYNAMIC_SECTION(t.name) {
    CHECK(judged(change_of(kInspection, t.kind, t.field, t.value), writer(t.by), &policy) ==
          t.refused);
  }
}

TEST_CASE("policy: a state only moves as a rule allows", "[sync][I5]") {
  const Policy policy = inspections();
  const auto put = [&](Role by, std::string_view value) {
    return judged(change_of(kInspection, ChangeKind::put, kState, value), writer(by), &policy);
  };
  CHECK(put(Role::office, encode_move({-1, 1})) == std::nullopt);
  CHECK(put(Role::office, encode_move({1, 2})) == std::nullopt);
  CHECK(put(Role::street, encode_move({2, 1})) == std::nullopt);
  CHECK(put(Role::office, encode_move({2, 1})) == Errc::bad_move);   // the street's to do
  CHECK(put(Role::street, encode_move({-1, 1})) == Errc::bad_move);  // the office's
  CHECK(put(Role::office, encode_move({-1, 2})) == Errc::bad_move);  // nobody's
  CHECK(put(Role::office, cbor::encode_int(2)) == Errc::bad_move);
  CHECK(judged(change_of(kInspection, ChangeKind::clear, kState, kNull), writer(Role::street),
               &policy) == Errc::bad_move);
}

TEST_CASE("policy: one forbidden change forbids its whole set, and is named", "[sync][I5]") {
  const Policy policy = inspections();
  auto set = set_of(change_of(kInspection, ChangeKind::put, kPlain, kOne));
  set.changes.push_back(change_of(kInspection, ChangeKind::remove, 0, {}));
  const auto judgement = judge_policy(set, writer(Role::office), &policy);
  REQUIRE_FALSE(judgement);
  CHECK(judgement.error().code == Errc::forbidden);
  CHECK_THAT(judgement.error().detail, Catch::Contains("change 1 of type 40"));
}

TEST_CASE("policy: what it doesn't speak of is forbidden, without one the set waits",
          "[sync][I5]") {
  const Policy policy = inspections();
  const auto other = change_of(77, ChangeKind::put, kPlain, kOne);
  CHECK(judged(other, writer(Role::hub), &policy) == Errc::forbidden);
  CHECK(judged(other, writer(Role::hub), nullptr) == Errc::unknown_policy);
}

TEST_CASE("policy: what founds trust needs a right, no policy, and is only ever put",
          "[sync][I5]") {
  auto plain = writer(Role::hub), issuer = plain, publisher = plain;
  issuer.delegation = 1;
  publisher.rights = crypto::kRightPolicy;
  const auto put = [](std::uint32_t type) { return change_of(type, ChangeKind::put, 1, kOne); };
  CHECK(judged(put(kTypeCertificate), issuer, nullptr) == std::nullopt);
  CHECK(judged(put(kTypeCertificate), plain, nullptr) == Errc::forbidden);
  CHECK(judged(put(kTypeCertificate), publisher, nullptr) == Errc::forbidden);
  CHECK(judged(put(kTypePolicy), publisher, nullptr) == std::nullopt);
  CHECK(judged(put(kTypePolicy), issuer, nullptr) == Errc::forbidden);

  Policy generous;  // a policy can't open what founds it
  generous.rules = {{kTypeCertificate, ~0u, ~0u, {}, {}, {}}, {kTypePolicy, ~0u, ~0u, {}, {}, {}}};
  CHECK(judged(put(kTypeCertificate), plain, &generous) == Errc::forbidden);
  CHECK(judged(put(kTypePolicy), plain, &generous) == Errc::forbidden);
  issuer.rights = crypto::kRightPolicy;
  for (const auto type : {kTypeCertificate, kTypePolicy}) {
    CHECK(judged(change_of(type, ChangeKind::remove, 0, {}), issuer, &generous) == Errc::forbidden);
    CHECK(judged(change_of(type, ChangeKind::clear, 1, kNull), issuer, &generous) ==
          Errc::forbidden);
  }
}

TEST_CASE("policy: trust is judged in every particular, each with a reason of its own",
          "[sync][I5]") {
  const auto city = test::make_city();
  ChangeSet good;
  good.city = city.id;
  good.certificate = city.office_hash;
  good.feed = {city.office.subject, city.office.paths[0], Audience::ancestors, {}};
  good.seq = 1;
  good.changes = {change_of(kInspection, ChangeKind::put, kPlain, kOne)};

  const auto judge = [&](const ChangeSet& set, const crypto::SigningKey& key,
                         std::string_view domain = crypto::kDomainChangeSet) {
    const auto body = encode_change_set(set);
    REQUIRE(body);
    const auto judgement = judge_author(set, *body, key.sign(domain, *body), city.book);
    return judgement ? std::optional<Errc>{} : judgement.error().code;
  };
  CHECK(judge(good, city.office_key) == std::nullopt);
  CHECK(judge(good, city.hub_key) == Errc::bad_signature);
  CHECK(judge(good, city.office_key, crypto::kDomainReceipt) == Errc::bad_signature);

  ChangeSet set = good;
  set.city = all<Hash>(7);
  CHECK(judge(set, city.office_key) == Errc::other_city);
  set = good;
  set.certificate = all<Hash>(7);
  CHECK(judge(set, city.office_key) == Errc::unknown_certificate);
  set = good;
  set.feed.author = city.hub.subject;
  CHECK(judge(set, city.office_key) == Errc::forbidden);
  set = good;
  set.feed.scope = "410700/410702/410702003/other";
  CHECK(judge(set, city.office_key) == Errc::out_of_scope);
  set.feed.scope = "410700/410702/410702003";  // above its own
  CHECK(judge(set, city.office_key) == Errc::out_of_scope);
  set.feed.scope = "410700/410702/410702003/jiedu-2";  // no whole segment in common
  CHECK(judge(set, city.office_key) == Errc::out_of_scope);
}

TEST_CASE("policy: an altered byte is a bad signature, whatever it claims", "[sync][I5]") {
  const auto city = test::make_city();
  ChangeSet set;
  set.city = city.id;
  set.certificate = city.office_hash;
  set.feed = {city.office.subject, city.office.paths[0], Audience::ancestors, {}};
  set.seq = 1;
  set.changes = {change_of(kInspection, ChangeKind::put, kPlain, kOne)};
  const auto body = encode_change_set(set);
  REQUIRE(body);
  const auto signature = city.office_key.sign(crypto::kDomainChangeSet, *body);
  rc::prop("one bit", [&] {
    std::string altered = *body;
    const auto at = *rc::gen::inRange<std::size_t>(0, altered.size());
    altered[at] = static_cast<char>(altered[at] ^ (1 << *rc::gen::inRange(0, 8)));
    const auto decoded = decode_change_set(altered);
    if (!decoded) return;
    const auto judgement = judge_author(*decoded, altered, signature, city.book);
    RC_ASSERT_FALSE(judgement.has_value());
    const Errc code = judgement.error().code;
    RC_ASSERT(code == Errc::bad_signature || code == Errc::other_city ||
              code == Errc::unknown_certificate);
  });
}

TEST_CASE("policy: an audience needs its bit in the certificate", "[sync][I6]") {
  const auto city = test::make_city();
  crypto::Certificate narrow = city.office;
  narrow.audiences = 0b0101;
  narrow.serial = 77;
  const crypto::SignedBody s{narrow.encode(),
                             city.hub_key.sign(crypto::kDomainCertificate, narrow.encode())};
  auto book = city.book;
  const auto name = book.add(s.encode());
  REQUIRE(name);
  for (unsigned audience = 0; audience < 4; ++audience) {
    ChangeSet set;
    set.city = city.id;
    set.certificate = *name;
    set.feed = {narrow.subject, narrow.paths[0], static_cast<Audience>(audience), {}};
    const std::string body = "the body";
    const auto judgement =
        judge_author(set, body, city.office_key.sign(crypto::kDomainChangeSet, body), book);
    INFO("audience " << audience);
    CHECK(judgement.has_value() == (audience % 2 == 0));
    if (!judgement) CHECK(judgement.error().code == Errc::out_of_scope);
  }
}

TEST_CASE("policy: who may read is decided by scope and audience", "[sync][I6]") {
  const auto reader = [](std::vector<std::string> paths, std::vector<std::string> excluded = {}) {
    crypto::Certificate c;
    c.paths = std::move(paths);
    c.excluded = std::move(excluded);
    return c;
  };
  const std::string scope = "c/d/s/community";
  struct Case {
    const char* name;
    crypto::Certificate reader;
    bool ancestors, below, street, everyone;
  };
  const auto t = GENERATE_COPY(values<Case>({
      {"the community itself", reader({scope}), true, true, true, true},
      {"its street", reader({"c/d/s"}), true, true, true, true},
      {"its district", reader({"c/d"}), true, true, false, true},
      {"the city", reader({"c"}), true, true, false, true},
      {"a compound below", reader({scope + "/x"}), false, true, false, true},
      {"the community beside", reader({"c/d/s/other"}), false, false, false, true},
      {"one whose name begins alike", reader({"c/d/s/comm"}), false, false, false, true},
      {"a compound of one whose name begins alike", reader({scope + "-2/x"}), false, false, false,
       true},
      {"another street", reader({"c/d/t"}), false, false, false, true},
      {"its street, the community excluded", reader({"c/d/s"}, {scope}), false, false, false, true},
      {"the city, the street excluded", reader({"c"}, {"c/d/s"}), false, false, false, true},
      {"a compound below that is excluded", reader({scope + "/x"}, {scope + "/x"}), false, false,
       false, true},
      {"two paths, one fits", reader({"c/d/t", scope}), true, true, true, true},
      {"city and community", reader({"c", scope}), true, true, true, true},
      {"nothing", reader({}), false, false, false, true},
  }));
  DYNAMIC_SECTION(t.name) {
    CHECK(may_read(t.reader, scope, Audience::ancestors) == t.ancestors);
    CHECK(may_read(t.reader, scope, Audience::below) == t.below);
    CHECK(may_read(t.reader, scope, Audience::street) == t.street);
    CHECK(may_read(t.reader, scope, Audience::everyone) == t.everyone);
    CHECK_FALSE(may_read(t.reader, scope, static_cast<Audience>(4)));
  }
}

TEST_CASE("policy: its bytes don't depend on the order it was put together in", "[sync]") {
  Policy policy = inspections();
  policy.rules.push_back({41, 1, 1, {{3, 1}, {2, 1}}, 5, {{1, 2, 1, 0}, {-1, 1, 1, 0}}});
  const std::string bytes = policy.encode();
  std::reverse(policy.rules.begin(), policy.rules.end());
  CHECK(policy.encode() == bytes);
  const auto back = Policy::decode(bytes);
  REQUIRE(back);
  CHECK(back->encode() == bytes);
  REQUIRE(back->rule(41) != nullptr);
  CHECK(back->rule(41)->fields.front().first == 2);
  CHECK(back->rule(42) == nullptr);
  CHECK(back->rule(39) == nullptr);
}

TEST_CASE("policy: one that contradicts itself can't be written", "[sync]") {
  Policy twice = inspections();
  twice.rules.push_back(twice.rules.front());
  CHECK_THROWS(twice.encode());
  Policy moves = inspections();
  moves.rules[0].moves.push_back({1, 2, 1, 5});
  CHECK_THROWS(moves.encode());
  Policy stateless = inspections();
  stateless.rules[0].state_field.reset();
  CHECK_THROWS(stateless.encode());
  Policy unchained = inspections();
  unchained.number = 2;
  CHECK_THROWS(unchained.encode());
}

TEST_CASE("policy: a mutated one is refused or says what its bytes say", "[sync]") {
  const std::string good = inspections().encode();
  rc::prop("mutation", [&] {
    std::string bytes = good;
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto policy = Policy::decode(bytes);
    if (policy && policy->encode().size() == bytes.size()) RC_ASSERT(policy->encode() == bytes);
  });
  const auto large = Policy::decode(std::string(kPolicyBytesMax + 1, '\0'));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Errc::too_large);
}

TEST_CASE("policy: a move survives its bytes, and has one spelling", "[sync]") {
  for (const StateMove move : {StateMove{-1, 0}, StateMove{0, 1}, StateMove{300, 2}}) {
    const auto back = decode_move(encode_move(move));
    REQUIRE(back);
    CHECK((back->from == move.from && back->to == move.to));
  }
  for (const std::string value : {"", "\x82\x20\x01", "\x82\x01\x20", "\x82\x01\xF6", "\x81\x01",
                                  "\x83\x01\x02\x03", "\x82\x01\x02\x03", "\x82\x18\x01\x02"}) {
    const auto refused = decode_move(value);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::malformed);
  }
  CHECK_THROWS(encode_move({-2, 0}));
  CHECK_THROWS(encode_move({0, -1}));
}

TEST_CASE("policy: a confined type stays in community and street", "[sync][I5][I6][I10]") {
  auto policy = inspections();
  policy.confined = {kInspection};
  const auto again = Policy::decode(policy.encode());
  REQUIRE(again);
  CHECK(again->confined == policy.confined);
  for (const auto audience :
       {Audience::ancestors, Audience::below, Audience::street, Audience::everyone}) {
    auto set = set_of(change_of(kInspection, ChangeKind::put, kPlain, kOne));
    set.feed.audience = audience;
    const auto judgement = judge_policy(set, writer(Role::office), &*again);
    CHECK(judgement.has_value() == (audience == Audience::street));
    if (!judgement) CHECK(judgement.error().code == Errc::forbidden);
    const auto open = inspections();  // Who doesn't confine it takes it.
    CHECK(judge_policy(set, writer(Role::office), &open).has_value());
  }
  // And from there it goes no higher.
  crypto::Certificate street, district;
  street.paths = {"410700/410702/410702003"};
  district.paths = {"410700/410702"};
  const std::string community = "410700/410702/410702003/410702003901";
  CHECK(may_read(street, community, Audience::street));
  CHECK_FALSE(may_read(district, community, Audience::street));
}

}  // namespace linli::sync
