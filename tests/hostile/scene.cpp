#include "tests/hostile/scene.h"

#include <fstream>
#include <sstream>

#include "node/store/database.h"

namespace linli::hostile {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kCompound = "410702003901101";
constexpr auto kHopeless = 60s;  ///< A round trip that took so long is given up.

std::vector<std::string> scopes_of(const Scene::Plan& plan) {
  if (plan.target == "other") return {e2e::kCommunityA, e2e::kCommunityB};
  return {e2e::kCommunityA};
}

/// Lines that an operator has to look at.
std::string alarms(const std::string& log) {
  std::istringstream in(log);
  std::string all;
  for (std::string line; std::getline(in, line);) {
    for (const auto* level : {" warning ", " error ", " critical "}) {
      if (line.find(level) != std::string::npos) all += line + '\n';
    }
  }
  return all;
}

/// Are they equal, '*' standing for any number?
bool fits(const std::string& wanted, const std::string& got) {
  std::istringstream a(wanted), b(got);
  std::string x, y;
  for (;;) {
    const bool more_a = static_cast<bool>(a >> x), more_b = static_cast<bool>(b >> y);
    if (!more_a || !more_b) return more_a == more_b;
    if (x != y && x != "*" && x != "*,") return false;
  }
}

}  // namespace

// ---- What came of it ----------------------------------------------------------------------------

Watch::Watch(const std::string& data, std::string honest, std::string hub)
    : honest_(std::move(honest)), hub_(std::move(hub)) {
  auto store = store::Store::open(std::filesystem::path(data) / "linli.db", store::Access::read);
  if (!store) throw std::runtime_error(describe(store.error()));
  store_ = std::move(*store);
}

Watch::Held Watch::now() {
  const auto lease = store_->read();
  const auto count = [&](const char* sql, const std::string& but = {}) {
    auto s = lease->prepare(sql);
    const auto author = but.empty() ? std::string() : *crypto::from_hex(but);
    if (!but.empty()) s.bind_blob(1, author);
    s.step();
    return s.integer(0);
  };
  constexpr const char* kSets =
      "SELECT count(*) FROM log JOIN author a ON a.id = log.author WHERE kind = 1 AND a.author <> "
      "?1";
  constexpr const char* kWords =
      "SELECT count(*) FROM log JOIN author a ON a.id = log.author WHERE kind BETWEEN 2 AND 5 AND "
      "a.author <> "
      "?1";
  return {count(kSets, honest_),
          count("SELECT count(*) FROM quarantine"),
          count("SELECT count(*) FROM waiting"),
          count("SELECT count(*) FROM log WHERE standing = 1"),
          count("SELECT count(*) FROM anchor"),
          count(kWords, hub_)};
}

std::string Watch::difference(const Held& before, const Held& after) {
  std::string text;
  const auto tell = [&](const char* what, std::int64_t more) {
    if (more == 0) return;
    text += (text.empty() ? "" : ", ") + std::string(what) + ' ' + std::to_string(more);
  };
  tell("sets", after.sets - before.sets);
  tell("held", after.held_back - before.held_back);
  tell("evidence", after.evidence - before.evidence);
  tell("waiting", after.waiting - before.waiting);
  tell("certificates", after.certificates - before.certificates);
  tell("words", after.words - before.words);
  return text;
}

// ---- Who works on meanwhile ---------------------------------------------------------------------

Honest::Honest(std::string office, std::optional<std::string> hub)
    : office_url_(std::move(office)), hub_url_(std::move(hub)) {
  thread_ = std::thread([this] { work(); });
}

Honest::~Honest() {
  if (thread_.joinable()) stop();
}

void Honest::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Honest::work() {
  for (int n = 0; !stopping_; ++n) {
    const auto began = Clock::now();
    const bool done = once(n);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    if (done) worst_ = std::max(worst_, took);
    // Not as fast as it goes: an office doesn't, and the attacks shall have their say.
    std::this_thread::sleep_for(100ms);
  }
}

