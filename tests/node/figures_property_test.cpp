// I7, as a property: whatever is put, edited, deleted, revived, settled, moved and late, after each
// act the maintained sums are those that the records add up to, on every node.
#include <rapidcheck/catch.h>

#include "node/settling.h"
#include "node/store/conflicts.h"
#include "node/store/contributors.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// One thing that happens. The numbers choose what it happens to, so that a failing list of acts
/// can be made shorter and still means something.
struct Act {
  int kind = 0, who = 0;
  unsigned a = 0, b = 0;
};
constexpr int kKinds = 15;

std::ostream& operator<<(std::ostream& os, const Act& act) {
  return os << act.kind << "@" << act.who << "(" << act.a << "," << act.b << ")";
}

/// How often something of each kind really happened: a property of nothing holds always.
struct Happened {
  std::size_t put = 0, edited = 0, removed = 0, revived = 0, settled = 0, moved = 0, late = 0,
              conflicts = 0, checks = 0;
};

struct Written {
  std::string type, json;
  Outcome record;
};

std::string day_in_december(unsigned n) {
  const auto day = std::to_string(1 + n % 28);
  return "2025-12-" + std::string(day.size() == 1 ? "0" : "") + day;
}

class Life {
 public:
  explicit Life(Happened& happened) : happened_(happened) {
    for (auto* office : offices_) exchange(*office, hub_);
    for (int i = 0; i < 2; ++i)
      add(hub_, "compound", compound_json(static_cast<unsigned>(i), hub_));
    for (auto* office : offices_) exchange(*office, hub_);
  }

  void act(const Act& act) {
    auto& node = act.who == 0 ? hub_ : *offices_[static_cast<std::size_t>(act.who - 1)];
    do_it(act, node);
    check(node);
  }

  /// All meet, and agree; and the log adds up to what is there.
  void end() {
    for (int round = 0; round < 3; ++round) {
      for (auto* office : offices_) exchange(*office, hub_);
    }
    for (auto* node : {&hub_, offices_[0], offices_[1]}) {
      check(*node);
      const auto differences = (*node)->store().compare_projections({});
      RC_ASSERT(differences.has_value());
      RC_ASSERT(*differences == std::vector<std::string>{});
    }
    RC_ASSERT(export_all(*offices_[0]) == export_all(hub_));
    RC_ASSERT(export_all(*offices_[1]) == export_all(hub_));
  }

 private:
  static std::string code(unsigned n) { return "41070200390100" + std::to_string(1 + n % 4); }

  static std::string compound_json(unsigned n, Node& node) {
    auto json = Json::parse(compound(code(n)));
    if (node->identity().role == crypto::Role::hub) json["scope"] = kOffice;
    return json.dump();
  }

  void add(Node& node, const std::string& type, const std::string& json) {
    auto outcomes = node->put({wish(type, json)});
    RC_ASSERT(outcomes.has_value());
    const auto& outcome = outcomes->front();
    if (!outcome.faults.empty()) return;  // For a good reason: no two of one key, say.
    ++happened_.put;
    written_.push_back({type, json, outcome});
  }

  void change(Node& node, const Written& what, const Json& fields, std::size_t& counter) {
    node::Wish changed;
    changed.type = &type_of(what.type);
    changed.id = what.record.id;
    changed.scope = what.record.scope;
    changed.fields = fields;
    auto outcomes = node->put({changed});
    RC_ASSERT(outcomes.has_value());
    const auto done = outcomes->front().done;
    counter += done == Outcome::Done::changed || done == Outcome::Done::created;
  }

  const Written* one_of(std::string_view type, unsigned n) const {
    std::vector<const Written*> all;
    for (const auto& w : written_) {
      if (type.empty() || w.type == type) all.push_back(&w);
    }
    return all.empty() ? nullptr : all[n % all.size()];
  }

  /// The id of a compound that there is, if any node has one.
  [[nodiscard]] std::string some_compound(unsigned n) const {
    const auto* what = one_of("compound", n);
    return what ? sync::to_text(what->record.id) : code(n);
  }

  static Json placed(Node& node, Json fields) {
    if (node->identity().role == crypto::Role::hub) fields["scope"] = kOffice;
    return fields;
  }

