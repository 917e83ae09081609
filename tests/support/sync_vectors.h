// tests/support/sync_vectors.h: the examples of sync/PROTOCOL.md, built from fixed seeds, as JSON
// that other languages read; and the way back from that JSON, so that a test rebuilds bytes from
// fields.
#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "sync/change_set.h"
#include "sync/policy.h"
#include "sync/receipt.h"

namespace linli::test {

using Json = nlohmann::ordered_json;

/// A city of keys and certificates only: a hub and a community office, the same in every run.
struct PaperCity {
  crypto::SigningKey root_key, hub_key, office_key;
  crypto::RootStatement root;
  crypto::Certificate hub, office;
  crypto::SignedBody signed_root, signed_hub, signed_office;
  crypto::Hash id{}, hub_hash{}, office_hash{};
  crypto::CertificateBook book;
};
[[nodiscard]] PaperCity make_city();

/// A change set together with the memory that its views point into.
struct OwnedSet {
  sync::ChangeSet set;
  std::deque<std::string> memory;
  std::string_view keep(std::string item) { return memory.emplace_back(std::move(item)); }
};

/// All that a change set says; two sets are equal exactly if these are.
[[nodiscard]] Json to_json(const sync::ChangeSet& set);
[[nodiscard]] OwnedSet change_set_from(const Json& fields);
[[nodiscard]] Json to_json(const sync::Policy& policy);
[[nodiscard]] sync::Policy policy_from(const Json& fields);
[[nodiscard]] Json to_json(const sync::Receipt& receipt);
[[nodiscard]] sync::Receipt receipt_from(const Json& fields);
[[nodiscard]] Json to_json(const crypto::RootStatement& root);
[[nodiscard]] crypto::RootStatement root_from(const Json& fields);
[[nodiscard]] Json to_json(const crypto::Certificate& certificate);
[[nodiscard]] crypto::Certificate certificate_from(const Json& fields);

/// A body taken apart, so that one key or place can be spelled wrongly: key → encoded item.
struct Sketch {
  std::map<std::int64_t, std::string> keys;
  std::vector<std::vector<std::string>> changes;  ///< The places of each; written as key 13.
  [[nodiscard]] std::string body() const;
};
[[nodiscard]] Sketch sketch_of(std::string_view body);

/// File name in tests/vectors/ → its content.
[[nodiscard]] std::map<std::string, Json> sync_vectors();
/// The exact text of such a file.
[[nodiscard]] std::string text_of(const Json& vectors);

[[nodiscard]] std::string unhex(const Json& hex);

}  // namespace linli::test
