#include "node/store/verify.h"

#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "node/store/branches.h"
#include "node/store/condensed.h"
#include "node/store/differences.h"
#include "node/store/history.h"
#include "node/store/mending.h"
#include "node/store/people.h"
#include "node/store/verify_walk.h"
#include "sync/fork_proof.h"

namespace linli::store {
namespace verifying {

/// First of all, since what comes after leans on them.
void Walk::snapshots(store::Log& log) {
  auto& db = log.database();
  const auto whole = store::condensed_scopes(log);
  auto rows =
      db.prepare("SELECT arrival, signature, body FROM log WHERE feed = 0 AND kind = 4 ORDER BY 1");
  while (rows.step()) {
    const auto arrival = rows.integer(0);
    const auto body = store::unpack_body(rows.blob(2));
    const auto read = sync::SnapshotPart::decode(body);
    if (!read) {
      fault(arrival, FaultKind::unreadable, read.error());
      continue;
    }
    part(*read, body, crypto::Signature::of(rows.blob(1)), db, arrival);
    const bool counts = std::any_of(whole.begin(), whole.end(), [&](const auto& w) {
      return w.path == read->scope && w.audience == read->audience &&
             w.checkpoint.time == read->checkpoint.time;
    });
    if (!counts) continue;
    for (const auto& feed : read->feeds) {
      const auto id = read->feed_name(feed).id(book.city());
      covered[id] = feed.tip;
      confirmed[id] = std::max(confirmed[id], feed.tip.seq);
    }
  }
}

void Walk::part(const sync::SnapshotPart& part, std::string_view body,
                const crypto::Signature& signature, store::Database& db, std::int64_t arrival) {
  ++report.parts;
  if (auto fair = sync::judge_snapshot(part, body, signature, book); !fair) {
    fault(arrival, FaultKind::snapshot_foreign, fair.error());
  }
  const auto commitments = sync::commitments(part);
  if (!commitments) return fault(arrival, FaultKind::unreadable, commitments.error());
  auto values = db.prepare("SELECT commitment, salt, value FROM opening WHERE arrival = ?1");
  values.bind(1, arrival);
  while (values.step()) {
    ++report.openings;
    const auto hash = Hash::of(values.blob(0));
    const auto place =
        std::lower_bound(commitments->begin(), commitments->end(), hash,
                         [](const auto& c, const Hash& wanted) { return c.commitment < wanted; });
    if (place == commitments->end() || place->commitment != hash ||
        sync::commitment(crypto::Salt::of(values.blob(1)), part.city,
                         part.records[place->record].type, part.scope,
                         part.records[place->record].id, place->field, values.blob(2)) != hash) {
      fault(arrival, FaultKind::value_fits_nothing);
    }
  }
}

/// Where a snapshot reaches further than the sets held, the feed ends there; and what is kept of
/// feeds must be what the snapshots say.
void Walk::covered_feeds(store::Database& db) {
  for (const auto& [feed, tip] : covered) {
    auto& at = tips[feed];
    if (at.seq < tip.seq) at = tip;
  }
  auto feeds = db.prepare("SELECT feed, condensed_seq, condensed_hash FROM feed");
  while (feeds.step()) {
    const auto tip = covered.find(sync::FeedId::of(feeds.blob(0)));
    const auto seq = static_cast<std::uint64_t>(feeds.integer(1));
    const bool fits = tip == covered.end()
                          ? seq == 0
                          : seq == tip->second.seq && feeds.blob(2) == tip->second.hash.view();
    if (!fits) feed_fault(db, feeds.blob(0), FaultKind::condensed_otherwise);
  }
}

/// Whose it is stands beside it.
void Walk::feed_fault(Database& db, std::string_view feed, FaultKind kind) {
  VerifyFault fault{
      .place = FaultPlace::feed, .name = crypto::to_hex(feed).substr(0, 16), .kind = kind};
  auto author =
      db.prepare("SELECT a.author FROM feed f JOIN author a ON a.id = f.author WHERE f.feed = ?1");
  author.bind_blob(1, feed);
  if (author.step()) fault.author_id = crypto::to_hex(author.blob(0));
  note(std::move(fault));
}

void Walk::parcel(store::Log& log, std::int64_t arrival, const Hash& named, bool brought) {
  const auto loaded = log.load(arrival);
  const auto& set = loaded->set;
  ++report.change_sets;
  report.changes += static_cast<std::int64_t>(set.changes.size());
  const auto hash = sync::change_set_hash(loaded->body);
  if (hash != named) return fault(arrival, FaultKind::other_bytes);
  if (auto author = sync::judge_author(set, loaded->body, loaded->signature, book); !author) {
    return fault(arrival, FaultKind::author_unproven, author.error());
  }
  const auto* writer = book.find(set.certificate);
  const auto policy = policies.find(set.policy);
  const bool read = loaded->standing != Standing::unread && loaded->standing != Standing::refused;
  if (auto allowed = !read
                         ? Result<void>{}
                         : sync::judge_policy(set, *writer,
                                              policy == policies.end() ? nullptr : &policy->second);
      !allowed) {
    return fault(arrival, FaultKind::not_allowed, allowed.error());
  }
  if (loaded->feed != set.feed.id(book.city())) fault(arrival, FaultKind::other_feed);
  auto& tip = tips[loaded->feed];
  const bool header = set.changes.empty();
  const sync::Link link{set.seq, set.prev, hash, header ? set.time_base : set.changes.front().stamp,
                        header ? set.time_base : set.changes.back().stamp};
  if (const auto cut = covered.find(loaded->feed); cut != covered.end()) {
    const auto& end = cut->second;
    // Numbers that the snapshot stands for may be missing before this one.
    if (set.seq > tip.seq + 1 && set.seq <= end.seq + 1) {
      tip = set.seq == end.seq + 1 ? end : sync::FeedTip{set.seq - 1, set.prev, 0};
    }
    if (set.seq == end.seq && hash != end.hash) {
      fault(arrival, FaultKind::snapshot_otherwise);
    }
  }
  std::optional<Hash> held;
  if (set.seq <= tip.seq) held = tip.hash;
  if (auto next = sync::extend(tip, link, held)) {
    tip = *next;
  } else {
    fault(arrival, FaultKind::chain_broken, next.error());
  }
  openings(log, *loaded, !brought && set.feed.author == self);
  if (receipting) tree.append(hash);
  // A certificate speaks for itself. One that came in a set that is held back by now was good
  // enough to take what its holder signed.
  if (loaded->standing == Standing::counts || loaded->standing == Standing::held) {
    learn(set, loaded->standing == Standing::counts);
  }
}

/// Does what opens its commitments fit, and is it here where it was written here?
void Walk::openings(store::Log& log, const LoadedSet& loaded, bool made_here) {
  const auto& set = loaded.set;
  const auto committed = sync::commitments(set);
  const auto place_of = [&](const sync::Committed& at) {
    const auto& change = set.changes[at.change];
    return RecordPlace{loaded.scope, change.type, change.id};
  };
  std::vector<bool> opened(committed.size());
  auto rows = log.database().prepare(
      "SELECT ordinal, salt, value FROM opening WHERE arrival = ?1 ORDER BY ordinal");
  rows.bind(1, loaded.arrival);
  while (rows.step()) {
    ++report.openings;
    const sync::Opening opening{static_cast<std::uint32_t>(rows.integer(0)),
                                crypto::Salt::of(rows.blob(1)), std::string(rows.blob(2))};
    if (opening.ordinal < opened.size()) opened[opening.ordinal] = true;
    if (auto fits = sync::check_opening(set, committed, opening); !fits) {
      fault(loaded.arrival, FaultKind::value_otherwise, fits.error(),
            {std::to_string(opening.ordinal)});
    } else if (const auto& at = committed[opening.ordinal];
               is_erased(log.database(), place_of(at), at.field, at.commitment)) {
      fault(loaded.arrival, FaultKind::value_erased_held, {}, {std::to_string(opening.ordinal)});
    }
  }
  // Others may have brought a set without what they had no right to, or had erased by then.
  if (!made_here) return;
  for (std::uint32_t n = 0; n < committed.size(); ++n) {
    const auto& at = committed[n];
    if (opened[n] || is_erased(log.database(), place_of(at), at.field, at.commitment)) continue;
    unopened.push_back({loaded.arrival, n, place_of(at), at.field, at.commitment});
  }
}

/// What was erased stands in a table of its own, so that nobody brings it back.
void Walk::erasures(store::Log& log) {
  const auto unknown = missing_erasures(log);
  std::set<std::int64_t> named;
  for (const auto& one : unknown) {
    if (!named.insert(one.arrival).second) continue;
    note({.place = FaultPlace::log,
          .name = std::to_string(one.arrival),
          .kind = FaultKind::erased_forgotten,
          .arrival = one.arrival,
          .remedy = Remedy::rebuild});
  }
  lost_values(unknown, log.database());
}

void Walk::lost_values(const std::vector<ListedErasure>& unknown, Database& db) {
  const auto was_erased = [&](const Unopened& value) {
    if (is_erased(db, value.record, value.field, value.commitment)) return true;
    return std::any_of(unknown.begin(), unknown.end(), [&](const ListedErasure& one) {
      return one.record == value.record && one.field == value.field &&
             one.commitment == value.commitment;
    });
  };
  for (const auto& value : unopened) {
    if (was_erased(value)) continue;
    note({.place = FaultPlace::log,
          .name = std::to_string(value.arrival),
          .kind = FaultKind::value_lost,
          .parts = {std::to_string(value.ordinal)},
          .arrival = value.arrival,
          .remedy = Remedy::save_first});
  }
}

/// Is what waits what somebody brought?
void Walk::waiting(Database& db) {
  auto rows = db.prepare("SELECT id, hash, reason, bytes, author FROM waiting ORDER BY id");
  while (rows.step()) {
    if (is_sound_waiting(rows.blob(3), rows.blob(1), rows.text(2))) continue;
    const auto author = rows.blob(4);
    note({.place = FaultPlace::waiting,
          .name = std::to_string(rows.integer(0)),
          .kind = FaultKind::waiting_otherwise,
          .remedy = Remedy::rebuild,
          .author_id = author.size() == crypto::AuthorId::size() ? crypto::to_hex(author) : ""});
  }
}

/// The heads of the hub's history that were checked: what a later one is compared with.
void Walk::checkpoints(store::Log& log) {
  const auto seen = seen_histories(log.database());
  const auto bad = [&](const std::string& origin, FaultKind kind, std::optional<Error> why = {}) {
    note({.place = FaultPlace::checkpoint,
          .name = origin,
          .kind = kind,
          .reason = std::move(why),
          .remedy = Remedy::save_first});
  };
  for (const auto& one : seen) {
    const auto head = sync::open_checkpoint(one.note, book);
    if (!head) {
      bad(one.origin, FaultKind::head_unproven, head.error());
    } else if (head->checkpoint.origin != one.origin || head->checkpoint.size != one.size) {
      bad(one.origin, FaultKind::head_misfiled);
    }
  }
  if (seen.empty() && !log.meta("history_asked").value_or("").empty()) {
    bad("", FaultKind::head_gone);
  }
}

void Walk::learn(const sync::ChangeSet& set, bool counts) {
  for (const auto& change : set.changes) {
    if (!sync::founds_trust(change.type)) continue;
    if (!counts && change.type != sync::kTypeCertificate) continue;
    if (change.kind != sync::ChangeKind::put) continue;
    for (const auto& field : change.fields) {
      if (field.field != 1) continue;
      cbor::Reader r(field.value);
      const auto bytes = r.bytes();
      if (!r.finish()) continue;
      if (change.type == sync::kTypeCertificate) {
        if (book.add(bytes)) ++report.certificates;
      } else if (change.type == sync::kTypeRevocation) {
        (void)revocations.add(bytes, book);
      } else if (auto policy = sync::Policy::decode(bytes)) {
        policies[sync::policy_hash(bytes)] = std::move(*policy);
      }
    }
  }
}

void Walk::receipt(const std::string& body, const crypto::Signature& signature,
                   std::int64_t arrival, bool given_here) {
  ++report.receipts;
  const auto receipt = sync::Receipt::decode(body);
  if (!receipt) return fault(arrival, FaultKind::unreadable, receipt.error());
  if (auto fair = sync::judge_receipt(*receipt, body, signature, book); !fair) {
    return fault(arrival, FaultKind::receipt_foreign, fair.error());
  }
  const auto cut = covered.find(receipt->feed);
  const bool condensed = cut != covered.end() && receipt->to <= cut->second.seq;
  const auto tip = tips.find(receipt->feed);
  if (condensed) {
    if (receipt->to == cut->second.seq && receipt->last != cut->second.hash) {
      fault(arrival, FaultKind::receipt_otherwise);
    }
  } else if (tip == tips.end() || tip->second.seq < receipt->to) {
    return fault(arrival, FaultKind::receipt_of_missing_sets);
  } else if (tip->second.seq == receipt->to && tip->second.hash != receipt->last) {
    fault(arrival, FaultKind::receipt_otherwise);
  }
  // They come in any order: what was held back for a while may overtake what is on its way.
  auto& up_to = confirmed[receipt->feed];
  up_to = std::max(up_to, receipt->to);
  const auto& head = receipt->checkpoint;
  told[receipt->feed].push_back(
      {receipt->from, receipt->to, {head.epoch, head.size}, head.time, receipt->clock_flagged});
  // One that came back to a restored hub speaks of the tree that was lost.
  if (given_here && receipting && receipt->checkpoint.size == tree.size() &&
      receipt->checkpoint.root != tree.root()) {
    fault(arrival, FaultKind::tree_unsigned);
  }
}

void Walk::ruling(const std::string& body, const crypto::Signature& signature,
                  std::int64_t arrival) {
  ++report.rulings;
  const auto ruling = sync::Ruling::decode(body);
  if (!ruling) return fault(arrival, FaultKind::unreadable, ruling.error());
  if (auto fair = sync::judge_ruling(*ruling, body, signature, book); !fair) {
    return fault(arrival, FaultKind::ruling_foreign, fair.error());
  }
  auto& on = ruled[{ruling->feed, ruling->seq}][ruling->set];
  if (ruling->verdict == sync::Ruling::Verdict::approved) {
    on.approved = true;
  } else {
    on.held_at = std::min(on.held_at.value_or(ruling->time), ruling->time);
  }
}

void Walk::fork(const std::string& body, std::string_view feed, std::int64_t arrival) {
  ++report.forks;
  const auto shown = sync::check_fork(body, book.city());
  if (!shown) return fault(arrival, FaultKind::fork_unproven, shown.error());
  if (shown->id.view() != feed) fault(arrival, FaultKind::fork_misfiled);
}

}  // namespace verifying

namespace {

/// Looking for the records of a broken entry reads whole tables. With more faults than this it is
/// the disk that is broken, and nobody reads what each concerns.
constexpr std::size_t kFaultsExplained = 200;

}  // namespace

Result<VerifyReport> verify(store::Store& store, const store::Progress& progress) {
  try {
    auto lease = store.read();
    auto& db = *lease;
    store::Log log(db);
    const auto root = log.meta("root");
    if (!root) return fail(Errc::not_a_data_dir, "no city's root statement in it");
    auto book = crypto::CertificateBook::found(*root);
    if (!book) return fail(Errc::corrupt, describe(book.error()));
    verifying::Walk walk{.book = std::move(*book),
                         .policies = {},
                         .revocations = {},
                         .tips = {},
                         .confirmed = {},
                         .told = {},
                         .ruled = {},
                         .covered = {},
                         .unopened = {},
                         .tree = {},
                         .receipting = false,
                         .report = {}};
    auto anchors = db.prepare("SELECT bytes FROM anchor ORDER BY position");
    while (anchors.step()) {
      if (walk.book.add(anchors.blob(0))) {
        ++walk.report.certificates;
      } else {
        walk.note({.kind = FaultKind::enrolment_unproven});
      }
    }
    const auto own = Hash::of(log.meta("certificate").value_or(std::string(32, '\0')));
    if (const auto* certificate = walk.book.find(own)) {
      walk.receipting = (certificate->rights & crypto::kRightReceipt) != 0;
      walk.self = certificate->subject;
    } else {
      walk.note({.kind = FaultKind::own_unproven});
    }
    {
      const store::Transaction snapshot(db, true);
      auto count = db.prepare("SELECT count(*) FROM log");
      count.step();
      const auto total = count.integer(0);
      count.reset();
      auto rows =
          db.prepare("SELECT arrival, kind, hash, signature, body, peer FROM log ORDER BY arrival");
      std::int64_t done = 0;
      walk.snapshots(log);
      while (rows.step()) {
        const auto arrival = rows.integer(0);
        try {
          if (rows.integer(1) == static_cast<int>(sync::ObjectKind::snapshot)) continue;
          if (rows.integer(1) == static_cast<int>(kBranchEntry)) continue;  // A name only.
          if (rows.integer(1) == static_cast<int>(sync::ObjectKind::parcel)) {
            walk.parcel(log, arrival, Hash::of(rows.blob(2)), rows.integer(5) != 0);
          } else {
            const auto body = store::unpack_body(rows.blob(4));
            const auto signature = crypto::Signature::of(rows.blob(3));
            if (rows.integer(1) == static_cast<int>(sync::ObjectKind::fork)) {
              walk.fork(body, rows.blob(2), arrival);
            } else if (rows.integer(1) == static_cast<int>(sync::ObjectKind::receipt)) {
              walk.receipt(body, signature, arrival, rows.integer(5) == 0);
            } else {
              walk.ruling(body, signature, arrival);
            }
          }
        } catch (const store::DatabaseError& e) {
          walk.fault(arrival, FaultKind::unreadable, e.error());
        }
        if (progress && ++done % 256 == 0) progress(done, total);
      }
      walk.covered_feeds(db);
      walk.standings(log);
      walk.confirmations(db);
      walk.erasures(log);
      walk.waiting(db);
      walk.checkpoints(log);
    }
    if (walk.receipting) {
      const auto kept = log.meta("tree");
      if (kept && *kept != walk.tree.encode()) {
        walk.note({.kind = FaultKind::tree_otherwise});
      }
      for (auto& fault : leaf_faults(db, walk.tree.size())) {
        walk.note({.place = FaultPlace::history,
                   .kind = FaultKind::history_otherwise,
                   .parts = {std::move(fault)},
                   .remedy = Remedy::rebuild});
      }
    }
    if (walk.report.holds()) {
      // Only what is proven is worth adding up.
      auto found = differences(store, progress);
      if (!found) return fail(found.error());
      walk.report.faults = std::move(*found);
    }
    const People people(db);
    const auto explained = std::min(walk.report.faults.size(), kFaultsExplained);
    for (std::size_t i = 0; i < explained; ++i) {
      explain(log, people, walk.receipting, walk.report.faults[i]);
    }
    return std::move(walk.report);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
