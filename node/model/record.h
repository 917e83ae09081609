// node/model/record.h: a record as its fields' values, as they stand in signed bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/result.h"
#include "sync/change_set.h"

namespace linli::model {

using crypto::Hash;
struct RecordType;

/// What a ref value names, in full (rule 1).
struct Ref {
  std::uint32_t type = 0;
  std::string scope;
  sync::RecordId id{};
};
/// CBOR [type, id] if the ref's scope is `home`, else [type, id, scope].
[[nodiscard]] std::string encode_ref(const Ref& ref, std::string_view home);
[[nodiscard]] Result<Ref> decode_ref(std::string_view value, std::string_view home);

/// A read-only view. Getters answer with nothing for an absent field or a value of another shape,
/// so that rules and measures are total on whatever a peer merged together. A commitment whose
/// value isn't here counts as absent; `has` tells that it is there.
struct RecordView {
  const RecordType* type = nullptr;
  std::string_view scope;
  sync::RecordId id{};
  bool removed = false;
  std::span<const sync::FieldValue> fields;  ///< Ascending by number.

  [[nodiscard]] std::optional<std::string_view> raw(std::uint32_t field) const;
  [[nodiscard]] bool has(std::uint32_t field) const { return raw(field).has_value(); }
  [[nodiscard]] std::optional<std::int64_t> integer(
      std::uint32_t field) const;  ///< Also dates, instants, choices, booleans.
  [[nodiscard]] bool flag(std::uint32_t field) const { return integer(field).value_or(0) != 0; }
  [[nodiscard]] std::optional<std::int64_t> state(
      std::uint32_t field) const;                                  ///< The `to` of a state value.
  [[nodiscard]] std::string_view text(std::uint32_t field) const;  ///< Empty if absent.
  [[nodiscard]] std::optional<Ref> ref(std::uint32_t field) const;
  /// The 16 bytes of a ref's id, for units and keys; empty if absent.
  [[nodiscard]] std::string ref_id(std::uint32_t field) const;
  [[nodiscard]] std::vector<Ref> refs(std::uint32_t field) const;
  [[nodiscard]] std::vector<std::string_view> texts(std::uint32_t field) const;
  /// Marks: item → choice number, in CBOR key order.
  [[nodiscard]] std::vector<std::pair<std::string_view, std::int64_t>> marks(
      std::uint32_t field) const;
  /// Rows: each a list of its column values.
  [[nodiscard]] std::vector<std::vector<sync::FieldValue>> rows(std::uint32_t field) const;
};

/// The same with its own memory.
struct Record {
  const RecordType* type = nullptr;
  std::string scope;
  sync::RecordId id{};
  bool removed = false;
  std::vector<std::pair<std::uint32_t, std::string>> fields;  ///< Ascending by number.

  void set(std::uint32_t field, std::string value);  ///< Replaces; keeps the order.
  void unset(std::uint32_t field);
  [[nodiscard]] const std::string* get(std::uint32_t field) const;
};

/// A RecordView over a Record; keep both alive together.
class ViewOf {
 public:
  explicit ViewOf(const Record& record);
  [[nodiscard]] const RecordView& operator*() const { return view_; }
  [[nodiscard]] const RecordView* operator->() const { return &view_; }
  ViewOf(const ViewOf&) = delete;
  ViewOf& operator=(const ViewOf&) = delete;

 private:
  std::vector<sync::FieldValue> values_;
  RecordView view_;
};

// ---- Local time (Asia/Shanghai, UTC+8 without daylight saving) ---------------------------------
inline constexpr std::int64_t kLocalOffsetMs = 8LL * 3600 * 1000;
[[nodiscard]] std::int64_t local_day_of_ms(std::int64_t ms);  ///< Days since 1970-01-01, local.
[[nodiscard]] std::int64_t day_from_civil(int year, int month, int day);
struct Civil {
  int year, month, day;
};
[[nodiscard]] Civil civil_from_day(std::int64_t day);
[[nodiscard]] std::string day_text(std::int64_t day);                        ///< "2023-05-27"
[[nodiscard]] std::optional<std::int64_t> parse_day(std::string_view text);  ///< Strict.
[[nodiscard]] std::string instant_text(std::int64_t ms);  ///< "…T01:00:00.000Z"
/// RFC 3339 with any offset, or a local time without one ("2023-05-27T09:00", read as UTC+8).
[[nodiscard]] std::optional<std::int64_t> parse_instant(std::string_view text);
/// CC 203: the last day of a period of `days` that starts on the day after `day`.
[[nodiscard]] inline std::int64_t add_days(std::int64_t day, std::int64_t days) {
  return day + days;
}

}  // namespace linli::model
