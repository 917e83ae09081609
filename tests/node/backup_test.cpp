// Backups: made beside a running node, put back, rehearsed.
#include "node/backup.h"

#include <fstream>

#include "node/tls_key.h"
#include "tests/support/city.h"

namespace linli::test {

namespace fs = std::filesystem;

TEST_CASE("backup: put back it goes on without a fork, and gets back what the copy lacked",
          "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto early = put(office, "compound", compound("410702003901001"));
  exchange(office, hub);
  const auto file = city.folder.path() / "backup";
  const auto tls = node::tls_key_of(office->dir());
  const auto made = node::back_up(office.dir, file, 1);  // While it is open.
  REQUIRE(made);
  CHECK(made->change_sets > 0);
  CHECK((fs::status(file).permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
        fs::perms::none);
  CHECK(node::back_up(office.dir, file, 1).error().code == Errc::bad_usage);
  const auto late = put(office, "compound", compound("410702003901002"));
  exchange(office, hub);
  office.close();
  fs::remove_all(office.dir);

  CHECK(
      node::restore(office.dir.parent_path() / "nothing", office.dir, office.clock).error().code ==
      Errc::not_a_data_dir);
  CHECK_FALSE(fs::exists(office.dir));
  {
    auto restored = node::restore(file, office.dir, office.clock);
    if (!restored) FAIL(describe(restored.error()));
  }
  office.open();
  CHECK(node::tls_key_of(office->dir())->hash() == tls->hash());
  CHECK(field(office, "compound", early, "name") == "示例小区");
  CHECK(get(office, "compound", late).is_null());
  const auto after = put(office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  CHECK(field(office, "compound", late, "name") == "示例小区");
  CHECK(field(hub, "compound", after, "name") == "示例小区");
  CHECK(number(hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(faults(office) == std::vector<std::string>{});
  CHECK(faults(hub) == std::vector<std::string>{});
  CHECK(node::restore(file, office.dir, office.clock).error().code == Errc::bad_usage);
}

TEST_CASE("backup: a damaged or foreign file is refused and leaves no folder behind", "[node]") {
  City city;
  const auto file = city.folder.path() / "backup";
  REQUIRE(node::back_up(city.hub().dir, file, 1));
  const auto target = city.folder.path() / "target";
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
    bytes << std::string(20'000, 'x');
  }
  const auto damaged = node::restore(file, target, city.hub().clock);
  REQUIRE_FALSE(damaged);
  CHECK((damaged.error().code == Errc::corrupt || damaged.error().code == Errc::not_a_data_dir));
  CHECK_FALSE(fs::exists(target));
  std::ofstream(file) << "not a database";
  CHECK(node::restore(file, target, city.hub().clock).error().code == Errc::not_a_data_dir);
  CHECK(node::restore(city.hub().dir / "linli.db", target, city.hub().clock).error().code ==
        Errc::not_a_data_dir);
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("backup: content altered in place is refused with the place, or taken and told of",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  const auto file = city.folder.path() / "backup";
  const auto target = city.folder.path() / "target";
  REQUIRE(node::back_up(hub.dir, file, 1));
  const auto alter = [&](const std::string& sql) {
    auto db = store::Database::open(file, store::Access::write);
    REQUIRE(db);
    (*db)->execute(sql);
  };
  SECTION("signed bytes") {
    // In the file itself, as a bad stick does it: SQLite's own check finds nothing.
    const auto hex = rows(hub, "SELECT lower(hex(signature)) FROM log WHERE arrival = 3");
    const auto signature = *crypto::from_hex(hex.substr(0, 128));
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(bytes), {}};
    const auto at = all.find(signature);
    REQUIRE(at != std::string::npos);
    bytes.clear();
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes << "12345678";
    bytes.close();
    const auto refused = node::restore(file, target, hub.clock);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(refused.error().detail.find("日志第 3 条") != std::string::npos);
    CHECK_FALSE(fs::exists(target));
    node::Damage damage;
    REQUIRE(node::restore(file, target, hub.clock, {.damage = &damage}));
    REQUIRE_FALSE(damage.found.empty());
    CHECK(damage.found.front().arrival == 3);
    CHECK_FALSE(damage.mended);
  }
  SECTION("what follows from them") {
    alter("UPDATE r_company SET name = 'x'");
    const auto refused = node::restore(file, target, hub.clock);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::corrupt);
    CHECK_FALSE(fs::exists(target));
    node::Damage damage;
    {
      auto restored = node::restore(file, target, hub.clock, {.damage = &damage});
      REQUIRE(restored);
      const auto report = store::verify((*restored)->store());
      REQUIRE(report);
      CHECK(report->holds());
    }
    CHECK_FALSE(damage.found.empty());
    CHECK(damage.mended);
  }
}

TEST_CASE("backup: a rehearsal says whether it would work, and leaves nothing behind", "[node]") {
  City city;
  auto& hub = city.hub();
  const auto scratch = city.folder.path() / "drill";
  const auto epoch = *hub->epoch();
  const auto drill = node::restore_drill(hub.dir, scratch, hub.clock);
  if (!drill) FAIL(describe(drill.error()));
  CHECK(drill->faults.empty());
  CHECK(drill->backup.change_sets > 0);
  CHECK_FALSE(fs::exists(scratch));
  CHECK(*hub->epoch() == epoch);
  CHECK(faults(hub) == std::vector<std::string>{});
}

}  // namespace linli::test
