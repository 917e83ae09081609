#include "tests/e2e/acts.h"

#include <algorithm>
#include <optional>

#include "tests/e2e/days_ago.h"

namespace linli::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 40, kLines = 20;  // Of most acts: so many puts of so many records.
constexpr int kPutLines = 700;            // Two answers of `records put`.
constexpr int kRebuildRounds = 250, kRebuildLines = 2;  // Two steps of a rebuild.

fs::path kept_copy(const Node& node) { return node.data() + ".kept"; }

/// Out of a folder with all that is in it; the folder itself stays, a disk may be mounted there.
void make_empty(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
}

std::vector<Json> inspections(int from, int n) {
  std::vector<Json> lines;
  for (int i = 0; i < n; ++i) lines.push_back(inspection("410702003901101", from + i));
  return lines;
}

std::string text_of(const std::vector<Json>& lines) {
  std::string text;
  for (const auto& line : lines) text += line.dump() + "\n";
  return text;
}

Json figure(int n) {
  return {{"name", "k" + std::to_string(n / 100)},
          {"year", 1950 + n % 100},
          {"title", "示例"},
          {"value", n},
          {"unit", "个"},
          {"source", "示例"},
          {"as_of", "2022-12-31"}};
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// The office has a compound to inspect, the hub knows it, and neither exchanges by itself.
void begin(Act& act) {
  auto& office = act.city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  act.city.settle();
  must(act.city.scratch, {"sync", "pause", "--data", office.data()});
}

/// The office writes change sets that wait: as many as there are rounds, if each is a put of its
/// own.
void write_at(Node& node, int rounds, int lines) {
  for (int i = 0; i < rounds; ++i) {
    REQUIRE(node.batch("inspection", inspections(i * lines, lines)));
  }
}

void make_put(Act& act) {
  begin(act);
  auto& city = act.city;
  auto& office = city.office(0);
  const auto file = (city.scratch / "lines.ndjson").string();
  app::write_file(file, text_of(inspections(0, kPutLines)));
  act.command = {"records", "put", "inspection", file, "--data", office.data(), "--json"};
  act.ways = {{"alone", {}, nullptr}, {"through the office", {&office}, &office}};
  act.writers = {&office};
  act.kept = [&city, &office](const std::string& said) {
    const auto there = city.exported(office, "inspection");
    CHECK(lines_of(there) >= lines_of(said));
    int lost = 0;
    constexpr std::string_view kId = "\"id\":\"";
    constexpr std::size_t kIdSize = 36;
    for (auto at = said.find(kId); at != std::string::npos; at = said.find(kId, at + 1)) {
      const auto id = said.substr(at + kId.size(), kIdSize);
      lost += id.size() < kIdSize || there.find(id) == std::string::npos ? 1 : 0;
    }
    CHECK(lost == 0);
  };
  act.done = [kept = act.kept](const std::string& said) {
    CHECK(lines_of(said) == kPutLines);
    kept(said);
  };
}

/// What both sides of an exchange hold in the end.
void same_on_both(City& city, const std::string& type, std::size_t records) {
  const auto at_hub = city.exported(city.hub, type);
  CHECK(lines_of(at_hub) == records);
  CHECK(at_hub == city.exported(city.office(0), type));
}

void exchange_act(Act& act, const std::string& type, Node& from, std::size_t records) {
  auto& city = act.city;
  auto& office = city.office(0);
  act.command = {"sync", "--data", office.data(), "--json"};
  act.ways = {{"the command dies", {&city.hub}, nullptr},
              {"the hub dies", {&city.hub}, &city.hub},
              {"the office dies", {&city.hub, &office}, &office}};
  act.done = [&city, type, records](const std::string&) { same_on_both(city, type, records); };
  act.kept = [&city, &from, type, records, done = act.done](const std::string& said) {
    CHECK(lines_of(city.exported(from, type)) == records);
    if (lines_of(said) > 0) done(said);
  };
}

void make_push(Act& act) {
  begin(act);
  write_at(act.city.office(0), kRounds, kLines);
  exchange_act(act, "inspection", act.city.office(0), kRounds * kLines);
  act.writers = {&act.city.hub, &act.city.office(0)};
}

void make_pull(Act& act) {
  begin(act);
  for (int i = 0; i < kRounds; ++i) {
    std::vector<Json> lines;
    for (int k = 0; k < kLines; ++k) lines.push_back(figure(i * kLines + k));
    REQUIRE(act.city.hub.batch("city_figure", lines));
  }
  exchange_act(act, "city_figure", act.city.hub, kRounds * kLines);
  act.writers = {&act.city.office(0)};
}

void make_import(Act& act) {
  begin(act);
  auto& city = act.city;
  write_at(city.office(0), kRounds, kLines);
  const auto file = (city.scratch / "up.linli").string();
  must(city.scratch, {"bundle", "export", "--data", city.office(0).data(), "--for", "hub", file});
  act.command = {"bundle", "import", "--data", city.hub.data(), file, "--json"};
  act.ways = {{"alone", {}, nullptr}, {"through the hub", {&city.hub}, &city.hub}};
  act.writers = {&city.hub};
  act.done = [&city](const std::string&) { same_on_both(city, "inspection", kRounds * kLines); };
  act.kept = [done = act.done](const std::string& said) {
    if (lines_of(said) > 0) done(said);
  };
}

void make_snapshot(Act& act) {
  begin(act);
  auto& city = act.city;
  write_at(city.office(0), kRounds, kLines);
  must(city.scratch, {"sync", "--data", city.office(0).data()});
  act.command = {"snapshot", "--data", city.hub.data(), "--json"};
  act.ways = {{"alone", {}, nullptr}, {"through the hub", {&city.hub}, &city.hub}};
  act.writers = {&city.hub};
  // Asked again it makes none that was made, and what it made is whole: an office that lost
  // everything begins with it.
  act.kept = [&city](const std::string& said) {
    CHECK(lines_of(city.exported(city.hub, "inspection")) == kRounds * kLines);
    if (lines_of(said) == 0) return;
    CHECK(Json::parse(must(city.scratch, {"snapshot", "--data", city.hub.data(), "--json"}))
              .at("items")
              .empty());
  };
  act.done = [&city, kept = act.kept](const std::string& said) {
    kept(said);
    const auto invite = must(city.scratch, {"invite", "--data", city.hub.data(), "--role", "office",
                                            "--scope", kCommunityA, "--name", "新机"});
    const bool served = city.hub.running();
    if (!served) city.hub.start();
    Node fresh{city.scratch, "fresh"};
    fs::remove_all(fresh.data());
    must(city.scratch, {"join", "--data", fresh.data(), invite.substr(0, invite.find('\n')),
                        "--hub", city.hub.url()});
    if (!served) city.hub.kill();
    const auto verified =
        Json::parse(must(city.scratch, {"verify", "--data", fresh.data(), "--json"}));
    CHECK(verified["snapshot_parts"] >= 1);
    CHECK(city.exported(fresh, "inspection") == city.exported(city.hub, "inspection"));
  };
}

std::string figures(City& city, const Node& node) {
  return Json::parse(
             must(city.scratch, {"stats", "inspections", "--by", "district", "--from", "2023-01-01",
                                 "--to", "2024-01-01", "--data", node.data(), "--json"}))
      .at("rows")
      .dump();
}

int sets_of(City& city, const Node& node) {
  return Json::parse(must(city.scratch, {"verify", "--data", node.data(), "--json"}))
      .at("change_sets")
      .get<int>();
}

/// The city was founded last year; this year begins with the snapshot of what it wrote then.
void make_prune(Act& act) {
  auto& city = act.city;
  auto& office = city.office(0);
  city.hub.start();
  must(city.scratch, {"snapshot", "--data", city.hub.data()});
  act.command = {"prune", "--data", office.data(), "--json"};
  act.ways = {{"the command dies", {&city.hub}, nullptr},
              {"the hub dies", {&city.hub}, &city.hub},
              {"the office dies", {&city.hub, &office}, &office}};
  act.writers = {&office};
  const auto records = city.exported(office, "inspection");
  const auto sums = figures(city, office);
  CHECK(lines_of(records) > 0);
  const auto before = sets_of(city, office);
  act.kept = [&city, &office, records, sums](const std::string&) {
    CHECK(city.exported(office, "inspection") == records);
    CHECK(figures(city, office) == sums);
  };
  act.done = [&city, &office, before, kept = act.kept](const std::string& said) {
    kept(said);
    CHECK(sets_of(city, office) < before);
  };
}

void make_rebuild(Act& act) {
  begin(act);
  auto& city = act.city;
  auto& office = city.office(0);
  write_at(office, kRebuildRounds, kRebuildLines);
  act.command = {"rebuild", "--data", office.data(), "--json"};
  act.ways = {{"alone", {}, nullptr}};
  act.writers = {&office};
  const auto sums = figures(city, office);
  act.kept = [&city, &office, sums](const std::string&) {
    CHECK(lines_of(city.exported(office, "inspection")) == kRebuildRounds * kRebuildLines);
    CHECK(figures(city, office) == sums);
  };
  act.done = act.kept;
}

/// A city of last year, its clocks back at today.
std::unique_ptr<Act> old_act(const std::string& name) {
  constexpr int kDays = 400;
  std::optional<DaysAgo> then(std::in_place, kDays);
  if (!then->there()) return nullptr;
  auto act = std::make_unique<Act>(name);
  begin(*act);
  write_at(act->city.office(0), kRounds, kLines);
  must(act->city.scratch, {"sync", "--data", act->city.office(0).data()});
  act->kill_all();
  return act;
}

}  // namespace

