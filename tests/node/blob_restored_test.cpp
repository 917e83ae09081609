// A backup holds no attachments: a restored node knows that, and gets them back.
#include <fstream>

#include "node/backup.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  std::vector<Hash> photos;  ///< The last one came after the backup.
  std::filesystem::path copy = city.folder.path() / "copy", dead = city.folder.path() / "dead";

  Scene() {
    exchange(office, hub);
    put(office, "compound", compound(kFindingCode));
    add(51);
    add(52);
    REQUIRE(node::back_up(hub.dir, copy, hub.clock.now()));
    add(53);
    hub.close();
    std::filesystem::rename(hub.dir, dead);
  }
  void add(std::uint64_t seed) {
    photos.push_back(put_photo(office, photo(20'000, seed)));
    put_finding(office, {photos.back()});
    exchange(office, hub);
    const Serving serving(hub);
    const auto moved = move_photos(office, serving);
    REQUIRE(moved);
    REQUIRE(moved->sent == 1);
  }
  void restore(const std::filesystem::path& before = {}) {
    const auto restored = node::restore(copy, hub.dir, hub.clock, {.before = before});
    if (!restored) FAIL(describe(restored.error()));
  }
  [[nodiscard]] std::uint64_t meet() {
    exchange(office, hub);
    const Serving serving(hub);
    const auto moved = move_photos(office, serving);
    if (!moved) FAIL(describe(moved.error()));
    return moved->bytes_out;
  }
  [[nodiscard]] std::vector<bool> held() {
    std::vector<bool> list;
    for (const auto& hash : photos) list.push_back(hub->blobs().open(hash).has_value());
    return list;
  }
};

using All = std::vector<bool>;

store::BlobCounts counts(Node& node) {
  const auto lease = node->store().read();
  return store::blob_counts(*lease);
}

}  // namespace

TEST_CASE("restored hub: what it has no files of is missing and comes again", "[node][blobs][I1]") {
  Scene s;
  s.restore();
  s.hub.open();
  CHECK(counts(s.hub).held == 0);
  CHECK(counts(s.hub).missing == 2);
  CHECK(s.meet() == 60'000);
  CHECK(s.held() == All{true, true, true});
  CHECK(counts(s.hub).missing == 0);
  CHECK(faults(s.hub).empty());
}

TEST_CASE("restored hub: the folder before is taken over with what came after the backup",
          "[node][blobs]") {
  Scene s;
  {
    // A disk that died may have bent one.
    std::fstream bent(s.dead / "blobs" / hex(s.photos[1]).substr(0, 2) / hex(s.photos[1]),
                      std::ios::in | std::ios::out | std::ios::binary);
    bent.put('!').put('?');
  }
  s.restore(s.dead);
  s.hub.open();
  CHECK(s.held() == All{true, false, true});
  CHECK(counts(s.hub).missing == 1);
  CHECK(s.meet() == 20'000);
  CHECK(s.held() == All{true, true, true});
}

TEST_CASE("restored hub: files that a person puts back are taken in and not thrown away",
          "[node][blobs]") {
  Scene s;
  s.restore();
  s.hub.open();
  std::filesystem::copy(s.dead / "blobs", s.hub.dir / "blobs",
                        std::filesystem::copy_options::recursive);
  for (const auto& hash : s.photos) {
    std::filesystem::last_write_time(
        s.hub->blobs().file(hash),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  }
  REQUIRE(s.hub->blobs().collect());
  CHECK(s.held() == All{true, true, false});  // Of the last there is no record here yet.
  CHECK(s.meet() == 20'000);
  CHECK(s.held() == All{true, true, true});
}

TEST_CASE("a disk put back without its photos: noticed in the new epoch", "[node][blobs]") {
  Scene s;
  s.restore();
  s.hub.open();
  CHECK(s.meet() == 60'000);
  REQUIRE(s.hub->blobs().collect());
  std::filesystem::remove_all(s.hub.dir / "blobs");
  CHECK(counts(s.hub).held == 3);
  const auto lost = [&] {
    const auto lease = s.hub->store().read();
    return node::lost_blobs(*lease, s.hub.dir);
  };
  CHECK(lost() == 3);
  REQUIRE(s.hub->succeed("rolled_back"));
  REQUIRE(s.hub->blobs().collect());
  CHECK(counts(s.hub).held == 0);
  CHECK(lost() == 0);
  CHECK(s.meet() == 60'000);
}

}  // namespace linli::test
