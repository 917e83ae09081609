// node/store/proof_parts.h: what a proof of one record is made of (sync/proof.h).
//
// All functions throw DatabaseError.
#pragma once

#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "node/store/projector.h"

namespace linli::store {

/// A change set that touched a record and counts, with what proves it.
struct RecordSet {
  std::int64_t arrival = 0;
  sync::FeedId feed{};
  std::uint64_t seq = 0;
  crypto::Hash certificate{};
  std::string parcel;   ///< With the openings that are here; personal ones only if asked for.
  std::string receipt;  ///< Signed; empty: none yet.
};
struct RecordSets {
  std::vector<RecordSet> sets;  ///< In the order in which they arrived.
  bool condensed = false;       ///< A snapshot stands for earlier ones: they aren't here.
};
/// Nothing: no such record here.
[[nodiscard]] std::optional<RecordSets> record_sets(Database& db, std::uint32_t type,
                                                    std::string_view scope,
                                                    const sync::RecordId& id, bool personal);

/// All certificates held, as far as they reach the city's root. Errors: not_a_data_dir, corrupt.
[[nodiscard]] Result<crypto::CertificateBook> certificate_book(Database& db);

/// The change set of this place in its feed: its arrival number; nothing: it isn't here.
[[nodiscard]] std::optional<std::int64_t> set_at(Database& db, const sync::FeedId& feed,
                                                 std::uint64_t seq);

/// The newest receipt that stands in the log, signed; empty: none.
[[nodiscard]] std::string newest_receipt(Database& db);

}  // namespace linli::store
