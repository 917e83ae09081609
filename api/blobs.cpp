// Attachments: of this node's people and programs, and between nodes.
#include <spdlog/spdlog.h>

#include "api/bodies.h"
#include "api/company_view.h"
#include "api/context.h"
#include "api/problem.h"
#include "node/blob_desk.h"
#include "node/store/personal_blobs.h"

namespace linli::api {
namespace {

using crypto::Hash;
using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr const char* kWireType = "application/vnd.linli+cbor";
constexpr std::size_t kBlock = 64 << 10;
constexpr auto kPatience = std::chrono::seconds(10);  ///< With a blob that has to be fetched first.

// ---- Names and ranges ---------------------------------------------------------------------------

/// 64 hex digits, in lower case: the one spelling that a file has.
Result<Hash> hash_in(const Request& request) {
  const auto text = request.matches[1].str();
  const bool plain =
      text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!plain) {
    return fail(Errc::bad_value, "an attachment is named by 64 hexadecimal digits, in lower case",
                "hash");
  }
  return Hash::of(*crypto::from_hex(text));
}

struct Range {
  std::uint64_t from = 0, to = 0, total = 0;  ///< `to`: behind its last byte.
};

/// Reads digits up to `end`; nothing: there are none, or far too many.
std::optional<std::uint64_t> number(std::string_view& text, char end) {
  const auto n = end ? text.find(end) : text.size();
  if (n == std::string_view::npos || n == 0 || n > 12) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text.substr(0, n)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  text.remove_prefix(end ? n + 1 : n);
  return value;
}

/// Content-Range, or else a whole content of Content-Length bytes. Errors: bad_usage.
Result<std::optional<Range>> range_in(const Request& request) {
  if (!request.has_header("Content-Range")) return std::optional<Range>();
  const auto header = request.get_header_value("Content-Range");
  std::string_view text = header;
  if (!text.starts_with("bytes ")) return fail(Errc::bad_usage, "Content-Range: bytes a-b/total");
  text.remove_prefix(6);
  const auto from = number(text, '-'), last = number(text, '/'), total = number(text, '\0');
  if (!from || !last || !total || *last < *from || *last >= *total) {
    return fail(Errc::bad_usage, "Content-Range: bytes a-b/total, with a ≤ b < total");
  }
  return std::optional<Range>({*from, *last + 1, *total});
}

void show_state(Response& response, const Hash& hash, const node::Blobs::State& state, int status) {
  response.set_header("Upload-Offset", std::to_string(state.held));
  answer(response,
         {{"hash", crypto::to_hex(hash.view())},
          {"size", state.size},
          {"held", state.held},
          {"complete", state.complete}},
         status);
}

// ---- Receiving from people and programs ---------------------------------------------------------

void receive(Context& context, const Request& request, Response& response,
             const ContentReader& body) {
  const auto hash = hash_in(request);
  if (!hash) return refuse_body(request, response, body, hash.error(), sync::kBlobBytesMax);
  const auto range = range_in(request);
  if (!range) return refuse_body(request, response, body, range.error(), sync::kBlobBytesMax);
  auto& blobs = context.replica.blobs();
  const auto self = context.replica.identity().author;
  auto state = blobs.state(*hash, self);
  const auto length = request.get_header_value("Content-Length");
  if (!*range && length.empty()) {
    return refuse_body(request, response, body,
                       {Errc::bad_usage, "say how long it is: Content-Length or Content-Range", {}},
                       sync::kBlobBytesMax);
  }
  const auto total = *range ? (*range)->total : std::strtoull(length.c_str(), nullptr, 10);
  if (state.complete) {
    (void)drain(request, body, sync::kBlobBytesMax);
    if (auto noted = blobs.deliver(*hash, {self}); !noted) {
      return refuse(request, response, noted.error());
    }
    return show_state(response, *hash, state, 200);
  }
  // All of it may be here already, and was to be taken in when the program ended.
  const bool all_here = state.held == total;
  std::optional<std::uint64_t> from;
  if (*range && !all_here) from = (*range)->from;
  auto receiving = blobs.receive(*hash, total, from, {self, {self}});
  if (!receiving) {
    response.set_header("Upload-Offset", std::to_string(blobs.state(*hash, self).held));
    return refuse_body(request, response, body, receiving.error(), sync::kBlobBytesMax);
  }
  // A whole content sent again: what is here already is read over, its hash will tell.
  std::uint64_t over = all_here ? UINT64_MAX : *range ? 0 : receiving->held();
  std::uint64_t room = *range ? (*range)->to - (*range)->from : total - receiving->held();
  std::optional<Error> failed;
  const auto take = [&](const char* bytes, std::size_t n) {
    std::string_view piece(bytes, n);
    const auto skip = std::min<std::uint64_t>(over, piece.size());
    piece.remove_prefix(skip);
    over -= skip;
    if (failed || piece.empty()) return true;  // Read to the end all the same.
    if (piece.size() > room) {
      failed = Error{Errc::bad_usage, "more content than its range says", {}};
      return true;
    }
    room -= piece.size();
    if (auto written = receiving->write(piece); !written) failed = written.error();
    return true;
  };
  bool whole = false;
  if (request.is_multipart_form_data()) {
    (void)drain(request, body, sync::kBlobBytesMax);
    failed = Error{Errc::bad_usage, "send the content itself, not a form", {}};
  } else {
    whole = body(take);
    response.body.clear();
    if (!whole && response.status == 413) {
      failed = Error{Errc::too_large, "at most 8 MiB at once: send it in ranges", {}};
    }
  }
  auto complete = receiving->finish();
  if (!failed && !complete) failed = complete.error();
  state = blobs.state(*hash, self);
  if (failed) {
    response.set_header("Upload-Offset", std::to_string(state.held));
    return refuse(request, response, *failed);
  }
  if (!whole) response.status = 400;  // The line broke; nobody reads this.
  if (whole) show_state(response, *hash, state, *complete ? 201 : 200);
}

// ---- Giving to people and programs --------------------------------------------------------------

/// What a browser may show by itself, by how it begins; anything else is only ever downloaded.
std::string_view media_type(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (head.starts_with("RIFF"sv) && head.substr(8).starts_with("WEBP"sv)) return "image/webp";
  return "application/octet-stream";
}

/// Content from `from` on; the library cuts out the range that was asked for.
void give(Response& response, node::Blobs::Reading reading, std::uint64_t from, const char* type) {
  const auto shared = std::make_shared<node::Blobs::Reading>(std::move(reading));
  response.set_content_provider(
      shared->size() - from, type,
      [shared, from](std::size_t at, std::size_t most, httplib::DataSink& sink) {
        std::string block(std::min(most, kBlock), '\0');
        const auto n = shared->read(from + at, block.data(), block.size());
        if (!n) spdlog::error("{}", describe(n.error()));
        return n && sink.write(block.data(), *n);
      });
}

/// One that isn't here: fetched if a record names it and there is an upstream to ask.
void wait_for(Context& context, const Request& request, Response& response, const Hash& hash) {
  auto& blobs = context.replica.blobs();
  const bool named = [&] {
    const auto lease = context.replica.store().read();
    return store::is_referred_to(*lease, hash);
  }();
  const auto upstream = context.agent ? context.agent->state() : node::Agent::State{};
  if (upstream.url.empty() || !named) {
    return refuse(request, response, {Errc::not_found, "this attachment isn't here", {}});
  }
  if (!upstream.ok) {
    return refuse(request, response,
                  {Errc::unreachable, "this attachment has to be fetched from the upstream", {}});
  }
  blobs.want(hash);
  context.agent->nudge();
  if (blobs.wait_for(hash, kPatience)) return;
  const auto wanted = blobs.wanted();
  if (std::find(wanted.begin(), wanted.end(), hash) == wanted.end()) {
    return refuse(request, response, {Errc::not_found, "the upstream hasn't this attachment", {}});
  }
  response.set_header("Retry-After", "5");
  show_state(response, hash, blobs.progress(hash), 202);
}

/// A signature, a proxy's paper: whose records' personal fields name it.
std::vector<std::uint32_t> personal_in(Context& context, const Hash& hash) {
  const auto lease = context.replica.store().read();
  return store::personal_in(*lease, hash);
}

void note_shown(Context& context, const Request& request, const Hash& hash) {
  auto row = context.door.caller(request).entry(context.replica.now(), "attachment");
  row.what = crypto::to_hex(hash.view()).substr(0, 12);  // Nothing of what is erased later.
  row.why = request.get_header_value("X-Linli-Why").substr(0, 200);
  context.audit.note(std::move(row));
}

void get(Context& context, const Request& request, Response& response) {
  const auto hash = hash_in(request);
  if (!hash) return refuse(request, response, hash.error());
  const auto types = personal_in(context, *hash);
  const bool personal = !types.empty();
  if (auto why = CompanyView(context, request).refusal_of_attachment(types)) {
    return refuse(request, response, *why);
  }
  auto& blobs = context.replica.blobs();
  auto state = blobs.state(*hash, context.replica.identity().author);
  if (!state.complete && request.method == "HEAD") {
    response.set_header("Upload-Offset", std::to_string(state.held));
    response.status = 404;
    return;
  }
  if (!state.complete) {
    wait_for(context, request, response, *hash);
    if (response.status != -1) return;
  }
  auto reading = blobs.open(*hash);
  if (!reading) return refuse(request, response, reading.error());
  const auto tag = '"' + crypto::to_hex(hash->view()) + '"';
  response.set_header("ETag", tag);
  // A browser that keeps a personal one would show it to whoever sits there next, without a word.
  response.set_header("Cache-Control",
                      personal ? "no-store" : "private, max-age=31536000, immutable");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Content-Security-Policy", "default-src 'none'; sandbox");
  response.set_header("Upload-Offset", std::to_string(reading->size()));
  if (request.get_header_value("If-None-Match") == tag) {
    response.status = 304;
    return;
  }
  if (request.has_header("If-Range") && request.get_header_value("If-Range") != tag) {
    // The library's own Request, which isn't const: of another version, all of it is wanted.
    const_cast<Request&>(request).ranges.clear();
  }
  for (const auto& [first, last] : request.ranges) {
    if (first >= static_cast<ssize_t>(reading->size())) {
      response.status = 416;
      response.set_header("Content-Range", "bytes */" + std::to_string(reading->size()));
      return;
    }
  }
  if (request.ranges.size() > 1) const_cast<Request&>(request).ranges.clear();  // All of it, then.
  std::array<char, 16> head{};
  const auto n = reading->read(0, head.data(), head.size());
  if (!n) return refuse(request, response, n.error());
  if (personal) note_shown(context, request, *hash);
  const auto type = media_type({head.data(), *n});
  if (!type.starts_with("image/")) response.set_header("Content-Disposition", "attachment");
  give(response, std::move(*reading), 0, type.data());
}

// ---- What there is ------------------------------------------------------------------------------

Json policy_json(const node::BlobPolicy& policy) {
  return {{"policy", policy.ahead ? "ahead" : "demand"},
          {"quota", policy.quota},
          {"metered", policy.metered}};
}

void list(Context& context, const Request& request, Response& response) {
  Hash after{};
  if (request.has_param("cursor")) {
    const auto bytes = crypto::from_hex(request.get_param_value("cursor"));
    if (!bytes || bytes->size() != Hash::size()) {
      return refuse(request, response, {Errc::bad_value, "not a cursor of ours", "cursor"});
    }
    after = Hash::of(*bytes);
  }
  constexpr std::size_t kPage = 200;
  const auto lease = context.replica.store().read();
  auto json = Json{{"items", Json::array()}, {"state", blobs_json(context)}};
  const auto rows = store::list_blobs(*lease, after, kPage);
  for (const auto& row : rows) {
    json["items"].push_back({{"hash", crypto::to_hex(row.hash.view())},
                             {"size", row.size},
                             {"arrived", model::instant_text(row.arrived / 1000)},
                             {"safe", row.safe},
                             {"referred", store::is_referred_to(*lease, row.hash)}});
  }
  if (rows.size() == kPage) json["next"] = crypto::to_hex(rows.back().hash.view());
  answer(response, json);
}

void set_policy(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  std::optional<bool> ahead;
  std::optional<std::int64_t> quota;
  for (const auto& [name, value] : json->items()) {
    if (name == "policy" && (value == "ahead" || value == "demand")) {
      ahead = value == "ahead";
    } else if (name == "quota" && value.is_number_integer()) {
      quota = value.get<std::int64_t>();
    } else {
      return refuse(request, response,
                    {Errc::bad_value, "policy: ahead or demand; quota: bytes", name});
    }
  }
  auto& blobs = context.replica.blobs();
  if (auto set = blobs.set_policy(ahead, quota); !set) {
    return refuse(request, response, set.error());
  }
  answer(response, policy_json(blobs.policy()));
}

void collect(Context& context, const Request& request, Response& response) {
  const auto collected = context.replica.blobs().collect();
  if (!collected) return refuse(request, response, collected.error());
  answer(response,
         {{"blobs", collected->blobs}, {"parts", collected->parts}, {"bytes", collected->bytes}});
}

// ---- Between nodes ------------------------------------------------------------------------------

/// The signed request of a PUT or GET stands in a header: the body is content.
Result<crypto::SignedBody> signed_request(const Request& request) {
  const auto wire = crypto::from_base64url(request.get_header_value("Linli-Request"));
  if (!wire) return fail(Errc::malformed, "no signed request in Linli-Request");
  return sync::unpack(*wire);
}

void ask(Context& context, const Request& request, Response& response) {
  const auto body = sync::unpack(request.body);
  if (!body) return refuse(request, response, body.error());
  auto wire = context.blob_desk.ask(*body);
  if (context.agent && context.replica.blobs().was_wanted_for_peer()) context.agent->nudge();
  context.metrics.exchange(request.body.size(), wire.size());
  response.set_content(std::move(wire), kWireType);
}

void deliver(Context& context, const Request& request, Response& response,
             const ContentReader& body) {
  const auto network = network_of(Door::address_of(request));
  const auto place = context.deliveries.enter(network, context.guests.knows(network));
  const auto hang_up = [&](const Error& error) {
    refuse(request, response, error);
    last_words(response, std::move(response.body), "application/problem+json", response.status);
  };
  if (!place)
    return hang_up(
        {Errc::slow_down,
         "正在上传附件的节点很多，请稍后再来 many nodes send attachments now: come again later",
         {}});
  const auto signed_body = signed_request(request);
  if (!signed_body) return hang_up(signed_body.error());
  if (request.is_multipart_form_data()) return hang_up({Errc::bad_usage, "no form", {}});
  auto delivery = context.blob_desk.begin(*signed_body);
  if (!delivery.receiving) {
    return last_words(response, context.blob_desk.pack(delivery.response), kWireType, 200);
  }
  std::optional<Error> failed;
  const bool whole = body([&](const char* bytes, std::size_t n) {
    if (auto written = delivery.receiving->write({bytes, n}); !written) failed = written.error();
    return !failed;
  });
  auto wire = context.blob_desk.end(delivery, failed);
  if (!whole) return last_words(response, std::move(wire), kWireType, 200);
  response.status = 200;
  response.set_content(std::move(wire), kWireType);
}

void fetch(Context& context, const Request& request, Response& response) {
  const auto signed_body = signed_request(request);
  if (!signed_body) return refuse(request, response, signed_body.error());
  auto content = context.blob_desk.fetch(*signed_body);
  if (!content) return refuse(request, response, content.error());
  response.set_header("Cache-Control", "no-store");
  give(response, std::move(content->reading), content->from, "application/octet-stream");
}

}  // namespace