  void do_it(const Act& act, Node& node) {
    switch (act.kind) {
      case 0:  // Nothing: what a shorter list of acts is filled up with.
        return;
      case 1:
        return add(node, "compound", compound_json(act.a, node));
      case 2:
        return add(node, "inspection",
                   placed(node, {{"kind", act.b % 2 == 0 ? "routine" : "patrol"},
                                 {"compound", some_compound(act.a)},
                                 {"template", {"t", 1}},
                                 {"inspectors", {"J001", "J00" + std::to_string(2 + act.b % 3)}},
                                 {"started_at", day_in_december(act.b) + "T09:00"},
                                 {"ended_at", day_in_december(act.b) + "T10:00"},
                                 {"results", {{"F01", "ok"}, {"C01", "fail"}}},
                                 {"status", "submitted"}})
                       .dump());
      case 3: {
        const auto* of = one_of("inspection", act.a);
        if (!of) return;
        return add(node, "finding",
                   placed(node, {{"inspection", sync::to_text(of->record.id)},
                                 {"item_code", act.b % 2 == 0 ? "C01" : "F01"},
                                 {"severity", act.b % 3 == 0 ? "major" : "minor"},
                                 {"description", "杂物"},
                                 {"place", "楼道"},
                                 {"responsible", "company"},
                                 {"status", "open"}})
                       .dump());
      }
      case 4:
        return add(node, "dispute",
                   placed(node, {{"source", "petition"},
                                 {"case_no", "X-" + std::to_string(act.a % 50)},
                                 {"compound", some_compound(act.a)},
                                 {"category", act.b % 2 == 0 ? "charges" : "parking"},
                                 {"text", "异议"},
                                 {"headcount", act.b % 9},
                                 {"received_at", day_in_december(act.b) + "T10:00"},
                                 {"handler", "示例社区"},
                                 {"status", "received"}})
                       .dump());
      case 5:
      case 6:
        return edit_something(act, node);
      case 7:
        return move_something(act, node);
      case 8:
        return remove_something(act, node);
      case 9: {
        if (removed_.empty()) return;
        const auto& gone = removed_[act.a % removed_.size()];
        return change(node, gone, Json::parse(gone.json), happened_.revived);
      }
      case 10:
        return settle_something(act, node);
      case 11:
        if (act.who == 0) return;
        return meet(node, 1000);
      case 12:  // The line drops half-way.
        if (act.who == 0) return;
        return meet(node, static_cast<int>(act.b % 3));
      case 13: {  // Two change one field, each without knowing of the other.
        const auto* what = one_of("", act.a);
        if (!what) return;
        for (unsigned i = 0; i < 2; ++i) {
          change(*offices_[i], *what, some_fields(what->type, act.b + 12 * i), happened_.edited);
        }
        for (auto* office : offices_) meet(*office, 1000);
        return;
      }
      default:
        node.close();
        node.open();
    }
  }

  void meet(Node& office, int answers) {
    const auto before = hub_->arrival();
    (void)try_exchange(office, hub_,
                       {.ask = {}, .answer = [&](std::string&) { return answers-- > 0; }})
        .has_value();
    happened_.late += hub_->arrival() > before ? 1u : 0u;
    happened_.conflicts += store::conflict_count(office->store()) > 0 ? 1u : 0u;
    check(hub_);
  }

  static Json some_fields(const std::string& type, unsigned n) {
    if (type == "compound") {
      if (n % 4 == 0) return {{"status", "unmanaged"}, {"status_on", "2024-01-01"}};
      if (n % 4 == 1) return {{"management_mode", n % 8 == 1 ? "self" : "company"}};
      return {{"lift_count", n % 30}, {"floor_area_dm2", 3'000'000 + n}};
    }
    if (type == "inspection") {
      const char* states[] = {"returned", "reviewed", "closed", "submitted"};
      if (n % 2 == 0) return {{"note", "注" + std::to_string(n)}};
      return {{"status", states[n / 2 % 4]}, {"return_reason", "补"}};
    }
    if (type == "finding") {
      if (n % 4 == 0) return {{"severity", n % 8 == 0 ? "major" : "minor"}};
      if (n % 4 == 1) return {{"item_code", n % 8 == 1 ? "C01" : "F01"}};
      return {{"status", "fixed"}, {"fixed_on", day_in_december(n)}};
    }
    if (n % 3 == 0) return {{"category", n % 2 == 0 ? "charges" : "parking"}};
    if (n % 3 == 1) return {{"headcount", n % 20}};
    return {{"status", "accepted"}, {"accepted_on", day_in_december(n)}};
  }

  void edit_something(const Act& act, Node& node) {
    const auto* what = one_of("", act.a);
    if (what) change(node, *what, some_fields(what->type, act.b), happened_.edited);
  }

