// The owner's notice board over real sockets: what everybody may see, and who asks.
#include <set>

#include "node/store/public_board.h"
#include "sync/proof.h"
#include "tests/api/contract.h"
#include "tests/api/people.h"
#include "tests/api/wire.h"
#include "tests/model/examples.h"

namespace linli::test {
namespace {

using namespace model::test;

const std::string kBoard = "/api/v1/public/";
constexpr const char* kCode = "410702003901001";

std::string with(std::string_view json, const char* changes) {
  auto read = Json::parse(json);
  read.update(Json::parse(changes));
  return read.dump();
}

/// Names and numbers of people in what is put below; none may ever leave by the board.
const std::vector<std::string> kPeople{"法人某甲",   "编制人某丁",  "主持人某己",
                                       "委员某庚",   "13911110000", "某住户异议",
                                       "退回者某辛", "提问人某壬",  "13922220000"};

/// A hub and an office that has something to show.
struct Board {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome compound_record, first, second, standard, drafted;
  std::unique_ptr<Serving> at_office, at_hub;

  Board() {
    put(hub, "disclosure_kind", kKind);
    put(hub, "vote_rules", kVoteRules);
    exchange(office, hub);
    compound_record = put(office, "compound", compound(kCode, R"({"name":"阳光花园"})"));
    put(office, "compound", compound("410702003901002", R"({"name":"和平里"})"));
    first = put(office, "disclosure", with(kDisclosure, R"({"prepared_by":"编制人某丁"})"));
    edit(office, "disclosure", first, R"({"status":"objected","objection":"某住户异议"})");
    edit(office, "disclosure", first, R"({"status":"superseded"})");
    second = put(office, "disclosure", with(kDisclosure, R"({"revision":2,"opening_fen":100000,
        "closing_fen":175000,"prepared_by":"编制人某丁","lines":[
        {"code":"lift_ads","direction":"income","name":"电梯广告","amount_fen":100000},
        {"code":"cost","direction":"cost","name":"支出","amount_fen":25000}]})"));
    drafted = put(office, "disclosure", with(kDisclosure, R"({"period":"2023-Q3","status":"drafted",
        "published_at":null,"channels":null,"prepared_by":"编制人某丁"})"));
    meeting();
    committee();
    exchange(office, hub);
    contract_and_standard();
    for (int i = 0; i < 2; ++i) exchange(office, hub);
    at_office = std::make_unique<Serving>(office);
    at_hub = std::make_unique<Serving>(hub);
  }

  void meeting() {
    const auto held = put(office, "joint_meeting", with(kMeeting, R"({"chair":"主持人某己"})"));
    edit(office, "joint_meeting", held,
         R"({"status":"minutes_published","minutes_on":"2023-09-10"})");
  }
  void committee() {
    put(office, "committee", with(kCommittee, R"({"assembly":null,"status":"elected",
        "filed_on":null,"filing_no":null})"));
    put(office, "committee_member", R"({"committee":["410702003901001",1],"head":"H2",
        "name":"委员某庚","post":"chair","from_on":"2023-10-20","phone":"13911110000"})");
    put(office, "committee_decision", kDecision);
  }
  void contract_and_standard() {
    const auto there = [&](std::string_view json) {
      return with(json, (R"({"scope":")" + std::string(kOffice) + R"("})").c_str());
    };
    put(hub, "service_contract", there(kContract));
    standard = put(hub, "service_standard", there(kStandard));
    for (const auto* move :
         {R"({"status":"submitted"})", R"({"status":"under_review"})",
          R"({"status":"returned","return_reason":"退回者某辛"})", R"({"status":"submitted"})",
          R"({"status":"under_review"})",
          R"({"status":"approved","approved_on":"2023-05-01","approved_by":"红旗区住建局"})",
          R"({"status":"published","published_on":"2023-05-03"})",
          R"({"status":"in_force","in_force_from":"2023-06-01"})"}) {
      edit(hub, "service_standard", standard, move);
    }
  }
  [[nodiscard]] std::string id(const Outcome& record) const { return to_text(record.id); }
  [[nodiscard]] std::string compound_path() const {
    return kBoard + "compounds/" + id(compound_record);
  }
};

/// Somebody at another machine who has no account, behind a TLS proxy.
Browser owner(const Serving& serving, const std::string& address = "203.0.113.9") {
  return Browser(serving.url(), {{"X-Forwarded-For", address}, {"X-Forwarded-Proto", "https"}});
}

Json read(Browser& browser, const std::string& path) {
  const auto answer = browser.ask("GET", path);
  INFO(path << " " << answer.status << " " << answer.body.substr(0, 300));
  REQUIRE(answer.status == 200);
  return Json::parse(answer.body);
}

std::string question(const Board& board, const char* more = "{}") {
  return with(Json{{"compound", board.id(board.compound_record)},
                   {"text", "3号楼的电梯什么时候修？"},
                   {"name", "提问人某壬"},
                   {"contact", "13922220000"}}
                  .dump(),
              more);
}

}  // namespace

