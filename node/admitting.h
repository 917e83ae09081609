// node/admitting.h: at a node that may enrol others: who asks to join, and what a person decided.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "node/admission.h"
#include "node/issuing.h"

namespace linli::node {

inline constexpr std::size_t kPendingMax = 32;  ///< Shared by networks; a person empties it.

/// Who this node is to a newcomer; its words are what the newcomer's side compares.
[[nodiscard]] Issuer issuer_of(const Replica& replica);
/// What a newcomer learns before it asks: root and chain of this node, the bytes of
/// `GET /api/v1/enrol/ask`.
[[nodiscard]] std::string introduction(const Replica& replica);
/// Reads one. Errors: malformed, stranger.
struct Introduced {
  Issuer issuer;
  std::string city_name, name;
  Hash tls_key{};  ///< Zero: its certificate names none.
};
[[nodiscard]] Result<Introduced> read_introduction(std::string_view bytes);

/// A decision of a person who has compared words.
struct Decision {
  Place place;
  std::string words;  ///< As the newcomer's side read them out: must be the request's.
  std::chrono::seconds valid{std::chrono::hours(24 * 30)};  ///< Of the answer, not the membership.
  By by = {};
};
struct Decided {
  std::string admission;                   ///< For the newcomer.
  std::vector<crypto::AuthorId> replaces;  ///< Older nodes of the same name, role and scope.
};
/// Admits who wrote the request. Again with the same place: the same membership, a fresh answer.
/// Errors: as JoinRequest::decode; expired; forbidden (it asks another node; its key is a member
/// already, elsewhere or as something else); bad_value `words` (not the request's);
/// as check_place.
[[nodiscard]] Result<Decided> admit(Replica& issuer, std::string_view request,
                                    const Decision& decision);

/// One that waits.
struct Pending {
  crypto::AuthorId id{};
  std::string request, name;
  crypto::Words words;
  sync::Micros arrived = 0;
};
[[nodiscard]] std::vector<Pending> pending(Replica& issuer);
/// A request that came over the network: its answer if somebody decided, nothing if it waits now.
/// Errors: as JoinRequest::decode; expired; forbidden (it asks another node; this one may not
/// enrol; it was refused); slow_down (kPendingMax wait). `from`: the network that it comes from
/// (api/pace.h): of a full list, the one that has the most on it gives up its newest for another's.
[[nodiscard]] Result<std::optional<std::string>> take_request(Replica& issuer,
                                                              std::string_view request,
                                                              const std::string& from = {});
/// Errors: not_found.
[[nodiscard]] Result<void> refuse_request(Replica& issuer, const crypto::AuthorId& id);

}  // namespace linli::node
