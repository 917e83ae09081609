// node/blob_transfer.h: moves attachments to and from the upstream, beside the exchange of records.
#pragma once

#include <functional>

#include "node/blobs.h"
#include "node/http_client.h"

namespace linli::node {

class Replica;

struct BlobReport {
  std::uint64_t sent = 0, received = 0;       ///< Whole attachments.
  std::uint64_t bytes_out = 0, bytes_in = 0;  ///< Of their content, as it moved.
  std::uint64_t round_trips = 0, cuts = 0;    ///< Requests; lines lost and taken up again.
  std::uint64_t refused = 0;                  ///< The upstream has no room for, or doesn't take.
  bool more = false;                          ///< It stopped for something more urgent.
};
/// Told now and then; `left`: bytes still to move in this run.
using BlobProgress = std::function<void(const BlobReport& so_far, std::uint64_t left)>;

/// Fetches what somebody waits for; then, unless the line is metered, sends the upstream what it
/// lacks, and fetches ahead if the policy says so. A line that is cut is taken up where it broke.
/// Stops when `stop` answers true (asked several times a second), and after a minute between two
/// pieces, so that records never wait for photos. One at a time: another call answers at once.
/// Errors: unreachable, slow_down; unauthorised and the like (what answers isn't the city's node);
/// disk_full, io; quota (only if somebody waits for it).
[[nodiscard]] Result<BlobReport> transfer_blobs(Replica& replica, HttpClient& client,
                                                const BlobPolicy& policy,
                                                const BlobProgress& progress = {},
                                                const std::function<bool()>& stop = {});

/// How many the upstream had no room for when they were offered last. Throws DatabaseError.
[[nodiscard]] std::int64_t full_above(store::Database& db);
/// Who has no room for whose attachments, and what to do about it, for people; "": there is room.
/// Throws DatabaseError.
[[nodiscard]] std::string full_text(store::Database& db);
/// Of the hub's store, as an upstream told it last; 0: nobody did. Throws DatabaseError.
[[nodiscard]] std::uint64_t hub_epoch(Replica& replica);

}  // namespace linli::node