TEST_CASE("public: a record that another office gave the same id shows nothing of the first one",
          "[api][public][I5]") {
  City city;
  // The office that copies the id is known here before the one whose record it is.
  auto& copies = city.enrol(kOffice, "示例社区");
  auto& asked = city.enrol(kOtherOffice, "另一社区");
  for (auto* office : {&copies, &asked}) exchange(*office, city.hub());
  put(copies, "compound", compound(kCode));
  exchange(copies, city.hub());
  put(asked, "compound", compound(kCode));
  const auto id = sync::new_record_id(city.time);
  const auto question = [&](Node& node, const char* text) {
    auto one = wish("feedback", Json{{"compound", kCode},
                                     {"about_kind", "service"},
                                     {"text", text},
                                     {"author", "匿名业主"},
                                     {"received_at", "2025-12-01T10:00"},
                                     {"publicity", "agreed"},
                                     {"status", "received"}}
                                    .dump());
    one.id = id;
    one.create_only = true;
    REQUIRE(refusal(node->put({one})->front()) == "");
  };
  question(asked, "真的提问");
  exchange(asked, city.hub());
  const auto before = store::public_question(city.hub()->store(), id);
  REQUIRE(before);
  question(copies, "冒用编号的提问");
  Outcome copy;
  copy.id = id;
  copy.scope = kOffice;
  edit(copies, "feedback", copy,
       R"({"status":"answered","reply":"冒用","replied_on":"2025-12-02"})");
  exchange(copies, city.hub());
  REQUIRE(number(city.hub(), "SELECT count(*) FROM r_feedback") == 2);
  CHECK(*store::public_question(city.hub()->store(), id) == *before);
}

TEST_CASE("public: a compound is found by name and pinyin without a login", "[api]") {
  const Board board;
  for (const auto* serving : {board.at_office.get(), board.at_hub.get()}) {
    auto browser = owner(*serving);
    for (const auto* words : {"%E9%98%B3%E5%85%89", "yangguang", "ygh", "410702003901001"}) {
      INFO(words);
      const auto found = read(browser, kBoard + "compounds?q=" + words);
      REQUIRE(found["items"].size() >= 1);
      CHECK(found["items"][0]["name"] == "阳光花园");
    }
    CHECK(read(browser, kBoard + "compounds")["items"].size() == 2);
    const auto page = read(browser, kBoard + "compounds?limit=1");
    CHECK(page["items"].size() == 1);
    CHECK(read(browser, kBoard + "compounds?limit=1&cursor=" +
                            page["next_cursor"].get<std::string>())["items"]
              .size() == 1);
    // Nothing else is open.
    CHECK(browser.ask("GET", "/api/v1/records/compound").status != 200);
  }
}

