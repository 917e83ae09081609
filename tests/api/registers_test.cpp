// Owner registers and ballots stay with those who work with them: what accounts of other roles are
// shown of them and of the people in them, over real sockets.
#include "node/store/changes.h"
#include "node/store/conflicts.h"
#include "tests/api/people.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
constexpr const char* kOwner = "业主保密姓名";
constexpr const char* kOtherName = "另一个保密姓名";
constexpr const char* kVoteRules = R"({"code":"default","version":1,"name":"示例规则",
  "silent_rule":"not_counted","blank_takes_part":true,"parking_counted":false,
  "proposal_basis":"heads","tie_rule":"run_off","committee_share":"half","seats_min":5,
  "seats_max":11,"seats_odd":true,"term_years_max":5,"group_min":7,"group_max":11,
  "group_odd":true,"group_form_days":30,"first_assembly_days":60,"announce_days":15,
  "shown_days":7,"vetting_days":10,"candidate_notice_days":7,"filing_days":30,"decision_days":3,
  "renewal_days":90,"pmc_min":7,"pmc_max":11,"pmc_odd":true,"pmc_publish_days":10,
  "basis":"示例","status":"published"})";

/// One flat at an office that serves, its owner, of whose name office and street disagree, and his
/// ballot with his signature.
struct Register {
  RelayedCity city;
  Node& node = city.office;
  Outcome share, assembly;
  Hash signature;
  Json conflict;  ///< Of the owner's name.
  std::unique_ptr<Serving> serving;

  Register() {
    put(city.hub, "vote_rules", kVoteRules);
    meet();
    put(node, "compound", compound(kCode));
    put(node, "staff", kStaff);
    const Json part{
        {"compound", kCode}, {"part_no", "1-1-101"}, {"area_dm2", 9000}, {"use", "dwelling"}};
    put(node, "exclusive_part", part.dump());
    share = put(node, "owner_share",
                Json{{"part", {kCode, "1-1-101"}},
                     {"owner_no", "H1"},
                     {"head", "H1"},
                     {"kind", "person"},
                     {"name", "业主"},
                     {"from_on", "2020-01-01"}}
                    .dump());
    write_ballot();
    meet();
    edit(node, "owner_share", share, Json{{"name", kOwner}}.dump());
    edit(city.street, "owner_share", share, Json{{"name", kOtherName}}.dump());
    meet();
    conflict = (*store::find_conflicts(node->store(), {.now = node->now()}))["items"][0];
    serving = std::make_unique<Serving>(node);
  }
  /// Where a reader of lists stands.
  std::string since() { return *store::position_now(node->store()); }
  void add(const std::string& name, const std::string& role, bool admin = false) {
    auto people = node::Accounts::open(node::DataDir(node.dir));
    if (!people) FAIL(describe(people.error()));
    auto made = (*people)->add({name, role, kPassword, admin}, city.city.time);
    if (!made) FAIL(describe(made.error()));
  }

 private:
  void meet() {
    for (int i = 0; i < 2; ++i) {
      exchange(city.street, city.hub);
      exchange(node, city.street);
    }
  }
  void write_ballot() {
    const Json named{kCode, "first", 1};
    put(node, "register_snapshot",
        Json{{"compound", kCode},
             {"taken_on", "2025-11-01"},
             {"version", 1},
             {"rules", {"default", 1}},
             {"parts", {{{"no", "1-1-101"}, {"head", "H1"}, {"area_dm2", 9000}}}},
             {"status", "published"}}
            .dump());
    assembly = put(node, "assembly",
                   Json{{"compound", kCode},
                        {"kind", "first"},
                        {"seq_no", 1},
                        {"form", "written"},
                        {"convener", "prep_group"},
                        {"notice_on", "2025-12-01"},
                        {"vote_from", "2025-12-20T09:00"},
                        {"vote_to", "2025-12-31T18:00"},
                        {"register_snapshot", {kCode, "2025-11-01", 1}},
                        {"rules", {"default", 1}},
                        {"boxes", {"箱1"}},
                        {"status", "announced"}}
                       .dump());
    signature = put_photo(node, photo(3000, 1));
    put(node, "ballot",
        Json{{"assembly", named},
             {"head", "H1"},
             {"serial", "0001"},
             {"parts", {"1-1-101"}},
             {"delivery", "in_person"},
             {"collector", "箱1"},
             {"returned_at", "2025-12-25T10:00"},
             {"signed", true},
             {"signature", hex(signature)},
             {"choices", {{"1", "agree"}}},
             {"status", "returned"}}
            .dump());
  }
};

}  // namespace

