// The hub is back: everything meets again, and is proven.
#include <algorithm>
#include <fstream>

#include "crypto/certificate.h"
#include "node/app/demo_story.h"

namespace linli::app {
namespace {

std::string seconds_since(std::chrono::steady_clock::time_point start) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  const auto tenths = static_cast<std::int64_t>(passed.count() * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// Without what only some may read: those values travel beside the signed bytes, to whom they are
/// meant for; all the rest must be equal.
std::string shared_part(const model::RecordType& type, const std::string& line) {
  const bool personal = std::any_of(type.fields.begin(), type.fields.end(), [](const auto& field) {
    return field.protection == model::Protection::personal;
  });
  if (!personal) return line;
  auto json = Json::parse(line);
  for (const auto& field : type.fields) {
    const std::string name(field.name);
    if (field.protection == model::Protection::personal && json.contains(name))
      json[name] = nullptr;
  }
  return json.dump();
}

struct Held {
  std::string scope, line;
};
/// Id and scope → the exported line, of those records that `wanted` wants.
template <class Wanted>
std::map<std::string, Held> exported(DemoNode& node, const model::RecordType& type,
                                     const std::filesystem::path& scratch, const Wanted& wanted) {
  const auto out = scratch / "export.ndjson";
  std::error_code ec;
  std::filesystem::remove(out, ec);
  Child child({"export", std::string(type.name), "--format", "ndjson", "--data", node.data()}, {},
              out, scratch / "export.err");
  expect(child.wait() == 0, "`linli export " + std::string(type.name) + "` failed at " +
                                node.title() + ": " + read_file(scratch / "export.err"));
  std::map<std::string, Held> held;
  std::ifstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = Json::parse(line);
    auto scope = json.value("scope", "");
    if (!wanted(scope)) continue;
    held[scope + "/" + json.value("id", "")] = {scope, std::move(line)};
  }
  return held;
}

}  // namespace

void Story::recover() {
  chapter("市局恢复", "The hub is back: all meets by itself");
  for (auto& office : offices_) {
    traffic_before_[office.get()] = office->get("/node")["upstream"]["total"];
  }
  const auto returned = std::chrono::steady_clock::now();
  hub_->serve();
  settle("what was written during the outage doesn't arrive at the hub");
  const auto edits_met = [&](DemoNode& node) {
    const auto conflicts = node.linli_json({"conflicts", "list"})["items"];
    return std::any_of(conflicts.begin(), conflicts.end(), [](const Json& item) {
      return item.value("type", "") == "compound" && item["losers"].size() == 2;
    });
  };
  for (auto* node : {hub_.get(), offices_.front().get(), offices_.back().get()}) {
    eventually(node->title() + " doesn't see all three edits", std::chrono::seconds(60),
               [&] { return edits_met(*node); });
  }
  print("   恢复后 " + seconds_since(returned) + " 秒，全部数据到达市局，各处收到他处的改动。");
  show_conflict();
  snapshots_.emplace_back("恢复后", figures());
  show_figures();
  show_freshness(snapshots_.back().second.begin()->second["freshness"]);
  const auto count = [&](std::size_t at) {
    return snapshots_.at(at).second.at("inspections")["total"].value("numerator", std::int64_t{0});
  };
  expect(count(2) == count(0) + static_cast<std::int64_t>(visits_in_outage_),
         "the hub counts " + std::to_string(count(2)) + " inspections, not those before and the " +
             std::to_string(visits_in_outage_) + " of the outage");
  show_traffic();
}

void Story::show_conflict() {
  std::string winner;
  for (auto* node : {hub_.get(), offices_.front().get(), offices_.back().get()}) {
    const auto conflicts = node->linli_json({"conflicts", "list"});
    for (const auto& item : conflicts["items"]) {
      if (item.value("type", "") != "compound") continue;
      const auto value = item["winner"]["fields"].dump();
      expect(winner.empty() || winner == value, "nodes disagree about which edit stands");
      if (!winner.empty()) continue;
      winner = value;
      const auto line = [](std::string_view what, const Json& leaf) {
        print("   " + std::string(what) + fitted(leaf.value("node", ""), 26) + "户数 " +
              leaf["fields"].value("household_count", Json()).dump() + "  " +
              local_time(leaf.value("at", "")).substr(11));
      };
      line("保留 kept   ", item["winner"]);
      for (const auto& loser : item["losers"]) line("搁置 aside  ", loser);
    }
  }
  expect(!winner.empty(), "the hub lists no conflict");
}

void Story::show_traffic() {
  Table table({"", "恢复所用流量", "往返", "发出", "收到", "上行字节", "下行字节"});
  for (auto& office : offices_) {
    const auto total = office->get("/node")["upstream"]["total"];
    const auto& before = traffic_before_[office.get()];
    std::vector<std::string> row{"", office->title()};
    for (const auto* name : {"round_trips", "sent", "received", "bytes_out", "bytes_in"}) {
      const auto then = before.value(name, std::int64_t{0});
      row.push_back(std::to_string(total.value(name, std::int64_t{0}) - then));
    }
    table.add(std::move(row));
  }
  table.print(40, " ");
}

void Story::compare_type(const model::RecordType& type, std::size_t& compared) {
  const auto scratch = home_ / "scratch";
  const auto at_hub = exported(*hub_, type, scratch, [&](const std::string& scope) {
    return std::any_of(offices_.begin(), offices_.end(), [&](const auto& o) {
      // Its own, and what is published from above it.
      return crypto::scope_covers(o->scope(), scope) || crypto::scope_covers(scope, o->scope());
    });
  });
  for (auto& office : offices_) {
    const auto own = [&](const std::string& scope) {
      return crypto::scope_covers(office->scope(), scope);
    };
    const auto here = exported(*office, type, scratch, [](const auto&) { return true; });
    const auto count_own = [&](const auto& held) {
      return std::count_if(held.begin(), held.end(),
                           [&](const auto& entry) { return own(entry.second.scope); });
    };
    const auto where = " of " + std::string(type.name) + " at the hub and at " + office->title();
    expect(count_own(here) == count_own(at_hub), "the numbers" + where + " differ");
    for (const auto& [key, held] : here) {
      const auto there = at_hub.find(key);
      expect(there != at_hub.end(), "record " + key + where + " isn't at both");
      expect(shared_part(type, held.line) == shared_part(type, there->second.line),
             "record " + key + where + " differs");
      ++compared;
    }
  }
}

void Story::compare_exports() {
  std::size_t compared = 0;
  for (const auto& type : model::schema().types) {
    // Ballots and owner registers never come to the hub.
    if (type.audience == sync::Audience::street) {
      const auto at_hub =
          exported(*hub_, type, home_ / "scratch", [](const auto&) { return true; });
      expect(at_hub.empty(), "the hub holds records of " + std::string(type.name));
    } else {
      compare_type(type, compared);
    }
  }
  print("   逐字节比对：五处共 " + std::to_string(compared) +
        " 条记录与市局一致（个人信息只在有权处，不比对）。");
}

void Story::verify_all() {
  Table table({"", "核验 linli verify", "变更集", "改动", "回执", "证书", "结果"});
  std::int64_t sets = 0, holds = 0;
  const auto check = [&](DemoNode& node, bool show) {
    const auto report = node.linli_json({"verify"});
    expect(report.value("holds", false), node.title() + " doesn't verify");
    sets += report.value("change_sets", std::int64_t{0});
    ++holds;
    if (!show) return;
    table.add({"", node.title(), report["change_sets"].dump(), report["changes"].dump(),
               report["receipts"].dump(), report["certificates"].dump(), "通过"});
  };
  {
    ProgressLine progress("   核验 verifying");
    check(*hub_, true);
    for (auto& office : offices_) check(*office, true);
    for (auto& other : others_) {
      progress.show(holds, static_cast<std::int64_t>(others_.size() + offices_.size() + 1));
      check(*other, false);
    }
  }
  table.print(40, " ");
  if (!others_.empty()) {
    print("   另 " + std::to_string(others_.size()) + " 个社区全部通过，共核验 " +
          std::to_string(sets) + " 个变更集。");
  }
}

void Story::prove() {
  chapter("核对", "The proof");
  compare_exports();
  verify_all();
}

}  // namespace linli::app
