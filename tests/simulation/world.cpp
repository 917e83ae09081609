// Machines, time and the events of the week. Lines and meetings: lines.cpp; what people do:
// work.cpp.
#include "tests/simulation/world.h"

#include <algorithm>
#include <fstream>

#include "tests/simulation/checks.h"
#include "tests/simulation/randomness.h"

namespace linli::simulation {
namespace {

/// 2026-03-02, a Monday, 00:00 at the city.
constexpr Micros kMonday = 1'772'380'800 * kSecond;
constexpr int kDepthMax = 3;
constexpr int kRoundsMax = 20;

std::string folder_name(int node) {
  return std::string("n") + static_cast<char>('0' + node / 10) + static_cast<char>('0' + node % 10);
}

}  // namespace

void broken(const std::string& invariant, int node, const std::string& what) {
  throw Broken(invariant + ", node " + std::to_string(node) + ": " + what);
}

World::World(std::filesystem::path folder, int nodes) : folder_(std::move(folder)) {
  for (int i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<Node>(i, folder_ / folder_name(i), time_));
  }
}

World::~World() {
  for (auto& node : nodes_) close(*node);
}

void World::say(const std::string& line) {
  const auto text = std::to_string(time_ - start_) + " " + line;
  trace_ = crypto::hash({trace_.view(), text});
  if (told_) told_(text);
}

// ---- Time
// -----------------------------------------------------------------------------------------

void World::schedule(Micros at, std::function<void()> happen) {
  due_.push({at, order_++, std::move(happen)});
}

void World::run_until(Micros time) {
  while (!due_.empty() && due_.top().at <= time) {
    const auto next = due_.top();
    due_.pop();
    time_ = std::max(time_, next.at);
    next.happen();
  }
  time_ = std::max(time_, time);
}

/// Time goes by for somebody who waits; the world doesn't wait with him.
void World::pass(Micros time) {
  const auto until = time_ + time;
  if (depth_ < kDepthMax) {
    ++depth_;
    try {
      run_until(until);
    } catch (...) {
      --depth_;
      throw;
    }
    --depth_;
  }
  time_ = std::max(time_, until);
}

// ---- Machines
// -------------------------------------------------------------------------------------

