// A value → a cell (cells.h).
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "crypto/cbor.h"
#include "node/tables/cell_dates.h"
#include "node/tables/cell_lists.h"
#include "node/tables/cells.h"
#include "node/tables/decimal.h"

namespace linli::tables {
namespace {

using model::FieldType;

std::string geo_text(const Json& geo) {
  const auto number = [&geo](const char* member, int places) {
    return decimal_text(geo.value(member, std::int64_t{0}), places);
  };
  auto text = number("lat_e7", 7) + "," + number("lon_e7", 7);
  if (geo.contains("accuracy_dm")) text += " ±" + number("accuracy_dm", 1);
  return text;
}

std::string day_cell(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

}  // namespace

std::string plain(std::string_view text) {
  if (!cbor::valid_utf8(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
  ensure(U_SUCCESS(status) && nfkc, "ICU carries its own NFKC data");
  std::string out;
  nfkc->normalize(
          icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}),
          status)
      .trim()
      .toUTF8String(out);
  ensure(U_SUCCESS(status), "NFKC");
  return out;
}

CellText cell_text(const model::Field& field, int places, const Json& value, const Place& place) {
  if (value.is_null()) return {};
  if (value.is_object()) {
    // Marks are an object, too, whose items may be called anything.
    const auto said = [&value](const char* member) {
      const auto found = value.find(member);
      return found != value.end() && *found == Json(true);
    };
    if (said("sealed")) return {std::string(kSealed)};
    if (said("erased")) return {std::string(kErased)};
    if (said("withheld")) return {std::string(kWithheld)};
  }
  switch (field.type) {
    case FieldType::integer:
      if (!value.is_number_integer()) return {value.dump()};
      return {decimal_text(value.get<std::int64_t>(), places), true};
    case FieldType::boolean:
      return {value == Json(true) ? "是" : "否"};
    case FieldType::instant: {
      const auto ms = value.is_string() ? model::parse_instant(value.get_ref<const std::string&>())
                                        : std::nullopt;
      return {ms ? instant_cell(*ms) : value.dump()};
    }
    case FieldType::date:
      return {day_cell(value)};
    case FieldType::marks:
      return {value.is_object() ? marks_text(field, value) : value.dump()};
    case FieldType::geo:
      return {value.is_object() ? geo_text(value) : value.dump()};
    case FieldType::texts:
    case FieldType::choices:
    case FieldType::refs:
    case FieldType::blobs:
      return {value.is_array() ? list_text(field, value, place) : value.dump()};
    case FieldType::rows:
      return {value.dump()};
    default:
      return {item_text(field, value, place)};
  }
}

}  // namespace linli::tables
