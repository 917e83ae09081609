// tests/bench/city.h: a hub with a writer below it, and records as that writer would send them.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench.h"
#include "node/replica.h"

namespace linli::bench {

using crypto::Hash;

inline constexpr const char* kCity = "410700";
inline constexpr const char* kDistrict = "410700/410702";
inline constexpr std::size_t kChecklistItems = 41;

/// Which records: each says what it stresses.
enum class Mix {
  inspections,  ///< 41 results each; one in ten has a note, which is erasable and searched.
  findings,     ///< An erasable, searched description of 20 to 40 characters each, and a place.
  mixed,        ///< An inspection, then two findings of it.
};
[[nodiscard]] const char* name_of(Mix mix);

/// A record before it is signed: its fields as plain CBOR, nothing committed.
struct Plain {
  const model::RecordType* type = nullptr;
  std::string scope;
  sync::RecordId id{};
  std::vector<std::pair<std::uint32_t, std::string>> fields;  ///< Ascending.
};

/// Draws records of communities with 20 compounds each. The same seed, the same records, but for
/// the random part of their ids.
class Records {
 public:
  Records(Mix mix, std::size_t communities, std::size_t expected);
  /// The next `n`, all of one community; the communities take turns.
  [[nodiscard]] std::vector<Plain> next(std::size_t n);
  /// Words that occur in descriptions and notes.
  [[nodiscard]] static const std::vector<std::string>& words();

 private:
  struct Compound {
    sync::RecordId id{}, company{};
  };
  struct Community {
    std::string scope;
    std::vector<Compound> compounds;
    std::optional<Plain> inspection;  ///< The newest, for findings to name.
  };
  [[nodiscard]] Plain inspection(Community& community);
  [[nodiscard]] Plain finding(Community& community);
  [[nodiscard]] std::string sentence(std::size_t parts);
  std::size_t pick(std::size_t below) { return random_() % below; }

  Mix mix_;
  std::mt19937_64 random_{7};
  std::vector<Community> communities_;
  std::size_t turn_ = 0, made_ = 0;
  std::int64_t now_ms_, step_ms_;  ///< Records of a year, one every `step_ms_`.
  sync::RecordId checklist_{};
};

/// What a node with the standing of an office signs: change sets of its feeds, one a community.
class Writer {
 public:
  /// Enrols it below the hub.
  Writer(node::Replica& hub, const std::string& scope);
  /// One signed change set, as it travels. All of one scope.
  [[nodiscard]] sync::Object sign(const std::vector<Plain>& records);
  [[nodiscard]] const Hash& certificate() const { return certificate_; }
  [[nodiscard]] const crypto::SigningKey& key() const { return key_; }

 private:
  struct Feed {
    std::uint64_t seq = 0;
    Hash tip{};
  };
  crypto::SigningKey key_ = crypto::SigningKey::generate();
  Hash city_{}, certificate_{}, policy_{};
  crypto::AuthorId author_{};
  std::map<std::string, Feed> feeds_;
  sync::Micros stamp_;
};

/// A new city in `folder`/hub, open for writing.
class City {
 public:
  explicit City(const std::filesystem::path& folder);
  [[nodiscard]] node::Replica& hub() { return *hub_; }
  [[nodiscard]] std::filesystem::path hub_folder() const { return folder_ / "hub"; }
  void close_hub() { hub_.reset(); }

  /// Fills the hub with `records` in change sets of `changes`.
  void fill(Records& source, Writer& writer, std::size_t records, std::size_t changes);

 private:
  std::filesystem::path folder_;
  sync::SystemClock clock_;
  std::unique_ptr<node::Replica> hub_;
};

/// Takes objects in as pushes of the size that nodes send; ensures that all were accepted.
void push(node::Replica& replica, std::vector<sync::Object> objects, const Hash& from);

/// Objects in batches as the exchange sends them.
[[nodiscard]] std::vector<std::vector<sync::Object>> batches(std::vector<sync::Object> objects);

/// The value or an end of the benchmark that says why.
template <class T>
T must(Result<T> result, const char* what) {
  ensure(result.has_value(),
         result ? std::string(what) : std::string(what) + ": " + describe(result.error()));
  return std::move(*result);
}
inline void must(const Result<void>& result, const char* what) {
  ensure(result.has_value(),
         result ? std::string(what) : std::string(what) + ": " + describe(result.error()));
}

}  // namespace linli::bench