  /// A compound goes to another community, or a unit of the tree hangs elsewhere, or a visit turns
  /// out to have been of another compound.
  void move_something(const Act& act, Node& node) {
    if (act.b % 3 == 0) {
      const auto* what = one_of("inspection", act.a);
      if (!what) return;
      return change(node, *what, {{"compound", some_compound(act.b / 3)}}, happened_.moved);
    }
    if (act.b % 3 == 1) {
      const auto* what = one_of("dispute", act.a);
      if (!what) return;
      return change(node, *what, {{"compound", some_compound(act.b / 3)}}, happened_.moved);
    }
    const auto* what = one_of("compound", act.a);
    if (!what) return;
    const auto* to = act.b % 2 == 0 ? "410702003901" : "410703001901";
    change(node, *what, {{"community", to}}, happened_.moved);
  }

  void remove_something(const Act& act, Node& node) {
    const auto* what = one_of("", act.a);
    if (!what) return;
    node::Wish gone;
    gone.kind = node::Wish::Kind::remove;
    gone.type = &type_of(what->type);
    gone.id = what->record.id;
    gone.scope = what->record.scope;
    auto outcomes = node->put({gone});
    RC_ASSERT(outcomes.has_value());
    if (outcomes->front().done != Outcome::Done::removed) return;
    ++happened_.removed;
    removed_.push_back(*what);
  }

  void settle_something(const Act& act, Node& node) {
    auto open = store::find_conflicts(node->store(), {});
    RC_ASSERT(open.has_value());
    const auto& items = (*open)["items"];
    if (items.empty()) return;
    const auto& conflict = items[act.a % items.size()];
    Json how{{"keep", true}};
    if (act.b % 2 == 0 && !conflict["losers"].empty()) {
      how = Json::object();
      how["take"] = conflict["losers"][0]["version"];
    }
    const auto done = node::settle(*node, conflict["conflict"].get<std::string>(), how,
                                   conflict["seen"].get<std::string>(), false);
    happened_.settled += done.has_value() && done->faults.empty() ? 1u : 0u;
  }

  void check(Node& node) {
    ++happened_.checks;
    auto lease = node->store().read();
    const auto differences = store::recount_differences(*lease);
    RC_ASSERT(differences == std::vector<std::string>{});
  }

  City city_;
  Node& hub_ = city_.hub();
  std::vector<Node*> offices_{&city_.enrol(kOffice, "示例社区"),
                              &city_.enrol(kOffice, "示例社区二")};
  std::vector<Written> written_, removed_;
  Happened& happened_;
};

rc::Gen<Act> any_act() {
  return rc::gen::build<Act>(
      rc::gen::set(&Act::kind, rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, kKinds))),
      rc::gen::set(&Act::who, rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 3))),
      rc::gen::set(&Act::a, rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0u, 1000u))),
      rc::gen::set(&Act::b, rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0u, 1000u))));
}

}  // namespace

TEST_CASE("figures: after each act what is maintained is what is counted anew", "[node][I7]") {
  Happened happened;
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = 10;  // Each is a city of three nodes.
  const auto result = rc::detail::checkTestable(
      [&happened] {
        const auto acts = *rc::gen::container<std::vector<Act>>(60, any_act());
        Life life(happened);
        for (const auto& act : acts) life.act(act);
        life.end();
      },
      rc::detail::TestMetadata{}, params);
  std::ostringstream told;
  rc::detail::printResultMessage(result, told);
  INFO(told.str());
  INFO("put " << happened.put << ", edited " << happened.edited << ", removed " << happened.removed
              << ", revived " << happened.revived << ", moved " << happened.moved << ", late "
              << happened.late << ", conflicts " << happened.conflicts << ", settled "
              << happened.settled << ", checks " << happened.checks);
  CHECK(result.is<rc::detail::SuccessResult>());
  // What the property speaks of did happen.
  CHECK(happened.put > 50);
  CHECK(happened.edited > 10);
  CHECK(happened.removed > 5);
  CHECK(happened.revived > 0);
  CHECK(happened.moved > 1);
  CHECK(happened.late > 10);
  CHECK(happened.conflicts > 10);
  CHECK(happened.settled > 2);
  CHECK(happened.checks > 500);
}

TEST_CASE("figures: a sum that is wrong by one is found by counting anew", "[node][I7]") {
  City city;
  auto& hub = city.hub();
  auto json = Json::parse(compound("410702003901001"));
  json["scope"] = kOffice;
  put(hub, "compound", json.dump());
  {
    auto lease = hub->store().read();
    CHECK(store::recount_differences(*lease).empty());
  }
  hub.close();
  execute(hub, "UPDATE aggregate SET n = n + 1 WHERE day = (SELECT min(day) FROM aggregate)");
  hub.open();
  auto lease = hub->store().read();
  CHECK_FALSE(store::recount_differences(*lease).empty());
}

}  // namespace linli::test
