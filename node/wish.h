// node/wish.h: what a person or program wants changed, and what became of it (Replica::put).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/model/json.h"
#include "node/model/schema.h"
#include "sync/names.h"
#include "sync/policy.h"

namespace linli::node {

using model::Json;

/// How a conflict is to be settled: by a change like any other that names all its leaves.
struct Settlement {
  std::uint32_t cell = 0;  ///< 0: edits that met a delete.
  bool void_move = false;
  std::string seen;  ///< store::seen_tag of the leaves that the person saw; others: `stale`.
  /// keep: what stands, stays. take: `version` (store::version_name) is written again. value: so is
  /// `fields` of the wish, on top of what stands.
  enum class How { keep, take, value } how = How::keep;
  std::string version = {};
};

/// One thing that a person or program wants changed.
struct Wish {
  enum class Kind { put, remove, settle, erase } kind = Kind::put;
  const model::RecordType* type = nullptr;
  Json fields;                       ///< As model::read_draft takes it.
  std::optional<sync::RecordId> id;  ///< An existing record; nothing: by key, or a new one.
  std::string scope;                 ///< Empty: the type's home.
  std::optional<std::int64_t>
      if_version;  ///< Refuse (`stale`) unless the record is at this version.
  /// `id` is what a new record is to be called: asked twice with the same fields it is made once,
  /// with others it is a `duplicate_key` (an Idempotency-Key of the API).
  bool create_only = false;
  std::optional<Settlement> settlement = {};  ///< Of Kind::settle; then `id` and `scope` are given.
  /// Of Kind::erase, likewise: fields whose values are destroyed in all their versions (erasing.h).
  std::vector<std::string> erase = {};
};
/// The person who asks, if one is known: signed along under a pseudonym, and allowed no more than
/// the roles of an account let it do.
struct By {
  std::optional<sync::Nonce> actor = {};
  sync::RoleMask roles = ~sync::RoleMask{0};  ///< What the node's own role may do as well.
};
struct PutOptions {
  bool dry_run = false;         ///< Says what would happen; nothing is kept.
  bool all_or_nothing = false;  ///< One bad wish, and none is granted.
  /// A natural key that is there already is changed, not refused. A record that is named by its id,
  /// or by a key that is unique in the city, needs no scope: it is the one that is there.
  bool update = false;
  std::string origin = {};  ///< Signed along: "import: file", "page", …
  By by = {};
};
struct Outcome {
  enum class Done { created, changed, unchanged, removed, refused } done = Done::refused;
  std::uint32_t settled = 0;  ///< Open conflicts of the record that it settled, as it named them.
  std::string scope;
  sync::RecordId id{};
  std::vector<model::Fault> faults;  ///< Why it was refused.
};

}  // namespace linli::node
