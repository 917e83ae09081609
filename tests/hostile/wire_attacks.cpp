// Sync requests that no honest node would send.
#include <random>

#include "crypto/cbor.h"
#include "sync/live.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

using sync::Request;

constexpr std::size_t kMiB = 1 << 20;

std::string post(Scene& s, const std::string& wire) { return s.mallory.post(wire).text(); }

/// As it goes over the line, uncompressed.
std::string plain(const std::string& body, const crypto::Signature& signature) {
  return std::string(1, '\0') + crypto::SignedBody{body, signature}.encode();
}

std::string signed_by_mallory(Scene& s, const std::string& body) {
  return plain(body, s.mallory.key().sign(crypto::kDomainRequest, body));
}

/// A request's body in order, with a session: what is done to it is what gets refused.
std::string good_body(Scene& s, const Spoil& spoil = {}) {
  (void)s.mallory.ask();
  return sync::unpack(s.mallory.request(spoil))->body;
}

/// Puts an entry into a request's map, behind what is there.
std::string with_key(std::string body, std::int64_t key, const std::string& value) {
  body[0] = static_cast<char>(body[0] + 1);
  return body + cbor::encode_int(key) + value;
}

/// Posts every variant of a message: "none taken", or how many were.
std::string none_of(Scene& s, const std::string& good, const std::vector<std::string>& wires) {
  const auto original = sync::unpack(good);
  std::size_t taken = 0;
  for (const auto& wire : wires) {
    // zstd has bits that mean nothing: what reads as the same message is the same.
    const auto open = sync::unpack(wire);
    if (open && open->body == original->body && open->signature == original->signature) continue;
    const auto said = s.mallory.post(wire);
    taken += said.response && !said.response->error;
    if (said.status == 0 || said.status >= 500) return "broke it: " + said.text();
  }
  return taken ? std::to_string(taken) + " taken" : "none taken";
}

std::string flipped(std::string bytes, std::size_t at, unsigned bit) {
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1u << bit));
  return bytes;
}

/// Each byte with one bit turned around.
std::vector<std::string> all_flips(const std::string& wire) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    all.push_back(flipped(wire, i, static_cast<unsigned>(i * 5 % 8)));
  }
  return all;
}

std::string flip_request(Scene& s, bool compressed) {
  const auto object = s.mallory.write_aside();
  (void)s.mallory.ask();
  auto wire = s.mallory.request(
      [&](auto& q) { q.objects = std::vector<sync::Object>(compressed ? 3 : 1, object); });
  if (!compressed) {
    const auto open = sync::unpack(wire);
    wire = plain(open->body, open->signature);
  }
  if (compressed != (wire[0] == 1)) return "not the encoding that was meant";
  return none_of(s, wire, all_flips(wire));
}

std::string flip_object(Scene& s) {
  const auto good = s.mallory.write_aside();
  std::vector<sync::Object> all;
  for (const auto& bytes : all_flips(good.bytes)) all.push_back({good.kind, bytes});
  const auto said = s.mallory.ask([&](auto& q) { q.objects = all; });
  if (!said.response || said.response->error) return said.text();
  const auto& verdicts = said.response->verdicts;
  const bool good_one = std::any_of(verdicts.begin(), verdicts.end(),
                                    [](const auto& v) { return v.refused == Errc::replay; });
  return verdicts.size() == all.size() && !good_one ? "none taken" : "some taken";
}

std::string live(Scene& s, const sync::LiveToken& token, const crypto::SigningKey& key) {
  return s.mallory.http("GET", "/api/v1/sync/live", {},
                        {{"Authorization", "Linli " + token.sign(key)}});
}

sync::LiveToken token_of(Scene& s) {
  return {s.mallory.city(), s.mallory.me().hash, s.mallory.hub(), s.mallory.now()};
}

/// Opens a stream with a token, and comes again with it.
std::string live_twice(Scene& s) {
  const auto token = token_of(s).sign(s.mallory.key());
  node::HttpClient first(s.hub().url());
  std::string second;
  (void)first.stream(
      "/api/v1/sync/live", {{"Authorization", "Linli " + token}}, [&](std::string_view) {
        second =
            s.mallory.http("GET", "/api/v1/sync/live", {}, {{"Authorization", "Linli " + token}});
        return false;
      });
  return second;
}

/// Everything from the beginning: how many change sets come that the reader's paths don't cover.
std::string read_all(Scene& s) {
  std::size_t others = 0, all = 0;
  sync::Cursor cursor;
  for (bool more = true; more;) {
    const auto said = s.mallory.ask([&](Request& q) {
      q.pull = true;
      q.include_own = true;
      q.cursor = cursor;
    });
    if (!said.response || said.response->error) return said.text();
    for (const auto& object : said.response->objects) {
      if (object.kind != sync::ObjectKind::parcel) continue;
      const auto set = sync::Parcel::decode(object.bytes);
      const auto header = sync::decode_change_set_header(set->body);
      ++all;
      others +=
          !sync::may_read(s.mallory.me().certificate, header->feed.scope, header->feed.audience);
    }
    cursor = said.response->cursor;
    more = said.response->more;
  }
  return all > 0 && others == 0 ? "nothing of others" : std::to_string(others) + " of others";
}

