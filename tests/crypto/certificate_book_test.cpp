// The certificates that a node knows of its city, and which of them it believes.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "crypto/cbor.h"
#include "tests/support/paper_certificates.h"

using namespace linli;
using namespace linli::crypto;
using namespace linli::test::paper;

TEST_CASE("book: a city is founded by a statement that one of its own keys signed", "[crypto]") {
  const auto root_key = key_of('r'), other = key_of('o');
  const auto root = root_of(root_key);
  const auto book = CertificateBook::found(sign_root(root, root_key));
  REQUIRE(book.has_value());
  CHECK(book->city() == root_hash(root.encode()));
  CHECK(book->root().name == root.name);
  CHECK(book->signed_root() == sign_root(root, root_key));
  CHECK(book->all().empty());

  CHECK(CertificateBook::found(sign_root(root, other)).error().code == Errc::bad_signature);
  const SignedBody wrong_domain{root.encode(), root_key.sign(kDomainCertificate, root.encode())};
  CHECK(CertificateBook::found(wrong_domain.encode()).error().code == Errc::bad_signature);
  CHECK(CertificateBook::found("junk").error().code == Errc::malformed);
  auto later = root;
  later.version = 2;
  CHECK(CertificateBook::found(sign_root(later, root_key)).error().code == Errc::malformed);
  auto two = root;
  two.keys.push_back(other.public_key());
  CHECK(CertificateBook::found(sign_root(two, other)).has_value());
}

