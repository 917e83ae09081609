// node/store/holdings.h: everything that a certificate entitles to, and what of it is here.
#pragma once

#include <string>
#include <vector>

#include "node/store/log.h"
#include "sync/holdings.h"

namespace linli::store {

/// Every feed here that a holder of `reader` may read, as Holdings has them.
[[nodiscard]] std::vector<sync::HeldShelf> holdings_for(Database& db,
                                                        const crypto::Certificate& reader);

/// One difference between what the hub says that it has, and what is here.
struct Lack {
  enum class Kind {
    missing,       ///< Numbers `from` … `to` aren't here.
    other,         ///< Another change set stands under number `to` here.
    contradicted,  ///< A receipt for `to` is here, and the hub lists it up to `from` only, or not.
  } kind = Kind::missing;
  std::string scope;
  sync::Audience audience = sync::Audience::ancestors;
  sync::FeedId feed{};
  std::uint64_t from = 0, to = 0;
};
[[nodiscard]] std::string_view name_of(Lack::Kind kind);

struct Comparison {
  std::uint64_t feeds = 0, sets = 0;  ///< That the hub listed.
  std::vector<Lack> lacks;            ///< Empty: everything is here.
};
/// `keeper`, `reader`: the certificates of who made the statement and of whom it speaks. Receipts
/// that came later than the statement, or are for what the keeper doesn't read itself, prove
/// nothing against it.
[[nodiscard]] Comparison compare(Database& db, const sync::Holdings& holdings,
                                 const crypto::Certificate& keeper,
                                 const crypto::Certificate& reader);

}  // namespace linli::store
