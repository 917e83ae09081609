// node/store/bundles.h: which bundles were made and imported, and what each recipient is known to
// have.
//
// Reading functions want a snapshot: call them within a read transaction. All throw DatabaseError.
#pragma once

#include <optional>
#include <vector>

#include "node/store/blobs.h"
#include "sync/bundle.h"

namespace linli::store {

/// A stretch of a log by arrival numbers: behind `after`, up to `upto`.
struct Stretch {
  std::uint64_t epoch = 0, after = 0, upto = 0;
};

/// A bundle that this node made.
struct MadeBundle {
  sync::BundleId id{};
  crypto::AuthorId recipient{};
  crypto::Hash certificate{};  ///< The recipient's, then.
  Stretch stretch;
  sync::Micros created = 0;
};
/// Forgets the oldest of this recipient beyond some hundreds.
void save_made_bundle(Log& log, const MadeBundle& bundle);
[[nodiscard]] std::optional<MadeBundle> made_bundle(Database& db, const sync::BundleId& id);

/// Notes what a bundle of `exporter`, made for our certificate `own`, brought.
void save_imported(Log& log, const crypto::AuthorId& exporter, const crypto::Hash& own,
                   const Stretch& stretch, sync::Micros at);
/// Notes that the exporter, knowing of this store's epoch, began a bundle behind `after`: up to
/// there it has our word that we have all. True until this disk is put back.
void save_base(Log& log, const crypto::AuthorId& exporter, const crypto::Hash& own,
               std::uint64_t epoch, std::uint64_t after);
/// Up to which number of the exporter's newest epoch bundles brought everything, without a gap from
/// the beginning or from what save_base noted. Nothing: no first one was imported.
[[nodiscard]] std::optional<Stretch> imported(Database& db, const crypto::AuthorId& exporter,
                                              const crypto::Hash& own);

/// Notes that the holder of `certificate` says to have everything of our log up to there. A smaller
/// number than before counts too, 0 as well: it was restored.
void save_confirmed(Log& log, const crypto::AuthorId& peer, const crypto::Hash& certificate,
                    std::uint64_t epoch, std::uint64_t upto);
/// What it said, translated to this store's epoch after a restore. 0: nothing is certain, also when
/// a line has told of a newer epoch of its store since.
[[nodiscard]] std::uint64_t confirmed(Database& db, const crypto::AuthorId& peer,
                                      const crypto::Hash& certificate, std::uint64_t epoch);
/// The newest epoch of a node's store that a line or a bundle of its told of; 0: none did.
[[nodiscard]] std::uint64_t newest_epoch(Database& db, const crypto::AuthorId& node);
/// Our arrival number up to which its own receipts cover all that the reader may have from us.
/// Those that it gave before it was restored say nothing any more.
[[nodiscard]] std::uint64_t receipted_to(Database& db, const crypto::Certificate& reader,
                                         const crypto::AuthorId& self);

/// How far we know the reader's own feeds: at most sync::kAskMax of them.
[[nodiscard]] std::vector<sync::KnownFeed> feeds_by(Database& db,
                                                    const crypto::Certificate& reader);
/// Attachments that are here and that the reader may have: through references that arrived in this
/// stretch, or come since its beginning. Ascending by hash behind `behind`, at most `limit`; what
/// only the reader itself delivered is left out unless `include_own`.
[[nodiscard]] std::vector<BlobToSend> blobs_for(Database& db, const crypto::Certificate& reader,
                                                const Stretch& stretch, bool include_own,
                                                const crypto::Hash& behind, std::size_t limit);
/// About how many objects page_for hands out of this stretch.
[[nodiscard]] sync::Tally count_readable(Database& db, const crypto::Certificate& reader,
                                         const Stretch& stretch, bool include_own);

}  // namespace linli::store
