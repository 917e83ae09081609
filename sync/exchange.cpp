#include "sync/exchange.h"

#include "crypto/cbor.h"
#include "sync/exchange_detail.h"

namespace linli::sync {
namespace {

constexpr std::size_t kDetailBytesMax = 200;  // Ten thousand of them must fit.

bool known_kind(ObjectKind kind) { return kind >= ObjectKind::parcel && kind <= ObjectKind::fork; }

}  // namespace

std::string clip(std::string_view detail) {
  std::string text(detail.substr(0, kDetailBytesMax));
  while (!text.empty() && !cbor::valid_utf8(text)) text.pop_back();
  return text;
}

std::optional<Verdict> refuse_outright(const Object& object, std::size_t index) {
  const auto place = static_cast<std::uint32_t>(index);
  if (!known_kind(object.kind)) return Verdict{place, Errc::malformed, "unknown kind of object", 0};
  if (object.bytes.size() > kObjectBytesMax)
    return Verdict{place, Errc::too_large, "object over 1.5 MiB", 0};
  return std::nullopt;
}

bool is_transient(Errc code) {
  switch (code) {
    case Errc::slow_down:
    case Errc::disk_full:
    case Errc::io:
    case Errc::corrupt:
    case Errc::unreachable:
    case Errc::internal:
      return true;
    default:
      return false;
  }
}

Result<bool> Shelf::wants_snapshots() { return false; }

Result<std::vector<Frontier>> Shelf::surely_known(const Hash&, std::uint64_t) {
  return std::vector<Frontier>{};
}

Notice Shelf::notice(const Hash&) { return {}; }

Result<std::optional<Hash>> Shelf::hash_at(const FeedId&, std::uint64_t) { return std::nullopt; }

}  // namespace linli::sync