/// Asks how far the honest office's own feed has got.
std::string spy_on_feed(Scene& s) {
  const auto node = s.office().get("/api/v1/node");
  const sync::FeedName name{
      crypto::AuthorId::of(*crypto::from_hex(node["author"].get<std::string>())),
      e2e::kCommunityA,
      sync::Audience::ancestors,
      {}};
  const auto said = s.mallory.ask([&](auto& q) { q.ask = {name.id(s.mallory.city())}; });
  if (!said.response || said.response->error) return said.text();
  return said.response->frontiers.empty() ? "nothing" : "told";
}

std::string replay_recorded(Scene& s) {
  std::string all;
  for (const auto& wire : s.mallory.recorded()) {
    const auto said = post(s, wire);
    if (all.find(said) == std::string::npos) all += (all.empty() ? "" : ", ") + said;
  }
  return all;
}

std::string replay_elsewhere(Scene& s) {
  (void)s.mallory.ask();
  const auto wire = s.mallory.request();
  s.mallory.turn_to(s.office());
  const auto unknown = s.mallory.hello(s.mallory.chain());
  const auto answer = s.mallory.answer("POST", "/api/v1/sync", wire);
  s.mallory.turn_to(s.hub());
  const auto body = sync::unpack(answer.body);
  const auto said = body ? sync::Response::decode(body->body) : fail(Errc::malformed);
  if (!said || !said->error) return "taken";
  return unknown + ", then 200 " + std::string(info(*said->error).name);
}

std::string cursor_of_another(Scene& s) {
  auto known = s.mallory.issue();
  (void)s.mallory.hello_with({&known});
  const auto theirs = s.mallory.ask([](auto& q) { q.pull = true; }, &known);
  if (!theirs.response) return theirs.text();
  return s.mallory
      .ask([&](auto& q) {
        q.pull = true;
        q.cursor = theirs.response->cursor;
        q.cursor.certificate = s.mallory.me().hash;
      })
      .text();
}

std::vector<sync::Object> many(std::size_t n, sync::ObjectKind kind, std::size_t bytes) {
  return std::vector<sync::Object>(n, {kind, std::string(bytes, 'x')});
}

}  // namespace

