// Attachments: fetched without a right, delivered as something else, or as somebody else.
#include "sync/blobs.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

using sync::BlobAnswer;
using sync::BlobRequest;

constexpr const char* kPath = "/api/v1/sync/blobs";

/// A photo that the bureau has, as bytes, and its name.
const std::string& photo() {
  static const std::string bytes = "\xff\xd8\xff" + std::string(50'000, 'p');
  return bytes;
}
Hash photo_name() { return crypto::hash({photo()}); }

void bring_photo(Scene& s) {
  const auto put = s.hub().send("PUT", "/api/v1/blobs/" + crypto::to_hex(photo_name().view()),
                                photo(), "application/octet-stream");
  if (!put || put->status / 100 != 2) throw std::runtime_error("the hub doesn't take the photo");
}

/// Requests of one run, whose counters go up.
struct Asking {
  sync::Nonce session{};
  std::uint64_t counter = 0;
};

std::string pack(Scene& s, Asking& asking, const std::function<void(BlobRequest&)>& spoil) {
  BlobRequest q;
  q.city = s.mallory.city();
  q.certificate = s.mallory.me().hash;
  q.session = asking.session;
  q.counter = ++asking.counter;
  if (spoil) spoil(q);
  return sync::pack(q.encode(), s.mallory.key(), crypto::kDomainBlobRequest);
}

/// "no", "send", … of the first answer; the error's name if there is one.
std::string told(const node::HttpAnswer& answer) {
  if (answer.status != 200) {
    const auto json = Json::parse(answer.body, nullptr, false);
    const auto code = json.is_object() ? json.value("code", "") : "";
    return std::to_string(answer.status) + (code.empty() ? "" : " " + code);
  }
  const auto open = sync::unpack(answer.body);
  const auto response = open ? sync::BlobResponse::decode(open->body) : fail(Errc::malformed);
  if (!response) return "200";
  if (response->error) return std::string(info(*response->error).name);
  if (response->answers.empty()) return "200";
  static const char* const kStates[] = {"no", "held", "send", "prove", "available", "full"};
  return kStates[static_cast<int>(response->answers.front().state)];
}

Asking entered(Scene& s) {
  Asking asking;
  const auto answer = s.mallory.answer("POST", kPath, pack(s, asking, {}));
  const auto open = sync::unpack(answer.body);
  if (!open) return asking;
  const auto response = sync::BlobResponse::decode(open->body);
  asking.session = response->session;
  asking.counter = std::max(asking.counter, response->counter);
  return asking;
}

std::string ask(Scene& s, const std::function<void(BlobRequest&)>& spoil) {
  auto asking = entered(s);
  return told(s.mallory.answer("POST", kPath, pack(s, asking, spoil)));
}

std::string fetch(Scene& s, const std::function<void(BlobRequest&)>& spoil) {
  auto asking = entered(s);
  return told(s.mallory.answer("GET", kPath, {},
                               {{"Linli-Request", crypto::to_base64url(pack(s, asking, spoil))}}));
}

std::string deliver(Scene& s, const std::string& content,
                    const std::function<void(BlobRequest&)>& spoil) {
  auto asking = entered(s);
  return told(s.mallory.answer("PUT", kPath, content,
                               {{"Linli-Request", crypto::to_base64url(pack(s, asking, spoil))}}));
}

std::function<void(BlobRequest&)> offer(Hash name, std::uint64_t size, std::uint64_t from) {
  return [=](BlobRequest& q) {
    q.offers = {{name, size, {}, {}}};
    q.from = from;
  };
}

}  // namespace

std::vector<Row> blob_attacks() {
  return {
      {"random bytes", [](Scene& s) { return told(s.mallory.answer("POST", kPath, "\x09zzz")); },
       "400 malformed"},
      {"in the hub's name",
       [](Scene& s) {
         const auto hub = s.mallory.hub();
         return ask(s, [&](auto& q) { q.certificate = hub; });
       },
       "bad_signature"},
      {"another city's request",
       [](Scene& s) { return ask(s, [](auto& q) { q.city = crypto::random<Hash>(); }); },
       "other_city"},
      {"a request sent twice",
       [](Scene& s) {
         auto asking = entered(s);
         const auto wire = pack(s, asking, {});
         (void)s.mallory.answer("POST", kPath, wire);
         return told(s.mallory.answer("POST", kPath, wire));
       },
       "unauthorised"},
      {"1,001 offers",
       [](Scene& s) {
         return ask(s, [](auto& q) { q.offers.assign(1'001, {photo_name(), 1, {}, {}}); });
       },
       "too_large"},
      {"fetches another's photo by its name",
       [](Scene& s) {
         bring_photo(s);
         return fetch(s, [](auto& q) {
           q.wishes = {photo_name()};
           q.from = 0;
         });
       },
       "404 not_found"},
      {"wishes for another's photo",
       [](Scene& s) { return ask(s, [](auto& q) { q.wishes = {photo_name()}; }); }, "no"},
      {"offers another's photo, of which it knows the name only",
       [](Scene& s) {
         return ask(s, [](auto& q) { q.offers = {{photo_name(), photo().size(), {}, {}}}; });
       },
       "prove"},
      {"… with a proof of its own making",
       [](Scene& s) {
         return ask(s, [](auto& q) {
           q.offers = {{photo_name(), photo().size(), {}, crypto::random<Hash>()}};
         });
       },
       "no"},
      {"offers in an office's name that it never carried for",
       [](Scene& s) {
         const auto author = s.office().get("/api/v1/node")["author"].get<std::string>();
         return ask(s, [&](auto& q) {
           q.offers = {
               {crypto::random<Hash>(), 10, {sync::AuthorId::of(*crypto::from_hex(author))}, {}}};
         });
       },
       "no"},
      {"a photo of 2^40 bytes",
       [](Scene& s) {
         return ask(s, [](auto& q) {
           q.offers = {{crypto::random<Hash>(), std::uint64_t{1} << 40, {}, {}}};
         });
       },
       "no"},
      {"content that isn't what its name says",
       [](Scene& s) {
         return deliver(s, std::string(1'000, 'x'), offer(crypto::hash({"else"}), 1'000, 0));
       },
       "altered"},
      {"content from the middle on",
       [](Scene& s) {
         return deliver(s, std::string(1'000, 'x'), offer(crypto::hash({"x"}), 5'000, 1'000));
       },
       "gap"},
      {"more content than was offered",
       [](Scene& s) {
         return deliver(s, std::string(2'000, 'x'), offer(crypto::hash({"y"}), 1'000, 0));
       },
       "too_large"},
      {"content without a signed request",
       [](Scene& s) { return told(s.mallory.answer("PUT", kPath, "x")); }, "400 malformed"},
      {"a name that leads out of the folder",
       [](Scene& s) {
         return told(s.mallory.answer("GET", "/api/v1/blobs/..%2f..%2flinli.db")) + ", " +
                told(s.mallory.answer("GET", "/api/v1/blobs/%2e%2e")) + ", " +
                told(s.mallory.answer("GET", "/api/v1/blobs/" + std::string(64, 'A')));
       },
       "404 not_found, 422 bad_value, 422 bad_value"},
  };
}

}  // namespace linli::hostile