TEST_CASE("book: finds what was added, by hash and by subject", "[crypto]") {
  City city;
  const auto* found = city.book.find(city.district_hash);
  REQUIRE(found != nullptr);
  CHECK(found->name == city.district.name);
  CHECK(*city.book.signed_bytes(city.district_hash) == sign(city.district, city.root_key));
  CHECK(city.district_hash == certificate_hash(city.district.encode()));
  CHECK(city.book.find(hash({"none"})) == nullptr);
  CHECK(city.book.signed_bytes(hash({"none"})) == nullptr);

  auto add = [&](std::int64_t from, std::uint64_t serial) {
    auto c = city.district;
    c.valid_from_us = from;
    c.serial = serial;
    return city.book.add(sign(c, city.root_key)).value();
  };
  const auto subject = city.district.subject;
  CHECK(city.book.newest_of(subject) == city.district_hash);
  const auto later = add(2'000, 1);
  CHECK(city.book.newest_of(subject) == later);
  add(1'500, 100);
  CHECK(city.book.newest_of(subject) == later);
  const auto higher = add(2'000, 2);
  CHECK(city.book.newest_of(subject) == higher);
  CHECK_FALSE(city.book.newest_of(AuthorId{}).has_value());
  CHECK(city.book.all().size() == 4);
}

TEST_CASE("book: the newest of two alike is the same one in whatever order they came", "[crypto]") {
  City a, b;
  auto one = a.district, two = a.district;
  one.name = "one";
  two.name = "two";
  REQUIRE(a.book.add(sign(one, a.root_key)).has_value());
  REQUIRE(a.book.add(sign(two, a.root_key)).has_value());
  REQUIRE(b.book.add(sign(two, b.root_key)).has_value());
  REQUIRE(b.book.add(sign(one, b.root_key)).has_value());
  CHECK(a.book.newest_of(one.subject) == b.book.newest_of(one.subject));
}

TEST_CASE("book: refuses a certificate with the reason that fits", "[crypto]") {
  City city;
  const auto street = city.street();
  CHECK(city.book.add("junk").error().code == Errc::malformed);
  CHECK(city.book.add(SignedBody{"junk", {}}.encode()).error().code == Errc::malformed);
  CHECK(city.book.add(sign(city.district, city.root_key)).error().code == Errc::replay);
  CHECK(city.book.add(sign(street, city.root_key)).error().code == Errc::bad_signature);
  CHECK(city.book.add(sign(street, key_of('s'))).error().code == Errc::bad_signature);

  auto foreign = street;
  foreign.city = hash({"another city"});
  CHECK(city.book.add(sign(foreign, city.district_key)).error().code == Errc::other_city);
  auto orphan = street;
  orphan.issuer = hash({"not here yet"});
  CHECK(city.book.add(sign(orphan, city.district_key)).error().code == Errc::unknown_certificate);
  auto claims_root = street;
  claims_root.issuer = city.book.city();
  CHECK(city.book.add(sign(claims_root, city.district_key)).error().code == Errc::bad_signature);
  const auto body = with(street.encode(), -2, cbor::encode_int(1));
  const SignedBody critical{body, city.district_key.sign(kDomainCertificate, body)};
  CHECK(city.book.add(critical.encode()).error().code == Errc::unknown_critical);
  const SignedBody wrong_domain{street.encode(),
                                city.district_key.sign(kDomainRoot, street.encode())};
  CHECK(city.book.add(wrong_domain.encode()).error().code == Errc::bad_signature);

  CHECK(city.book.all().size() == 1);  // none of them left a trace
  CHECK(city.book.add(sign(street, city.district_key)).has_value());
}

TEST_CASE("book: who may issue certificates can't issue one in somebody else's name",
          "[crypto][I5]") {
  City city;
  auto stolen = city.street();
  stolen.subject = city.district.subject;
  CHECK(city.book.add(sign(stolen, city.district_key)).error().code == Errc::forbidden);
  auto rooted = certificate_for(key_of('s'), city.book.city(), city.book.city());
  rooted.subject = city.district.subject;
  CHECK(city.book.add(sign(rooted, city.root_key)).error().code == Errc::forbidden);
  CHECK(city.book.all().size() == 1);
  CHECK(author_of(key_of('s').public_key()) == city.street().subject);
  CHECK(author_of(key_of('s').public_key()) != author_of(key_of('t').public_key()));
}

namespace {

/// Its key's place is taken by `next`, by the word of `word`.
Certificate succeeded(Certificate c, const SigningKey& next, const SigningKey& word) {
  const auto bytes = succession_bytes(c.city, c.subject, next.public_key());
  c.keys_before.push_back({c.signing_key, word.sign(kDomainRotation, bytes)});
  c.signing_key = next.public_key();
  c.sealing_key = next.sealing_key();
  ++c.serial;
  return c;
}

}  // namespace

TEST_CASE("book: a key that the one before signed for goes on in its name", "[crypto][I5]") {
  City city;
  auto c = city.street();
  REQUIRE(city.book.add(sign(c, city.district_key)));
  const auto subject = c.subject;
  c = succeeded(c, key_of('t'), key_of('s'));
  REQUIRE(city.book.add(sign(c, city.district_key)));
  c = succeeded(c, key_of('u'), key_of('t'));
  const auto third = city.book.add(sign(c, city.district_key));
  REQUIRE(third);
  CHECK(city.book.newest_of(subject) == *third);
  CHECK(city.book.find(*third)->succeeds(key_of('s').public_key()));
  CHECK(city.book.find(*third)->succeeds(key_of('t').public_key()));
  CHECK_FALSE(city.book.find(*third)->succeeds(key_of('u').public_key()));
  // Whoever knows none of the certificates before it can judge this one all the same.
  City fresh;
  CHECK(fresh.book.add(sign(c, fresh.district_key)));
  CHECK(Certificate::decode(c.encode())->encode() == c.encode());
}

TEST_CASE("book: nobody but the key before signs for its successor", "[crypto][I5]") {
  City city;
  const auto first = city.street();
  const auto refuses = [&](const Certificate& c) {
    const auto added = city.book.add(sign(c, city.district_key));
    return !added && added.error().code == Errc::forbidden;
  };
  CHECK(refuses(succeeded(first, key_of('t'), city.district_key)));
  CHECK(refuses(succeeded(first, key_of('t'), key_of('t'))));
  CHECK(refuses(succeeded(first, key_of('t'), city.root_key)));  // Where a root key didn't sign.
  const auto good = succeeded(first, key_of('t'), key_of('s'));
  auto bad = good;
  bad.signing_key = key_of('v').public_key();  // The word was for another key,
  CHECK(refuses(bad));
  bad = good;
  bad.subject = city.district.subject;  // another author,
  CHECK(refuses(bad));
  bad = good;
  const auto elsewhere = succession_bytes(city.district_hash, bad.subject, bad.signing_key);
  bad.keys_before[0].signature = key_of('s').sign(kDomainRotation, elsewhere);  // another city.
  CHECK(refuses(bad));
  CHECK(refuses(succeeded(good, key_of('s'), key_of('t'))));  // Back to a key that was left.
  bad = succeeded(good, key_of('u'), key_of('t'));
  bad.keys_before.erase(bad.keys_before.begin());  // The line doesn't reach the first key.
  CHECK(refuses(bad));
  CHECK(city.book.add(sign(good, city.district_key)));
}

TEST_CASE("book: a root key may sign for the successor of a key that won't be asked",
          "[crypto][I5]") {
  City city;
  const auto next = succeeded(city.district, key_of('e'), city.root_key);
  CHECK(city.book.add(sign(next, city.root_key)));
  const auto other = succeeded(city.district, key_of('f'), key_of('x'));
  CHECK(city.book.add(sign(other, city.root_key)).error().code == Errc::forbidden);
}

TEST_CASE("book: who is ended from above takes its successors along, unless a root key knew",
          "[crypto][I5]") {
  City city;
  const auto next = succeeded(city.street(), key_of('t'), key_of('s'));
  const auto hub = succeeded(city.district, key_of('e'), city.root_key);
  auto book = city.book;
  book.mark_revoked(key_of('s').public_key(), "换密钥", false);
  CHECK(book.revoked(city.street()));
  CHECK_FALSE(book.revoked(next));
  book.mark_revoked(key_of('s').public_key(), "丢失", true);
  REQUIRE(book.revoked(next));
  CHECK(*book.revoked(next) == "换密钥");
  book.mark_revoked(city.district_key.public_key(), "失窃");
  CHECK(book.revoked(city.district));
  CHECK_FALSE(book.revoked(hub));
}

TEST_CASE("book: keeps a certificate whose additions it doesn't know, bytes and all", "[crypto]") {
  City city;
  const auto body = with(city.street().encode(), 99, texts({"new"}));
  const auto bytes = SignedBody{body, city.district_key.sign(kDomainCertificate, body)}.encode();
  const auto added = city.book.add(bytes);
  REQUIRE(added.has_value());
  CHECK(*added == certificate_hash(body));
  CHECK(*city.book.signed_bytes(*added) == bytes);
}

TEST_CASE("book: no certificate gives what its issuer doesn't have", "[crypto]") {
  City city{[](Certificate& c) {
    c.paths = {"410700/410702", "410700/410703/001"};
    c.excluded = {"410700/410702/009", "410700/410702/001/b"};
    c.audiences = 0b0111;
    c.rights = kRightReceipt;
  }};
  struct Case {
    const char* name;
    std::function<void(Certificate&)> change;
    bool allowed;
  };
  const auto t = GENERATE_COPY(values<Case>({
      {"all within", [](Certificate&) {}, true},
      {"the very same paths", [](Certificate& c) { c.paths = {"410700/410702"}; }, true},
      {"several paths", [](Certificate& c) { c.paths.push_back("410700/410703/001/x"); }, true},
      {"fewer audiences and rights", [](Certificate& c) { c.audiences = 1, c.rights = 0; }, true},
      {"the very same validity",
       [](Certificate& c) { c.valid_from_us = 1'000, c.valid_until_us = 9'000; }, true},
      {"no delegation", [](Certificate& c) { c.delegation = 0; }, true},
      {"more excluded", [](Certificate& c) { c.excluded.push_back("410700/410702/001/c"); }, true},
      {"a wider exclusion in place of the issuer's",
       [](Certificate& c) { c.excluded = {"410700/410702/001"}; }, true},
      {"a path beside the issuer's exclusions, excluding nothing",
       [](Certificate& c) { c.paths = {"410700/410702/002"}, c.excluded.clear(); }, true},
      {"a path above", [](Certificate& c) { c.paths = {"410700"}; }, false},
      {"a path beside", [](Certificate& c) { c.paths = {"410700/410703"}; }, false},
      {"a path that only begins alike", [](Certificate& c) { c.paths = {"410700/4107021"}; },
       false},
      {"one of several paths outside", [](Certificate& c) { c.paths.push_back("410700/410704"); },
       false},
      {"an excluded path", [](Certificate& c) { c.paths = {"410700/410702/009"}; }, false},
      {"a path below an excluded one", [](Certificate& c) { c.paths = {"410700/410702/009/a"}; },
       false},
      {"an excluded path brought back by silence", [](Certificate& c) { c.excluded.clear(); },
       false},
      {"an excluded path brought back in part",
       [](Certificate& c) { c.excluded = {"410700/410702/001/b/1"}; }, false},
      {"another audience", [](Certificate& c) { c.audiences = 0b1001; }, false},
      {"another right", [](Certificate& c) { c.rights = kRightReceipt | kRightPolicy; }, false},
      {"delegation as deep as the issuer's", [](Certificate& c) { c.delegation = 3; }, false},
      {"delegation deeper", [](Certificate& c) { c.delegation = 0xFFFFFFFF; }, false},
      {"valid earlier", [](Certificate& c) { c.valid_from_us = 999; }, false},
      {"valid longer", [](Certificate& c) { c.valid_until_us = 9'001; }, false},
  }));
  DYNAMIC_SECTION(t.name) {
    auto c = city.street();
    c.audiences = 0b0111;
    c.rights = kRightReceipt;
    t.change(c);
    const auto got = city.book.add(sign(c, city.district_key));
    CHECK(got.has_value() == t.allowed);
    if (!got) CHECK(got.error().code == Errc::out_of_scope);
  }
}

TEST_CASE("book: the root gives only paths of its city", "[crypto]") {
  City city;
  auto c = city.district;
  c.paths = {"410700"};
  CHECK(city.book.add(sign(c, city.root_key)).has_value());
  c.paths = {"410700", "410800/410802"};
  CHECK(city.book.add(sign(c, city.root_key)).error().code == Errc::out_of_scope);
  c.paths = {"4107001"};
  CHECK(city.book.add(sign(c, city.root_key)).error().code == Errc::out_of_scope);
}

TEST_CASE("book: any root key may issue, the threshold binds the next statement only", "[crypto]") {
  const auto first = key_of('1'), second = key_of('2');
  auto root = root_of(first);
  root.keys.push_back(second.public_key());
  root.threshold = 2;
  auto book = CertificateBook::found(sign_root(root, first)).value();
  CHECK(book.add(sign(certificate_for(key_of('d'), book.city(), book.city()), second)).has_value());
}

TEST_CASE("book: a chain ends where delegation does", "[crypto]") {
  City city;  // the district may have three below it
  Hash issuer = city.district_hash;
  char letter = 'd';
  for (std::uint32_t delegation = 2;; --delegation) {
    auto c = certificate_for(key_of(static_cast<char>(letter + 1)), city.book.city(), issuer);
    c.delegation = delegation;
    issuer = city.book.add(sign(c, key_of(letter))).value();
    ++letter;
    if (delegation == 0) break;
  }
  auto below = certificate_for(key_of(static_cast<char>(letter + 1)), city.book.city(), issuer);
  below.delegation = 0;
  CHECK(city.book.add(sign(below, key_of(letter))).error().code == Errc::out_of_scope);
}

TEST_CASE("book: no certificate gives a role that its issuer couldn't act in", "[crypto][I5]") {
  const auto all = {Role::hub,    Role::district, Role::street, Role::office,
                    Role::device, Role::company,  Role::auditor};
  for (const auto issuer : all) {
    for (const auto subject : all) {
      INFO(name_of(issuer) << " for " << name_of(subject));
      City city{[&](Certificate& c) { c.role = issuer; }};
      auto below = city.street();
      below.role = subject;
      const auto added = city.book.add(sign(below, city.district_key));
      const bool authority = issuer <= Role::office;
      const bool allowed =
          subject != Role::hub && (subject == issuer || (authority && subject > issuer));
      CHECK(added.has_value() == allowed);
      CHECK(may_enrol(issuer, subject) == allowed);
      if (!added) CHECK(added.error().code == Errc::out_of_scope);
    }
  }
}