std::vector<Row> wire_attacks() {
  const auto spoilt = [](const Spoil& spoil) {
    return [spoil](Scene& s) { return s.mallory.ask(spoil).text(); };
  };
  return {
      {"an empty request", [](Scene& s) { return post(s, ""); }, "400 malformed"},
      {"random bytes", [](Scene& s) { return post(s, std::string("\0\x8f\x3a\xff\x91", 5)); },
       "400 malformed"},
      {"a compression that doesn't exist", [](Scene& s) { return post(s, "\x07hello"); },
       "400 malformed"},
      {"a bomb that says how large it is (64 MiB of zeros)",
       [](Scene& s) { return post(s, bomb(64 * kMiB, true)); }, "413 too_large"},
      {"a bomb that doesn't say so", [](Scene& s) { return post(s, bomb(64 * kMiB, false)); },
       "413 too_large"},
      {"a zstd window of 128 MiB",
       [](Scene& s) {
         // Frame header without a size, window 2^27, and one empty block.
         return post(s, '\x01' + std::string("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", 9));
       },
       "413 too_large"},
      {"bytes behind the zstd frame", [](Scene& s) { return post(s, bomb(kMiB, true) + "more"); },
       "400 malformed"},
      {"arrays in arrays, ten thousand deep",
       [](Scene& s) { return post(s, '\0' + std::string(10'000, '\x81')); }, "400 malformed"},
      {"an unknown key with values 40 deep",
       [](Scene& s) {
         return post(
             s, signed_by_mallory(s, with_key(good_body(s), 99, std::string(40, '\x81') + '\x01')));
       },
       "200 malformed"},
      {"a list that says it has 2^40 objects",
       [](Scene& s) {
         return post(s, signed_by_mallory(
                            s, with_key(good_body(s), 9, std::string("\x9b\0\0\1\0\0\0\0\0", 9))));
       },
       "200 malformed"},
      {"a byte string that says it has 2^62 bytes",
       [](Scene& s) {
         return post(s, signed_by_mallory(s, with_key(good_body(s), 99,
                                                      std::string("\x5b\x40\0\0\0\0\0\0\0", 9))));
       },
       "200 malformed"},
      {"a critical key that nobody knows",
       [](Scene& s) {
         return post(s, signed_by_mallory(s, with_key(good_body(s), -7, cbor::encode_int(1))));
       },
       "200 unknown_critical"},
      {"another protocol's number", spoilt([](auto& q) { q.protocol = 2; }), "200 newer_version"},
      {"another city's request", spoilt([](auto& q) { q.city = crypto::random<Hash>(); }),
       "200 other_city"},
      {"a certificate that nobody has seen",
       spoilt([](auto& q) { q.certificate = crypto::random<Hash>(); }), "200 unknown_certificate"},
      {"one bit of each byte of a request turned around",
       [](Scene& s) { return flip_request(s, false); }, "none taken"},
      {"one bit of each byte of a compressed request turned around",
       [](Scene& s) { return flip_request(s, true); }, "none taken"},
      {"a request cut off behind each byte",
       [](Scene& s) {
         (void)s.mallory.ask();
         const auto open = sync::unpack(s.mallory.request());
         const auto wire = plain(open->body, open->signature);
         std::vector<std::string> all;
         for (std::size_t n = 0; n < wire.size(); ++n) all.push_back(wire.substr(0, n));
         return none_of(s, wire, all);
       },
       "none taken"},
      {"a pushed change set with one bit of each byte turned around",
       [](Scene& s) { return flip_object(s); }, "none taken", "kept as evidence: bad_signature",
       "evidence *, waiting *"},
      {"in an office's name, signed by another key",
       [](Scene& s) {
         const auto body = good_body(s);
         const auto other = crypto::SigningKey::generate();
         return post(s, plain(body, other.sign(crypto::kDomainRequest, body)));
       },
       "200 bad_signature"},
      {"in the hub's own name",
       [](Scene& s) {
         const auto hub = s.mallory.hub();
         return s.mallory.ask([&](auto& q) { q.certificate = hub; }).text();
       },
       "200 bad_signature"},
      {"one request's signature under another",
       [](Scene& s) {
         const auto a = good_body(s), b = good_body(s, [](auto&q) { q.pull = true; });
         return post(s, plain(a, s.mallory.key().sign(crypto::kDomainRequest, b)));
       },
       "200 bad_signature"},
      {"a signature made for a change set",
       [](Scene& s) {
         const auto body = good_body(s);
         return post(s, plain(body, s.mallory.key().sign(crypto::kDomainChangeSet, body)));
       },
       "200 bad_signature"},
      {"a signature of zeros", [](Scene& s) { return post(s, plain(good_body(s), {})); },
       "200 bad_signature"},
      {"a request sent twice",
       [](Scene& s) {
         (void)s.mallory.ask();
         const auto wire = s.mallory.request();
         const auto first = post(s, wire);
         return first + ", then " + post(s, wire);
       },
       "200, then 200 unauthorised"},
      {"a recorded exchange played back", replay_recorded, "200 unauthorised"},
      {"a request for the hub played back to an office", replay_elsewhere,
       "200, then 200 unauthorised"},
      {"a cursor of its own making", spoilt([](auto& q) {
         q.pull = true;
         q.cursor = {7, q.certificate, 1'000'000, std::string(24, '\x5a')};
       }),
       "200 bad_cursor"},
      {"the cursor of another node", cursor_of_another, "200 bad_cursor", "", "certificates *"},
      {"reads everything from the beginning, others' as well", read_all, "nothing of others"},
      {"asks how far another office has got", spy_on_feed, "nothing"},
      {"asks for 2,001 frontiers", spoilt([](auto& q) { q.ask.assign(2'001, sync::FeedId{}); }),
       "200 too_large"},
      {"10,001 objects",
       spoilt([](auto& q) { q.objects = many(10'001, sync::ObjectKind::parcel, 0); }),
       "200 too_large"},
      {"an object of a kind that doesn't exist",
       [](Scene& s) { return s.mallory.push(many(1, sync::ObjectKind{99}, 10)); }, "malformed"},
      {"an object over 1.5 MiB",
       [](Scene& s) {
         return s.mallory.push(many(1, sync::ObjectKind::parcel, sync::kObjectBytesMax + 1));
       },
       "too_large"},
      {"a body of 9 MiB", [](Scene& s) { return post(s, std::string(9 * kMiB, 'x')); },
       "413 too_large"},
      {"a live stream without a token",
       [](Scene& s) { return s.mallory.http("GET", "/api/v1/sync/live"); }, "401 unauthorised"},
      {"a live token in another's name",
       [](Scene& s) {
         auto token = token_of(s);
         token.certificate = s.mallory.hub();
         return live(s, token, s.mallory.key());
       },
       "403 bad_signature"},
      {"a live token that was shown to another node",
       [](Scene& s) {
         auto token = token_of(s);
         token.server = s.mallory.me().hash;
         return live(s, token, s.mallory.key());
       },
       "403 stranger"},
      {"a live token of an hour ago",
       [](Scene& s) {
         auto token = token_of(s);
         token.time -= 3'600'000'000;
         return live(s, token, s.mallory.key());
       },
       "403 expired"},
      {"a live token shown twice", live_twice, "409 replay"},
      {"a live token of 7,000 characters",
       [](Scene& s) {
         return s.mallory.http("GET", "/api/v1/sync/live", {},
                               {{"Authorization", "Linli " + std::string(7'000, 'A')}});
       },
       "400 malformed"},
  };
}

}  // namespace linli::hostile
