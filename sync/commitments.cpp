// Values that stand in signed bytes as commitments, and what opens them (rule 13).
#include "crypto/cbor.h"
#include "sync/change_set_detail.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::string_view kDomainValue = "linli/value/1";

/// Calls `found` for every commitment within the next item, in the order of the bytes. The item is
/// deterministic CBOR, which bounds the recursion.
template <class Found>
void walk(cbor::Reader& r, const Found& found) {
  switch (r.peek()) {
    case cbor::Kind::tag:
      r.tag();
      found(r.bytes(Hash::size()));
      return;
    case cbor::Kind::array:
      for (std::size_t left = r.array(); left > 0 && r.ok(); --left) walk(r, found);
      return;
    case cbor::Kind::map:
      for (std::size_t left = 2 * r.map(); left > 0 && r.ok(); --left) walk(r, found);
      return;
    default:
      r.item();
  }
}

}  // namespace

bool detail::holds_commitment(std::string_view value) {
  bool holds = false;
  each_commitment(value, [&](std::string_view) { holds = true; });
  return holds;
}

bool may_hold_commitment(std::string_view bytes) {
  return bytes.find(kCommitmentHead) != std::string_view::npos;
}

void each_commitment(std::string_view value, const std::function<void(std::string_view)>& found) {
  if (!may_hold_commitment(value)) return;
  cbor::Reader r{value};
  walk(r, found);
}

Hash commitment(const crypto::Salt& salt, const Hash& city, std::uint32_t type,
                std::string_view scope, const RecordId& id, std::uint32_t field,
                std::string_view value) {
  cbor::Writer place;
  place.array(4);
  place.uint(type);
  place.text(scope);
  place.bytes(id.view());
  place.uint(field);
  return crypto::hash({kDomainValue, city.view(), place.view(), value}, salt.view());
}

std::vector<Committed> commitments(const ChangeSet& set) {
  std::vector<Committed> all;
  for (std::size_t i = 0; i < set.changes.size(); ++i)
    for (const auto& field : set.changes[i].fields)
      each_commitment(field.value, [&](std::string_view hash) {
        all.push_back({static_cast<std::uint32_t>(i), field.field, Hash::of(hash)});
      });
  return all;
}

Result<void> check_opening(const ChangeSet& set, const std::vector<Committed>& committed,
                           const Opening& opening) {
  if (opening.ordinal >= committed.size())
    return fail(Errc::bad_value, "opens commitment " + std::to_string(opening.ordinal) + " of " +
                                     std::to_string(committed.size()));
  if (auto valid = cbor::validate(opening.value); !valid)
    return fail(Errc::bad_value, std::move(valid.error().detail));
  if (detail::holds_commitment(opening.value))
    return fail(Errc::bad_value, "a committed value holds no commitment itself");
  const Committed& c = committed[opening.ordinal];
  ensure(c.change < set.changes.size(), "check_opening: commitments of another set");
  const Change& change = set.changes[c.change];
  const Hash opened = commitment(opening.salt, set.city, change.type, set.feed.scope, change.id,
                                 c.field, opening.value);
  if (opened != c.commitment)
    return fail(Errc::corrupt,
                "the value doesn't fit commitment " + std::to_string(opening.ordinal));
  return {};
}

}  // namespace linli::sync
