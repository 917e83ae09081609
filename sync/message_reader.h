// sync/message_reader.h: what the messages between nodes share of their reading (messages.cpp,
// blobs.cpp).
#pragma once

#include <optional>

#include "crypto/cbor.h"
#include "sync/names.h"

namespace linli::sync {

/// A name that a newer node gave a refusal of its own: for us it is something to upgrade for.
[[nodiscard]] inline Errc errc_named(std::string_view name) {
  for (const auto& row : errc_table())
    if (row.name == name) return row.code;
  return Errc::unknown_critical;
}

/// A reader that also tells apart why it refuses.
struct MessageReader {
  /// `most`: bytes of a message; `over` says so, where there are more.
  MessageReader(std::string_view body, std::size_t most, std::string_view over) : r(body) {
    if (body.size() > most) refuse(Errc::too_large, over);
  }

  void refuse(Errc why, std::string_view what) {
    if (r.ok()) code = why;
    r.reject(what);
  }
  template <class Bytes>
  Bytes fixed() {
    const auto view = r.bytes(Bytes::size());
    return r.ok() ? Bytes::of(view) : Bytes{};
  }
  /// Keys that this version doesn't know: critical ones are negative.
  void other(std::int64_t key) {
    if (key < 0) refuse(Errc::unknown_critical, "unknown critical key");
    r.item();
  }
  /// `version`: as the message says it; `known`: the one that this node speaks.
  void protocol(std::uint64_t version, std::uint64_t known) {
    if (r.ok() && version != known) refuse(Errc::newer_version, "another protocol version");
  }
  [[nodiscard]] Result<void> finish() const {
    auto whole = r.finish();
    if (!whole && code) whole.error().code = *code;
    return whole;
  }

  cbor::Reader r;
  std::optional<Errc> code;
};

}  // namespace linli::sync
