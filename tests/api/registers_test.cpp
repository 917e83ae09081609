// Owner registers and ballots stay with those who work with them: what accounts of other roles are
// shown of the people in them, over real sockets.
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
  Outcome share;
  Hash signature;
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
    serving = std::make_unique<Serving>(node);
  }
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
    const Json assembly{kCode, "first", 1};
    put(node, "register_snapshot",
        Json{{"compound", kCode},
             {"taken_on", "2025-11-01"},
             {"version", 1},
             {"rules", {"default", 1}},
             {"parts", {{{"no", "1-1-101"}, {"head", "H1"}, {"area_dm2", 9000}}}},
             {"status", "published"}}
            .dump());
    put(node, "assembly",
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
        Json{{"assembly", assembly},
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

TEST_CASE("registers: roles that don't work with them are shown nobody's name in them",
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
    const auto names_in = [&](const std::string& path) {
      const auto answer = browser.ask("GET", path);
      INFO(path << " " << answer.body);
      REQUIRE(answer.status == 200);
      return answer.body.find(kOwner) != std::string::npos ||
             answer.body.find(kOtherName) != std::string::npos;
    };
    const std::string shares = "/api/v1/records/owner_share";
    const auto share = shares + "/" + sync::to_text(s.share.id);
    for (const auto& path : {share, share + "/history", shares, shares + "/export?format=csv",
                             std::string("/api/v1/conflicts")}) {
      CHECK(names_in(path) == t.shown);
    }
    const auto conflicts = Json::parse(browser.ask("GET", "/api/v1/conflicts").body)["items"];
    REQUIRE(conflicts.size() == 1);
    const auto conflict = "/api/v1/conflicts/" + conflicts[0].value("conflict", "");
    CHECK(names_in(conflict) == t.shown);
    const auto filtered = browser.ask("GET", shares + "?name=" + kOwner);
    CHECK(filtered.status == (t.shown ? 200 : 403));
    const auto image = browser.ask("GET", "/api/v1/blobs/" + hex(s.signature));
    CHECK(image.status == (t.shown ? 200 : 403));
    // What stands beside the names is there for everybody, and so are the staff's names.
    CHECK(Json::parse(browser.ask("GET", share).body)["fields"]["head"] == "H1");
    CHECK(browser.ask("GET", "/api/v1/records/staff").body.find("张三") != std::string::npos);
    // Who may settle is not shown by it what else he isn't.
    const auto tried = browser.ask("POST", conflict + "?dry_run=1",
                                   Json{{"take", conflicts[0]["losers"][0]["version"]}}.dump(),
                                   {{"If-Match", conflicts[0].value("seen", "")}});
    INFO(tried.body);
    const bool told = tried.body.find(kOwner) != std::string::npos ||
                      tried.body.find(kOtherName) != std::string::npos;
    CHECK(told == t.shown);
    CHECK(tried.status == (t.shown ? 200 : 403));
  }
}

}  // namespace linli::test