std::vector<Node*> Act::nodes() {
  std::vector<Node*> all{&city.hub};
  for (auto& office : city.offices) all.push_back(office.get());
  return all;
}

void Act::kill_all() {
  for (auto* node : nodes()) {
    if (node->running()) node->kill();
  }
}

void Act::ready() {
  kill_all();
  for (auto* node : nodes()) fs::copy(node->data(), kept_copy(*node), fs::copy_options::recursive);
}

void Act::back() {
  kill_all();
  for (auto* node : nodes()) {
    make_empty(node->data());
    fs::copy(kept_copy(*node), node->data(), fs::copy_options::recursive);
  }
}

const std::vector<std::string>& act_names() {
  static const std::vector<std::string> names{"put",      "push",  "pull",   "import",
                                              "snapshot", "prune", "rebuild"};
  return names;
}

std::unique_ptr<Act> make_act(const std::string& name) {
  auto act = name == "prune" ? old_act(name) : std::make_unique<Act>(name);
  if (!act) return nullptr;
  if (name == "put") make_put(*act);
  if (name == "push") make_push(*act);
  if (name == "pull") make_pull(*act);
  if (name == "import") make_import(*act);
  if (name == "snapshot") make_snapshot(*act);
  if (name == "prune") make_prune(*act);
  if (name == "rebuild") make_rebuild(*act);
  act->ready();
  return act;
}

}  // namespace linli::e2e