TEST_CASE("public: a compound shows what is disclosed, and of people nothing", "[api][I10]") {
  const Board board;
  for (const auto* serving : {board.at_office.get(), board.at_hub.get()}) {
    auto browser = owner(*serving);
    const auto shown = read(browser, board.compound_path());
    CHECK(shown["name"] == "阳光花园");
    REQUIRE(shown["disclosures"].size() == 1);  // Neither the draft nor what was superseded.
    CHECK(shown["disclosures"][0]["id"] == board.id(board.second));
    CHECK(shown["disclosures"][0]["kind"]["title"] == "公共收益");
    CHECK(shown["disclosures"][0]["income_fen"] == 100000);
    CHECK(shown["disclosures"][0]["cost_fen"] == 25000);
    CHECK(shown["disclosures"][0]["status"]["zh"] == "已公示");
    REQUIRE(shown["contracts"].size() == 1);
    CHECK(shown["contracts"][0]["company"]["complaint_phone"] == "0373-2");
    REQUIRE(shown["standards"].size() == 1);
    CHECK(shown["standards"][0]["items"][0]["comparator"]["en"] == "At least");
    REQUIRE(shown["committees"].size() == 1);
    CHECK(shown["committees"][0]["members"][0]["post"]["code"] == "chair");
    CHECK(shown["committees"][0]["decisions"][0]["text"] == "公布公共收益");
    REQUIRE(shown["meetings"].size() == 1);
    CHECK(shown["meetings"][0]["minutes"] == "议定电梯检修");

    const auto path = kBoard + "disclosures/" + board.id(board.second);
    const auto one = read(browser, path);
    CHECK(one["lines"].size() == 2);
    CHECK(one["lines"][0]["direction"]["code"] == "income");
    REQUIRE(one["earlier"].size() == 1);
    CHECK(one["earlier"][0]["id"] == board.id(board.first));
    CHECK(one["earlier"][0]["lines"].size() == 3);
    CHECK(one["proof"] == path + "/proof");
    CHECK(said(browser.ask("GET", kBoard + "disclosures/" + board.id(board.drafted))) ==
          "404 not_found");

    for (const auto& shown_at :
         {board.compound_path(), path, kBoard + "disclosures/" + board.id(board.first),
          board.compound_path() + "/questions", kBoard + "compounds"}) {
      const auto body = browser.ask("GET", shown_at).body;
      for (const auto& person : kPeople) {
        INFO(shown_at << " " << person);
        CHECK(body.find(person) == std::string::npos);
      }
    }
  }
}

TEST_CASE("public: the proof of a disclosure holds, and holds nothing but what is signed",
          "[api][I5]") {
  const Board board;
  auto browser = owner(*board.at_hub);
  const auto about = read(browser, kBoard + "about");
  for (const auto& record : {board.second, board.first}) {
    const auto answer = browser.ask("GET", kBoard + "disclosures/" + board.id(record) + "/proof");
    REQUIRE(answer.status == 200);
    const auto proven = sync::check_proof(answer.body, about["city"].get<std::string>());
    REQUIRE(proven);
    CHECK(proven->record.id == record.id);
    for (const auto& set : proven->sets) CHECK(set.parcel.openings.empty());
    for (const auto& person : kPeople) CHECK(answer.body.find(person) == std::string::npos);
  }
  CHECK(said(browser.ask("GET", kBoard + "disclosures/" + board.id(board.drafted) + "/proof")) ==
        "404 not_found");
}

TEST_CASE("public: a proof shows nothing that was signed along and isn't published", "[api][I6]") {
  Board board;
  // Two in one change set, as an import makes them: one published, one still a draft.
  const auto published = with(kDisclosure, R"({"period":"2023-Q1"})");
  const auto draft = with(kDisclosure, R"({"period":"2022-Q4","status":"drafted",
      "published_at":null,"channels":null,"note":"未公示的说明"})");
  const auto put_together = board.office->put(
      {wish("disclosure", published), wish("disclosure", draft)}, {.all_or_nothing = true});
  REQUIRE(put_together);
  for (const auto& outcome : *put_together) REQUIRE(refusal(outcome) == "");
  for (int i = 0; i < 2; ++i) exchange(board.office, board.hub);
  auto browser = owner(*board.at_hub);
  const auto path = kBoard + "disclosures/" + board.id(put_together->front());
  CHECK(read(browser, path)["period"] == "2023-Q1");
  const auto proof = browser.ask("GET", path + "/proof");
  CHECK(said(proof) == "404 not_found");
  CHECK(proof.body.find("未公示的说明") == std::string::npos);
  // Once both are shown, so is the set.
  edit(board.office, "disclosure", (*put_together)[1],
       R"({"status":"published","published_at":"2023-01-20T10:00","channels":["web"]})");
  for (int i = 0; i < 2; ++i) exchange(board.office, board.hub);
  CHECK(browser.ask("GET", path + "/proof").status == 200);
}

