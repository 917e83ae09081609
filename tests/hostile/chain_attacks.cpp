// Certificates that give what their issuer hasn't got, go in circles, or aren't of now.
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

using crypto::Certificate;
using sync::Micros;

constexpr Micros kHour = 3600LL * 1'000'000, kYear = 365 * 24 * kHour;

/// Shows a certificate under the own one to the hub.
Row shown(std::string name, std::function<void(Certificate&)> spoil,
          std::string refused = "403 stranger", std::string left = {}) {
  return {std::move(name),
          [spoil = std::move(spoil)](Scene& s) {
            auto made = s.mallory.issue(spoil);
            return s.mallory.hello_with({&made});
          },
          std::move(refused),
          {},
          std::move(left)};
}

std::string loop(Scene& s) {
  auto a = s.mallory.issue(), b = s.mallory.issue();
  // Each names the other one as its issuer; a hash can't be in its own content, so one is older.
  a.certificate.issuer = b.hash;
  a.signed_certificate = node::sign_certificate(a.certificate, b.key);
  a.hash = crypto::certificate_hash(a.certificate.encode());
  b.certificate.issuer = a.hash;
  b.signed_certificate = node::sign_certificate(b.certificate, a.key);
  return s.mallory.hello({a.signed_certificate, b.signed_certificate});
}

std::string other_city(Scene& s) {
  const auto root_key = crypto::SigningKey::generate(), hub_key = crypto::SigningKey::generate();
  Certificate hub = *s.mallory.book().find(s.mallory.hub());
  hub.subject = crypto::author_of(hub_key.public_key());
  hub.signing_key = hub_key.public_key();
  hub.city = crypto::random<Hash>();
  hub.issuer = hub.city;
  return s.mallory.hello({node::sign_certificate(hub, root_key)});
}

/// One below the other until nobody may issue any more.
std::string too_deep(Scene& s) {
  std::vector<Identity> chain;
  auto left = s.mallory.me().certificate.delegation;
  const auto below = [&](std::uint32_t delegation) {
    const auto issuer = chain.empty() ? s.mallory.me().hash : chain.back().hash;
    const auto* key = chain.empty() ? &s.mallory.key() : &chain.back().key;
    chain.push_back(s.mallory.issue(
        [&](Certificate& c) {
          c.issuer = issuer;
          c.delegation = delegation;
        },
        key));
  };
  while (left > 0) below(--left);
  below(0);
  std::vector<Identity*> all;
  for (auto& one : chain) all.push_back(&one);
  return s.mallory.hello_with(all);
}

/// Lets the hub learn a certificate that is in order but for its time, and writes under it.
std::string write_in(Scene& s, Micros from, Micros until) {
  auto made = s.mallory.issue([&](Certificate& c) {
    c.valid_from_us = std::max(c.valid_from_us, s.mallory.now() + from);
    c.valid_until_us = s.mallory.now() + until;
  });
  const auto known = s.mallory.hello_with({&made});
  if (known != "200") return known;
  return s.mallory.push({s.mallory.write_as(made)}, &made);
}

std::string read_in(Scene& s, Micros from, Micros until) {
  auto made = s.mallory.issue([&](Certificate& c) {
    c.valid_from_us = std::max(c.valid_from_us, s.mallory.now() + from);
    c.valid_until_us = s.mallory.now() + until;
  });
  if (const auto known = s.mallory.hello_with({&made}); known != "200") return known;
  const auto said = s.mallory.ask([](auto& q) { q.pull = true; }, &made);
  if (!said.response || said.response->error) return said.text();
  return said.response->objects.empty() ? "nothing" : "given";
}

/// A device of Mallory's whose key the hub ends.
std::string revoked(Scene& s, bool reads) {
  auto lost = s.mallory.issue();
  if (const auto known = s.mallory.hello_with({&lost}); known != "200") return known;
  const auto id = crypto::to_hex(lost.certificate.subject.view());
  const auto ended =
      s.hub().send("POST", "/api/v1/nodes/" + id + "/revoke", R"({"reason":"丢失的设备"})");
  if (!ended || ended->status != 200) return "not revoked: " + (ended ? ended->body : "");
  if (!reads) return s.mallory.push({s.mallory.write_as(lost)}, &lost);
  return s.mallory.ask([](auto& q) { q.pull = true; }, &lost).text();
}

