// node/store/reading_detail.h: pieces that the reading files share. Not for others.
#pragma once

#include "node/store/erasures.h"
#include "node/store/people.h"
#include "node/store/reading.h"
#include "node/store/record_past.h"

namespace linli::store::reading {

[[nodiscard]] std::string path_of(store::Database& db, std::int64_t scope);
[[nodiscard]] std::int64_t scope_number(store::Database& db, std::string_view path);  ///< -1: none.
[[nodiscard]] std::string time_text(sync::Micros at);
/// A record's name for people; follows refs up to `depth` deep.
[[nodiscard]] std::string title_of(store::Store& store, store::Database& db,
                                   const model::Record& record, int depth);
[[nodiscard]] model::Json record_json(store::Store& store, store::Database& db, store::Row& row);

/// A filter's value as its column holds it; of a ref the id. Errors: bad_value.
[[nodiscard]] Result<std::string> filter_value(const model::Field& field, const std::string& text);

// What the past of records is told with (reading_past.cpp).

using Fields = std::vector<std::pair<std::uint32_t, std::string>>;
/// The same values, those committed to opened where their openings are here.
[[nodiscard]] Fields opened_fields(Log& log, std::int64_t arrival, Fields fields);
/// By name, as JSON.
[[nodiscard]] Json named_fields(const model::RecordType& type, const Fields& fields,
                                std::string_view scope);
/// Values of a record that were erased read {"erased": true}, not withheld.
void mark_erased(Database& db, const RecordPlace& record, const model::RecordType& type,
                 const Fields& fields, Json& json);
/// What a reference names is told with its title, where it is here.
void add_titles(Store& store, Database& db, const model::RecordType& type, const Fields& fields,
                std::string_view scope, Json& json);
/// Names of the fields of a cell; none for cell 0.
[[nodiscard]] Json fields_of_cell(const model::RecordType& type, std::uint32_t cell);
/// "0123456789abcdef.12.0": the start of the feed's name, number, place in the set.
[[nodiscard]] std::string version_text(const sync::VersionId& version);
/// {version, node, role, author, certificate, feed, seq, index, set, at, trusted_clock}
[[nodiscard]] Json place_json(const People& people, const PastChange& change);

/// Where the hub's receipt put a change set: of several the first that was given.
struct Covered {
  sync::Seen head;  ///< The tree head that covers it.
  std::uint64_t from = 0, to = 0;
  crypto::Hash certificate{};  ///< Of who gave it.
};
[[nodiscard]] std::optional<Covered> receipt_of(Log& log, const sync::FeedId& feed,
                                                std::uint64_t seq);

/// When a person let it count after all, why, and who (an account's pseudonym, at the node of that
/// certificate); nothing: no ruling here says so.
struct Approved {
  sync::Micros at = 0;
  std::string reason;
  std::optional<sync::Nonce> actor;
  crypto::Hash certificate{};
};
[[nodiscard]] std::optional<Approved> approval_of(Database& db, std::int64_t feed,
                                                  std::int64_t seq);
/// {at, reason, node, certificate, ? actor}
[[nodiscard]] Json approved_json(const People& people, const Approved& approved);
/// What an upstream said of a set that it holds back begins with the name of an Errc: that name.
[[nodiscard]] std::string code_in(std::string_view detail);
/// A set of the log that an upstream said it holds back, without a ruling here on it.
struct HeldAbove {
  std::int64_t arrival = 0;
  std::string set, author, scope, reason, by;  ///< `by`: author of who said so; may be empty.
  std::int64_t seq = 0, changes = 0;
  sync::Micros at = 0;
};
[[nodiscard]] std::vector<HeldAbove> held_above(Database& db);
/// The reason that the earliest ruling gives which holds this number back; empty: there is none.
[[nodiscard]] std::string held_reason(Database& db, std::int64_t feed, std::int64_t seq);

}  // namespace linli::store::reading
