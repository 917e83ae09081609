// node/numbering.h: the numbers that a put() gives (node/model/numbering.h), on the writer thread:
// no two records of this node get the same one.
#pragma once

#include <map>

#include "node/replica.h"

namespace linli::node {

/// What a number is found from: the store, and what sets that aren't closed yet make of records.
struct NumberDesk {
  using Pending =
      std::map<std::pair<std::uint32_t, std::pair<std::string, sync::RecordId>>, model::Record>;
  store::Store& store;
  const Identity& me;
  const model::Lookup& lookup;
  std::int64_t today;
  const Pending& pending;
};

/// Gives a new record its provisional number if it has none, or "auto".
void give_provisional(const NumberDesk& desk, const model::RecordType& type, const Wish& wish,
                      Json& fields);
/// Gives a new record whose official number is its natural key the next one of this node's
/// sequence, if it has none, or "auto": what a record is called must be known before it is read.
/// Nothing: done, or nothing to do. Else why not: not_found (no rule for this sequence).
[[nodiscard]] std::optional<model::Fault> give_key(const NumberDesk& desk,
                                                   const model::RecordType& type, const Wish& wish,
                                                   Json& fields);
/// Turns an official number "auto" into the next one of this node's sequence; a record that has one
/// keeps it. Nothing: done, or nothing to do. Else why not: not_found (no rule for this sequence).
[[nodiscard]] std::optional<model::Fault> give_official(const NumberDesk& desk, model::Draft& draft,
                                                        const std::optional<store::Row>& row);

}  // namespace linli::node
