// What commands say of what was held back, of photos that wait, and of what is damaged: with the
// reason, and what to do about it.
#include "node/store/database.h"
#include "tests/e2e/city.h"
#include "tests/e2e/locale.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string name_of(Node& node) { return node.get("/api/v1/node")["name"]; }

/// While nobody serves it.
void damage(const Node& node, const std::string& sql) {
  auto db = store::Database::open(fs::path(node.data()) / "linli.db", store::Access::write);
  REQUIRE(db);
  (*db)->execute(sql);
}

Ran verified(const City& city, const Node& node) {
  return linli(city.scratch, {"verify", "--data", node.data()});
}

/// The one file below the folder that holds exactly these bytes.
fs::path file_of(const Node& node, const std::string& bytes) {
  for (const auto& entry : fs::recursive_directory_iterator(node.data())) {
    if (entry.is_regular_file() && entry.file_size() == bytes.size() &&
        app::read_file(entry.path()) == bytes) {
      return entry.path();
    }
  }
  FAIL("no file holds it");
  return {};
}

/// A finding of the running office with this photo.
void write_finding(Node& office, const std::string& photo) {
  const auto made = office.batch("inspection", {inspection("410702003901101", 1)});
  REQUIRE(made);
  const auto found = office.batch("finding", {{{"inspection", (*made)[0]["id"]},
                                               {"item_code", "F06"},
                                               {"severity", "minor"},
                                               {"description", "堆放杂物"},
                                               {"place", "3号楼"},
                                               {"responsible", "company"},
                                               {"photos", {photo}},
                                               {"status", "open"}}});
  REQUIRE(found);
  INFO((*found)[0].dump());
  REQUIRE((*found)[0]["done"] == "created");
}

std::string put_photo(const City& city, const Node& node, const std::string& bytes) {
  const auto file = city.scratch / "photo.jpg";
  app::write_file(file, bytes);
  const auto said = must(city.scratch, {"blobs", "put", "--data", node.data(), "--json", file});
  return Json::parse(said)["hash"];
}

}  // namespace

TEST_CASE("own work that was held back is told with each reason and what can be done",
          "[e2e][I5]") {
  City city({kCommunityA, kCommunityA});
  auto &lost = city.office(0), &moved = city.office(1);
  REQUIRE(lost.batch("compound", {compound(1)}));
  city.settle();
  const auto hub = city.hub.data();
  const auto name = name_of(moved);
  const auto author = lost.get("/api/v1/node")["author"].get<std::string>();
  // Both write without a line, and the hub decides meanwhile.
  lost.stop();
  moved.stop();
  for (int n = 2; n < 4; ++n) {
    must(city.scratch,
         {"records", "put", "compound", "--data", city.office(std::size_t(n - 2)).data()},
         compound(n).dump());
  }
  must(city.scratch, {"revoke", author, "--reason", "示例丢失", "--data", hub});
  must(city.scratch,
       {"nodes", "scopes", "--data", hub, name, "--add", kCommunityB, "--remove", kCommunityA});

  const auto tell = [&](const Node& node, const std::string& reason) {
    const auto ran = linli(city.scratch, {"sync", "--data", node.data()});
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.err, "暂缓 held: " + reason + ": "));
    CHECK(
        holds(ran.err, "1 份已送达上级并由其暂缓：运行 linli held list 查看，linli held appeal "));
    CHECK(holds(ran.err, "`linli held appeal` says why they should stand"));
    CHECK_FALSE(holds(ran.err, "拒收"));
    // Once only: it is with the upstream now.
    const auto again = linli(city.scratch, {"sync", "--data", node.data()});
    CHECK_FALSE(holds(again.err, "暂缓 held"));
  };
  tell(lost, "revoked");
  tell(moved, "out_of_scope");

  const auto listed = must(city.scratch, {"held", "list", "--data", hub});
  INFO(listed);
  CHECK(holds(listed, "原因 reason revoked：证书已被吊销"));
  CHECK(holds(listed, "原因 reason out_of_scope：证书不包括该范围"));
  CHECK(holds(listed, "ask the issuer to add it"));
  CHECK_FALSE(holds(listed, "由该上级暂缓"));
  // Who wrote it sees who holds it, and why.
  const auto own = must(city.scratch, {"held", "list", "--data", lost.data()});
  INFO(own);
  CHECK(holds(own, name_of(city.hub) + "：revoked: "));
  CHECK(holds(own, "原因 reason revoked：证书已被吊销"));
  CHECK(holds(own, "由该上级暂缓：请其核实后批准（那里运行 linli held approve）"));
  CHECK(must(city.scratch, {"held", "list", "--data", moved.data()}).find("out_of_scope") !=
        std::string::npos);
}

