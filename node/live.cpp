#include "node/live.h"

#include <spdlog/spdlog.h>

#include "node/background.h"
#include "node/backoff.h"
#include "node/pinning.h"
#include "sync/live.h"

namespace linli::node {
namespace {

using namespace std::chrono_literals;

/// A server says something every 15 s: then this line is dead, or a proxy holds back what comes.
constexpr auto kSilenceMax = 40s;
constexpr Backoff::Wait kFirstWait = 1s, kLongestWait = 5min;
constexpr auto kNotOffered = 10min;  ///< The upstream is of a version without live streams.
constexpr std::size_t kLineMax = 4096;

/// Cuts server-sent events out of the stream. False: no such stream.
class Events {
 public:
  template <class Heard>
  bool take(std::string_view piece, const Heard& heard) {
    for (const char c : piece) {
      if (c != '\n') {
        line_ += c;
        if (line_.size() > kLineMax) return false;
        continue;
      }
      if (line_.ends_with('\r')) line_.pop_back();
      if (line_.empty() && !name_.empty()) heard(name_, data_);
      if (line_.empty()) name_.clear(), data_.clear();
      if (line_.starts_with(kEvent)) name_ = line_.substr(kEvent.size());
      if (line_.starts_with(kData)) data_ = line_.substr(kData.size());
      line_.clear();
    }
    return true;
  }

 private:
  static constexpr std::string_view kEvent = "event: ", kData = "data: ";
  std::string line_, name_, data_;
};

/// What can't be read counts as something to look at.
LiveStream::News news_in(const std::string& data) {
  const auto json = Json::parse(data, nullptr, false);
  const auto number = [&](const char* name) -> std::uint64_t {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() && found->is_number_unsigned()
               ? found->get<std::uint64_t>()
               : 0;
  };
  return {number("epoch"), number("arrival")};
}

}  // namespace

LiveStream::LiveStream(Replica& replica, Heard heard)
    : replica_(replica), heard_(std::move(heard)) {
  thread_ = std::thread([this] { run(); });
}

LiveStream::~LiveStream() {
  {
    std::unique_lock lock(guard_);
    stopping_ = true;
    changed_.notify_all();
    // Again and again: a line that was only about to connect had nothing to be closed.
    while (!changed_.wait_for(lock, 20ms, [&] { return ended_; })) {
      if (line_) line_->close();
    }
  }
  thread_.join();
}

void LiveStream::aim(std::optional<Aim> aim) {
  {
    const std::lock_guard lock(guard_);
    if (aim && aim_ && aim_->same_place(*aim)) {
      aim_->clock_ahead = aim->clock_ahead;
      return;
    }
    if (!aim && !aim_) return;
    aim_ = std::move(aim);
    if (line_) line_->close();
  }
  changed_.notify_all();
}

void LiveStream::hurry() {
  {
    const std::lock_guard lock(guard_);
    hurried_ = true;
  }
  changed_.notify_all();
}

bool LiveStream::wanted(const Aim& aim) {
  const std::lock_guard lock(guard_);
  return !stopping_ && aim_ && aim_->same_place(aim);
}

void LiveStream::run() {
  std::mt19937_64 random{std::random_device{}()};
  Backoff backoff(kFirstWait, kLongestWait);
  std::optional<Aim> before;
  for (;;) {
    {
      std::unique_lock lock(guard_);
      changed_.wait(lock, [&] { return stopping_ || aim_; });
      if (stopping_) {
        ended_ = true;
        changed_.notify_all();
        return;
      }
      if (!before || !before->same_place(*aim_)) backoff.reset();
      before = aim_;
      hurried_ = false;
      line_ = std::make_shared<HttpClient>(aim_->url);
      line_->set_timeout(kSilenceMax);
    }
    std::optional<std::chrono::milliseconds> keep_off;
    survives("the live stream", [&] { keep_off = listen(*before); });
    const bool was_on = on_.exchange(false);
    if (was_on) {
      backoff.reset();
      heard_({});
    }
    const auto wait = keep_off ? *keep_off + Backoff(*keep_off / 4, *keep_off).next(random)
                               : backoff.next(random);
    std::unique_lock lock(guard_);
    line_.reset();
    changed_.wait_for(lock, wait,
                      [&] { return stopping_ || hurried_ || !aim_ || !aim_->same_place(*before); });
  }
}

std::optional<std::chrono::milliseconds> LiveStream::listen(const Aim& aim) {
  const auto& me = replica_.identity();
  const sync::LiveToken token{me.city, me.certificate, aim.peer, replica_.now() - aim.clock_ahead};
  Events events;
  // Only this thread replaces it; others close it.
  auto& line = *line_;
  if (!pin_to(replica_, line, aim.peer)) return kNotOffered;
  const auto ended = line.stream(
      "/api/v1/sync/live",
      {{"Authorization", "Linli " + token.sign(replica_.key())}, {"Accept", "text/event-stream"}},
      [&](std::string_view piece) {
        const bool good = events.take(piece, [&](const auto& name, const auto& data) {
          if (name == "ready") on_ = true;
          if (name == "ready" || name == "news") heard_(news_in(data));
        });
        return good && wanted(aim);
      });
  if (!ended || ended->status == 200) return std::nullopt;
  spdlog::debug("no live stream: the upstream answered {}", ended->status);
  if (ended->status == 429 || ended->status == 503) {
    if (const auto asked = ended->retry_after(); asked > 0s) return asked;
    return std::nullopt;
  }
  if (ended->status == 404) return kNotOffered;
  return std::nullopt;
}

}  // namespace linli::node