TEST_CASE("public: a part is never called the whole", "[api]") {
  const Board board;
  const auto whole = over_the_wire(board.at_office->port(), "GET", board.compound_path());
  for (const auto* range : {"bytes=0-9", "bytes=-5", "bytes=99999999-", "bytes=0-1,3-4"}) {
    INFO(range);
    const auto part = over_the_wire(board.at_office->port(), "GET", board.compound_path(),
                                    "Range: " + std::string(range) + "\r\n");
    CHECK(part.status() == 200);
    CHECK(part.body == whole.body);
  }
}

TEST_CASE("public: a reload costs a head", "[api][I9]") {
  const Board board;
  const auto ask = [&](const std::string& head) {
    return over_the_wire(board.at_office->port(), "GET", board.compound_path(), head);
  };
  const auto plain = ask("");
  REQUIRE(plain.status() == 200);
  CHECK(plain.header("Cache-Control").find("public, max-age=") == 0);
  const auto coded = ask("Accept-Encoding: gzip\r\n");
  CHECK(coded.header("Content-Encoding") == "gzip");
  CHECK(coded.body.size() < plain.body.size());
  const auto again = ask("If-None-Match: " + plain.header("ETag") + "\r\n");
  CHECK(again.status() == 304);
  CHECK(again.bytes() < 400);
}

TEST_CASE("public: a question is asked, looked at, answered and shown without its asker",
          "[api][I10]") {
  Board board;
  auto browser = owner(*board.at_office);
  const auto asked = browser.ask("POST", kBoard + "questions", question(board));
  INFO(asked.body);
  REQUIRE(asked.status == 201);
  const auto told = Json::parse(asked.body);
  CHECK(differences(told, contract()["paths"]["/api/v1/public/questions"]["post"]) ==
        std::vector<std::string>{});
  CHECK(told["status"]["code"] == "received");
  CHECK(told["shown"] == false);
  CHECK_FALSE(told.contains("text"));
  CHECK(told.contains("reply_due_on"));
  const auto path = kBoard + "questions/" + told["id"].get<std::string>();
  CHECK(asked.headers.at("location") == path);
  CHECK(read(browser, board.compound_path() + "/questions")["items"].empty());

  // The office has it as any other opinion of an owner, with name and contact.
  Outcome record;
  record.scope = kOffice;
  record.id = *sync::record_id(told["id"].get<std::string>());
  CHECK(field(board.office, "feedback", record, "author") == "提问人某壬");
  CHECK(field(board.office, "feedback", record, "publicity") == "agreed");
  edit(board.office, "feedback", record,
       R"({"status":"answered","reply":"周五前修好","replied_on":"2026-01-01"})");
  CHECK(read(browser, path)["shown"] == false);  // Answered, and nobody has let it be shown.
  edit(board.office, "feedback", record, R"({"publicity":"shown"})");
  const auto shown = read(browser, board.compound_path() + "/questions");
  REQUIRE(shown["items"].size() == 1);
  CHECK(shown["items"][0]["text"] == "3号楼的电梯什么时候修？");
  CHECK(shown["items"][0]["reply"] == "周五前修好");
  for (const auto& person : kPeople) CHECK(shown.dump().find(person) == std::string::npos);
  CHECK(read(browser, path)["reply"] == "周五前修好");

  // At the hub as well, once it has come there; and what was asked at the hub reaches the office.
  for (int i = 0; i < 2; ++i) exchange(board.office, board.hub);
  auto above = owner(*board.at_hub);
  CHECK(read(above, board.compound_path() + "/questions")["items"].size() == 1);
  const auto asked_above = above.ask("POST", kBoard + "questions", question(board));
  INFO(asked_above.body);
  REQUIRE(asked_above.status == 201);
  for (int i = 0; i < 2; ++i) exchange(board.office, board.hub);
  Outcome from_above;
  from_above.scope = kOffice;
  from_above.id = *sync::record_id(Json::parse(asked_above.body)["id"].get<std::string>());
  CHECK(field(board.office, "feedback", from_above, "text") == "3号楼的电梯什么时候修？");
  CHECK(field(board.office, "feedback", from_above, "author") == "提问人某壬");
}

