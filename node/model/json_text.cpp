#include "node/model/json_text.h"

#include <algorithm>

#include "crypto/cbor.h"

namespace linli::model {
namespace {

/// The library's words after its own prefix: "syntax error while parsing …".
std::string plain_reason(std::string_view what) {
  const auto colon = what.find(": ");
  return std::string(colon == what.npos ? what : what.substr(colon + 2));
}

tl::unexpected<Fault> wrong(Errc code, std::string zh, std::string en) {
  return tl::unexpected(Fault{{}, code, std::move(zh), std::move(en)});
}

}  // namespace

int json_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest;
}

tl::expected<Json, Fault> read_json(std::string_view text) {
  if (!cbor::valid_utf8(text)) {
    return wrong(Errc::bad_utf8, "不是有效的 UTF-8 文本", "isn't valid UTF-8");
  }
  if (json_depth(text) > kJsonDepthMax) {
    return wrong(Errc::bad_input, "JSON 嵌套过深", "JSON that is nested too deeply");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    const auto byte = std::to_string(e.byte);
    return wrong(Errc::bad_input, "JSON 有误，第 " + byte + " 字节处",
                 "broken JSON at byte " + byte + ": " + plain_reason(e.what()));
  } catch (const Json::exception& e) {  // A number beyond any range.
    return wrong(Errc::bad_input, "JSON 有误", "broken JSON: " + plain_reason(e.what()));
  }
}

}  // namespace linli::model
