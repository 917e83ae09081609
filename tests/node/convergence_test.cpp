// Three real nodes, random work, random meetings: in the end one and the same city.
#include "tests/support/city.h"
#include "tests/support/seed.h"

namespace linli::test {
namespace {

struct Written {
  std::string type;
  Outcome record;
};

std::string code(std::size_t i) { return "4107020039010" + std::to_string(10 + i); }

/// One random wish at a node: something new, an edit, a move or a removal.
void work(Chance& chance, Node& node, std::vector<Written>& written, bool hub) {
  const auto place = code(chance.below(4));
  const auto try_put = [&](std::string type, const std::string& json) {
    auto outcomes = node->put({wish(type, json)}, {.update = chance.percent(50)});
    REQUIRE(outcomes.has_value());
    if ((*outcomes)[0].faults.empty()) written.push_back({std::move(type), (*outcomes)[0]});
  };
  const std::string in_scope = hub ? std::string(R"("scope":")") + kOffice + R"(",)" : "";
  switch (chance.below(written.empty() ? 2 : 8)) {
    case 0: {
      auto json = Json::parse(compound(place));
      if (hub) json["scope"] = kOffice;
      json["lift_count"] = chance.below(20);
      return try_put("compound", json.dump());
    }
    case 1:
      return try_put(
          "inspection",
          "{" + in_scope + R"("kind":"routine","compound":")" + place +
              R"(","template":["t",1],"inspectors":["J00)" + std::to_string(chance.below(3)) +
              R"(","J009"],"started_at":"2025-12-0)" + std::to_string(1 + chance.below(9)) +
              R"(T09:00","ended_at":"2025-12-10T10:00",
        "results":{"F01":"ok","C01":")" +
              (chance.percent(50) ? "ok" : "fail") + R"("},"note":"备注","status":"submitted"})");
    case 2: {
      std::vector<Written*> inspections;
      for (auto& w : written) {
        if (w.type == "inspection") inspections.push_back(&w);
      }
      if (inspections.empty()) return;
      const auto& of = chance.one_of(inspections)->record;
      return try_put("finding", "{" + in_scope + R"("inspection":")" + sync::to_text(of.id) +
                                    R"(","item_code":"C01","severity":"minor","description":"杂物",
        "place":"楼道","responsible":"company","status":"open"})");
    }
    default:
      break;
  }
  const auto& target = chance.one_of(written);
  node::Wish w;
  w.type = &type_of(target.type);
  w.id = target.record.id;
  w.scope = target.record.scope;
  if (chance.percent(12)) {
    w.kind = node::Wish::Kind::remove;
  } else if (target.type == "compound") {
    w.fields = chance.percent(50)
                   ? Json{{"name", "名" + std::to_string(chance.below(1000))}}
                   : Json{{"lift_count", chance.below(30)}, {"management_mode", "self"}};
    if (chance.percent(20)) w.fields = Json{{"status", "unmanaged"}, {"status_on", "2024-01-01"}};
  } else if (target.type == "inspection") {
    const char* states[] = {"returned", "reviewed", "closed", "submitted"};
    w.fields = chance.percent(40) ? Json{{"note", "注" + std::to_string(chance.below(1000))}}
                                  : Json{{"status", states[chance.below(4)]}};
    if (w.fields.contains("status") && w.fields["status"] == "returned") {
      w.fields["return_reason"] = "补";
    }
  } else {
    w.fields = chance.percent(50) ? Json{{"place", "处" + std::to_string(chance.below(1000))}}
                                  : Json{{"status", "fixed"}, {"fixed_on", "2025-12-20"}};
  }
  REQUIRE(node->put({w}).has_value());  // many are refused, for good reasons: that is work, too
}

}  // namespace

TEST_CASE("convergence: whatever they did and however they met, all hold the same",
          "[node][I3][I4][I7]") {
  const auto first = first_seed();
  for (int run = 0; run < runs(4); ++run) {
    const auto seed = first + static_cast<std::uint64_t>(run);
    INFO("LINLI_SEED=" << seed);
    Chance chance(seed);
    City city;
    auto& hub = city.hub();
    std::vector<Node*> offices{&city.enrol(kOffice, "示例社区"),
                               &city.enrol(kOffice, "示例社区二")};
    for (auto* office : offices) exchange(*office, hub);
    std::vector<Written> written;
    for (int step = 0; step < 90; ++step) {
      const auto who = chance.below(3);
      Node& node = who == 0 ? hub : *offices[who - 1];
      if (chance.percent(70)) {
        work(chance, node, written, who == 0);
      } else if (chance.percent(80)) {
        auto& office = *offices[chance.below(2)];
        // Sometimes the line drops half-way.
        int left = chance.percent(25) ? static_cast<int>(chance.below(3)) : 1000;
        (void)try_exchange(office, hub,
                           {.ask = {}, .answer = [&](std::string&) { return left-- > 0; }})
            .has_value();
      } else {
        node.close();
        node.open();
      }
    }
    for (int round = 0; round < 3; ++round) {
      for (auto* office : offices) exchange(*office, hub);
    }
    const auto all = export_all(hub);
    CHECK(all.size() > 2000);
    const auto conflicts = store::list_conflicts(hub->store())["items"].size();
    for (auto* office : offices) {
      CHECK(export_all(*office) == all);
      CHECK(store::list_conflicts((*office)->store())["items"].size() == conflicts);
      CHECK(store::waiting((*office)->store(), (*office)->identity().author)["sets"] == 0);
      CHECK(number(*office, "SELECT count(*) FROM waiting") == 0);
    }
    for (auto* node : {&hub, offices[0], offices[1]}) {
      CHECK(number(*node, "SELECT count(*) FROM quarantine") == 0);
      const auto differences = (*node)->store().compare_projections({});
      REQUIRE(differences.has_value());
      CHECK(*differences == std::vector<std::string>{});
      CHECK(faults(*node) == std::vector<std::string>{});
    }
  }
}

}  // namespace linli::test