TEST_CASE("registers: roles that don't work with them see neither them nor who is in them",
          "[api][accounts][I6][I10]") {
  Register s;
  struct Case {
    const char* role;
    bool shown;
  };
  const auto t = GENERATE(values<Case>({{"office", true},
                                        {"street", true},
                                        {"bureau", false},
                                        {"district", false},
                                        {"inspector", false},
                                        {"auditor", false}}));
  DYNAMIC_SECTION(t.role) {
    s.add("管理员", "office", true);
    s.add("某人", t.role);
    Browser browser(s.serving->url());
    REQUIRE(said(browser.log_in("某人")) == "200");
    const auto names_in = [&](const std::string& text) {
      return text.find(kOwner) != std::string::npos || text.find(kOtherName) != std::string::npos;
    };
    const std::string records = "/api/v1/records/";
    const auto share = records + "owner_share/" + sync::to_text(s.share.id);
    for (const auto& path :
         {share, share + "/history", records + "owner_share",
          records + "owner_share?since=" + s.since(), records + "owner_share/export?format=csv",
          records + "exclusive_part", records + "register_snapshot"}) {
      const auto answer = browser.ask("GET", path);
      INFO(path << " " << answer.body);
      CHECK(said(answer) == (t.shown ? "200" : "403 forbidden"));
      CHECK_FALSE((!t.shown && names_in(answer.body)));
    }
    CHECK(names_in(browser.ask("GET", share).body) == t.shown);
    // Who collects ballots sees them, without the people in them.
    const bool collects = std::string(t.role) == "inspector";
    CHECK(said(browser.ask("GET", records + "ballot")) ==
          (t.shown || collects ? "200" : "403 forbidden"));
    const auto image = browser.ask("GET", "/api/v1/blobs/" + hex(s.signature));
    CHECK(image.status == (t.shown ? 200 : 403));
    // The staff's names are there for everybody.
    CHECK(browser.ask("GET", records + "staff").body.find("张三") != std::string::npos);

    // Nor by what looks over all types.
    const auto listed = Json::parse(browser.ask("GET", "/api/v1/conflicts").body)["items"];
    CHECK(listed.size() == (t.shown ? 1 : 0));
    const auto conflict = "/api/v1/conflicts/" + s.conflict.value("conflict", "");
    CHECK(browser.ask("GET", conflict).status == (t.shown ? 200 : 403));
    const auto tried = browser.ask("POST", conflict + "?dry_run=1",
                                   Json{{"take", s.conflict["losers"][0]["version"]}}.dump(),
                                   {{"If-Match", s.conflict.value("seen", "")}});
    INFO(tried.body);
    CHECK(names_in(tried.body) == t.shown);
    CHECK(tried.status == (t.shown ? 200 : 403));
    const auto search = [&](const std::string& more) {
      return browser.ask("GET", "/api/v1/search?q=1-1-101" + more);
    };
    CHECK((search("").body.find("exclusive_part") != std::string::npos) == t.shown);
    CHECK(search("&type=exclusive_part").status == (t.shown ? 200 : 403));
    const auto own = browser.ask("GET", "/api/v1/own-sets").body;
    CHECK((own.find("owner_share") != std::string::npos) == t.shown);
  }
}

