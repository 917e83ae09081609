// Who isn't invited, or was invited once.
#include "node/admission.h"
#include "node/enrolment.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

constexpr const char* kEnrol = "/api/v1/enrol";
constexpr const char* kAsk = "/api/v1/enrol/ask";

node::Invite invited(Scene& s) {
  const auto line =
      e2e::must(s.city.scratch, {"invite", "--data", s.hub().data(), "--role", "office", "--scope",
                                 e2e::kCommunityB, "--name", "新社区"});
  return *node::Invite::parse(line);
}

std::string enrol(Scene& s, const sync::Nonce& secret, const crypto::SigningKey& key,
                  const crypto::SigningKey* signer = nullptr) {
  const node::EnrolRequest request{secret, key.public_key(), key.sealing_key()};
  return s.mallory.http("POST", kEnrol, request.encode(signer ? *signer : key));
}

std::string join_request(Scene& s, const crypto::SigningKey& key,
                         std::optional<node::Issuer> to = {},
                         const crypto::SigningKey* signer = nullptr) {
  node::JoinRequest request;
  request.signing_key = key.public_key();
  request.sealing_key = key.sealing_key();
  request.name = "外来机器\n<script>";
  request.made = s.mallory.now();
  request.expires = request.made + 86'400'000'000;
  request.to = std::move(to);
  return request.encode(signer ? *signer : key);
}

std::string twice(Scene& s) {
  const auto invite = invited(s);
  const auto first = crypto::SigningKey::generate(), second = crypto::SigningKey::generate();
  const auto said = enrol(s, invite.secret, first);
  return said + ", then " + enrol(s, invite.secret, second);
}

/// What somebody recorded who listened: the same request, word for word.
std::string recorded(Scene& s) {
  const auto invite = invited(s);
  const auto key = crypto::SigningKey::generate();
  const node::EnrolRequest request{invite.secret, key.public_key(), key.sealing_key()};
  const auto wire = request.encode(key);
  const auto a = s.mallory.answer("POST", kEnrol, wire), b = s.mallory.answer("POST", kEnrol, wire);
  return a.status == 200 && b.status == 200 && a.body == b.body ? "the same answer" : "another";
}

std::string ten_at_once(Scene& s) {
  const auto invite = invited(s);
  std::atomic<int> in{0};
  std::vector<std::thread> all;
  for (int i = 0; i < 10; ++i) {
    all.emplace_back([&] {
      const auto key = crypto::SigningKey::generate();
      const node::EnrolRequest request{invite.secret, key.public_key(), key.sealing_key()};
      node::HttpClient client(s.hub().url());
      const auto said =
          client.send("POST", kEnrol, request.encode(key), "application/octet-stream");
      in += said && said->status == 200;
    });
  }
  for (auto& one : all) one.join();
  return std::to_string(in) + " of 10 let in";
}

std::string guess(Scene& s) {
  for (int i = 0; i < 300; ++i) {
    const auto said = enrol(s, crypto::random<sync::Nonce>(), crypto::SigningKey::generate());
    if (said != "401 unauthorised") return said;
  }
  return "401 unauthorised";
}

std::string crowd(Scene& s) {
  std::size_t waiting = 0;
  for (int i = 0; i < 40; ++i) {
    const auto said = s.mallory.http("POST", kAsk, join_request(s, crypto::SigningKey::generate()));
    if (said != "202") return said + " after " + std::to_string(waiting);
    ++waiting;
  }
  return "all wait";
}

std::string swapped(Scene& s) {
  // In the middle: somebody else's key in the request of a machine that asks to join.
  const auto victim = crypto::SigningKey::generate(), own = crypto::SigningKey::generate();
  return s.mallory.http("POST", kAsk, join_request(s, victim, {}, &own));
}

}  // namespace

std::vector<Row> enrolment_attacks() {
  return {
      {"an invite used a second time, by another key", twice, "200, then 401 unauthorised", "",
       "sets 1"},
      {"one invite, ten at once", ten_at_once, "1 of 10 let in", "", "sets 1"},
      {"a recorded enrolment played back", recorded, "the same answer", "", "sets 1"},
      {"guesses 300 invites' secrets", guess, "401 unauthorised"},
      {"an invite shown for a key that it doesn't hold",
       [](Scene& s) {
         const auto invite = invited(s);
         const auto victim = crypto::SigningKey::generate(), own = crypto::SigningKey::generate();
         return enrol(s, invite.secret, victim, &own);
       },
       "403 bad_signature"},
      {"an enrolment request of random bytes",
       [](Scene& s) { return s.mallory.http("POST", kEnrol, "\x93\x01\x02\x03"); },
       "400 malformed"},
      {"one of 5,000 bytes",
       [](Scene& s) { return s.mallory.http("POST", kEnrol, std::string(5'000, 'x')); },
       "413 too_large"},
      {"a request to join with another's key", swapped, "403 bad_signature"},
      {"a request to join that was made for another node",
       [](Scene& s) {
         const auto other = crypto::SigningKey::generate();
         return s.mallory.http("POST", kAsk,
                               join_request(s, crypto::SigningKey::generate(),
                                            node::Issuer{s.mallory.city(), other.public_key()}));
       },
       "403 forbidden"},
      {"a request to join of 5,000 bytes",
       [](Scene& s) { return s.mallory.http("POST", kAsk, std::string(5'000, 'x')); },
       "413 too_large"},
      {"forty machines that nobody knows ask to join", crowd, "429 slow_down after 32"},
      {"and a machine that means well asks from elsewhere",
       [](Scene& s) {
         return s.mallory.http("POST", kAsk, join_request(s, crypto::SigningKey::generate()),
                               {{"X-Forwarded-For", "10.1.1.2"}});
       },
       "202"},
      {"admits itself, from another machine",
       [](Scene& s) {
         return s.mallory.http("POST", "/api/v1/admissions", R"({"id":"00"})",
                               {{"X-Forwarded-For", "10.1.1.1"}}, "application/json");
       },
       "403 forbidden"},
      {"takes another node's place: its invite answered by an office",
       [](Scene& s) {
         // What answers at that address isn't who the invite names.
         auto invite = invited(s);
         invite.inviter = s.mallory.me().hash;
         const auto dir = s.city.scratch / "lured";
         const sync::SystemClock clock;
         const auto joined = node::join(dir, invite, s.hub().url(), clock);
         if (joined) return std::string("joined");
         return std::string(info(joined.error().code).name) +
                (std::filesystem::exists(dir / "linli.db") ? ", and a node is left" : "");
       },
       "stranger", "", "sets 1"},
  };
}

}  // namespace linli::hostile
