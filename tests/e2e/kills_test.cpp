// kill -9 at a random moment of whatever a node does: what it acknowledged is there afterwards, it
// verifies, and the act done again comes to its end.
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "tests/e2e/acts.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;

struct Tally {
  int inside = 0;  ///< The act ran when the signal came.
  int late = 0;    ///< It was over already.
};

class Killer {
 public:
  Killer(Act& act, unsigned seed) : act_(act), random_(seed) {
    for (const auto& way : act_.ways) usual_.push_back(measure(way));
  }

  /// Kills until so many hit the act while it ran.
  Tally kill(int wanted) {
    const int most = wanted * 4;
    wanted_ = wanted;
    for (int cycle = 0; tally_.inside < wanted && cycle < most; ++cycle) {
      const auto which = static_cast<std::size_t>(cycle) % act_.ways.size();
      one(act_.ways[which], usual_[which]);
    }
    return tally_;
  }

 private:
  /// What the command says.
  [[nodiscard]] auto out() const { return act_.city.scratch / "act.out"; }

  void begin(const Act::Way& way) {
    for (auto* node : way.serve) node->start();
    std::filesystem::remove(out());
  }

  std::unique_ptr<app::Child> run() {
    return std::make_unique<app::Child>(act_.command, std::filesystem::path(), out(),
                                        act_.city.scratch / "act.err");
  }

  /// How long it takes when nobody disturbs it.
  Micros measure(const Act::Way& way) {
    INFO("measured: " << act_.name << ", " << way.name);
    act_.back();
    begin(way);
    const auto began = Clock::now();
    REQUIRE(run()->wait() == 0);
    const auto took = std::chrono::duration_cast<Micros>(Clock::now() - began);
    act_.done(app::read_file(out()));
    act_.kill_all();
    return took;
  }

  void one(const Act::Way& way, Micros& usual) {
    act_.back();
    std::vector<std::string> said;
    const auto check = [&] {
      act_.verify();
      for (const auto& text : said) act_.kept(text);
    };
    // Some are killed a second time where the first time left off.
    do {
      const auto delay = std::uniform_int_distribution<Micros::rep>(0, usual.count())(random_);
      INFO(act_.name << ", " << way.name << ", kill " << said.size() + 1 << " after " << delay
                     << " of " << usual.count() << " us");
      begin(way);
      auto command = run();
      std::this_thread::sleep_for(Micros(delay));  // The moment is the point.
      const bool inside = !command->ended();
      if (way.dies == nullptr) {
        command->kill_hard();
      } else {
        way.dies->kill();
        app::eventually("the command sees that the node is gone", 30s,
                        [&] { return command->ended().has_value(); });
      }
      // The load of the machine changes: most, not all, shall hit.
      usual = inside ? usual * 102 / 100 : usual * 9 / 10;
      (inside ? tally_.inside : tally_.late) += 1;
      act_.kill_all();
      said.push_back(app::read_file(out()));
      check();
      if (command->wait() == 0) act_.done(said.back());
    } while (tally_.inside < wanted_ && random_() % 4 == 0);
    INFO(act_.name << ", " << way.name << ", to its end after " << said.size() << " kills");
    begin(way);
    const auto again = must(act_.city.scratch, act_.command);
    act_.done(again);
    act_.kill_all();
    check();
  }

  Act& act_;
  std::mt19937 random_;
  std::vector<Micros> usual_;
  int wanted_ = 0;
  Tally tally_;
};

}  // namespace

TEST_CASE("kill -9 in the middle of any act loses nothing that was acknowledged", "[e2e][I1][I2]") {
  constexpr int kKills = 4;
  const auto name = GENERATE(from_range(act_names()));
  const auto act = make_act(name);
  if (!act) return void(skip("there is no libfaketime here to found a city last year with"));
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  CHECK(Killer(*act, seed).kill(kKills).inside == kKills);
}

TEST_CASE("kill -9 five hundred times", "[.kills]") {
  constexpr int kKills = 500;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::cout << "seed " << seed << std::endl;
  int all = 0;
  for (std::size_t i = 0; i < act_names().size(); ++i) {
    const auto act = make_act(act_names()[i]);
    REQUIRE(act);
    const auto share =
        static_cast<int>(kKills * (i + 1) / act_names().size() - kKills * i / act_names().size());
    const auto tally = Killer(*act, seed + static_cast<unsigned>(i)).kill(share);
    std::cout << act->name << ": " << tally.inside << " kills while it ran, " << tally.late
              << " too late" << std::endl;
    all += tally.inside;
  }
  CHECK(all == kKills);
}

}  // namespace linli::e2e