std::string World::read_mark(const Node& node) const {
  std::ifstream file(node.dir / "mark", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void World::write_mark(const Node& node, const std::string& mark) const {
  std::ofstream(node.dir / "mark", std::ios::binary | std::ios::trunc) << mark;
}

Copy World::copy_of(const Node& node) const { return {node.disk.image(), read_mark(node)}; }

void World::open(Node& node) {
  if (node.replica || !node.enrolled) return;
  const auto failures = node.disk.failures();
  auto opened = node::Replica::open(node.dir, node.clock, node::Writing::inline_);
  if (!opened) {
    say("node " + std::to_string(node.number) + " doesn't open: " + describe(opened.error()));
    // On a disk that stops, is full or fails that is no wonder; it tries again later.
    if (node.disk.stopped()) return reboot(node);
    if (node.disk.failures() == failures && !node.disk.ill())
      broken("I1", node.number, "can't be opened: " + describe(opened.error()));
    return;
  }
  node.replica = std::move(*opened);
  node.author = node.replica->identity().author;
  node.answered_requests.clear();
  node.server = std::make_unique<sync::Server>(*node.replica, node.replica->identity().city);
  node.mark_before = read_mark(node);
  if (!survived(node)) return;
  check_answered(node);
  note(node);
}

void World::close(Node& node) {
  node.server.reset();
  node.replica.reset();
}

void World::stop(Node& node, Stop how) { node.disk.stop_now(how); }

bool World::survived(Node& node) {
  if (!node.disk.stopped()) {
    if (node.replica) note(node);
    return true;
  }
  if (!node.in_exchange) reboot(node);
  return false;
}

/// A machine that stopped, or lost its power, starts again.
void World::reboot(Node& node) {
  ++counts.stops;
  if (node.replica) {
    // What it had committed it may have answered for.
    node.answered = std::max(node.answered, node.replica->arrival());
  }
  const auto mark = read_mark(node);
  close(node);
  Chance chance(mix(static_cast<std::uint64_t>(time_) + static_cast<std::uint64_t>(node.number)));
  node.disk.start(chance);
  // The mark isn't synced: a power cut may leave an older one.
  if (chance.percent(30)) write_mark(node, node.mark_before);
  say("node " + std::to_string(node.number) + " starts again");
  open(node);
}

/// Remembers what it has answered for.
void World::note(Node& node) {
  const Disk::Looking looking(node.disk);
  auto& log = node.replica->store().log();
  const auto arrival = node.replica->arrival();
  if (arrival == node.noted) return;
  node.answered = node.noted = arrival;
  auto& s = log.database().cached("SELECT hash FROM log WHERE arrival = ?1");
  s.bind(1, arrival);
  if (s.step()) node.noted_hash = Hash::of(s.blob(0));
  s.reset();
}

/// Does it hold snapshots, which newer ones replace, or did it leave a scope?
bool lets_go(Node& node) {
  if (node.moved) return true;
  auto lease = node.replica->store().read();
  auto s = lease->prepare("SELECT 1 FROM log WHERE kind = 4 LIMIT 1");
  return s.step();
}

/// I1: what was answered for is here after whatever happened.
void World::check_answered(Node& node) {
  const Disk::Looking looking(node.disk);
  const auto arrival = node.replica->arrival();
  if (arrival < node.answered) {
    broken("I1", node.number,
           "answered for " + std::to_string(node.answered) + " objects and holds " +
               std::to_string(arrival));
  }
  if (node.noted == 0) return;
  auto& s = node.replica->store().database().cached("SELECT hash FROM log WHERE arrival = ?1");
  s.bind(1, node.noted);
  const bool there = s.step();
  // It may have given way to another branch of its feed, or been let go of.
  const bool gone = !there && (rolled_back_with_mark > 0 || lets_go(node));
  if (!gone && (!there || Hash::of(s.blob(0)) != node.noted_hash)) {
    broken("I1", node.number, "holds something else than what it answered for");
  }
  s.reset();
}

// ---- Copies
// ---------------------------------------------------------------------------------------

/// What only this disk holds is lost with it, and nobody can be blamed for that.
void World::excuse(Node& node, const Copy& copy) {
  node.disk.cure();
  const auto before = on_disk(node, true);
  close(node);
  node.disk.put_image(copy.disk);
  std::set<Hash> left = on_disk(node).hashes;
  for (auto& other : nodes_) {
    if (other.get() != &node && other->enrolled) left.merge(on_disk(*other).hashes);
  }
  for (const auto& [hash, set] : acknowledged) {
    if (left.contains(hash)) continue;
    const bool again =
        set.writer == node.number && !before.hashes.contains(hash) &&
        std::includes(before.says.begin(), before.says.end(), set.says.begin(), set.says.end());
    if (again || before.hashes.contains(hash)) excused.insert(hash);
  }
}

void World::replace(Node& node, const Copy& copy, bool with_mark) {
  ++counts.rollbacks;
  const auto mark = read_mark(node);
  excuse(node, copy);
  write_mark(node, with_mark ? copy.mark : mark);
  node.answered = node.noted = 0;
  rolled_back_with_mark += with_mark ? 1 : 0;
  node.unmet = with_mark && node.place.upstream < 0;
  open(node);
}

// ---- The week
// ---------------------------------------------------------------------------------------

Beginning World::found() {
  quiet_ = true;
  seed_randomness(1);
  time_ = start_ = kMonday - kDay;
  found_city(*this);
  Beginning beginning;
  for (auto& node : nodes_) {
    close(*node);
    beginning.machines.push_back(node->enrolled ? std::optional(copy_of(*node)) : std::nullopt);
  }
  return beginning;
}

void World::begin(const Beginning& beginning, std::uint64_t seed) {
  seed_randomness(mix(seed));
  time_ = start_ = kMonday;
  for (auto& node : nodes_) {
    const auto& machine = beginning.machines[static_cast<std::size_t>(node->number)];
    if (machine) {
      node->disk.put_image(machine->disk);
      write_mark(*node, machine->mark);
      node->enrolled = true;
      open(*node);
    } else {
      std::filesystem::remove_all(node->dir);
    }
  }
}

void World::run(const std::vector<Event>& plan, const Setting& setting) {
  for (const auto& event : plan) {
    schedule(start_ + event.at, [this, event] { perform(event); });
  }
  run_until(start_ + setting.days * kDay);
  while (!due_.empty()) due_.pop();
}

void World::perform(const Event& event) {
  auto& node = *nodes_[static_cast<std::size_t>(event.node)];
  ++counts.events;
  const Draws draws(event.seed);
  Chance chance(event.seed);
  say(to_text(event));
  if (event.kind == Kind::join) return join(node);
  if (!node.enrolled) return;
  switch (event.kind) {
    case Kind::certificate:
      return void(change_certificate(node, event.amount, chance));
    case Kind::clock:
      node.clock.offset = event.amount;
      return;
    case Kind::drift:
      return node.clock.set_drift(event.amount);
    case Kind::line:
      node.line = event.amount;
      return;
    case Kind::kill:
      return node.disk.stop_after(static_cast<std::uint64_t>(event.amount), Stop::kill);
    case Kind::cut:
      return node.disk.stop_after(static_cast<std::uint64_t>(event.amount), Stop::cut);
    case Kind::full:
      return node.disk.set_room(node.disk.used() + static_cast<std::size_t>(event.amount));
    case Kind::trouble:
      return node.disk.trouble(static_cast<std::uint64_t>(event.amount), 1 + chance.below(5));
    case Kind::unreadable:
      return node.disk.unreadable(static_cast<std::uint64_t>(event.amount), 1 + chance.below(20));
    case Kind::cure:
      return node.disk.cure();
    default:
      break;
  }
  // Of what waits for an answer only the power can be taken away.
  if (node.in_exchange && event.kind != Kind::write && event.kind != Kind::settle &&
      event.kind != Kind::erase) {
    if (event.kind == Kind::restart || event.kind == Kind::off) stop(node, Stop::kill);
    return;
  }
  if (!node.replica && node.off_until <= time_) open(node);
  if (!node.up()) return;
  switch (event.kind) {
    case Kind::write:
      return write(node, chance);
    case Kind::sync:
      return poll(node, chance);
    case Kind::stick:
      return carry_stick(*nodes_[static_cast<std::size_t>(event.amount)], node, chance);
    case Kind::restart:
      close(node);
      return void(node.disk.stopped() ? reboot(node) : open(node));
    case Kind::off:
      close(node);
      if (node.disk.stopped()) node.disk.start(chance);
      node.off_until = time_ + event.amount;
      return;
    case Kind::backup:
      node.backup = copy_of(node);
      return;
    case Kind::restore:
    case Kind::rollback:
      if (!node.backup) return;
      if (node.place.upstream < 0 && snapshots_outlive(*node.backup)) {
        return say("the hub isn't put back to before what snapshots stand for elsewhere");
      }
      return replace(node, *node.backup, event.kind == Kind::rollback);
    case Kind::snapshot:
      return make_snapshots(node, event.amount);
    case Kind::prune:
      return prune(node, event.amount, chance);
    case Kind::erase:
      return erase(node, chance);
    case Kind::settle:
      return settle_conflict(node, chance);
    case Kind::revoke:
      return revoke(node, event.amount == 1);
    case Kind::approve:
      return void(approve(event.amount == 1, chance));
    case Kind::verify:
      return check_verify(*this, node);
    case Kind::rot:
      return check_rot(*this, node, chance);
    default:
      return;
  }
}

void World::settle() {
  say("quiet now");
  quiet_ = true;
  for (auto& node : nodes_) {
    node->disk.cure();
    node->line = kGood;
    node->off_until = 0;
    node->failures = 0;
    node->quiet_until = 0;
    if (node->disk.stopped()) {
      reboot(*node);
    } else {
      node->disk.stop_after(UINT64_MAX / 2, Stop::kill);
    }
    if (!node->replica) open(*node);
    if (node->enrolled && !node->up()) broken("I1", node->number, "doesn't come up again");
  }
  Chance chance(7);
  bool quiet = false;
  for (int round = 0; round < kRoundsMax && !quiet; ++round) {
    quiet = !tidy_up(chance);
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      auto& node = *nodes_[round % 2 ? i : nodes_.size() - i];
      time_ += kSecond;
      if (!node.enrolled) {
        quiet = false;
        join(node);
        if (!node.up()) continue;
      }
      const auto report = exchange(node, chance);
      const auto why = report ? std::nullopt : std::optional(report.error().code);
      if (why == Errc::unknown_certificate || why == Errc::cloned) {
        // Its upstream may have to hear from above first that the two have to do with each other;
        // or somebody has just said that there is no second machine.
        quiet = false;
        continue;
      }
      if (why == Errc::revoked) {
        if (!has_ended(node)) quiet = false;  // The hub has yet to hear of it.
        continue;
      }
      if (!report) broken("settling", node.number, describe(report.error()));
      say("round " + std::to_string(round) + " node " + std::to_string(node.number) + " sent " +
          std::to_string(report->sent) + " received " + std::to_string(report->received));
      if (report->sent || report->received || report->round_trips != 1) quiet = false;
    }
  }
  if (!quiet)
    broken("settling", 0, "after " + std::to_string(kRoundsMax) + " rounds something still moves");
  check_all(*this);
}

}  // namespace linli::simulation
