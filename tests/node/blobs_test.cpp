// Attachments: what is stored, what goes where, who gets it, and what goes again.
#include "node/blobs.h"

#include <fstream>

#include "node/background.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kDay = 24LL * 3600 * 1'000'000;

struct Pair {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  std::unique_ptr<Serving> serving = std::make_unique<Serving>(hub);

  Pair() {
    exchange(office, hub);
    put(office, "compound", compound(kFindingCode));
    exchange(office, hub);
  }
  /// A day on which the office worked, and the hub said so.
  void next_day() {
    city.time += kDay;
    put_finding(office, {});
    exchange(office, hub);
    exchange(office, hub);
  }
  node::BlobReport move(Node& client) {
    const auto moved = move_photos(client, *serving);
    if (!moved) FAIL(describe(moved.error()));
    return *moved;
  }
};

using Gone = std::pair<std::int64_t, std::int64_t>;  ///< Attachments, and parts.
Gone collect(Node& node) {
  const auto collected = node->blobs().collect();
  if (!collected) FAIL(describe(collected.error()));
  return {collected->blobs, collected->parts};
}

std::vector<std::string> blob_faults(Node& node) {
  const auto report = node::verify_blobs(node->store(), node.dir);
  REQUIRE(report);
  std::vector<std::string> said;
  for (const auto& fault : report->faults) said.push_back(fault.what);
  return said;
}

std::filesystem::path part_of(Node& node, const Hash& hash) {
  auto path = node->blobs().file(hash);
  path += "." + crypto::to_hex(node->identity().author.view());
  return path;
}

}  // namespace

