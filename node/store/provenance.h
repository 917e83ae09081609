// node/store/provenance.h: what stands behind a figure: the records, the nodes, what is in doubt,
// and the position of the log, at which it can be computed again.
#pragma once

#include "node/store/contributors.h"
#include "node/store/reading.h"

namespace linli::store {

struct ProvenanceRequest {
  StatRequest stat = {};
  Only only = {};           ///< One cell of what it is split by.
  std::int64_t at = 0;      ///< A position of this node's log; 0: the newest.
  bool records = true;      ///< List them; false: the figure and its position alone.
  std::string cursor = {};  ///< From the answer before.
  std::size_t limit = 50;   ///< 1 … 1000.
};

/// {figure{statistic, from, to, today, scope, by, only, rows[{keys, numerator, denominator}],
///   total{numerator, denominator}, records, records_digest},
///  digest,                      hex of BLAKE2b-256("linli/figure/1" ‖ figure as JSON, no spaces)
///  position{arrival, newest, chain, epoch, node, history},
///  items[{type, id, scope, title, arrival, at, node, conflict, contributions[{term, measure, day,
///   unit, dim1, dim2, key, n}]}], next_cursor,
///  conflicts{behind, beside}      open conflicts on these records; on others of their types here
///  invalid, held                  records that break a rule, change sets that are held back:
///                                 neither is counted
///  nodes{included[{author, name, sets, until}], missing[…], late[…]}, freshness}
/// `records_digest` covers every record behind it with what it adds, by type, scope and id: nodes
/// that hold the same have the same. The same question at the same position of one node's log
/// answers with the same `figure`, byte for byte, whatever has come since. Errors: those of
/// exact_question, read_statistic and PastState::at; bad_value (only, cursor, limit).
[[nodiscard]] Result<Json> read_provenance(Store& store, const ProvenanceRequest& request,
                                           const Progress& progress = {});

}  // namespace linli::store