/// Writes an inspection, and waits until the bureau shows it.
bool Honest::once(int n) {
  node::HttpClient office(office_url_), seen(hub_url_ ? *hub_url_ : office_url_);
  const auto put = office.send("POST", "/api/v1/batch?type=inspection",
                               e2e::inspection(kCompound, n).dump() + "\n", "application/x-ndjson");
  if (!put || put->status != 200) {
    troubles_.push_back("writing: " + (put ? std::to_string(put->status) + " " + put->body
                                           : describe(put.error())));
    return false;
  }
  const auto line = Json::parse(put->body.substr(0, put->body.find('\n')));
  if (!line.contains("id")) {
    troubles_.push_back("writing: " + line.dump());
    return false;
  }
  const auto id = line["id"].get<std::string>();
  written_.push_back(id);
  std::string last;
  for (const auto until = Clock::now() + kHopeless; Clock::now() < until;) {
    const auto got = seen.send("GET", "/api/v1/records/inspection/" + id);
    if (got && got->status == 200) return true;
    last = got ? std::to_string(got->status) : describe(got.error());
    std::this_thread::sleep_for(20ms);
  }
  troubles_.push_back(id + " never arrived: " + last);
  return false;
}

// ---- The scene ----------------------------------------------------------------------------------

Scene::Scene(Plan plan)
    : city(scopes_of(plan)),
      mallory(city.scratch, city.hub, plan.scope, plan.role),
      plan_(std::move(plan)) {
  target_ = plan_.target == "hub" ? &city.hub : &city.office(plan_.target == "office" ? 0 : 1);
  REQUIRE(office().batch("compound", {e2e::compound(1)}));
  city.settle();
  const auto honest = office().get("/api/v1/node")["author"].get<std::string>();
  const auto bureau = hub().get("/api/v1/node")["author"].get<std::string>();
  watch_ = std::make_unique<Watch>(target_->data(), honest, bureau);
  const auto hub_url = plan_.target == "office" ? std::nullopt : std::optional(hub().url());
  honest_ = std::make_unique<Honest>(office().url(), hub_url);
}

int Scene::port() const {
  const auto& url = target_->url();
  return std::stoi(url.substr(url.rfind(':') + 1));
}

std::int64_t Scene::memory_mb() const { return status_mb("VmHWM:"); }
std::int64_t Scene::resident_mb() const { return status_mb("VmRSS:"); }

std::int64_t Scene::status_mb(std::string_view what) const {
  // Who serves a folder says so in its lock.
  std::string pid;
  std::ifstream(std::filesystem::path(target_->data()) / "lock") >> pid;
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::stoll(line.substr(what.size())) / 1024;
  }
  return 0;
}

void Scene::hold(const Row& row) {
  const auto before = watch_->now();
  const auto said_before = log().size();
  const auto began = Clock::now();
  std::string got;
  try {
    got = row.attack(*this);
  } catch (const std::exception& e) {
    got = std::string("the attack broke off: ") + e.what();
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  const auto said = alarms(log().substr(said_before));
  const auto left = Watch::difference(before, watch_->now());
  INFO(row.name << " (" << took.count() << " ms)\nlogged:\n" << said.substr(0, 2000));
  CHECK(got == row.refused);
  CHECK((row.logged.empty() ? said.empty() : said.find(row.logged) != std::string::npos));
  INFO("left: " << left << ", expected: " << row.left);
  CHECK(fits(row.left, left));
}

void Scene::hold(const std::vector<Row>& rows) {
  for (const auto& row : rows) hold(row);
  held_ += rows.size();
}

void Scene::end() {
  const auto memory = memory_mb();
  honest_->stop();
  WARN(held_ << " attacks; honest round trips " << honest_->written().size() << ", worst "
             << honest_->worst().count() << " ms; the attacked process had at most " << memory
             << " MB");
  for (const auto& trouble : honest_->troubles()) FAIL_CHECK(trouble);
  CHECK(honest_->worst() < plan_.deadline);
  CHECK_FALSE(honest_->written().empty());
  if (plan_.memory_mb > 0) CHECK(memory < plan_.memory_mb);
  settle();
}

/// All that the honest office wrote is at the hub, and what stands there and here is what was
/// signed.
void Scene::settle() {
  app::eventually("all that is honest is at the hub", 30s, [&] {
    const auto all = e2e::must(
        city.scratch, {"export", "inspection", "--data", hub().data(), "--format", "ndjson"});
    return std::all_of(honest_->written().begin(), honest_->written().end(),
                       [&](const auto& id) { return all.find(id) != std::string::npos; });
  });
  e2e::must(city.scratch, {"verify", "--data", hub().data()});
  e2e::must(city.scratch, {"verify", "--data", office().data()});
}

}  // namespace linli::hostile
