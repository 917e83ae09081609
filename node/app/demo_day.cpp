// A day: the hub goes, the offices go on, one loses its power, and three people disagree.
#include <algorithm>

#include "node/app/demo_story.h"
#include "node/app/writer.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::int64_t now_ms() { return sync::SystemClock().now() / 1000; }

constexpr const char* kFigures[] = {"inspections", "inspection_coverage",
                                    "findings",    "rectified_on_time",
                                    "attendances", "disclosure_on_time"};

/// Lines of a growing file that end in a line break.
std::vector<std::string> lines_of(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  std::vector<std::string> lines;
  for (std::size_t at = 0;;) {
    const auto end = bytes.find('\n', at);
    if (end == bytes.npos) return lines;
    lines.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

Story::Figures Story::figures() {
  const auto now = model::civil_from_day(today_);
  const int first = now.year * 12 + now.month - 1 - static_cast<int>(options_.months);
  const auto from = model::day_text(model::day_from_civil(first / 12, first % 12 + 1, 1));
  const auto to = model::day_text(today_ + 1);
  Figures figures;
  for (const std::string name : kFigures) {
    figures[name] =
        hub_->running()
            ? hub_->get("/stats/" + name + "?by=community&from=" + from + "&to=" + to)
            : hub_->linli_json({"stats", name, "--by", "community", "--from", from, "--to", to});
  }
  return figures;
}

void Story::show_figures() {
  std::vector<std::string> headings{"", "全市指标"};
  for (const auto& [when, unused] : snapshots_) headings.push_back(when);
  Table table(std::move(headings));
  for (const std::string name : kFigures) {
    std::vector<std::string> row{"", snapshots_.front().second.at(name)["label"].value("zh", name)};
    for (const auto& [when, taken] : snapshots_) {
      const auto& stat = taken.at(name);
      row.push_back(shown_figure(stat.value("figure", "number"), stat["total"]));
    }
    table.add(std::move(row));
  }
  table.print(40, " ");
}

void Story::show_freshness(const Json& freshness, bool outage) const {
  const auto asked = model::parse_instant(freshness.value("asked_at", ""));
  // Those that haven't reported for longest come first; never (null) before all.
  auto communities = freshness["communities"].get<std::vector<Json>>();
  std::stable_sort(communities.begin(), communities.end(), [](const Json& a, const Json& b) {
    return a["last_report"] < b["last_report"];
  });
  std::size_t shown = 0;
  for (const auto& community : communities) {
    constexpr std::size_t kShownMax = 6;
    if (++shown > kShownMax) continue;
    const auto last = community["last_report"];
    const auto at = last.is_string() ? model::parse_instant(last.get<std::string>()) : std::nullopt;
    std::string said = "从未上报 never reported";
    if (at && asked) {
      const auto ago = std::to_string((*asked - *at) / 1000) + " 秒前";
      const auto when = local_time(last.get<std::string>()).substr(11);
      said = outage ? "自 " + when + " 起未再上报（" + ago + "） not heard of since"
                    : "最近上报 " + when + "，" + ago;
    }
    print("   " + fitted(community.value("name", ""), 16) + said);
  }
  const auto all = freshness["communities"].size();
  if (all > shown || shown > 6) print("   … 共 " + std::to_string(all) + " 个社区");
}

std::size_t Story::write_visits(std::size_t community, std::size_t count) {
  auto& office = *offices_.at(community);
  for (std::size_t i = 0; i < count; ++i) {
    // Over by now: an inspection of the future would be refused.
    const auto compound = 1 + i % compounds_of(community);
    const auto visit = make_visit(city_, community, compound, dice_,
                                  now_ms() - (90 + 2 * static_cast<std::int64_t>(i)) * kMinuteMs);
    (void)office.post("inspection", {visit.inspection});
    (void)office.post("finding", visit.findings);
  }
  return count;
}

void Story::morning() {
  chapter("上午：一切正常", "Morning: all is well");
  const auto starts = now_ms() - 40 * kMinuteMs;
  const auto local = [](std::int64_t ms) {
    return model::instant_text(ms + model::kLocalOffsetMs).substr(0, 16);
  };
  const auto year = model::civil_from_day(model::local_day_of_ms(starts)).year;
  const Json session{{"course", "flood"},
                     {"year", year},
                     {"no", 99},
                     {"topic", "今日防汛培训（示例）"},
                     {"starts_at", local(starts)},
                     {"ends_at", local(starts + 120 * kMinuteMs)},
                     {"place", "市住建局会议室（示例）"},
                     {"status", "held"}};
  (void)hub_->post("session", {session});
  std::size_t visits = 0, sign_ins = 0;
  for (std::size_t i = 0; i + 1 < offices_.size(); ++i) {
    visits += write_visits(i, 1);
    eventually(
        "the training of today doesn't reach " + offices_[i]->title(), std::chrono::seconds(30),
        [&] { return offices_[i]->get("/records/session?no=99&limit=5")["items"].size() == 1; });
    const auto sign_in = make_sign_in(city_, i, 1, session, now_ms());
    if (!sign_in.is_null()) sign_ins += offices_[i]->post("attendance", {sign_in});
  }
  settle("this morning's records don't arrive at the hub");
  print("   四个社区各检查一次并登记问题，" + std::to_string(sign_ins) + " 人在社区签到参加培训；" +
        std::to_string(visits) + " 次检查已到市局。");
  snapshots_.emplace_back("断网前", figures());
  show_figures();
  show_freshness(snapshots_.back().second.begin()->second["freshness"]);
}

void Story::outage() {
  chapter("断网：市局停机（SIGKILL）", "Outage: the hub is killed; the offices go on");
  hub_->kill_hard();
  for (auto& office : offices_) {
    eventually(office->title() + " doesn't notice the outage", std::chrono::seconds(30),
               [&] { return office->get("/node")["upstream"].value("state", "") == "offline"; });
  }
  constexpr std::size_t kVisits = 3;
  for (std::size_t i = 0; i + 1 < offices_.size(); ++i) {
    visits_in_outage_ += write_visits(i, kVisits);
  }
  // What is written is there to be read and found at once, hub or no hub.
  auto& first = *offices_.front();
  auto visit = make_visit(city_, 0, 1, dice_, now_ms() - 120 * kMinuteMs);
  visit.inspection["results"]["W03"] = "fail";
  (void)first.post("inspection", {visit.inspection});
  ++visits_in_outage_;
  (void)first.post("finding", {{{"inspection", visit.inspection["id"]},
                                {"item_code", "W03"},
                                {"severity", "major"},
                                {"description", "断网期间发现：地下车库排水泵未试机"},
                                {"place", "地下车库"},
                                {"responsible", "company"},
                                {"photos", {city_.photo}},
                                {"status", "open"}}});
  const auto found = first.get("/search?q=" + percent_encoded("泵未试机"))["items"];
  expect(std::any_of(found.begin(), found.end(),
                     [](const Json& item) { return item.value("type", "") == "finding"; }),
         "a finding written during the outage isn't found by search");
  print("   断网中四个社区又写入 " + std::to_string(visits_in_outage_) + " 次检查；在" +
        first.title() + "检索“泵未试机”找到 " + std::to_string(found.size()) + " 条。");
  Table table({"", "社区", "等待发送（变更集）", "改动", "与市局"});
  for (auto& office : offices_) {
    const auto node = office->get("/node");
    table.add({"", office->title(), node["waiting"]["sets"].dump(),
               node["waiting"]["changes"].dump(), "离线，自动重试"});
  }
  table.print(40, " ");
}

void Story::power_cut() {
  chapter("断电：一个社区在批量导入时被 SIGKILL",
          "Power cut: an office is killed in the middle of an import");
  constexpr std::size_t kPeople = 6'000, kAcknowledged = 1'000;
  auto& office = *offices_.at(1);
  const auto uscc = city_.records("company").front().value("uscc", "");
  std::string people;
  for (std::size_t i = 1; i <= kPeople; ++i) {
    people += Json{{"company", uscc},
                   {"staff_no", "IMP-" + std::to_string(i)},
                   {"name", "样例人员" + std::to_string(i)},
                   {"role", "security"},
                   {"from_on", "2023-01-01"}}
                  .dump() +
              "\n";
  }
  const auto scratch = home_ / "scratch";
  const auto file = scratch / "people.ndjson", answers = scratch / "answers.ndjson";
  write_file(file, people);
  std::error_code ec;
  std::filesystem::remove(answers, ec);
  std::set<std::string> acknowledged;
  {
    Child import({"records", "put", "staff", file.string(), "--json", "--data", office.data()}, {},
                 answers, scratch / "import.err");
    eventually("the import gets no answers", std::chrono::seconds(60),
               [&] { return import.ended() || lines_of(answers).size() >= kAcknowledged; });
    office.kill_hard();
    (void)import.wait();
  }
  for (const auto& line : lines_of(answers)) {
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("id")) acknowledged.insert(json["id"].get<std::string>());
  }
  expect(!acknowledged.empty(), "no line of the import was acknowledged");
  office.serve();
  std::set<std::string> there;
  const auto exported = office.linli({"export", "staff", "--format", "ndjson"});
  for (std::size_t at = 0; at < exported.size();) {
    const auto end = std::min(exported.find('\n', at), exported.size());
    const auto json = Json::parse(exported.substr(at, end - at), nullptr, false);
    if (json.is_object()) there.insert(json.value("id", ""));
    at = end + 1;
  }
  const auto missing =
      static_cast<std::size_t>(std::count_if(acknowledged.begin(), acknowledged.end(),
                                             [&](const auto& id) { return !there.contains(id); }));
  print("   导入 " + std::to_string(kPeople) + " 人，断电前已确认 " +
        std::to_string(acknowledged.size()) + " 条；重启后找到 " +
        std::to_string(acknowledged.size() - missing) + " 条，丢失 " + std::to_string(missing) +
        " 条。");
  expect(missing == 0, std::to_string(missing) + " acknowledged records are lost");
  // Once more, whole: what is there stays as it is.
  (void)office.linli({"records", "put", "staff", file.string()});
  const auto all = office.get("/node")["records"].value("staff", std::size_t{0});
  print("   再导入一遍同一文件：不重复，本社区现有从业人员 " + std::to_string(all) + " 人。");
}

void Story::disagree() {
  chapter("分歧：三处同时改同一小区的户数", "Three edit one field without knowing of each other");
  const auto& community = city_.communities.front();
  disputed_ = compound_code(community, 1);
  const auto edit = [&](DemoNode& node, std::int64_t households) {
    const Json change{
        {"compound_code", disputed_}, {"scope", community.scope}, {"household_count", households}};
    (void)node.linli({"records", "put", "compound", "-", "--update"}, change.dump() + "\n");
    print("   " + fitted(node.title(), 26) + "户数 → " + std::to_string(households));
  };
  const auto items = offices_.front()->get("/records/compound?compound_code=" + disputed_)["items"];
  expect(items.size() == 1, "the compound that three will edit isn't there");
  const auto now = items[0]["fields"].value("household_count", std::int64_t{0});
  edit(*hub_, now + 10);  // The bureau's staff, at the machine whose service is down.
  edit(*offices_.back(), now + 20);
  edit(*offices_.front(), now + 30);
  print("   市局此时的统计（其工作人员在本机查看）：");
  snapshots_.emplace_back("断网中", figures());
  show_figures();
  show_freshness(snapshots_.back().second.begin()->second["freshness"], true);
}

}  // namespace linli::app
