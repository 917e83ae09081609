// A hub whose key was stolen, a relay that lies, and whoever stands in an upstream's place: what an
// office makes of it.
#include <zstd.h>

#include <set>

#include "crypto/cbor.h"
#include "crypto/tlog_proof.h"
#include "tests/hostile/scene.h"
#include "tests/hostile/spout.h"

namespace linli::hostile {
namespace {

using namespace std::chrono_literals;
using sync::ObjectKind;
using sync::Request;
using sync::Response;
using Clock = std::chrono::steady_clock;

constexpr const char* kStreet = "410700/410702/410702003";
constexpr auto kPatience = 20s;

bool until(const std::function<bool()>& met) {
  for (const auto end = Clock::now() + kPatience; Clock::now() < end;) {
    if (met()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

Json upstream(Scene& s) { return s.office().get("/api/v1/node")["upstream"]; }

void go_to(Scene& s, const std::string& url) {
  e2e::must(s.city.scratch, {"upstream", "set", "--data", s.office().data(), url});
}

/// An exchange since now has gone through.
bool well_again(Scene& s) {
  const auto trips = upstream(s)["total"]["round_trips"].get<std::int64_t>();
  return until([&] {
    const auto now = upstream(s);
    return now["state"] == "ok" && now["total"]["round_trips"].get<std::int64_t>() > trips;
  });
}

std::string first_word(const std::string& text) { return text.substr(0, text.find(':')); }

/// What the office calls it, while `from` lies so; and that it goes on when the lies end.
std::string called(Scene& s, Liar& from, Liar::Lie lie) {
  const auto told = from.told();
  from.tell(std::move(lie));
  std::string error;
  const bool noticed = until([&] {
    error = first_word(upstream(s)["last_error"].get<std::string>());
    return from.told() > told && !error.empty();
  });
  from.be_honest();
  if (!noticed) return "nothing";
  return well_again(s) ? error : error + ", and goes on no more";
}

Row lie(std::string name, std::function<Liar::Lie(Scene&)> make, std::string refused) {
  auto logged = refused == "unreachable" ? std::string() : "sync: " + refused;
  return {std::move(name),
          [make = std::move(make)](Scene& s) { return called(s, *s.liar, make(s)); },
          std::move(refused),
          std::move(logged),
          {}};
}

Liar::Lie response(std::function<void(const Request&, Response&)> change) {
  Liar::Lie lie;
  lie.response = std::move(change);
  return lie;
}

Liar::Lie wire(std::function<std::string(std::string)> change) {
  Liar::Lie lie;
  lie.wire = std::move(change);
  return lie;
}

Liar::Lie instead(std::function<void(httplib::Response&)> answer) {
  Liar::Lie lie;
  lie.instead = [answer = std::move(answer)](const httplib::Request& q, httplib::Response& s) {
    if (q.path != "/api/v1/sync") return false;
    answer(s);
    return true;
  };
  return lie;
}

// ---- What the hub hands out ---------------------------------------------------------------------

/// The bureau publishes another unit.
void publish(Scene& s) {
  static int n = 0;
  const auto unit = Json{{"code", "4107" + std::to_string(90 + n++)},
                         {"level", "district"},
                         {"parent", "410700"},
                         {"name", "示例区"},
                         {"code_authority", "local"},
                         {"valid_from", "2023-01-01"}};
  const auto made = s.hub().send("POST", "/api/v1/records/org_unit", unit.dump());
  if (!made || made->status != 201) throw std::runtime_error("the hub publishes nothing");
}

std::size_t units(Scene& s) {
  return s.office().get("/api/v1/records/org_unit?limit=1000")["items"].size();
}

bool is_parcel(const sync::Object& object) { return object.kind == ObjectKind::parcel; }

/// Does something to the parcels of the next answer that has any.
std::string next_parcels(Scene& s, std::function<void(std::vector<sync::Object>&)> change) {
  const auto before = units(s);
  auto done = std::make_shared<std::atomic<bool>>(false);
  s.liar->tell(response([done, change](const Request&, Response& r) {
    if (*done || std::none_of(r.objects.begin(), r.objects.end(), is_parcel)) return;
    change(r.objects);
    *done = true;
  }));
  publish(s);
  const bool lied = until([&] { return done->load(); });
  s.liar->be_honest();
  if (!lied || !well_again(s)) return "nothing was fetched";
  return units(s) == before ? "not taken" : "taken";
}

/// Adds an object to the next answer.
std::string with_more(Scene& s, Liar& from, const sync::Object& more) {
  const auto told = from.told();
  auto done = std::make_shared<std::atomic<bool>>(false);
  from.tell(response([done, more](const Request& q, Response& r) {
    if (*done || !q.pull || r.error) return;
    r.objects.push_back(more);
    *done = true;
  }));
  const bool lied = until([&] { return done->load(); });
  from.be_honest();
  if (!lied || from.told() == told) return "nothing was asked";
  return well_again(s) ? "passed over" : "stopped by it";
}

// ---- The history --------------------------------------------------------------------------------

/// Gives the checkpoint in a growth another text, signed by `key`.
std::string forged(const std::string& text, const crypto::SigningKey& key,
                   const std::function<void(crypto::Checkpoint&)>& change) {
  auto growth = crypto::TlogGrowth::decode(text);
  if (!growth) return text;
  const auto note = crypto::SignedNote::decode(growth->checkpoint);
  auto checkpoint = crypto::Checkpoint::decode(note->text);
  change(*checkpoint);
  crypto::SignedNote made;
  made.text = checkpoint->encode();
  made.signatures = {crypto::sign_note(key, checkpoint->origin, made.text)};
  growth->checkpoint = made.encode();
  return growth->encode();
}

/// What an office's log says of the history while it is told so.
std::string history(Scene& s, const std::string& path, const std::string& said,
                    std::function<std::string(std::string)> change) {
  const auto before = s.log().size();
  Liar::Lie lie;
  lie.text = [path, change](const std::string& at, std::string text) {
    return at == path ? change(std::move(text)) : text;
  };
  s.liar->tell(lie);
  const bool noticed =
      until([&] { return s.log().substr(before).find(said) != std::string::npos; });
  s.liar->be_honest();
  return noticed && well_again(s) ? "found out" : "not noticed";
}

constexpr const char* kGrowth = "/api/v1/sync/history";
constexpr const char* kPlace = "/api/v1/sync/history/place";
constexpr const char* kFork = "the history at the hub doesn't go on from what was seen there";

std::string other_head(Scene& s, const std::function<void(crypto::Checkpoint&)>& change) {
  auto* key = &s.liar->key();
  return history(s, kGrowth, kFork,
                 [key, change](const std::string& text) { return forged(text, *key, change); });
}

// ---- Somebody who speaks no HTTP ----------------------------------------------------------------

/// The office asks there; what it calls that, and whether it kept it all in memory.
std::string spout(Scene& s, const std::string& begin, const std::string& piece) {
  Spout there(begin, piece, 100 << 20);
  const auto memory = s.memory_mb();
  go_to(s, there.url());
  std::string error;
  const bool noticed = until([&] {
    error = first_word(upstream(s)["last_error"].get<std::string>());
    return there.served() > 0 && !error.empty();
  });
  go_to(s, s.liar->url());
  const bool well = well_again(s);
  if (!noticed || !well) return "nothing";
  return error + (s.memory_mb() - memory > 48 ? ", all of it in memory" : "");
}

// ---- A relay ------------------------------------------------------------------------------------

std::string chain_of(const std::vector<std::string>& certificates) {
  cbor::Writer w;
  w.array(certificates.size());
  for (const auto& one : certificates) w.bytes(one);
  return w.take();
}

/// What the office calls a relay with that chain; afterwards it is with the liar again.
std::string relay_called(Scene& s, const crypto::SigningKey& key, const std::string& chain) {
  Liar relay(s.hub().url(), key, chain);
  go_to(s, relay.url());
  std::string error;
  const bool noticed = until([&] {
    error = first_word(upstream(s)["last_error"].get<std::string>());
    return !error.empty();
  });
  go_to(s, s.liar->url());
  const bool well = well_again(s);
  return noticed && well ? error : "nothing";
}

/// An office elsewhere, which isn't above this one.
std::string relay_from_elsewhere(Scene& s) {
  const Mallory elsewhere(s.city.scratch, s.hub(), e2e::kCommunityB, crypto::Role::office);
  return relay_called(s, elsewhere.key(), chain_of(elsewhere.chain()));
}

std::string relay_that_widens(Scene& s) {
  auto wide = s.mallory.issue([](auto& c) { c.paths = {"410700"}; });
  auto chain = s.mallory.chain();
  chain.push_back(wide.signed_certificate);
  return relay_called(s, wide.key, chain_of(chain));
}

std::string relay_with_another_key(Scene& s) {
  const auto key = crypto::SigningKey::generate();
  return relay_called(s, key, chain_of(s.mallory.chain()));
}

/// Takes everything, says so, and keeps nothing: the office goes on saying that it isn't confirmed;
/// and when it meets the hub again, all of it goes there (Scene::hold looks).
std::string relay_that_forgets(Scene& s) {
  Liar relay(s.hub().url(), s.mallory.key(), chain_of(s.mallory.chain()));
  const auto* key = &s.mallory.key();
  Liar::Lie lie;
  auto pushed = std::make_shared<std::atomic<int>>(0);
  lie.instead = [=](const httplib::Request& q, httplib::Response& r) {
    if (q.path != "/api/v1/sync") return false;
    const auto body = sync::unpack(q.body);
    const auto asked = body ? Request::decode(body->body) : fail(Errc::malformed);
    if (!asked) return false;
    *pushed += static_cast<int>(asked->objects.size());
    Response said;
    said.request = crypto::hash({body->body});
    said.session.data.fill(7);
    said.time = sync::SystemClock().now();
    if (asked->session != said.session) said.error = Errc::unauthorised;
    if (!said.error) said.cursor = {77, asked->certificate, 1, std::string(24, 'x')};
    r.set_content(sync::pack(said.encode(), *key, crypto::kDomainResponse),
                  "application/vnd.linli+cbor");
    return true;
  };
  relay.tell(lie);
  go_to(s, relay.url());
  const bool fed = until([&] { return *pushed >= 3; });
  const bool waits =
      until([&] { return s.office().get("/api/v1/node")["waiting"]["sets"].get<int>() >= 3; });
  go_to(s, s.liar->url());
  if (!fed || !well_again(s)) return "nothing was pushed";
  return waits ? "not yet confirmed" : "confirmed";
}

/// Adds to a relay's answers what only others may say.
std::string relay_adds(Scene& s, const sync::Object& more) {
  Liar relay(s.hub().url(), s.mallory.key(), chain_of(s.mallory.chain()));
  go_to(s, relay.url());
  const auto said = well_again(s) ? with_more(s, relay, more) : "not met";
  go_to(s, s.liar->url());
  return well_again(s) ? said : said + ", and not well again";
}

sync::Object receipt_by(Scene& s, const Hash& certificate, const crypto::SigningKey& key) {
  sync::Receipt receipt;
  receipt.city = s.mallory.city();
  receipt.certificate = certificate;
  receipt.feed = crypto::random<sync::FeedId>();
  receipt.scope = e2e::kCommunityA;
  receipt.from = receipt.to = 1;
  receipt.last = crypto::random<Hash>();
  receipt.checkpoint = {1, 1, crypto::random<Hash>(), s.mallory.now()};
  const auto body = receipt.encode();
  return {ObjectKind::receipt,
          crypto::SignedBody{body, key.sign(crypto::kDomainReceipt, body)}.encode()};
}

std::string bomb() {
  const std::string zeros(64 << 20, '\0');
  return '\x01' + sync::compress(zeros, 1);
}

}  // namespace

std::vector<Row> upstream_attacks() {
  return {
      lie(
          "an answer signed by another key",
          [](Scene&) {
            return wire([](const std::string& answer) {
              const auto key = crypto::SigningKey::generate();
              return sync::pack(sync::unpack(answer)->body, key, crypto::kDomainResponse);
            });
          },
          "bad_signature"),
      lie(
          "the answer to another request",
          [](Scene&) {
            return wire([first = std::make_shared<std::string>()](std::string answer) {
              if (first->empty()) *first = answer;
              return *first;
            });
          },
          "bad_input"),
      lie(
          "no message at all", [](Scene&) { return wire([](auto) { return std::string("x"); }); },
          "malformed"),
      lie(
          "an empty answer", [](Scene&) { return wire([](auto) { return std::string(); }); },
          "malformed"),
      lie(
          "a bomb", [](Scene&) { return wire([](auto) { return bomb(); }); }, "too_large"),
      lie(
          "an answer of 20 MiB",
          [](Scene&) { return wire([](auto) { return std::string(20 << 20, 'x'); }); },
          "too_large"),
      lie(
          "promises more for ever, and sends nothing",
          [](Scene&) { return response([](auto&, auto& r) { r.more = true; }); }, "malformed"),
      lie(
          "a verdict on what was never sent",
          [](Scene&) {
            return response([](auto&, auto& r) { r.verdicts = {{5'000, Errc::fork, "", 0}}; });
          },
          "malformed"),
      lie(
          "no place to go on from",
          [](Scene&) { return response([](auto&, auto& r) { r.cursor = {}; }); }, "malformed"),
      lie(
          "doesn't know who asks, for ever",
          [](Scene&) {
            return response([](auto&, auto& r) {
              r.error = Errc::unauthorised;
              r.cursor = {};
            });
          },
          "unauthorised"),
      lie(
          "sends the office elsewhere (302)",
          [](Scene&) {
            return instead([](auto& r) { r.set_redirect("http://127.0.0.1:1/api/v1/sync"); });
          },
          "unreachable"),
      lie(
          "an error page in the place of an answer",
          [](Scene&) {
            return instead([](auto& r) {
              r.status = 500;
              r.set_content("<html>login required</html>", "text/html");
            });
          },
          "unreachable"),
      {"a body without an end",
       [](Scene& s) {
         return spout(s, "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n", std::string(1 << 16, 'x'));
       },
       "too_large", "sync: too_large"},
      {"adds a receipt of the hub's for something else",
       [](Scene& s) {
         return with_more(s, *s.liar,
                          receipt_by(s, s.mallory.hub(), crypto::SigningKey::generate()));
       },
       "passed over"},
      {"rewrites the history (another root)",
       [](Scene& s) { return other_head(s, [](auto& c) { c.root.data[0] ^= 1; }); }, "found out",
       kFork},
      {"forgets the end of the history",
       [](Scene& s) { return other_head(s, [](auto& c) { c.size = 2; }); }, "found out", kFork},
      {"begins the history anew",
       [](Scene& s) {
         return other_head(
             s, [](auto& c) { c.origin = c.origin.substr(0, c.origin.rfind('/') + 1) + "4711"; });
       },
       "found out", "the hub began its history anew"},
      {"a history that somebody else signed",
       [](Scene& s) {
         return history(s, kGrowth, "the hub's history wasn't proven", [](const std::string& text) {
           const auto key = crypto::SigningKey::generate();
           return forged(text, key, [](auto&) {});
         });
       },
       "found out", "the hub's history wasn't proven"},
      {"a history in which what was confirmed doesn't stand",
       [](Scene& s) {
         return history(s, kPlace, kFork, [](const std::string& text) {
           auto proof = crypto::TlogProof::decode(text);
           if (!proof || proof->hashes.empty()) return text;
           proof->hashes[0].data[0] ^= 1;
           return proof->encode();
         });
       },
       "found out", "what a receipt confirms isn't in the history"},
      {"a relay with the key of another node", relay_with_another_key, "bad_signature",
       "sync: bad_signature"},
      {"a relay that isn't above the office", relay_from_elsewhere, "stranger", "sync: stranger",
       "certificates *"},
      {"a relay whose certificate is wider than its issuer's", relay_that_widens, "stranger",
       "sync: stranger"},
      {"a relay that adds a receipt of its own",
       [](Scene& s) { return relay_adds(s, receipt_by(s, s.mallory.me().hash, s.mallory.key())); },
       "passed over"},
      {"a relay that adds a course, which only the bureau writes",
       [](Scene& s) {
         return relay_adds(s, s.mallory.write_aside([](auto& set) {
           set.feed.scope = e2e::kCommunityA;
           set.changes[0].type = 31;
         }));
       },
       "passed over", "kept as evidence: forbidden", "evidence 1"},
      {"a relay that adds a change set in the hub's name",
       [](Scene& s) {
         const auto hub = *s.mallory.book().find(s.mallory.hub());
         return relay_adds(s, s.mallory.write_aside([&](auto& set) {
           set.feed.scope = "410700";
           set.feed.author = hub.subject;
           set.feed.audience = sync::Audience::below;
           set.certificate = s.mallory.hub();
         }));
       },
       "passed over", "kept as evidence: bad_signature", "evidence 1"},
      {"a relay that acknowledges everything and keeps nothing", relay_that_forgets,
       "not yet confirmed"},
      {"alters a change set of the bureau's",
       [](Scene& s) {
         return next_parcels(s, [](auto& objects) {
           for (auto& object : objects) {
             if (!is_parcel(object)) continue;
             auto parcel = *sync::Parcel::decode(object.bytes);
             parcel.body[parcel.body.size() - 1] ^= 1;
             object.bytes = parcel.encode();
           }
         });
       },
       "not taken", "kept as evidence: bad_signature", "evidence 1, waiting 1"},
      {"withholds it from now on: what comes behind it waits",
       [](Scene& s) { return next_parcels(s, [](auto&) {}); }, "not taken", "", "waiting 2"},
      {"confirms nothing any more",
       [](Scene& s) {
         s.liar->tell(response([](auto&, auto& r) {
           std::erase_if(r.objects, [](const auto& o) { return !is_parcel(o); });
         }));
         const auto sets = [&] {
           return s.office().get("/api/v1/node")["waiting"]["sets"].template get<int>();
         };
         const bool stuck = until([&] { return sets() >= 3; });
         s.liar->be_honest();
         return std::string(stuck && well_again(s) ? "not yet confirmed" : "confirmed");
       },
       "not yet confirmed"},
  };
}

TEST_CASE("upstream: an office believes no hub and no relay more than they can prove",
          "[hostile][upstream]") {
  Scene::Plan plan;
  plan.target = "office";
  plan.role = crypto::Role::street;
  plan.scope = kStreet;
  Scene scene(std::move(plan));
  const auto key = crypto::SigningKey::load(std::filesystem::path(scene.hub().data()) / "node.key");
  REQUIRE(key);
  scene.liar = std::make_unique<Liar>(scene.hub().url(), *key);
  go_to(scene, scene.liar->url());
  REQUIRE(well_again(scene));
  scene.hold(upstream_attacks());
  scene.end();
  scene.liar.reset();  // It signs with the key, which goes before the scene does.
}

}  // namespace linli::hostile
