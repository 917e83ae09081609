// tests/hostile/mallory.h: an enrolled office gone bad: it has all that a real one has, and no
// scruples.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node/http_client.h"
#include "node/issuing.h"
#include "sync/exchange.h"
#include "tests/e2e/city.h"

namespace linli::hostile {

using crypto::Hash;

/// What was said to a sync request.
struct Said {
  int status = 0;
  std::string code;  ///< Of a problem document.
  std::optional<sync::Response> response;
  /// "413 too_large", "200 bad_signature", "200".
  [[nodiscard]] std::string text() const;
};

/// A key with its certificate.
struct Identity {
  crypto::SigningKey key;
  crypto::Certificate certificate;
  std::string signed_certificate;
  Hash hash{};
};

/// Changes a request before it is signed.
using Spoil = std::function<void(sync::Request&)>;
/// Changes a change set before it is signed.
using SpoilSet = std::function<void(sync::ChangeSet&)>;

/// Puts a set into a feed of its own: in order, but for what else is done to it.
void anew(sync::ChangeSet& set);

class Mallory {
 public:
  /// Joins the hub by an invite, and fetches what every office has.
  Mallory(const e2e::Scratch& scratch, e2e::Node& hub, const std::string& scope, crypto::Role role);

  [[nodiscard]] const crypto::SigningKey& key() const { return me_.key; }
  [[nodiscard]] const Identity& me() const { return me_; }
  [[nodiscard]] const crypto::CertificateBook& book() const { return book_; }
  [[nodiscard]] const Hash& city() const { return book_.city(); }
  [[nodiscard]] const Hash& hub() const { return hub_; }  ///< Its certificate.
  [[nodiscard]] const crypto::PublicKey& hub_key() const;
  [[nodiscard]] std::vector<std::string> chain() const { return chain_; }
  [[nodiscard]] const std::vector<std::string>& recorded() const { return recorded_; }

  // ---- Change sets ------------------------------------------------------------------------------
  /// The next set of the own feed: a building, or what `spoil` makes of it.
  [[nodiscard]] std::string body(const SpoilSet& spoil = {});
  [[nodiscard]] sync::Object write(const SpoilSet& spoil = {});
  /// The same, and the feed stays where it was: the set isn't meant to be taken.
  [[nodiscard]] sync::Object write_aside(const SpoilSet& spoil = {});
  [[nodiscard]] sync::Object seal(const std::string& body,
                                  std::vector<sync::Opening> openings = {}) const;
  [[nodiscard]] static sync::Object seal_as(const crypto::SigningKey& key, const std::string& body,
                                            std::string_view domain = crypto::kDomainChangeSet);
  /// Writes as another identity, in a feed of its own.
  [[nodiscard]] sync::Object write_as(const Identity& who, const SpoilSet& spoil = {});

  // ---- Certificates -----------------------------------------------------------------------------
  /// A device's under the own certificate, in order unless `spoil` changes that; signed by
  /// `issuer`.
  [[nodiscard]] Identity issue(const std::function<void(crypto::Certificate&)>& spoil = {},
                               const crypto::SigningKey* issuer = nullptr) const;
  /// Shows a chain to the hub: "200", or the refusal.
  [[nodiscard]] std::string hello(const std::vector<std::string>& chain);
  /// The own chain with these behind it.
  [[nodiscard]] std::string hello_with(const std::vector<Identity*>& more);

  // ---- Talking ----------------------------------------------------------------------------------
  /// A request in order, with session and counter, unless `spoil` changes that; signed as `who`.
  [[nodiscard]] Said ask(const Spoil& spoil = {}, const Identity* who = nullptr);
  /// The same as bytes, session and counter in order.
  [[nodiscard]] std::string request(const Spoil& spoil = {}, const Identity* who = nullptr);
  [[nodiscard]] Said post(const std::string& wire, const std::string& path = "/api/v1/sync");
  /// Pushes objects; the verdicts, equal ones in a row once: "accepted", "gap", "fork x3".
  [[nodiscard]] std::string push(std::vector<sync::Object> objects, const Identity* who = nullptr);
  [[nodiscard]] std::string http(const std::string& method, const std::string& path,
                                 const std::string& body = {},
                                 const std::map<std::string, std::string>& headers = {},
                                 const std::string& type = "application/vnd.linli+cbor");
  [[nodiscard]] node::HttpAnswer answer(const std::string& method, const std::string& path,
                                        const std::string& body = {},
                                        const std::map<std::string, std::string>& headers = {},
                                        const std::string& type = "application/vnd.linli+cbor");
  /// Another node is attacked from now on.
  void turn_to(const e2e::Node& node);
  [[nodiscard]] sync::Micros now() const { return clock_.now(); }
  [[nodiscard]] const std::string& scope() const { return scope_; }

 private:
  void join(const e2e::Scratch& scratch, e2e::Node& hub, crypto::Role role);
  void enter(const Identity& who);  ///< Gets a session.
  [[nodiscard]] sync::ChangeSet next_set();

  sync::SystemClock clock_;
  std::string scope_;
  crypto::CertificateBook book_;
  Identity me_;
  Hash hub_{}, policy_{};
  std::vector<std::string> chain_;     ///< From the hub's certificate to the own.
  std::vector<std::string> recorded_;  ///< Its honest requests, as they went over the line.
  std::unique_ptr<node::HttpClient> client_;

  // The own feed.
  std::uint64_t seq_ = 0;
  Hash prev_{};
  sync::Micros stamp_ = 0;
  std::string floors_, number_;  ///< Values that a set points at.

  sync::Nonce session_{};
  std::uint64_t counter_ = 0;
};

/// A compressed message of so many zeros, which says how many there are or doesn't.
[[nodiscard]] std::string bomb(std::size_t bytes, bool says_its_size);

}  // namespace linli::hostile