TEST_CASE("registers: a person's request is answered from what the role may see",
          "[api][accounts][I6][I10]") {
  Register s;
  s.add("管理员", "office", true);
  const auto asks = [&](const std::string& role) {
    s.add(role, role);
    Browser browser(s.serving->url());
    REQUIRE(said(browser.log_in(role)) == "200");
    Json answers;
    for (const auto* what : {"find", "export", "erase"}) {
      Json wish{{"who", kOwner}, {"reason", "本人申请"}};
      if (std::string(what) == "erase") wish["dry_run"] = true;
      const auto answer = browser.ask("POST", "/api/v1/person/" + std::string(what), wish.dump());
      INFO(role << " " << what << " " << answer.body);
      REQUIRE(said(answer) == "200");
      answers[what] = Json::parse(answer.body);
    }
    return answers;
  };
  using Two = std::pair<std::string, std::string>;
  const auto [at_office, elsewhere] = GENERATE(Two{"office", "bureau"}, Two{"street", "district"});
  const auto near = asks(at_office);
  CHECK(near["find"]["items"].size() == 1);
  CHECK(near["export"]["json"]["items"].size() == 1);
  // The copy has what stands, which may be the other office's word.
  CHECK(near["export"]["text"].get<std::string>().find("保密姓名") != std::string::npos);
  CHECK(near["erase"]["items"].size() == 1);
  CHECK_FALSE(near["find"].contains("left_out"));

  const auto far = asks(elsewhere);
  CHECK(far["find"]["items"].empty());
  CHECK(far["export"]["json"]["items"].empty());
  CHECK(far["export"]["text"].get<std::string>().find("保密姓名") == std::string::npos);
  CHECK(far["erase"]["items"].empty());
  // It says so, and the same of somebody who isn't there.
  for (const auto* what : {"find", "export", "erase"}) {
    const auto& out = far[what]["left_out"];
    REQUIRE(out.is_array());
    for (const auto* type : {"ballot", "owner_share", "exclusive_part", "register_snapshot"}) {
      CHECK(std::find(out.begin(), out.end(), type) != out.end());
    }
  }
  Browser browser(s.serving->url());
  REQUIRE(said(browser.log_in(elsewhere)) == "200");
  const auto nobody = browser.ask("POST", "/api/v1/person/find", Json{{"who", "查无此人"}}.dump());
  CHECK(Json::parse(nobody.body) == far["find"]);
  // What isn't of a register is found as before.
  const auto staff = browser.ask("POST", "/api/v1/person/find", Json{{"who", "张三"}}.dump());
  CHECK(Json::parse(staff.body)["items"].size() == 1);
}

TEST_CASE("registers: what was counted is told to all who work at a node and who voted to few",
          "[api][accounts][I10]") {
  Register s;
  struct Case {
    const char* role;
    int status;
    bool who;
  };
  const auto t = GENERATE(values<Case>({{"office", 200, true},
                                        {"street", 200, true},
                                        {"bureau", 200, false},
                                        {"district", 200, false},
                                        {"inspector", 200, false},
                                        {"auditor", 200, false},
                                        {"company", 403, false}}));
  DYNAMIC_SECTION(t.role) {
    s.add("管理员", "office", true);
    s.add("某人", t.role);
    Browser browser(s.serving->url());
    REQUIRE(said(browser.log_in("某人")) == "200");
    const auto answer = browser.ask("GET", "/api/v1/votes/" + sync::to_text(s.assembly.id));
    INFO(answer.body);
    REQUIRE(answer.status == t.status);
    CHECK((answer.body.find("1-1-101") != std::string::npos) == t.who);
    if (t.status != 200) return;
    const auto json = Json::parse(answer.body);
    CHECK(json["boxes"].size() == 1);
    CHECK(json["rooms"].is_null() != t.who);
    CHECK(json["aside"].is_null() != t.who);
    if (t.who) CHECK(json["rooms"][0]["shown"] == "voted");
  }
}

}  // namespace linli::test
