// Change sets and words of the hub that no honest node would write, pushed in requests that are in
// order.
#include "crypto/cbor.h"
#include "sync/ruling.h"
#include "sync/snapshot_parcel.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

using sync::ChangeSet;
using sync::ObjectKind;

std::string push(Scene& s, const SpoilSet& spoil) {
  return s.mallory.push({s.mallory.write_aside(spoil)});
}

Row spoilt(std::string name, SpoilSet spoil, std::string refused, std::string logged = {},
           std::string left = {}) {
  return {std::move(name), [spoil = std::move(spoil)](Scene& s) { return push(s, spoil); },
          std::move(refused), std::move(logged), std::move(left)};
}

/// A set of the own scope whose bytes name another scope of the same length, signed as they are.
std::string push_scope(Scene& s, std::string scope) {
  const auto& own = s.mallory.scope();
  scope.resize(own.size(), '0');
  auto body = s.mallory.body();
  body.replace(body.find(own), own.size(), scope);
  return s.mallory.push({s.mallory.seal(body)});
}

std::string push_scopes(Scene& s, const std::vector<std::string>& scopes) {
  std::string all;
  for (const auto& scope : scopes) {
    const auto said = push_scope(s, scope);
    if (all.find(said) == std::string::npos) all += (all.empty() ? "" : ", ") + said;
  }
  return all;
}

/// A word of the hub's, made up: `sign` with the own key, or bytes in its name.
template <class Word>
sync::Object word(Scene& s, ObjectKind kind, Word made, std::string_view domain, bool own_name) {
  made.city = s.mallory.city();
  made.certificate = own_name ? s.mallory.me().hash : s.mallory.hub();
  made.scope = s.mallory.scope();
  const auto body = made.encode();
  return {kind, crypto::SignedBody{body, s.mallory.key().sign(domain, body)}.encode()};
}

sync::Object receipt(Scene& s, bool own_name) {
  sync::Receipt made;
  made.feed = crypto::random<sync::FeedId>();
  made.from = made.to = 1;
  made.last = crypto::random<Hash>();
  made.checkpoint = {1, 1, crypto::random<Hash>(), s.mallory.now()};
  return word(s, ObjectKind::receipt, made, crypto::kDomainReceipt, own_name);
}

sync::Object ruling(Scene& s, bool own_name) {
  sync::Ruling made;
  made.feed = crypto::random<sync::FeedId>();
  made.seq = 1;
  made.set = crypto::random<Hash>();
  made.verdict = sync::Ruling::Verdict::held;
  made.reason = "expired";
  made.time = s.mallory.now();
  return word(s, ObjectKind::ruling, made, crypto::kDomainRuling, own_name);
}

sync::Object snapshot(Scene& s, bool own_name) {
  sync::SnapshotPart part;
  part.city = s.mallory.city();
  part.certificate = own_name ? s.mallory.me().hash : s.mallory.hub();
  part.scope = s.mallory.scope();
  part.checkpoint = {1, 1, crypto::random<Hash>(), s.mallory.now()};
  part.last = true;
  const auto body = part.encode();
  const auto cut = sync::cut_body(body, 3);
  sync::SnapshotParcel parcel;
  parcel.packed = cut.packed;
  parcel.signature = s.mallory.key().sign(crypto::kDomainSnapshot, body);
  return {ObjectKind::snapshot, parcel.encode()};
}

std::string fork(Scene& s) {
  const auto branch = s.mallory.write_aside();
  const auto first = s.mallory.push({s.mallory.write()});
  return first + ", then " + s.mallory.push({branch});
}

SpoilSet of_type(std::uint32_t type) {
  return [type](ChangeSet& set) { set.changes[0].type = type; };
}

