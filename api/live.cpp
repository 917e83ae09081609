#include "api/live.h"

#include <algorithm>

#include "api/context.h"
#include "api/problem.h"

namespace linli::api {
namespace {

using namespace std::chrono_literals;

constexpr auto kKeepAlive = 15s;
/// Between two looks of one stream: with hundreds of them, a busy hub has other things to do.
constexpr auto kPause = 200ms;
constexpr std::string_view kScheme = "Linli ";

/// Waits for news and writes it. False: the stream ends.
bool tell(Context& context, Live::Stream& stream, bool& begun, httplib::DataSink& sink) {
  auto& replica = context.replica;
  const auto say = [&](std::string_view text) { return sink.write(text.data(), text.size()); };
  const auto event = [&](const std::string& name) {
    return say("event: " + name +
               "\ndata: {\"epoch\":" + std::to_string(replica.epoch().value_or(0)) +
               ",\"arrival\":" + std::to_string(stream.seen) + "}\n\n");
  };
  if (!std::exchange(begun, true)) return event("ready");
  const auto quiet_until = std::chrono::steady_clock::now() + kKeepAlive;
  while (!context.stopping && context.live.current(stream)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        quiet_until - std::chrono::steady_clock::now());
    if (left <= 0ms) return say(": still here\n\n");
    const auto newest =
        replica.wait_beyond(stream.seen, std::min<std::chrono::milliseconds>(left, 1s));
    if (newest <= stream.seen) continue;
    const bool news = context.live.news(stream, newest);
    stream.seen = newest;
    if (news && !event("news")) return false;
    (void)replica.wait_beyond(INT64_MAX, kPause);
    if (news) return true;
  }
  return false;
}

void live(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto shown = request.get_header_value("Authorization");
  if (!shown.starts_with(kScheme)) {
    return refuse(request, response, {Errc::unauthorised, "show a live token", {}});
  }
  auto stream = context.live.begin(std::string_view(shown).substr(kScheme.size()));
  if (!stream) {
    if (stream.error().code != Errc::slow_down) return refuse(request, response, stream.error());
    return refuse_for_now(request, response, stream.error().detail, context.live.come_again());
  }
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Accel-Buffering", "no");  // nginx passes events on at once.
  response.set_chunked_content_provider(
      "text/event-stream",
      [&context, stream = std::make_shared<Live::Stream>(*stream), begun = false](
          std::size_t, httplib::DataSink& sink) mutable {
        return tell(context, *stream, begun, sink);
      },
      [&context, stream = *stream](bool) { context.live.end(stream); });
}

}  // namespace

Result<Live::Stream> Live::begin(std::string_view token) {
  const auto trust = replica_.trust();
  const auto arrival = replica_.arrival();
  const auto who = door_.enter(token, replica_.identity().certificate, trust->book, replica_.now());
  if (!who) return fail(who.error());
  const std::lock_guard lock(guard_);
  if (listeners_.size() >= kListenersMax && !listeners_.contains(*who)) {
    return fail(Errc::slow_down, "many nodes listen already: poll instead");
  }
  listeners_[*who] = ++last_number_;
  return Stream{*who, last_number_, arrival};
}

void Live::end(const Stream& stream) {
  const std::lock_guard lock(guard_);
  const auto found = listeners_.find(stream.certificate);
  if (found != listeners_.end() && found->second == stream.number) listeners_.erase(found);
}

bool Live::current(const Stream& stream) const {
  const std::lock_guard lock(guard_);
  const auto found = listeners_.find(stream.certificate);
  return found != listeners_.end() && found->second == stream.number;
}

bool Live::news(const Stream& stream, std::int64_t upto) {
  const auto trust = replica_.trust();
  const auto* reader = trust->book.find(stream.certificate);
  if (!reader || reader->valid_until_us < replica_.now()) return false;
  if (trust->book.revoked(*reader)) return false;
  std::shared_ptr<const Look> look;
  {
    const std::lock_guard lock(looking_);
    if (!look_ || look_->after != stream.seen || look_->upto != upto) {
      auto lease = replica_.store().read();
      look_ = std::make_shared<const Look>(
          Look{stream.seen, upto, store::arrived(*lease, stream.seen, upto)});
    }
    look = look_;
  }
  return std::any_of(look->arrived.begin(), look->arrived.end(),
                     [&](const auto& arrived) { return store::is_news(arrived, *reader); });
}

std::chrono::seconds Live::come_again() {
  const std::lock_guard lock(guard_);
  return std::chrono::seconds(std::uniform_int_distribution<int>(120, 600)(random_));
}

void add_live_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/sync/live",
             [&context](const httplib::Request& q, httplib::Response& s) { live(context, q, s); });
}

}  // namespace linli::api
