// tests/hostile/scene.h: a running city under attack: what is attacked, who works on meanwhile, and
// how it is seen that nothing came of it.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "node/store/store.h"
#include "tests/hostile/liar.h"
#include "tests/hostile/row.h"

namespace linli::hostile {

using e2e::Json;

/// What a node holds besides the honest office's records and the hub's word on them.
class Watch {
 public:
  /// `honest`, `hub`: the authors whose change sets, and whose words on them, don't count here.
  Watch(const std::string& data, std::string honest, std::string hub);
  struct Held {
    std::int64_t sets = 0, evidence = 0, waiting = 0, held_back = 0;
    std::int64_t certificates = 0;  ///< Shown by a peer itself, and taken.
    std::int64_t words = 0;         ///< Receipts, rulings and snapshots that aren't the hub's.
  };
  [[nodiscard]] Held now();
  /// What came: "sets 1, evidence 2"; empty: nothing.
  [[nodiscard]] static std::string difference(const Held& before, const Held& after);

 private:
  std::unique_ptr<store::Store> store_;
  std::string honest_, hub_;
};

/// An honest office's people: they write, and wait until the bureau has it, again and again, in a
/// thread of their own.
class Honest {
 public:
  /// `hub`: null: what they write is to be seen at the office itself.
  Honest(std::string office, std::optional<std::string> hub);
  ~Honest();
  void stop();
  [[nodiscard]] std::chrono::milliseconds worst() const { return worst_; }
  [[nodiscard]] const std::vector<std::string>& written() const { return written_; }  ///< Ids.
  [[nodiscard]] const std::vector<std::string>& troubles() const { return troubles_; }

 private:
  void work();
  bool once(int n);

  std::string office_url_;
  std::optional<std::string> hub_url_;
  std::atomic<bool> stopping_{false};
  std::chrono::milliseconds worst_{0};
  std::vector<std::string> written_, troubles_;
  std::thread thread_;
};

class Scene {
 public:
  struct Plan {
    std::string target = "hub";  ///< Or "office": the honest one, or "other": a second one.
    crypto::Role role = crypto::Role::office;
    std::string scope = e2e::kCommunityB;
    std::chrono::milliseconds deadline = std::chrono::seconds(5);  ///< For each honest round trip.
    std::int64_t memory_mb = 0;  ///< The attacked process never had more.
  };
  explicit Scene(Plan plan);

  e2e::City city;
  Mallory mallory;
  std::unique_ptr<Liar> liar, relay;  ///< In the office's upstream's place, if the test sets them.
  e2e::Node& hub() { return city.hub; }
  e2e::Node& office() { return city.office(0); }
  e2e::Node& target() { return *target_; }
  [[nodiscard]] int port() const;
  [[nodiscard]] std::string log() const { return target_->log(); }
  [[nodiscard]] std::int64_t memory_mb() const;    ///< The most that the attacked process had.
  [[nodiscard]] std::int64_t resident_mb() const;  ///< What it has now.

  void hold(const std::vector<Row>& rows);
  /// What has to hold when all are through: others were served, and nothing is lost or broken.
  void end();

 private:
  [[nodiscard]] std::int64_t status_mb(std::string_view what) const;
  void hold(const Row& row);
  void settle();

  Plan plan_;
  e2e::Node* target_;
  std::size_t held_ = 0;  ///< Rows.
  std::unique_ptr<Honest> honest_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace linli::hostile