std::string certified_by_revoked(Scene& s) {
  auto lost = s.mallory.issue();
  if (const auto known = s.mallory.hello_with({&lost}); known != "200") return known;
  const auto id = crypto::to_hex(lost.certificate.subject.view());
  const auto ended =
      s.hub().send("POST", "/api/v1/nodes/" + id + "/revoke", R"({"reason":"丢失的设备"})");
  if (!ended || ended->status != 200) return "not revoked";
  auto child = s.mallory.issue(
      [&](Certificate& c) {
        c.issuer = lost.hash;
        c.delegation = lost.certificate.delegation - 1;
      },
      &lost.key);
  return s.mallory.hello_with({&lost, &child});
}

}  // namespace

std::vector<Row> chain_attacks() {
  return {
      shown(
          "in order: what is refused below differs from it in one thing only", [](Certificate&) {},
          "200", "certificates *"),
      shown("wider in paths: the city", [](Certificate& c) { c.paths = {"410700"}; }),
      shown("wider in paths: one more",
            [](Certificate& c) { c.paths.push_back(e2e::kCommunityA); }),
      shown("a path that only begins like its issuer's",
            [](Certificate& c) { c.paths = {std::string(e2e::kCommunityB) + "0"}; }),
      shown("the right to sign receipts",
            [](Certificate& c) { c.rights |= crypto::kRightReceipt; }),
      shown("the right to publish policies",
            [](Certificate& c) { c.rights |= crypto::kRightPolicy; }),
      shown("a district below an office", [](Certificate& c) { c.role = crypto::Role::district; }),
      shown("a street below an office", [](Certificate& c) { c.role = crypto::Role::street; }),
      shown("a second hub below an office", [](Certificate& c) { c.role = crypto::Role::hub; }),
      shown("as much delegation as its issuer", [](Certificate& c) { ++c.delegation; }),
      shown("valid longer than its issuer", [](Certificate& c) { c.valid_until_us += kYear; }),
      shown("valid before its issuer", [](Certificate& c) { c.valid_from_us -= kYear; }),
      shown("an audience that doesn't exist", [](Certificate& c) { c.audiences = ~0u; }),
      shown("in the hub's name with a key of its own",
            [](Certificate& c) { c.subject = crypto::random<sync::AuthorId>(); }),
      shown("issued by the root, it says", [](Certificate& c) { c.issuer = c.city; }),
      shown("issued by nobody", [](Certificate& c) { c.issuer = crypto::random<Hash>(); }),
      {"signed by another key than its issuer's",
       [](Scene& s) {
         const auto other = crypto::SigningKey::generate();
         auto made = s.mallory.issue({}, &other);
         return s.mallory.hello_with({&made});
       },
       "403 stranger"},
      {"two that issued each other", loop, "403 stranger"},
      {"a hub of another city", other_city, "403 stranger"},
      {"one more below the last that may issue", too_deep, "403 stranger"},
      {"a chain of 17",
       [](Scene& s) {
         return s.mallory.hello(std::vector<std::string>(17, s.mallory.chain().front()));
       },
       "403 stranger"},
      {"no chain at all", [](Scene& s) { return s.mallory.hello({}); }, "400 malformed"},
      {"random bytes for a chain",
       [](Scene& s) { return s.mallory.http("POST", "/api/v1/sync/hello", "\x9f\xff\x01"); },
       "400 malformed"},
      {"a chain of 65 KiB",
       [](Scene& s) {
         return s.mallory.http("POST", "/api/v1/sync/hello", std::string(66'000, 'x'));
       },
       "413 too_large"},
      {"writes under a certificate that ended half an hour ago",
       [](Scene& s) { return write_in(s, -kHour, -kHour / 2); }, "held", "held back until approved",
       "sets 1, held 1, certificates *"},
      {"reads under one that has ended", [](Scene& s) { return read_in(s, -kHour, -kHour / 2); },
       "nothing", "", "certificates *"},
      {"writes under a certificate that begins tomorrow",
       [](Scene& s) { return write_in(s, 24 * kHour, 48 * kHour); }, "held",
       "held back until approved", "sets 1, held 1, certificates *"},
      {"writes with a key that was revoked", [](Scene& s) { return revoked(s, false); }, "held",
       "held back until approved", "sets 2, held 1, certificates *"},
      {"reads with a key that was revoked", [](Scene& s) { return revoked(s, true); },
       "200 revoked", "", "sets 1, certificates *"},
      {"lets others in with a key that was revoked", certified_by_revoked, "403 stranger", "",
       "sets 1, certificates *"},
  };
}

}  // namespace linli::hostile