TEST_CASE("photos that wait are counted apart until the hub has them", "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  const auto status = [&] {
    return must(city.scratch, {"sync", "status", "--data", office.data()});
  };
  CHECK_FALSE(holds(status(), "照片待发"));
  city.hub.stop();
  const std::string bytes(12'345, 'x');
  write_finding(office, put_photo(city, office, bytes));
  for (const bool serving : {true, false}) {
    if (!serving) office.stop();
    const auto said = status();
    INFO(said);
    CHECK(holds(said, "照片待发 photos"));
    CHECK(holds(said, "1 个，12345 字节 to send: 1, 12345 bytes"));
    const auto json = Json::parse(
        must(city.scratch, {"sync", "status", "--json", "--data", office.data()}))["photos"];
    CHECK(json == Json{{"to_send", 1}, {"to_send_bytes", 12'345}});
  }
  city.hub.start();
  office.start();
  app::eventually("the hub has it", 60s, [&] { return !holds(status(), "照片待发"); });
}

TEST_CASE("verify says what is damaged, where, and what mends it", "[e2e][I5]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  const std::string bytes(2'000, 'y');
  write_finding(office, put_photo(city, office, bytes));
  city.settle();
  office.stop();
  city.hub.stop();
  const auto whole = verified(city, office);
  REQUIRE(whole.code == 0);
  CHECK(holds(whole.out, "核验通过 verified："));
  CHECK(holds(whole.out, "1 个附件"));

  SECTION("what follows from the log is made anew by rebuild") {
    damage(office, "UPDATE r_compound SET parking_count = parking_count + 1");
    const auto ran = verified(city, office);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.out, "已核验 checked："));
    CHECK(holds(ran.out, "  → 原始记录完好：停止节点后运行 linli rebuild。"));
    CHECK(holds(ran.err, "签名日志完好，由其推算的内容有 "));
    must(city.scratch, {"rebuild", "--data", office.data()});
    CHECK(verified(city, office).code == 0);
  }
  SECTION("a photo is fetched again, and the records are sound") {
    const auto photo = file_of(office, bytes);
    auto broken = bytes;
    broken[1'000] = 'z';
    app::write_file(photo, broken);
    const auto ran = verified(city, office);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.out, "  → 移走损坏的文件，再运行 linli blobs get"));
    CHECK(holds(ran.err, "记录与签名完好，1 个附件缺失或损坏"));
  }
  SECTION("a signature that the hub has confirmed comes back by joining anew") {
    damage(office,
           "UPDATE log SET signature = zeroblob(64) WHERE arrival = (SELECT max(arrival) FROM log "
           "WHERE kind = 1 AND peer = 0)");
    const auto ran = verified(city, office);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.out, "签名不符"));
    CHECK(holds(ran.out, "  作者 author: " + std::string("示例社区0")));
    CHECK(holds(ran.out, "个变更集 change set "));
    CHECK(holds(ran.out, "  记录 record: "));
    CHECK(holds(ran.out, "  → 中心已确认：留存此文件夹作证据，重新加入即可取回。"));
    CHECK(holds(ran.err, "处问题，处理办法见各条"));
  }
  SECTION("the hub is put back from its backup") {
    damage(city.hub,
           "UPDATE log SET signature = zeroblob(64) WHERE arrival = (SELECT max(arrival) FROM log "
           "WHERE kind = 1)");
    const auto ran = verified(city, city.hub);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.out, "  → 这是中心：用最近的备份恢复"));
    CHECK(holds(ran.err, "处问题，处理办法见各条"));
  }
}

TEST_CASE("a damaged bundle is refused with the file, the byte and what to do", "[e2e][input]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  const auto file = (city.scratch / "out.linli").string();
  must(city.scratch, {"bundle", "export", "--data", office.data(), "--for", "hub", "--all", file});
  const auto whole = app::read_file(file);
  const auto refused = [&](const std::string& bytes) {
    app::write_file(file, bytes);
    const auto ran = linli(city.scratch, {"bundle", "import", "--data", city.hub.data(), file});
    CHECK(ran.code == 1);
    return ran.err;
  };
  {
    const Locale locale("zh_CN.UTF-8");
    const auto half = refused(whole.substr(0, whole.size() / 2));
    INFO(half);
    CHECK(half.starts_with("linli: 文件不完整，请重新复制后再导入。 truncated: "));
    CHECK(holds(half, "out.linli, byte " + std::to_string(whole.size() / 2)));
    auto altered = whole;
    altered[whole.size() - 5] = static_cast<char>(altered[whole.size() - 5] ^ 1);
    const auto changed = refused(altered);
    INFO(changed);
    CHECK(
        changed.starts_with("linli: 内容与校验值不符，可能已损坏或被改动；请重新获取。 altered: "));
    CHECK(holds(changed, "out.linli, byte "));
    const auto longer = refused(whole + "x");
    INFO(longer);
    CHECK(longer.starts_with("linli: 内容与校验值不符"));
    CHECK(holds(longer, "bytes behind the end"));
  }
  const Locale locale("en_US.UTF-8");
  const auto english = refused(whole.substr(0, whole.size() / 2));
  CHECK(english.starts_with("linli: truncated: "));
}

}  // namespace linli::e2e