TEST_CASE("blobs: a delivery goes on where it was, through restarts, and never trusts a torn tail",
          "[node][blobs][I1]") {
  City city;
  auto& hub = city.hub();
  const auto bytes = photo(700'000, 1);
  const auto hash = name_of(bytes);
  const auto self = hub->identity().author;
  const auto begin = [&](std::optional<std::uint64_t> from) {
    return hub->blobs().receive(hash, bytes.size(), from, {self, {self}, false, true});
  };
  {
    auto receiving = begin(0);
    REQUIRE(receiving);
    REQUIRE(receiving->write(std::string_view(bytes).substr(0, 300'000)));
  }
  CHECK(begin(0).error().code == Errc::gap);
  CHECK(begin(300'001).error().code == Errc::gap);
  CHECK(begin(300'001).error().detail.find("300000") != std::string::npos);
  hub.close();
  // Power failed: behind what was synced the disk has something else.
  hub.open();
  const auto part = part_of(hub, hash);
  hub.close();
  std::ofstream(part, std::ios::app | std::ios::binary) << "torn";
  hub.open();
  CHECK(hub->blobs().state(hash, self).held == 300'000);
  CHECK_FALSE(hub->blobs().open(hash));
  CHECK(blob_faults(hub).empty());
  auto receiving = begin(300'000);
  REQUIRE(receiving);
  REQUIRE(receiving->write(std::string_view(bytes).substr(300'000)));
  REQUIRE(receiving->finish().value());
  CHECK(holds(hub, hash));
  CHECK_FALSE(std::filesystem::exists(part));
  CHECK(std::filesystem::file_size(hub->blobs().file(hash)) == bytes.size());
  CHECK(blob_faults(hub).empty());
}

TEST_CASE("blobs: killed between the file's name and its row, it is taken in after all",
          "[node][blobs][I1]") {
  City city;
  auto& hub = city.hub();
  const auto bytes = photo(50'000, 2);
  const auto hash = name_of(bytes);
  const auto self = hub->identity().author;
  {
    auto receiving = hub->blobs().receive(hash, bytes.size(), 0, {self, {self}, false, true});
    REQUIRE(receiving);
    REQUIRE(receiving->write(bytes));
  }
  std::filesystem::rename(part_of(hub, hash), hub->blobs().file(hash));
  hub.close();
  hub.open();
  auto receiving =
      hub->blobs().receive(hash, bytes.size(), bytes.size(), {self, {self}, false, true});
  REQUIRE(receiving);
  CHECK(receiving->finish().value());
  CHECK(holds(hub, hash));
  CHECK(blob_faults(hub).empty());
}

TEST_CASE("blobs: another content than its name says is refused, and spoils nobody else's",
          "[node][blobs]") {
  City city;
  auto& hub = city.hub();
  const auto bytes = photo(10'000, 3);
  const auto hash = name_of(bytes);
  const auto self = hub->identity().author;
  const crypto::AuthorId other{};
  auto good = hub->blobs().receive(hash, bytes.size(), 0, {self, {self}, false, true});
  REQUIRE(good);
  REQUIRE(good->write(std::string_view(bytes).substr(0, 4'000)));
  {
    auto bad = hub->blobs().receive(hash, bytes.size(), 0, {other, {other}, false, true});
    REQUIRE(bad);
    REQUIRE(bad->write(photo(10'000, 4)));
    CHECK(bad->finish().error().code == Errc::altered);
    CHECK_FALSE(bad->write("x"));
  }
  CHECK(hub->blobs().state(hash, other).held == 0);
  CHECK(good->write(std::string(6'001, 'x')).error().code == Errc::too_large);
  REQUIRE(good->write(std::string_view(bytes).substr(4'000)));
  CHECK(good->finish().value());
  CHECK(hub->blobs()
            .receive(name_of("big"), sync::kBlobBytesMax + 1, 0, {self, {self}, false, true})
            .error()
            .code == Errc::too_large);
}

TEST_CASE("blobs: two requests for one never mix: the newer one goes on, the older one is told",
          "[node][blobs]") {
  City city;
  auto& hub = city.hub();
  const auto bytes = photo(3'000'000, 5);
  const auto hash = name_of(bytes);
  const auto self = hub->identity().author;
  std::atomic<int> done{0};
  const auto deliver = [&] {
    while (!holds(hub, hash)) {
      auto receiving = hub->blobs().receive(hash, bytes.size(), {}, {self, {self}, false, true});
      if (!receiving) continue;
      for (auto at = receiving->held(); at < bytes.size();) {
        const auto n = std::min<std::size_t>(7'000, bytes.size() - at);
        if (!receiving->write(std::string_view(bytes).substr(at, n))) break;
        at += n;
      }
      if (const auto complete = receiving->finish(); complete && *complete) ++done;
    }
  };
  std::thread one(deliver), two(deliver);
  one.join();
  two.join();
  CHECK(done >= 1);
  CHECK(blob_faults(hub).empty());
}

TEST_CASE("blobs: a photo comes before its record or after it, and goes up once", "[node][blobs]") {
  Pair p;
  const auto early = put_photo(p.office, photo(30'000, 6));
  CHECK(p.move(p.office).sent == 0);  // No record says that the hub may have it.
  const auto late = name_of(photo(40'000, 7));
  put_finding(p.office, {early, late});
  exchange(p.office, p.hub);  // Records never wait for photos.
  CHECK(p.move(p.office).sent == 1);
  CHECK(holds(p.hub, early));
  CHECK_FALSE(holds(p.hub, late));
  put_photo(p.office, photo(40'000, 7));
  CHECK(p.move(p.office).sent == 1);
  CHECK(holds(p.hub, late));
  const auto again = p.move(p.office);
  CHECK(again.sent == 0);
  CHECK(again.round_trips == 0);  // Nothing to say costs nothing.
  CHECK(faults(p.office).empty());
  CHECK(faults(p.hub).empty());
  CHECK(blob_faults(p.hub).empty());
}

TEST_CASE("blobs: whoever only knows a name gets nothing by referring to it", "[node][blobs][I6]") {
  Pair p;
  auto& other = p.city.enrol(kOtherOffice, "另一社区");
  exchange(other, p.hub);
  const auto bytes = photo(20'000, 8);
  const auto secret = put_photo(p.office, bytes);
  put_finding(p.office, {secret});
  exchange(p.office, p.hub);
  REQUIRE(p.move(p.office).sent == 1);

  const auto ask_for = [&](Node& who) {
    who->blobs().want(secret);
    const auto moved = p.move(who);
    return std::pair(moved.received, holds(who, secret));
  };
  // Another scope's.
  CHECK(ask_for(other) == std::pair<std::uint64_t, bool>(0, false));
  // It writes a record of its own that names it: readable, but its author delivered nothing.
  put(other, "compound", compound("410703001901001", R"({"community":"410703001901"})"));
  put_finding(other, {secret}, "410703001901001");
  exchange(other, p.hub);
  CHECK(ask_for(other) == std::pair<std::uint64_t, bool>(0, false));
  // It takes a photo that is the same, byte by byte: that is its own, and needn't be sent again.
  put_photo(other, bytes);
  const auto moved = p.move(other);
  CHECK(moved.sent == 1);
  CHECK(moved.bytes_out == 0);
  CHECK(number(p.hub, "SELECT count(*) FROM blob_from") == 2);
}

TEST_CASE("blobs: fetched when asked for, or ahead, and never by an office that mayn't read it",
          "[node][blobs][I6]") {
  Pair p;
  const auto at_hub = put_photo(p.hub, photo(25'000, 9));
  put(p.hub, "course", R"({"code":"pm","name":"项目经理培训",
  "kind":"project_manager","audience":["staff","project_manager"],"minutes":120,
  "certificate":true,"valid_months":24,"organiser":"市住建局"})");
  const auto session = wish("session", R"({"course":"pm","year":2023,"no":1,"code":"2023-PM-09",
    "topic":"项目经理培训","starts_at":"2023-05-27T09:00","ends_at":"2023-05-27T11:00",
    "place":"礼堂","lecturers":["丙"],"capacity":200,"status":"held"})");
  auto with_file = session;
  with_file.fields["materials"] = {hex(at_hub)};
  const auto made = p.hub->put({with_file});
  REQUIRE(made);
  for (const auto& fault : made->front().faults) FAIL(fault.field << " " << fault.en);
  exchange(p.office, p.hub);
  CHECK(p.move(p.office).received == 0);  // Offices fetch when somebody asks.
  CHECK(number(p.office, "SELECT count(*) FROM blob_ref") == 1);

  SECTION("on demand") {
    p.office->blobs().want(at_hub);
    CHECK(p.move(p.office).received == 1);
    CHECK(p.office->blobs().wanted().empty());
  }
  SECTION("ahead") {
    REQUIRE(p.office->blobs().set_policy(true, {}));
    CHECK(p.move(p.office).received == 1);
  }
  SECTION("not on a line that costs, unless somebody waits") {
    REQUIRE(p.office->blobs().set_policy(true, {}));
    const auto metered = [&] {
      node::HttpClient http(p.serving->url());
      auto policy = p.office->blobs().policy();
      policy.metered = true;
      return node::transfer_blobs(*p.office, http, policy)->received;
    };
    CHECK(metered() == 0);
    p.office->blobs().want(at_hub);
    CHECK(metered() == 1);
  }
  CHECK(holds(p.office, at_hub));
  CHECK(number(p.office, "SELECT safe FROM blob") == 2);
  CHECK(blob_faults(p.office).empty());
}

TEST_CASE("blobs: what nothing refers to goes after a week, and nothing else does",
          "[node][blobs]") {
  Pair p;
  const auto kept = put_photo(p.office, photo(1'000, 10));
  const auto orphan = put_photo(p.office, photo(1'000, 11));
  const auto replaced = put_photo(p.office, photo(1'000, 12));
  const auto finding = put_finding(p.office, {kept, replaced});
  const auto half = photo(1'000, 13);
  const auto self = p.office->identity().author;
  {
    auto part =
        p.office->blobs().receive(name_of(half), half.size(), 0, {self, {self}, false, true});
    REQUIRE(part);
    REQUIRE(part->write("x"));
  }
  const auto pass = [&](std::int64_t days) {
    Gone gone = collect(p.office);
    while (days-- > 0) {
      p.next_day();
      const auto today = collect(p.office);
      gone = {gone.first + today.first, gone.second + today.second};
    }
    return gone;
  };
  CHECK(pass(0) == Gone(0, 0));
  CHECK(pass(6) == Gone(0, 0));  // Its record may still come.
  CHECK(pass(2) == Gone(1, 1));
  CHECK_FALSE(holds(p.office, orphan));
  CHECK_FALSE(std::filesystem::exists(p.office->blobs().file(orphan)));
  CHECK(holds(p.office, kept));
  edit(p.office, "finding", finding, R"({"photos":[")" + hex(kept) + "\"]}");
  CHECK(pass(0) == Gone(0, 0));
  CHECK(pass(8) == Gone(1, 0));
  CHECK_FALSE(holds(p.office, replaced));
  CHECK(holds(p.office, kept));
  CHECK(faults(p.office).empty());
  CHECK(blob_faults(p.office).empty());
}

TEST_CASE("blobs: what nothing refers to yet stays however the clock jumps or is set right",
          "[node][blobs][I1]") {
  Pair p;
  const std::int64_t right = p.city.time;
  SECTION("it stood behind, and was set right") {
    p.city.time = right - 365 * kDay;
    const auto early = put_photo(p.office, photo(1'000, 31));
    CHECK(collect(p.office) == Gone(0, 0));
    p.city.time = right;
    CHECK(collect(p.office) == Gone(0, 0));
    CHECK(holds(p.office, early));
  }
  SECTION("it jumped ahead, again and again") {
    const auto early = put_photo(p.office, photo(1'000, 32));
    for (int jump = 0; jump < 20; ++jump) {
      p.city.time += 8 * kDay;
      CHECK(collect(p.office) == Gone(0, 0));
      if (jump % 2 == 0) p.city.time = right;
      CHECK(collect(p.office) == Gone(0, 0));
    }
    CHECK(holds(p.office, early));
    // Its record comes after all, and the hub gets both.
    p.city.time = right;
    put_finding(p.office, {early});
    exchange(p.office, p.hub);
    CHECK(p.move(p.office).sent == 1);
  }
  SECTION("a part that was begun by the slow clock goes on") {
    p.city.time = right - 365 * kDay;
    const auto half = photo(1'000, 33);
    const auto self = p.office->identity().author;
    {
      auto part =
          p.office->blobs().receive(name_of(half), half.size(), 0, {self, {self}, false, true});
      REQUIRE(part);
      REQUIRE(part->write(half.substr(0, 500)));
    }
    CHECK(collect(p.office) == Gone(0, 0));
    p.city.time = right;
    CHECK(collect(p.office) == Gone(0, 0));
    CHECK(p.office->blobs().state(name_of(half), self).held == 500);
  }
}

TEST_CASE("blobs: a store that can't be asked is an answer to who collects", "[node][blobs][I1]") {
  Pair p;
  auto& db = p.office->store().database();
  db.execute("ALTER TABLE blob_part RENAME TO blob_part_away");
  const auto asked = p.office->blobs().collect();
  REQUIRE_FALSE(asked);
  CHECK(asked.error().detail.find("blob_part") != std::string::npos);
  db.execute("ALTER TABLE blob_part_away RENAME TO blob_part");
  CHECK(p.office->blobs().collect());
}

TEST_CASE("background: what goes wrong in a thread of our own is logged and doesn't end it",
          "[node][I1]") {
  int done = 0;
  CHECK_FALSE(node::survives("a duty", [&] {
    ++done;
    throw store::DatabaseError({Errc::io, "disk I/O error", {}});
  }));
  CHECK(node::survives("a duty", [&] { ++done; }));
  CHECK(done == 2);
}

TEST_CASE("blobs: over quota, what the hub has makes room, and nothing else does",
          "[node][blobs]") {
  constexpr std::size_t kBig = 30u << 20;
  Pair p;
  const auto first = put_photo(p.office, photo(kBig, 14));
  put_finding(p.office, {first});
  REQUIRE(p.office->blobs().set_policy({}, 64 << 20));
  CHECK(p.office->blobs().set_policy({}, 1).error().code == Errc::bad_value);
  const auto second = put_photo(p.office, photo(kBig, 15));
  const auto third = photo(kBig, 16);
  const auto self = p.office->identity().author;
  const auto refused =
      p.office->blobs().receive(name_of(third), third.size(), 0, {self, {self}, false, true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::quota);
  CHECK(refused.error().detail.find("linli blobs policy") != std::string::npos);
  exchange(p.office, p.hub);
  REQUIRE(p.move(p.office).sent == 1);
  put_photo(p.office, third);
  CHECK_FALSE(holds(p.office, first));
  CHECK(holds(p.office, second));  // Only this node has it.
  // It comes back when somebody asks.
  CHECK(p.hub->blobs().policy().quota == node::kBlobQuota);
  REQUIRE(p.office->blobs().set_policy({}, 200 << 20));
  p.office->blobs().want(first);
  CHECK(p.move(p.office).received == 1);
  CHECK(holds(p.office, first));
}

TEST_CASE("blobs: verify names every fault", "[node][blobs]") {
  City city;
  auto& hub = city.hub();
  const auto fine = put_photo(hub, photo(5'000, 17)), bent = put_photo(hub, photo(5'000, 18)),
             gone = put_photo(hub, photo(5'000, 19)), cut = put_photo(hub, photo(5'000, 20));
  CHECK(blob_faults(hub).empty());
  std::fstream(hub->blobs().file(bent), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(100)
      .put('!')
      .put('?');
  std::filesystem::remove(hub->blobs().file(gone));
  std::filesystem::resize_file(hub->blobs().file(cut), 4'999);
  auto found = blob_faults(hub);
  std::sort(found.begin(), found.end());
  std::vector<std::string> want{"attachment " + hex(bent) + ": file_otherwise",
                                "attachment " + hex(gone) + ": file_gone",
                                "attachment " + hex(cut) + ": file_size_otherwise"};
  std::sort(want.begin(), want.end());
  CHECK(found == want);
  CHECK(hub->blobs().open(fine));
  // What was lost isn't here any more, and is taken when it is put again.
  CHECK(hub->blobs().open(gone).error().code == Errc::not_found);
  CHECK_FALSE(hub->blobs().state(cut, hub->identity().author).complete);
  CHECK(blob_faults(hub).size() == 1);
  CHECK(put_photo(hub, photo(5'000, 19)) == gone);
  CHECK(hub->blobs().open(gone));
}

TEST_CASE("blobs: a fault says whose attachment it is, and which record shows it",
          "[node][blobs]") {
  Pair p;
  const auto hash = put_photo(p.office, photo(6'000, 22)), idle = put_photo(p.hub, photo(7, 23));
  put_finding(p.office, {hash});
  exchange(p.office, p.hub);
  REQUIRE(p.move(p.office).sent == 1);
  for (const auto& one : {hash, idle}) std::filesystem::remove(p.hub->blobs().file(one));
  const auto report = node::verify_blobs(p.hub->store(), p.hub.dir);
  REQUIRE(report);
  REQUIRE(report->faults.size() == 2);
  for (const auto& fault : report->faults) {
    const bool shown = fault.name == hex(hash);
    CHECK(fault.author == (shown ? "示例社区" : ""));  // Nobody's word leads to the other one.
    CHECK(fault.author_id ==
          (shown ? crypto::to_hex(p.office->identity().author.view()) : std::string()));
    REQUIRE(fault.records.size() == (shown ? 1U : 0U));
    if (shown) CHECK(fault.records.front().starts_with("finding "));
  }
}

TEST_CASE("blobs: an upstream put back from a copy is offered everything again", "[node][blobs]") {
  Pair p;
  const auto hash = put_photo(p.office, photo(5'000, 21));
  put_finding(p.office, {hash});
  exchange(p.office, p.hub);
  REQUIRE(p.move(p.office).sent == 1);
  REQUIRE(number(p.office, "SELECT safe FROM blob") == 2);
  // Its disk forgot, and it knows it.
  REQUIRE(p.hub->write([&]() -> Result<void> {
    store::drop_blob(p.hub->store().database(), hash);
    return {};
  }));
  std::filesystem::remove(p.hub->blobs().file(hash));
  REQUIRE(p.hub->succeed("restored"));
  exchange(p.office, p.hub);
  CHECK(p.move(p.office).sent == 1);
  CHECK(holds(p.hub, hash));
}

}  // namespace linli::test
