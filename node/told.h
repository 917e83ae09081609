// node/told.h: values as a person reads them, in Chinese: labels for codes, names for references.
#pragma once

#include "node/model/json.h"
#include "node/model/schema.h"

namespace linli::node {

using model::Json;

/// n ÷ 10^digits, exactly: "-12.05".
[[nodiscard]] std::string decimal(std::int64_t n, int digits);
/// A number with its unit: "1250.00元".
[[nodiscard]] std::string number_text(const model::Field& field, std::int64_t n);
/// What a code of the field's values is called; itself if it isn't one.
[[nodiscard]] std::string label_of(const model::Field& field, const Json& code);
/// What a ref leads to: what that is called, or its id where it is called nothing or isn't here.
[[nodiscard]] std::string target_of(const Json& ref);
/// An instant by the local clock: "2023-05-27 09:00:00".
[[nodiscard]] std::string local_time(std::string_view instant);

/// A value as records are answered, in full: each line of rows, each mark, nothing only counted.
[[nodiscard]] std::string told(const model::Field& field, const Json& json);

}  // namespace linli::node