std::string revoke(Scene& s, const crypto::PublicKey& key) {
  sync::Revocation made;
  made.city = s.mallory.city();
  made.certificate = s.mallory.me().hash;
  made.key = key;
  made.reason = "weg";
  made.time = s.mallory.now();
  const auto body = made.encode();
  const auto value = cbor::encode_bytes(
      crypto::SignedBody{body, s.mallory.key().sign(crypto::kDomainRevocation, body)}.encode());
  const auto said = s.mallory.push({s.mallory.write([&](ChangeSet& set) {
    set.changes[0].type = sync::kTypeRevocation;
    set.changes[0].fields = {{1, value}};
  })});
  // Whose key ended isn't handed out to any more.
  const auto nodes = s.hub().get("/api/v1/nodes").dump();
  return said + (nodes.find("revoked\":true") == std::string::npos &&
                         nodes.find("weg") == std::string::npos
                     ? ", and no key ends"
                     : ", and a key ends");
}

/// A policy of its own, by which everybody may write everything, and a set written under it.
std::string own_policy(Scene& s) {
  sync::Policy policy;
  policy.number = 2;
  policy.previous = crypto::random<Hash>();
  sync::TypeRule all;
  all.type = 3;
  all.writers = ~0u;
  policy.rules = {all};
  const auto value = cbor::encode_bytes(policy.encode());
  return push(s, [&](ChangeSet& set) {
    set.changes[0].type = sync::kTypePolicy;
    set.changes[0].fields = {{1, value}};
  });
}

std::string opening_that_lies(Scene& s) {
  sync::Opening lie;
  lie.salt = crypto::random<crypto::Salt>();
  lie.value = cbor::encode_text("别的值");
  cbor::Writer w;
  w.tag(cbor::kTagCommitment);
  w.bytes(crypto::random<Hash>().view());
  const auto committed = w.take();
  const auto body = s.mallory.body([&](ChangeSet& set) {
    anew(set);
    set.changes[0].fields = {{2, committed}};
  });
  return s.mallory.push({s.mallory.seal(body, {lie})});
}

std::string flood_of_gaps(Scene& s) {
  std::vector<sync::Object> all;
  for (std::uint64_t i = 0; i < 4'500; ++i) {
    all.push_back(s.mallory.write_aside([i](ChangeSet& set) {
      set.feed.incarnation = {9, crypto::random<sync::Nonce>()};
      set.seq = 1'000 + i;
      set.prev = crypto::random<Hash>();
    }));
  }
  const auto said = s.mallory.push(std::move(all));
  // Some thousands wait; for the rest there is no room.
  return said.starts_with("gap x4") && said.find("slow_down") != std::string::npos ? "no more room"
                                                                                   : said;
}

std::string flood_of_evidence(Scene& s) {
  std::vector<sync::Object> all;
  for (int i = 0; i < 4'500; ++i) {
    all.push_back(s.mallory.write_aside([](ChangeSet& set) { set.feed.scope = "410700/410702"; }));
  }
  return s.mallory.push(std::move(all));
}

std::string flood_of_strangers(Scene& s) {
  std::vector<sync::Object> all;
  for (int i = 0; i < 4'500; ++i) {
    all.push_back(
        s.mallory.write_aside([](ChangeSet& set) { set.certificate = crypto::random<Hash>(); }));
  }
  const auto said = s.mallory.push(std::move(all));
  return said.starts_with("unknown_certificate x") && said.find("slow_down") != std::string::npos
             ? "no more room"
             : said;
}

}  // namespace

