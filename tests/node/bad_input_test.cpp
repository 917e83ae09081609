// Everything that must not pass, in one batch among good change sets: each is named for what is
// wrong with it, and what stands beside it goes in.
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// A parcel around any bytes, properly signed: only the bytes themselves are wrong.
sync::Object around(Node& office, std::string body) {
  sync::Parcel parcel;
  parcel.signature = office->key().sign(crypto::kDomainChangeSet, body);
  parcel.body = std::move(body);
  return {sync::ObjectKind::parcel, parcel.encode()};
}

struct Bad {
  const char* what;
  std::string body;
  Errc code;
  const char* says;  ///< The refusal names it.
};

std::string repeated(std::string_view bytes, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += bytes;
  return out;
}

/// {13: [n empty changes]}: more of them than a set may hold.
std::string changes(std::size_t n) {
  std::string body("\xA1\x0D\x99", 3);
  body += static_cast<char>(n >> 8);
  body += static_cast<char>(n & 0xFF);
  return body + std::string(n, '\x80');
}

std::vector<Bad> bad_bodies() {
  using namespace std::string_literals;
  return {
      {"1 MiB + 1", std::string(sync::kChangeSetBytesMax + 1, '\0'), Errc::too_large, "1 MiB"},
      {"2,001 changes", changes(2001), Errc::too_large, "2000"},
      {"nested 17 deep", "\xA1\x00"s + repeated("\x81", 17) + "\x00"s, Errc::malformed, "deep"},
      {"duplicate keys", "\xA2\x00\x01\x00\x01"s, Errc::malformed, "order"},
      {"indefinite length", "\xBF\xFF"s, Errc::malformed, "indefinite"},
      {"a huge byte string", "\xA1\x00\x5B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, Errc::malformed,
       "ends"},
      {"a huge array", "\xA1\x00\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, Errc::malformed, "longer"},
      {"NaN", "\xA1\x00\xF9\x7E\x00"s, Errc::malformed, "float"},
      {"invalid UTF-8", "\xA1\x03\x62\xC3\x28"s, Errc::malformed, "UTF-8"},
  };
}

}  // namespace

TEST_CASE("bad input: each has its own error, and leaves what stands beside it accepted",
          "[node][I5][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  auto pen = Pen::of(office, kOffice);
  std::vector<sync::Object> objects;
  const auto bad = bad_bodies();
  for (const auto& one : bad) {
    objects.push_back(pen.write());
    objects.push_back(around(office, one.body));
  }
  objects.push_back(pen.write());
  const auto verdicts = hub->take(objects, office->identity().certificate);
  REQUIRE(verdicts);
  CHECK(verdicts->size() == bad.size());
  for (std::size_t i = 0; i < bad.size() && i < verdicts->size(); ++i) {
    CAPTURE(bad[i].what, (*verdicts)[i].detail);
    CHECK((*verdicts)[i].index == 2 * i + 1);
    CHECK((*verdicts)[i].refused == bad[i].code);
    CHECK((*verdicts)[i].detail.find(bad[i].says) != std::string::npos);
  }
  CHECK(number(hub, "SELECT count(*) FROM r_building") ==
        static_cast<std::int64_t>(bad.size()) + 1);
  CHECK(faults(hub).empty());
}

TEST_CASE("bad input: a cursor from the future or of another epoch costs a reading, no more",
          "[node][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  exchange(office, hub);
  const auto everything = export_all(office);
  const auto hub_certificate = hub->identity().certificate;
  const auto spoil = [&](const std::function<void(sync::Cursor&)>& how) {
    auto memory = *office->peer(hub_certificate);
    how(memory.pulled);
    REQUIRE(office->remember(memory));
    const auto report = try_exchange(office, hub);
    REQUIRE(report);
    CHECK(export_all(office) == everything);
    CHECK(exchange(office, hub).round_trips == 1);
  };
  spoil([](sync::Cursor& c) { c.arrival += 1'000'000; });
  spoil([](sync::Cursor& c) { c.epoch += 1; });
  spoil([](sync::Cursor& c) { c.mark = std::string(sync::kCursorMarkMax, '\x7F'); });
  spoil([](sync::Cursor& c) { c.mark.clear(); });
  CHECK(faults(office).empty());
}

}  // namespace linli::test
