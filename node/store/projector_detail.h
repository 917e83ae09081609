// node/store/projector_detail.h: pieces that the projector's files share. Not for others.
#pragma once

#include "node/store/projector.h"

namespace linli::store::projecting {

/// The hash, if the value is a commitment.
[[nodiscard]] std::optional<crypto::Hash> commitment_in(std::string_view value);
/// The same fields; their values point into the given ones.
[[nodiscard]] std::vector<sync::FieldValue> views(
    const std::vector<std::pair<std::uint32_t, std::string>>& fields);
/// How each type merges; the policy gives the ranks of moves.
[[nodiscard]] std::map<std::uint32_t, sync::MergeRules> merge_rules(const model::Schema& schema,
                                                                    const sync::Policy& policy);
/// Of a record that shows these values.
[[nodiscard]] Preview preview_of(const model::RecordType& type, std::string_view scope,
                                 const sync::RecordId& id, std::vector<sync::FieldValue> values);

}  // namespace linli::store::projecting