TEST_CASE("public: who doesn't agree is never shown, and what came otherwise has no page",
          "[api]") {
  Board board;
  auto browser = owner(*board.at_office);
  const auto asked =
      browser.ask("POST", kBoard + "questions", question(board, R"({"show":false,"name":null})"));
  REQUIRE(asked.status == 201);
  Outcome record;
  record.scope = kOffice;
  record.id = *sync::record_id(Json::parse(asked.body)["id"].get<std::string>());
  CHECK(field(board.office, "feedback", record, "publicity") == "private");
  edit(board.office, "feedback", record,
       R"({"status":"answered","reply":"周五前修好","replied_on":"2026-01-01"})");
  CHECK(read(browser, board.compound_path() + "/questions")["items"].empty());
  const auto by_phone = put(board.office, "feedback", kFeedback);
  CHECK(said(browser.ask("GET", kBoard + "questions/" + board.id(by_phone))) == "404 not_found");
}

TEST_CASE("public: an Idempotency-Key asks once", "[api]") {
  const Board board;
  auto browser = owner(*board.at_office);
  const Browser::Headers key{{"Idempotency-Key", "k-1"}};
  const auto one = browser.ask("POST", kBoard + "questions", question(board), key);
  const auto two = browser.ask("POST", kBoard + "questions", question(board), key);
  CHECK(one.status == 201);
  CHECK(two.status == 200);
  CHECK(Json::parse(one.body)["id"] == Json::parse(two.body)["id"]);
}

