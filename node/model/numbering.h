// node/model/numbering.h: public document numbers (文号, domain: conventions). A record carries a
// provisional number that its device gives offline, and gets its official number, of one sequence
// of the city or a district, from who approves it. What an official number looks like is a record.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "node/model/schema.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeNumberRule = 7;
namespace number_rule_field {
inline constexpr std::uint32_t kRecordType = 1, kIssuer = 2, kForm = 3, kStart = 4, kDigits = 5;
}

/// Written instead of a number: the node gives the next one.
inline constexpr std::string_view kNumberAuto = "auto";

/// Fields of a type that hold its numbers.
struct Numbered {
  std::string_view type;
  std::string_view provisional;  ///< Given at the device; empty: none.
  std::string_view official;     ///< Given by the authority whose sequence it is.
  std::string_view dated;        ///< The day whose year an official number carries.
};
[[nodiscard]] std::span<const Numbered> numbered_types();
[[nodiscard]] const Numbered* numbered(std::string_view type);

/// "410702003901-3f2a-" : issuer code (last segment of the scope) and a mark of the device.
[[nodiscard]] std::string provisional_prefix(std::string_view scope, const sync::AuthorId& author);
/// The number that follows a prefix, four digits at least: "0007".
[[nodiscard]] std::string provisional_number(std::string_view prefix, std::int64_t n);
/// Its running number; nothing: it doesn't have that prefix and digits after it.
[[nodiscard]] std::optional<std::int64_t> provisional_count(std::string_view prefix,
                                                            std::string_view number);

/// What a rule says of a sequence. `{year}` and `{n}` stand in the form; a form with a year begins
/// anew every year.
struct NumberForm {
  std::string form;
  std::int64_t start = 1, digits = 1;
  [[nodiscard]] bool yearly() const { return form.find("{year}") != std::string::npos; }
};
/// Has it `{n}` once, `{year}` at most once, and no other braces?
[[nodiscard]] bool valid_form(std::string_view form);
[[nodiscard]] std::string official_number(const NumberForm& form, std::int64_t year,
                                          std::int64_t n);
/// The running number in `number` if it is of this form and, where the form has one, this year.
[[nodiscard]] std::optional<std::int64_t> official_count(const NumberForm& form, std::int64_t year,
                                                         std::string_view number);
/// The rule of this sequence: records of `type`, numbers given by who works at `issuer` (a scope).
[[nodiscard]] std::optional<NumberForm> number_form(const Lookup& lookup, std::string_view type,
                                                    std::string_view issuer);

/// Is a number given to another record too? For types whose peers share their official number.
[[nodiscard]] bool number_rivals(const RecordView& record, std::span<const RecordView> peers,
                                 std::uint32_t field);

/// The family, for schema.cpp.
void add_number_rule(Schema& schema);

}  // namespace linli::model
