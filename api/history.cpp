// The hub's history for everybody to check: /checkpoint and /tile/… as C2SP's tlog-tiles has them,
// and proofs for nodes. Only hashes leave here; nodes without a history of their own hand the
// question on to their upstream, whose answer proves itself.
#include "node/history.h"

#include <charconv>

#include "api/above.h"
#include "api/context.h"
#include "api/problem.h"
#include "node/cosigning.h"
#include "node/store/history.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kForLong = "public, max-age=31536000, immutable";

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

/// "x001/x234/067" → 1234067
std::optional<std::uint64_t> tile_number(std::string_view path) {
  std::string digits;
  for (const char c : path) {
    if (c != 'x' && c != '/') digits += c;
  }
  return number_of(digits);
}

struct Tile {
  std::uint64_t number = 0, width = store::kTileWidth;
};
/// The last two groups of a tile's route: its number, and the width of a partial one.
std::optional<Tile> tile_of(const std::string& number, const std::string& width) {
  const auto at = tile_number(number);
  if (!at || *at > (std::uint64_t{1} << 48)) return std::nullopt;
  if (width.empty()) return Tile{*at};
  const auto wide = number_of(width);
  if (!wide || *wide == 0 || *wide >= store::kTileWidth) return std::nullopt;
  return Tile{*at, *wide};
}

void send_tile(const Request& request, Response& response, std::optional<std::string> bytes) {
  if (!bytes)
    return refuse(request, response, {Errc::not_found, "历史中没有这一块 no such tile", {}});
  response.set_header("Cache-Control", kForLong);
  response.set_content(std::move(*bytes), "application/octet-stream");
}

void tile(Context& context, const Request& request, Response& response) {
  const auto level = number_of(request.matches[1].str());
  const auto tile = tile_of(request.matches[2].str(), request.matches[3].str());
  // Above that no tree can be: 256^7 leaves.
  if (!level || *level > 6 || !tile) return send_tile(request, response, std::nullopt);
  auto lease = context.replica.store().read();
  send_tile(request, response,
            store::history_tile(*lease, static_cast<unsigned>(*level), tile->number, tile->width));
}

void entries(Context& context, const Request& request, Response& response) {
  const auto tile = tile_of(request.matches[1].str(), request.matches[2].str());
  if (!tile) return send_tile(request, response, std::nullopt);
  auto lease = context.replica.store().read();
  send_tile(request, response, store::history_entries(*lease, tile->number, tile->width));
}

void send_text(Context& context, const Request& request, Response& response,
               Result<std::string> text) {
  if (!text &&
      asked_above(context, request, response, text.error(), crypto::kNoteBytesMax * 4, kText)) {
    return;
  }
  if (!text) return refuse(request, response, text.error());
  response.set_header("Cache-Control", "no-cache");
  response.set_content(std::move(*text), kText);
}

void checkpoint(Context& context, const Request& request, Response& response) {
  auto& replica = context.replica;
  send_text(context, request, response, node::history_checkpoint(replica.store(), replica.key()));
}

/// `?from=SIZE`: the head, and that it goes on from there.
void growth(Context& context, const Request& request, Response& response) {
  const auto from = number_of(request.get_param_value("from"));
  if (!from)
    return refuse(request, response, {Errc::bad_value, "须为树的大小 a tree's size", "from"});
  auto& replica = context.replica;
  send_text(context, request, response,
            node::history_growth(replica.store(), replica.key(), *from));
}

/// `?feed=HEX&seq=N`, `size=`: that this change set stands in it.
void place(Context& context, const Request& request, Response& response) {
  const auto feed = crypto::from_hex(request.get_param_value("feed"));
  const auto seq = number_of(request.get_param_value("seq"));
  const auto size = number_of(request.has_param("size") ? request.get_param_value("size") : "0");
  if (!feed || feed->size() != sync::FeedId::size() || !seq || !size) {
    return refuse(
        request, response,
        {Errc::bad_value, "须给出序列、编号和树的大小 a feed, a number, a tree's size", {}});
  }
  auto& replica = context.replica;
  send_text(
      context, request, response,
      node::history_place(replica.store(), replica.key(), sync::FeedId::of(*feed), *seq, *size));
}

/// A head that a node has checked, with its cosignature.
void cosign(Context& context, const Request& request, Response& response) {
  if (request.body.size() > crypto::kNoteBytesMax) {
    return refuse(request, response,
                  {Errc::too_large, "签名的树头不应这么大 a signed note is small", {}});
  }
  auto taken = node::take_cosigned(context.replica, request.body);
  send_text(context, request, response,
            taken ? Result<std::string>(std::to_string(*taken) + "\n")
                  : Result<std::string>(fail(taken.error())));
}

void show(Context& context, const Request& request, Response& response) {
  const auto json = node::history_json(context.replica.store());
  if (!json) return refuse(request, response, json.error());
  answer(response, *json);
}

/// {"note": …, ? "fault": number}: see node::acknowledge_history().
void acknowledge(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  node::Acknowledging said;
  if (json->is_object() && json->contains("note") && (*json)["note"].is_string()) {
    said.note = (*json)["note"].get<std::string>();
  }
  if (json->is_object() && json->contains("fault")) {
    const auto& fault = (*json)["fault"];
    if (!fault.is_number_integer() || fault.get<std::int64_t>() < 1) {
      return refuse(request, response,
                    {Errc::bad_value, "须为不一致之处的编号 a fault's number", "fault"});
    }
    said.number = fault.get<std::int64_t>();
  }
  said.by = context.door.caller(request).name();
  const auto done = node::acknowledge_history(context.replica, said);
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "acknowledge_history",
           said.number == 0 ? "all" : std::to_string(said.number), said.note);
  answer(response, {{"acknowledged", *done}});
}

}  // namespace

void add_history_routes(httplib::Server& server, Context& context) {
  const auto bound = [&](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/checkpoint", bound(checkpoint));
  server.Get(R"(/tile/entries/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?)",
             bound(entries));
  server.Get(R"(/tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?)",
             bound(tile));
  server.Get("/api/v1/sync/history", bound(growth));
  server.Get("/api/v1/sync/history/place", bound(place));
  server.Post("/api/v1/sync/history/cosign", bound(cosign));
  server.Get("/api/v1/history", bound(show));
  server.Post("/api/v1/history/acknowledge", bound(acknowledge));
}

}  // namespace linli::api
