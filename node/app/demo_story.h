// node/app/demo_story.h: the demo's day, told with real nodes; every number comes from one of them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/app/commands.h"
#include "node/app/demo_city.h"
#include "node/app/demo_node.h"

namespace linli::app {

class Story {
 public:
  Story(const DemoOptions& options, std::filesystem::path home);

  void found();      ///< A city, its reference data, its offices (demo_story.cpp).
  void months();     ///< What the offices did so far (demo_story.cpp).
  void superiors();  ///< What street and bureau write into their communities (demo_families.cpp).
  void morning();    ///< Records of today, while all is well (demo_day.cpp).
  void outage();     ///< The hub is gone; the offices go on (demo_day.cpp).
  void power_cut();  ///< One office dies while it imports (demo_day.cpp).
  void disagree();   ///< Three edit one field (demo_day.cpp).
  void recover();    ///< The hub is back (demo_proof.cpp).
  void prove();      ///< Equal records, figures that fit, signatures that hold (demo_proof.cpp).
  void addresses() const;
  void close();  ///< Stops every node, cleanly.

 private:
  using Figures = std::map<std::string, Json>;  ///< Statistic → its answer.

  void chapter(std::string_view zh, std::string_view en);
  std::unique_ptr<DemoNode> join(const std::string& key, const std::string& title,
                                 const std::string& scope, const std::string& role = "office");
  void put_city_samples();
  void put_office_samples(DemoNode& node, std::size_t community);
  void put_work(DemoNode& node, std::size_t community);
  void settle(const std::string& what);
  [[nodiscard]] Figures figures();
  void show_figures();
  void show_freshness(const Json& freshness, bool outage = false) const;
  std::size_t write_visits(std::size_t community, std::size_t count);
  void show_conflict();
  void show_traffic();
  void compare_exports();
  void compare_type(const model::RecordType& type, std::size_t& compared);
  void verify_all();

  DemoOptions options_;
  std::filesystem::path home_;
  std::int64_t today_;
  City city_;
  Dice dice_;
  int chapters_ = 0;
  std::unique_ptr<DemoNode> hub_;
  /// The four that the story is about, and a second desk of the first one's community.
  std::vector<std::unique_ptr<DemoNode>> offices_;
  std::vector<std::unique_ptr<DemoNode>> others_;  ///< Reported, then went home.
  std::vector<std::pair<std::string, Figures>> snapshots_;
  std::map<const DemoNode*, Json> traffic_before_;
  std::string disputed_;  ///< The compound that three edit.
  std::size_t visits_in_outage_ = 0;
};

}  // namespace linli::app
