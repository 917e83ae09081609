// node/store/changes.h: what is new since a position that a reader holds, records gone included.
//
// A position is a text that only this node's store reads: a place in its log, and how many records
// of the next entry were told already. It is good for this epoch of this store and no other.
#pragma once

#include <functional>
#include <span>

#include "node/store/reading.h"

namespace linli::store {

/// Where a reading under this transaction stands.
[[nodiscard]] std::string position_now(Database& db);

/// The same, of the last commit: taken before a list is read, what is new since then is known.
[[nodiscard]] Result<std::string> position_now(Store& store);

/// A record that may look otherwise since a position, or be gone.
struct ChangedName {
  std::uint32_t type = 0;
  std::int64_t scope = 0;  ///< A local number.
  sync::RecordId id{};
  auto operator<=>(const ChangedName&) const = default;
};
struct ChangedNames {
  std::vector<ChangedName> names;  ///< Each once.
  std::string since;               ///< The position behind them.
  bool more = false;               ///< Ask again from there.
};
using Wanted = std::function<bool(std::uint32_t type, std::int64_t scope)>;
/// At most `most` of them, at the cost of reading what is new in the log (at most kChangesStride
/// entries at once). What the hub has confirmed since counts as well; that something a record
/// refers to is called otherwise doesn't. Call within a transaction. Errors: bad_cursor (not a
/// position of this store and epoch; later than it; so old that not all is known since).
[[nodiscard]] Result<ChangedNames> changed_since(Database& db, const std::string& since,
                                                 const Wanted& wanted, std::size_t most);
inline constexpr std::int64_t kChangesStride = 2000;

struct RecordChanges {
  Json items = Json::array();  ///< Records of the query, as they are now.
  Json gone =
      Json::array();  ///< {type, id, scope, ? removed}: deleted, or not of the query (any more).
  std::string since;
  bool more = false;
};
/// What a reader of that list has to put into it and take out of it; of the query counts all but
/// its cursor and order. `upsetting`: types whose change may alter what this reader is shown of
/// others, so that only a new beginning helps. Errors: as list_records; bad_cursor.
[[nodiscard]] Result<RecordChanges> changed_records(Store& store, const RecordQuery& query,
                                                    const std::string& since,
                                                    std::span<const std::uint32_t> upsetting = {});

/// {type, id, scope, ? removed}
[[nodiscard]] Json gone_json(Database& db, const ChangedName& name, bool removed);

}  // namespace linli::store
