// tests/simulation/world.h: a city of real nodes in one process, under a virtual clock, on virtual
// disks, over virtual lines.
//
// Everything runs on one thread. While a message is under way the time goes on: what falls due
// meanwhile happens then, at the server, elsewhere, or at the waiting client itself.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <stdexcept>

#include "node/enrolment.h"
#include "node/exchange.h"
#include "node/replica.h"
#include "tests/simulation/city_map.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/plan.h"

namespace linli::simulation {

using crypto::Hash;

/// A promise was broken; `what` begins with the invariant.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void broken(const std::string& invariant, int node, const std::string& what);

/// The city's time plus a node's own error.
class NodeClock final : public sync::WallClock {
 public:
  explicit NodeClock(const Micros& time) : time_(time) {}
  [[nodiscard]] Micros now() const override {
    return time_ + offset + (time_ - drifts_since) * ppm / 1'000'000;
  }
  void set_drift(std::int64_t parts_per_million) {
    offset += (time_ - drifts_since) * ppm / 1'000'000;
    drifts_since = time_;
    ppm = parts_per_million;
  }
  Micros offset = 0;

 private:
  const Micros& time_;
  Micros drifts_since = 0;
  std::int64_t ppm = 0;
};

/// A copy of a node's whole machine.
struct Copy {
  Image disk;
  std::string mark;
};

struct Node {
  Node(int n, std::filesystem::path folder, const Micros& time)
      : number(n), place(kCityMap[n]), dir(std::move(folder)), disk(dir.string()), clock(time) {}

  const int number;
  const Place& place;
  const std::filesystem::path dir;
  Disk disk;
  NodeClock clock;
  std::unique_ptr<node::Replica> replica;
  std::unique_ptr<sync::Server> server;
  crypto::AuthorId author{};
  Hash upstream{};  ///< Who answered there the first time: its certificate.
  bool enrolled = false;
  bool moved = false;  ///< It had another certificate meanwhile, and may have let go of a scope.
  bool in_exchange = false;  ///< As the client; then its replica must not be closed.
  bool opening_failed = false;
  Micros off_until = 0;  ///< Switched off until then.
  std::int64_t line = kGood;
  int failures = 0;        ///< Of its agent in a row …
  Micros quiet_until = 0;  ///< … and until when it backs off.
  std::optional<Copy> backup;
  std::string mark_before;           ///< As it was at the last start: what a power cut may leave.
  std::set<Hash> answered_requests;  ///< In this life of its server.
  /// A hub that was rolled back with its mark makes no snapshots before it has met a peer (README).
  bool unmet = false;

  /// Commitments to personal values that it wrote itself, of sets that it may have pruned: the
  /// values stand beside snapshots then.
  std::set<Hash> own_personal;

  // What it has answered for: its newest arrival, by number and hash.
  std::int64_t answered = 0, noted = 0;
  Hash noted_hash{};

  [[nodiscard]] bool up() const { return replica && !disk.stopped(); }
};

/// A record that somebody wrote, for others to come back to.
struct Written {
  std::string type, scope;
  sync::RecordId id{};
};

/// How every run begins: the enrolled nodes' machines, as they were when they had met.
struct Beginning {
  std::vector<std::optional<Copy>> machines;
  std::uint64_t draws = 0;
};

class World {
 public:
  /// `folder`: where the files are that aren't SQLite's (keys, locks, marks).
  World(std::filesystem::path folder, int nodes);
  ~World();

  /// Founds the city and enrols all but the late ones.
  [[nodiscard]] Beginning found();
  void begin(const Beginning& beginning, std::uint64_t seed);
  /// Throws Broken.
  void run(const std::vector<Event>& plan, const Setting& setting);
  /// Everything is healed, and everybody meets until nothing moves any more. Throws Broken.
  void settle();

  [[nodiscard]] std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  /// Was its key revoked, as the hub knows?
  [[nodiscard]] bool has_ended(Node& node);
  [[nodiscard]] Node& hub() { return *nodes_.front(); }
  [[nodiscard]] Micros now() const { return time_; }
  [[nodiscard]] const Hash& trace() const { return trace_; }
  void on_trace(std::function<void(const std::string&)> told) { told_ = std::move(told); }
  void say(const std::string& line);

