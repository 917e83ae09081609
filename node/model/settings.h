// node/model/settings.h: numbers that the bureau may change ([D] where law gives none), and the
// calendar of working days. Both are records of the city that every node holds; what follows from
// them (a due day) is written into the record that is authored, so that a later change alters no
// old record. For this folder's .cpp.
#pragma once

#include <map>
#include <set>

#include "node/model/schema.h"

namespace linli::model {

/// A number with its default. The code names it in records of type rule_setting.
struct Setting {
  std::string_view code;
  Label label;
  Unit unit;
  std::int64_t value, min, max;
  std::string_view basis;  ///< The article, or why this default.
};
/// All that this version knows.
[[nodiscard]] std::span<const Setting> settings();
/// What counts for a record of this scope: the city's record, or the default. `code` must be one of
/// settings().
[[nodiscard]] std::int64_t setting(const Lookup& lookup, std::string_view scope,
                                   std::string_view code);

/// Which days are worked (CC 201–203). Saturdays and Sundays aren't, but for those that the city's
/// calendar of the year says are; its holidays aren't either. A year without a calendar has only
/// weekends.
class WorkingDays {
 public:
  /// `scope`: of any record of the city. Keep `lookup` alive.
  WorkingDays(const Lookup& lookup, std::string_view scope);
  [[nodiscard]] bool worked(std::int64_t day);
  /// CC 203: `day` itself if it is worked, else the next one that is.
  [[nodiscard]] std::int64_t at_or_after(std::int64_t day);
  /// The last of `count` working days that begin on the day after `day`.
  [[nodiscard]] std::int64_t after(std::int64_t day, std::int64_t count);

 private:
  struct Year {
    std::vector<std::pair<std::int64_t, std::int64_t>> off;  ///< Holidays, both ends included.
    std::set<std::int64_t> worked;                           ///< Weekend days that are worked.
  };
  const Year& year_of(std::int64_t day);

  const Lookup& lookup_;
  std::string city_;
  std::map<int, Year> years_;
};

}  // namespace linli::model
