#include "api/shape.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace linli::api {
namespace {

using model::Json;

struct Word {
  std::string_view name;
  std::string_view schema;
};
constexpr std::array<Word, 13> kWords = {{
    {"text", R"({"type":"string"})"},
    {"int", R"({"type":"integer","format":"int64"})"},
    {"number", R"({"type":"number"})"},
    {"bool", R"({"type":"boolean"})"},
    {"null", R"({"type":"null"})"},
    {"any", R"({})"},
    {"object", R"({"type":"object"})"},
    {"day", R"({"type":"string","format":"date"})"},
    {"time", R"({"type":"string","format":"date-time"})"},
    {"id", R"({"type":"string","format":"uuid"})"},
    {"hex", R"({"type":"string","pattern":"^[0-9a-f]*$"})"},
    {"bytes", R"({"type":"string","format":"binary"})"},
    {"base64url", R"({"type":"string","pattern":"^[A-Za-z0-9_-]*$"})"},
}};

/// Reads from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(text) {}

  Json shape() {
    auto first = one();
    if (!skip('|')) return first;
    Json all = Json::array({std::move(first)});
    do {
      all.push_back(one());
    } while (skip('|'));
    // Codes of one list are an enumeration.
    const bool codes = std::all_of(
        all.begin(), all.end(), [](const Json& s) { return s.is_object() && s.contains("const"); });
    if (!codes) return {{"anyOf", std::move(all)}};
    Json values = Json::array();
    for (const auto& s : all) values.push_back(s["const"]);
    return {{"type", "string"}, {"enum", std::move(values)}};
  }

  void end() {
    if (!rest_.empty()) wrong("something follows");
  }

 private:
  Json one() {
    if (skip('{')) return object();
    if (skip('[')) {
      Json items = shape();
      need(']');
      return {{"type", "array"}, {"items", std::move(items)}};
    }
    if (skip('<')) {
      Json values = shape();
      need('>');
      return {{"type", "object"}, {"additionalProperties", std::move(values)}};
    }
    if (skip('\'')) {
      const auto code = take_until('\'');
      need('\'');
      return {{"type", "string"}, {"const", code}};
    }
    return named(word());
  }

  Json object() {
    Json properties = Json::object(), required = Json::array();
    while (!skip('}')) {
      const std::string name(word());
      if (!skip('?')) required.push_back(name);
      need(':');
      properties[name] = shape();
      if (!skip(',') && !rest_.starts_with('}')) wrong("a comma or } is missing");
    }
    Json json{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) json["required"] = std::move(required);
    return json;
  }

  Json named(std::string_view name) {
    if (name.front() >= 'A' && name.front() <= 'Z') {
      return {{"$ref", "#/components/schemas/" + std::string(name)}};
    }
    for (const auto& known : kWords) {
      if (known.name == name) return Json::parse(known.schema);
    }
    wrong("no such word: " + std::string(name));
  }

  std::string_view word() {
    space();
    std::size_t n = 0;
    while (n < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[n])) || rest_[n] == '_'))
      ++n;
    if (n == 0) wrong("a word is missing");
    const auto taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view take_until(char c) {
    const auto n = std::min(rest_.find(c), rest_.size());
    const auto taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  void space() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool skip(char c) {
    space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    space();
    return true;
  }
  void need(char c) {
    if (!skip(c)) wrong(std::string("there should be ") + c);
  }
  [[noreturn]] void wrong(const std::string& why) const {
    throw std::logic_error("shape at " + std::to_string(whole_.size() - rest_.size()) + ", " + why +
                           ": " + std::string(whole_));
  }

  std::string_view whole_, rest_;
};

}  // namespace

model::Json schema_of_shape(std::string_view shape) {
  Reader reader(shape);
  auto schema = reader.shape();
  reader.end();
  return schema;
}

}  // namespace linli::api
