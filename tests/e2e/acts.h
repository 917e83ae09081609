// tests/e2e/acts.h: what a node does that has to survive a kill and a full disk. For each act a
// city is brought to the moment before it; a test can put it back there as often as it likes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/city.h"

namespace linli::e2e {

struct Act {
  /// One way in which it happens.
  struct Way {
    std::string name;
    std::vector<Node*> serve;  ///< These serve meanwhile.
    Node* dies;                ///< One of them; null: the command itself.
  };

  explicit Act(std::string called) : name(std::move(called)) {}

  std::string name;
  City city{{kCommunityA}};
  std::vector<std::string> command;  ///< Whose run is the act. It says on stdout what is done.
  std::vector<Way> ways;
  std::vector<Node*> writers;  ///< Whose folders it writes to.
  /// What holds whenever the act is cut off, after the command said `said`.
  std::function<void(const std::string& said)> kept;
  /// What holds once the command has ended well; `said` by the last run of it.
  std::function<void(const std::string& said)> done;

  /// Everything is prepared: all nodes die, and their folders are kept for back().
  void ready();
  /// The folders are as when it was ready; nobody serves.
  void back();
  void kill_all();
  void verify() { city.verify(); }

 private:
  [[nodiscard]] std::vector<Node*> nodes();
};

/// put, push, pull, import, snapshot, prune, rebuild.
[[nodiscard]] const std::vector<std::string>& act_names();
/// Null: this machine can't prepare it (no libfaketime to found a city last year with).
[[nodiscard]] std::unique_ptr<Act> make_act(const std::string& name);

}  // namespace linli::e2e