  /// Change sets that were acknowledged to their writers: who wrote them, and what they say, by
  /// which they are known if they had to be written again under another name.
  struct Acknowledged {
    int writer = 0;
    std::set<Hash> says;
  };
  std::map<Hash, Acknowledged> acknowledged;
  /// Those of them that existed on one disk only, and it was replaced by an older copy.
  std::set<Hash> excused;
  std::vector<Written> written;
  /// What stood beside values before somebody had them destroyed, by their commitments: no disk may
  /// show it any more, once it has heard of that.
  std::map<Hash, crypto::Salt> salts;
  struct Counts {
    std::uint64_t events = 0, writes = 0, refused_writes = 0, exchanges = 0, failed_exchanges = 0,
                  stops = 0, rollbacks = 0, objects = 0, late = 0, snapshots = 0, condensed = 0,
                  pruned = 0, settled = 0, erased = 0, certificates = 0, approved = 0, revoked = 0;
  } counts;
  std::uint64_t rolled_back_with_mark = 0;

  // ---- Of a node. All note what it answered for, and restart it if its disk stopped meanwhile.
  void open(Node& node);
  void close(Node& node);
  /// Looks whether the disk stopped; if so the machine starts again. False: it did.
  bool survived(Node& node);
  Result<node::ExchangeReport> exchange(Node& client, Chance& chance);
  void write(Node& node, Chance& chance);
  void enrol_now(Node& node) { join(node); }

 private:
  struct Due {
    Micros at;
    std::uint64_t order;
    std::function<void()> happen;
    bool operator>(const Due& other) const {
      return std::pair(at, order) > std::pair(other.at, other.order);
    }
  };
  void schedule(Micros at, std::function<void()> happen);
  void run_until(Micros time);
  void pass(Micros time);
  void perform(const Event& event);
  void stop(Node& node, Stop how);
  void reboot(Node& node);
  void note(Node& node);
  void check_written(Node& node, const std::vector<node::Wish>& wishes,
                     const std::vector<node::Outcome>& outcomes, bool grew);
  void remember_sets(Node& node, std::int64_t after);
  void check_answered(Node& node);
  void replace(Node& node, const Copy& copy, bool with_mark);
  [[nodiscard]] bool snapshots_outlive(const Copy& of_the_hub);
  void make_snapshots(Node& hub, std::int64_t sets_min);
  void prune(Node& node, Micros age, Chance& chance);
  void settle_conflict(Node& node, Chance& chance);
  void erase(Node& node, Chance& chance);
  void note_salts(Node& node);
  bool change_certificate(Node& node, std::int64_t how, Chance& chance);
  bool approve(bool all, Chance& chance);
  void revoke(Node& node, bool by_upstream);
  bool tidy_up(Chance& chance);
  void excuse(Node& node, const Copy& copy);
  void join(Node& node);
  void poll(Node& node, Chance& chance);
  [[nodiscard]] Hash upstream_of(Node& client, Node& server);
  Result<node::HttpAnswer> carry(Node& client, Node& server, const std::string& body,
                                 Chance& chance);
  std::optional<std::string> deliver(Node& server, const std::string& body, int& status);
  void deliver_late(Node& server, const std::string& body, Chance& chance);
  void carry_stick(Node& from, Node& to, Chance& chance);
  [[nodiscard]] Copy copy_of(const Node& node) const;
  [[nodiscard]] std::string read_mark(const Node& node) const;
  void write_mark(const Node& node, const std::string& mark) const;

  std::filesystem::path folder_;
  Micros time_ = 0;
  Micros start_ = 0;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t order_ = 0;
  int depth_ = 0;
  bool quiet_ = false;  ///< Lines are perfect.
  Hash trace_{};
  std::function<void(const std::string&)> told_;
};

/// Founds the city in an empty world, and lets all but the late nodes join and meet (work.cpp).
void found_city(World& world);

}  // namespace linli::simulation
