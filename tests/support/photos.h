// tests/support/photos.h: attachments for tests, and findings that show them.
#pragma once

#include "node/blob_transfer.h"
#include "tests/support/city.h"

namespace linli::test {

/// Made-up content, another for each seed.
inline std::string photo(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  std::uint64_t x = seed * 2654435761u + 88172645463325252u;
  for (auto& c : bytes) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    c = static_cast<char>(x);
  }
  return bytes;
}
inline Hash name_of(const std::string& bytes) { return crypto::hash({bytes}); }
inline std::string hex(const Hash& hash) { return crypto::to_hex(hash.view()); }

/// Stores one as this node's own people would.
inline Hash put_photo(Node& node, const std::string& bytes) {
  const auto hash = name_of(bytes);
  const auto self = node->identity().author;
  auto receiving = node->blobs().receive(hash, bytes.size(), 0, {self, {self}, false, true});
  if (!receiving) FAIL(describe(receiving.error()));
  REQUIRE(receiving->write(bytes));
  const auto complete = receiving->finish();
  if (!complete) FAIL(describe(complete.error()));
  REQUIRE(*complete);
  return hash;
}

/// A finding of the office's, in the compound that `compound(kFindingCode)` makes, with photos.
inline constexpr const char* kFindingCode = "410702003901001";
inline Outcome put_finding(Node& node, const std::vector<Hash>& photos,
                           const std::string& code = kFindingCode) {
  const auto inspection = put(node, "inspection",
                              R"({"kind":"routine","compound":")" + code +
                                  R"(","template":["t",1],"inspectors":["J001","J002"],
      "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00",
      "results":{"F01":"ok","C01":"fail"},"note":"巡查","status":"submitted"})");
  auto json = Json::parse(R"({"item_code":"C01","severity":"minor","description":"楼道有杂物",
    "place":"3号楼","responsible":"company","status":"open"})");
  json["inspection"] = sync::to_text(inspection.id);
  for (const auto& hash : photos) json["photos"].push_back(hex(hash));
  return put(node, "finding", json.dump());
}

inline bool holds(Node& node, const Hash& hash) {
  return node->blobs().state(hash, node->identity().author).complete;
}

inline Hash upstream_of(Node& node) {
  const auto trust = node->trust();
  return trust->book.find(node->identity().certificate)->issuer;
}
/// What `node serve`'s agent does after an exchange, once.
inline Result<node::BlobReport> move_photos(Node& client, const Serving& upstream) {
  node::HttpClient http(upstream.url());
  return node::transfer_blobs(*client, http, upstream_of(client), client->blobs().policy());
}

}  // namespace linli::test