Json blobs_json(Context& context) {
  const auto lease = context.replica.store().read();
  const auto counts = store::blob_counts(*lease);
  auto json = policy_json(context.replica.blobs().policy());
  json["held"] = counts.held;
  json["bytes"] = counts.bytes;
  json["parts"] = counts.parts;
  json["part_bytes"] = counts.part_bytes;
  json["missing"] = counts.missing;
  json["unreferenced"] = counts.idle;
  const bool is_hub = context.replica.identity().role == crypto::Role::hub;
  json["to_send"] = is_hub ? 0 : counts.unsafe;
  json["to_send_bytes"] = is_hub ? 0 : counts.unsafe_bytes;
  return json;
}

void add_blob_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  const auto with_body = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s, const ContentReader& body) {
      handler(context, q, s, body);
    };
  };
  constexpr const char* kOne = R"(/api/v1/blobs/([^/]+))";
  server.Get(kOne, with(get));
  server.Put(kOne, with_body(receive));
  server.Patch(kOne, with_body(receive));
  server.Get("/api/v1/blobs", with(list));
  server.Patch("/api/v1/blobs", with(set_policy));
  server.Post("/api/v1/blobs/collect", with(collect));
  server.Post("/api/v1/sync/blobs", with(ask));
  server.Put("/api/v1/sync/blobs", with_body(deliver));
  server.Get("/api/v1/sync/blobs", with(fetch));
}

}  // namespace linli::api