TEST_CASE("public: every wrong question is told what is wrong with it, in its language", "[api]") {
  const Board board;
  auto browser = owner(*board.at_office);
  struct Case {
    const char *name, *changes, *said, *field;
  };
  const std::string long_text = R"({"text":")" + std::string(10'000, 'x') + R"("})";
  const std::vector<Case> cases{
      {"no text", R"({"text":null})", "422 missing_field", "text"},
      {"blanks", R"({"text":"  \n"})", "422 missing_field", "text"},
      {"10000 characters", long_text.c_str(), "422 bad_value", "text"},
      {"a number for text", R"({"text":5})", "422 bad_value", "text"},
      {"no compound", R"({"compound":null})", "422 missing_field", "compound"},
      {"an unknown compound", R"({"compound":"0190a0a0-0000-7000-8000-0000000000ff"})",
       "422 dangling_reference", "compound"},
      {"no id", R"({"compound":"abc"})", "422 bad_value", "compound"},
      {"a draft", R"({"disclosure":"0190a0a0-0000-7000-8000-0000000000ff"})",
       "422 dangling_reference", "disclosure"},
      {"a rating of 9", R"({"rating":9})", "422 bad_value", "rating"},
      {"an unknown kind", R"({"about_kind":"weather"})", "422 bad_value", "about_kind"},
      {"a member too many", R"({"status":"answered"})", "422 unknown_field", "status"},
      {"show as text", R"({"show":"yes"})", "422 bad_value", "show"}};
  for (const auto& t : cases) {
    INFO(t.name);
    const auto zh = browser.ask("POST", kBoard + "questions", question(board, t.changes));
    const auto en = browser.ask("POST", kBoard + "questions", question(board, t.changes),
                                {{"Accept-Language", "en"}});
    CHECK(said(zh) == t.said);
    const auto problem = Json::parse(zh.body), english = Json::parse(en.body);
    REQUIRE(problem["faults"].size() >= 1);
    CHECK(problem["faults"][0]["field"] == t.field);
    CHECK(problem["title"] != english["title"]);
    CHECK(zh.headers.at("content-type") == "application/problem+json");
  }
  const auto raw = [&](const std::string& body) {
    return said(browser.ask("POST", kBoard + "questions", body));
  };
  CHECK(raw("{") == "400 bad_input");
  CHECK(raw("[]").substr(0, 3) == "400");
  CHECK(raw("\"\xff\"") == "400 bad_utf8");
  // Text is text, whatever it looks like; it comes back as it was, for pages to show as text.
  const auto script =
      browser.ask("POST", kBoard + "questions",
                  question(board, R"({"text":"<script>alert(1)</script> 🏘️ ' OR 1=1 --"})"));
  CHECK(script.status == 201);
}

TEST_CASE("public: wrong addresses and searches are problems, never an error of ours", "[api]") {
  const Board board;
  auto browser = owner(*board.at_office);
  const auto ask = [&](const std::string& path) { return said(browser.ask("GET", kBoard + path)); };
  const std::string nobody = "0190a0a0-0000-7000-8000-0000000000ff";
  CHECK(ask("compounds/" + nobody) == "404 not_found");
  CHECK(ask("compounds/" + nobody + "/questions") == "404 not_found");
  CHECK(ask("disclosures/" + nobody) == "404 not_found");
  CHECK(ask("disclosures/" + nobody + "/proof") == "404 not_found");
  CHECK(ask("questions/" + nobody) == "404 not_found");
  CHECK(ask("compounds/" + board.id(board.second)) == "404 not_found");
  CHECK(ask("compounds?q=" + std::string(5'000, 'x')) == "422 bad_value");
  CHECK(ask("compounds?q=" + std::string(10'000, 'x')) == "400 bad_usage");  // Too long an address.
  CHECK(ask("compounds?q=%ff%fe") == "400 bad_utf8");
  CHECK(ask("compounds?limit=0") == "422 bad_value");
  CHECK(ask("compounds?limit=101") == "422 bad_value");
  CHECK(ask("compounds?cursor=abc") == "422 bad_value");
  CHECK(ask("compounds?q=x&cursor=abc") == "422 bad_value");
  CHECK(ask("compounds?q=%3Cscript%3E").substr(0, 3) == "200");
  CHECK(ask("compounds?q=%F0%9F%8F%98").substr(0, 3) == "200");
  CHECK(ask("nothing").substr(0, 3) == "404");
}

TEST_CASE("public: one address asks five times, a page elsewhere never", "[api]") {
  const Board board;
  auto busy = owner(*board.at_office, "203.0.113.50");
  // What is wrong doesn't use up what one may ask.
  for (int i = 0; i < 8; ++i) {
    CHECK(busy.ask("POST", kBoard + "questions", "{}").status == 422);
  }
  int taken = 0;
  node::HttpAnswer last;
  const Browser::Headers first{{"Idempotency-Key", "k-5"}};
  for (int i = 0; i < 7; ++i) {
    last = busy.ask("POST", kBoard + "questions", question(board),
                    i == 0 ? first : Browser::Headers{});
    taken += last.status == 201 ? 1 : 0;
  }
  CHECK(taken == 5);
  // Whose answer was lost hears at once that it came.
  CHECK(busy.ask("POST", kBoard + "questions", question(board), first).status == 200);
  CHECK(said(last) == "429 slow_down");
  CHECK(std::stoi(last.headers.at("retry-after")) > 60);
  auto other = owner(*board.at_office, "203.0.113.51");
  CHECK(other.ask("POST", kBoard + "questions", question(board)).status == 201);
  CHECK(said(other.ask("POST", kBoard + "questions", question(board),
                       {{"Origin", "https://evil.example"}})) == "403 forbidden");
  CHECK(said(other.ask("POST", kBoard + "questions", question(board),
                       {{"Sec-Fetch-Site", "cross-site"}})) == "403 forbidden");
  // Nothing else may be written there.
  CHECK(other.ask("DELETE", kBoard + "questions").status >= 400);
  CHECK(other.ask("POST", kBoard + "compounds", "{}").status >= 400);
}

TEST_CASE("public: the bureau decides where there is a board", "[api]") {
  Board board;
  Node& street = board.city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, board.hub);
  const Serving at_street(street);
  auto relay = owner(at_street), hub = owner(*board.at_hub);
  const auto about = kBoard + "about";
  CHECK(said(relay.ask("GET", about)) == "404 not_found");
  CHECK(hub.ask("GET", about).status == 200);
  put(board.hub, "rule_setting", R"({"code":"public_board","value":2})");
  exchange(street, board.hub);
  CHECK(relay.ask("GET", about).status == 200);
  put(board.hub, "rule_setting", R"({"code":"public_board","value":0})", {.update = true});
  exchange(street, board.hub);
  CHECK(said(relay.ask("GET", about)) == "404 not_found");
  CHECK(said(hub.ask("GET", about)) == "404 not_found");
  CHECK(said(hub.ask("POST", kBoard + "questions", question(board))) == "404 not_found");
}

}  // namespace linli::test