std::vector<Row> object_attacks() {
  return {
      {"no parcel at all",
       [](Scene& s) {
         return s.mallory.push({{ObjectKind::parcel, "x"}});
       },
       "malformed"},
      spoilt(
          "writes in the honest office's scope",
          [](ChangeSet& set) { set.feed.scope = e2e::kCommunityA; }, "out_of_scope",
          "kept as evidence: out_of_scope", "evidence 1"),
      spoilt(
          "writes for the whole city", [](ChangeSet& set) { set.feed.scope = "410700"; },
          "out_of_scope", "kept as evidence: out_of_scope", "evidence 1"),
      spoilt(
          "a scope that only begins like its own, one digit longer",
          [](ChangeSet& set) { set.feed.scope = std::string(e2e::kCommunityB) + "0"; },
          "out_of_scope", "kept as evidence: out_of_scope", "evidence 1"),
      {"the district's number with a digit more (4107030)",
       [](Scene& s) { return push_scope(s, "410700/4107030/410703001/4107030019"); },
       "out_of_scope", "kept as evidence: out_of_scope", "evidence 1"},
      {"scope traversal: .., ., empty, absolute, percent, capitals, NUL, full width",
       [](Scene& s) {
         return push_scopes(
             s, {"410700/../410702/410702003/4107020039", "410700/./410703/410703001/410703001901",
                 "410700//410703/410703001/4107030019010", "/410700/410703/410703001/410703001901",
                 "410700/%2e%2e/410702/410702003/41070200", "410700/410703/410703001/41070300190A",
                 std::string("410700/410703/410703001\0/4107030019", 35),
                 "410700/410703/410703001/41070300190/", "410700/410703/４1０7０3００１/41"});
       },
       "malformed"},
      {"in the honest office's name under its own certificate",
       [](Scene& s) {
         const auto author = s.office().get("/api/v1/node")["author"].get<std::string>();
         return push(s, [&](ChangeSet& set) {
           set.feed.author = sync::AuthorId::of(*crypto::from_hex(author));
         });
       },
       "forbidden", "kept as evidence: forbidden", "evidence 1"},
      spoilt(
          "signed for another city", [](ChangeSet& set) { set.city = crypto::random<Hash>(); },
          "other_city", "kept as evidence: other_city", "evidence 1"),
      {"a valid signature by the wrong key of this city",
       [](Scene& s) {
         const auto device = s.mallory.issue();
         return s.mallory.push({Mallory::seal_as(device.key, s.mallory.body())});
       },
       "bad_signature", "kept as evidence: bad_signature", "evidence 1"},
      {"two sets with their signatures swapped",
       [](Scene& s) {
         const auto a = sync::Parcel::decode(s.mallory.write_aside().bytes);
         const auto b = sync::Parcel::decode(s.mallory.write_aside().bytes);
         auto x = *a, y = *b;
         std::swap(x.signature, y.signature);
         return s.mallory.push(
             {{ObjectKind::parcel, x.encode()}, {ObjectKind::parcel, y.encode()}});
       },
       "bad_signature x2", "kept as evidence: bad_signature", "evidence 2"},
      {"a set signed as a request",
       [](Scene& s) {
         return s.mallory.push(
             {Mallory::seal_as(s.mallory.key(), s.mallory.body(), crypto::kDomainRequest)});
       },
       "bad_signature", "kept as evidence: bad_signature", "evidence 1"},
      spoilt(
          "under a certificate that nobody has seen",
          [](ChangeSet& set) { set.certificate = crypto::random<Hash>(); }, "unknown_certificate",
          "", "waiting 1"),
      spoilt(
          "under a policy that nobody has seen",
          [](ChangeSet& set) { set.policy = crypto::random<Hash>(); }, "unknown_policy", "",
          "waiting 1"),
      {"a policy of its own, by which it may do everything", own_policy, "forbidden",
       "kept as evidence: forbidden", "evidence 1"},
      spoilt("a course, which only the bureau writes", of_type(31), "forbidden",
             "kept as evidence: forbidden", "evidence 1"),
      spoilt("a type that the policy doesn't name", of_type(60'000), "forbidden",
             "kept as evidence: forbidden", "evidence 1"),
      {"revokes the hub's key", [](Scene& s) { return revoke(s, s.mallory.hub_key()); },
       "accepted, and no key ends", "", "sets 1"},
      {"revokes a key that it never certified",
       [](Scene& s) { return revoke(s, crypto::SigningKey::generate().public_key()); },
       "accepted, and no key ends", "", "sets 1"},
      {"two sets under one number", fork, "accepted, then fork", "kept as evidence: fork",
       "sets 1, evidence 1"},
      spoilt(
          "a set that goes on with a set that isn't there",
          [](ChangeSet& set) { set.prev = crypto::random<Hash>(); }, "fork",
          "kept as evidence: fork", "evidence 1"),
      spoilt(
          "a number far ahead", [](ChangeSet& set) { set.seq += 1'000; }, "gap", "", "waiting 1"),
      {"a set pushed twice",
       [](Scene& s) {
         const auto set = s.mallory.write();
         const auto first = s.mallory.push({set});
         return first + ", then " + s.mallory.push({set, set});
       },
       "accepted, then replay x2", "", "sets 1"},
      spoilt(
          "stamps before those of the set before",
          [](ChangeSet& set) { set.time_base = set.changes[0].stamp = 1'000; }, "malformed",
          "kept as evidence: malformed", "evidence 1"),
      {"a clock ten years ahead: taken, and ranked below every honest edit",
       [](Scene& s) {
         return push(s, [](ChangeSet& set) {
           anew(set);
           set.time_base += 315'360'000'000'000;
           set.changes[0].stamp = set.time_base;
         });
       },
       "accepted", "", "sets 1"},
      {"a change set over 1 MiB",
       [](Scene& s) {
         auto body = s.mallory.body();
         return s.mallory.push({s.mallory.seal(body + std::string(1u << 20, 'x'))});
       },
       "too_large"},
      {"bytes behind a change set",
       [](Scene& s) { return s.mallory.push({s.mallory.seal(s.mallory.body() + "x")}); },
       "malformed"},
      {"a critical key that nobody knows: kept unread, in its place",
       [](Scene& s) {
         auto body = s.mallory.body(anew);
         body[0] = static_cast<char>(body[0] + 1);
         return s.mallory.push({s.mallory.seal(body + cbor::encode_int(-9) + '\x01')});
       },
       "accepted", "", "sets 1"},
      {"a value that doesn't open what was committed to", opening_that_lies, "accepted",
       "dropped a value", "sets 1"},
      {"a receipt in the hub's name", [](Scene& s) { return s.mallory.push({receipt(s, false)}); },
       "bad_signature"},
      {"a receipt of its own", [](Scene& s) { return s.mallory.push({receipt(s, true)}); },
       "forbidden"},
      {"a ruling in the hub's name", [](Scene& s) { return s.mallory.push({ruling(s, false)}); },
       "bad_signature"},
      {"a ruling of its own", [](Scene& s) { return s.mallory.push({ruling(s, true)}); },
       "forbidden"},
      {"a snapshot in the hub's name",
       [](Scene& s) { return s.mallory.push({snapshot(s, false)}); }, "bad_signature"},
      {"a snapshot of its own", [](Scene& s) { return s.mallory.push({snapshot(s, true)}); },
       "forbidden"},
      {"a good set between bad ones",
       [](Scene& s) {
         auto bad = s.mallory.write_aside([](ChangeSet& set) { set.feed.scope = "410700"; });
         auto other = bad;
         other.bytes[other.bytes.size() / 2] ^= 1;
         return s.mallory.push({{ObjectKind::parcel, "x"}, bad, s.mallory.write(), other});
       },
       "malformed, out_of_scope, accepted, bad_signature", "kept as evidence: out_of_scope",
       "sets 1, evidence 2"},
      {"4,500 sets of no certificate, to fill what waits", flood_of_strangers, "no more room", "",
       "waiting *"},
      {"4,500 sets behind gaps, to fill what waits", flood_of_gaps, "no more room", "",
       "waiting *"},
      {"4,500 sets that become evidence, to fill the disk", flood_of_evidence, "out_of_scope x4500",
       "kept as evidence: out_of_scope", "evidence *"},
  };
}

}  // namespace linli::hostile
