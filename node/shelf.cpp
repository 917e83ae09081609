// The replica's log as the exchange sees it, and what it remembers of its peers.
#include <algorithm>

#include "node/issuing.h"
#include "node/replica.h"
#include "node/store/branches.h"
#include "node/store/held.h"
#include "node/store/peer_memory.h"
#include "node/store/peers.h"
#include "node/store/snapshots.h"
#include "sync/snapshot_parcel.h"

namespace linli::node {
namespace {

/// Runs a read on a snapshot of its own; a database's failure becomes the answer.
template <class Read>
auto reading(store::Store& store, Read read) -> Result<decltype(read(*store.read()))> {
  try {
    auto lease = store.read();
    const store::Transaction snapshot(*lease, true);
    return read(*lease);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace

Result<std::uint64_t> Replica::epoch() { return epoch_.load(); }

namespace {

std::string big_endian(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

constexpr std::size_t kChain = 16, kSeal = 8, kBefore = 8 + Hash::size(), kBeginning = 3 * 8;

/// A cursor's mark: the log's name up to its number; where it still catches up on paths gained, up
/// to which number, and since which certificate; where it begins with snapshots, how far; and a
/// seal that only this node can make.
std::string seal_of(const Hash& secret, const sync::Cursor& cursor, std::string_view content) {
  const auto seal = crypto::hash(
      {big_endian(cursor.epoch), big_endian(cursor.arrival), cursor.certificate.view(), content},
      secret.view());
  return std::string(seal.view().substr(0, kSeal));
}

struct CursorMark {
  std::string chain;
  std::int64_t before_up_to = 0;
  Hash before{};
  std::optional<store::Beginning> beginning;
};

/// The content of a mark that says how far a reader has got that begins with snapshots.
std::string mark_of(const store::Beginning& at) {
  return std::string(kChain, '\0') + big_endian(static_cast<std::uint64_t>(at.upto)) +
         big_endian(static_cast<std::uint64_t>(at.snapshot)) +
         big_endian(static_cast<std::uint64_t>(at.number));
}

std::optional<CursorMark> open_mark(const Hash& secret, const sync::Cursor& cursor) {
  const std::string_view mark = cursor.mark;
  if (mark.size() < kChain + kSeal) return std::nullopt;
  const auto content = mark.substr(0, mark.size() - kSeal);
  if (seal_of(secret, cursor, content) != mark.substr(content.size())) return std::nullopt;
  CursorMark opened;
  opened.chain = content.substr(0, kChain);
  if (content.size() == kChain + kBefore) {
    opened.before_up_to = static_cast<std::int64_t>(big_endian(content.substr(kChain, 8)));
    opened.before = Hash::of(content.substr(kChain + 8));
  }
  if (content.size() == kChain + kBeginning) {
    const auto number = [&](std::size_t at) {
      return static_cast<std::int64_t>(big_endian(content.substr(kChain + at, 8)));
    };
    opened.beginning = store::Beginning{number(0), number(8), number(16)};
  }
  return opened;
}

/// Where the chain isn't known (an older store, or a dropped entry) it stands as zeros.
std::string chain_of(store::Database& db, std::int64_t arrival) {
  auto chain = store::chain_at(db, arrival).value_or("");
  chain.resize(kChain);
  return chain;
}

/// Was the log up to there the one that it is now? An entry that an older version dropped tells
/// nothing: within an epoch numbers aren't given twice, and so it was; over a restore they may be.
bool same_log(store::Database& db, std::int64_t arrival, const std::string& chain,
              bool same_epoch) {
  const std::string unknown(kChain, '\0');
  if (!store::chain_at(db, arrival)) return false;
  const auto ours = chain_of(db, arrival);
  if (ours == unknown || chain == unknown) return same_epoch;
  return ours == chain;
}

/// Where a cursor that this node gave goes on.
struct Begin {
  store::ReadFrom from;
  Hash before{};             ///< Certificate of `from.before`.
  bool rolled_back = false;  ///< The log went on otherwise than when the cursor was given.
};
/// Had its holder a certificate with other paths between these two? While it still showed the first
/// one it was given nothing that the one between leaves out.
bool had_others_between(const crypto::CertificateBook& book, const Hash& first, const Hash& last) {
  const auto* from = book.find(first);
  const auto* to = book.find(last);
  const auto age = [](const crypto::Certificate& c) {
    return std::tuple(c.keys_before.size(), c.valid_from_us, c.serial);
  };
  const auto all = book.all();
  return from && to && std::any_of(all.begin(), all.end(), [&](const auto& one) {
           const auto& between = *one.second;
           return between.subject == to->subject && age(*from) < age(between) &&
                  age(between) < age(*to) && between.paths != from->paths;
         });
}

Begin begin_at(store::Database& db, const sync::Cursor& cursor, const CursorMark& mark,
               const Hash& reader, const crypto::CertificateBook& book, std::uint64_t epoch) {
  Begin begin;
  const auto at = static_cast<std::int64_t>(cursor.arrival);
  const bool same_reader = cursor.certificate == reader;
  if (!same_log(db, at, mark.chain, cursor.epoch == epoch)) {
    begin.rolled_back = cursor.epoch == epoch;
    if (same_reader && mark.before.is_zero()) {
      begin.from.after = std::min(at, store::left_at(db, cursor.epoch).value_or(0));
    }
    return begin;
  }
  if (same_reader) {
    begin.from.after = at;
    begin.before = mark.before;
    begin.from.before_up_to = mark.before_up_to;
  } else if (mark.before.is_zero() && !had_others_between(book, cursor.certificate, reader)) {
    begin.before = cursor.certificate;
    begin.from.before_up_to = at;
  }
  begin.from.before = begin.before.is_zero() ? nullptr : book.find(begin.before);
  return begin;
}

/// What the holder of a certificate may read counts by the newest one: a peer is remembered by the
/// one that it had when we met, and who lost a scope may go on showing the one from before.
const crypto::Certificate* as_of_now(const crypto::CertificateBook& book, const Hash& peer) {
  return book.find(book.newest_after(peer));
}

struct Place {
  std::string scope;
  sync::Audience audience;
};
/// Where values stand; nothing: what the hub says of sets, and proofs of forks. Its word on what
/// the reader itself sent from a scope that it had lost has to get there.
std::optional<Place> place_of(const sync::Object& object) {
  if (object.kind == sync::ObjectKind::parcel) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    const auto set = parcel ? sync::decode_change_set(parcel->body)
                            : Result<sync::ChangeSet>(fail(Errc::malformed));
    return set ? std::optional(Place{std::string(set->feed.scope), set->feed.audience})
               : std::nullopt;
  }
  if (object.kind != sync::ObjectKind::snapshot) return std::nullopt;
  const auto parcel = sync::SnapshotParcel::decode(object.bytes);
  const auto opened = parcel ? sync::open_parcel(*parcel) : fail(Errc::malformed);
  return opened ? std::optional(Place{opened->part.scope, opened->part.audience}) : std::nullopt;
}

/// Who shows a certificate from before gets no values that the one of now doesn't cover, but for
/// what is published downwards: there stands the one of now, in feeds of which it has the
/// beginning.
sync::Shelf::Page without_what_was_lost(sync::Shelf::Page page, const Hash& reader,
                                        const crypto::CertificateBook& book) {
  const auto* now = as_of_now(book, reader);
  if (now == book.find(reader)) return page;
  std::erase_if(page.objects, [&](const sync::Object& object) {
    const auto place = place_of(object);
    return place && place->audience != sync::Audience::below &&
           !sync::may_read(*now, place->scope, place->audience);
  });
  return page;
}

}  // namespace

Result<sync::Cursor> Replica::cursor_at(const Hash& reader, std::uint64_t after) {
  sync::Cursor cursor{epoch_.load(), reader, after, {}};
  if (after == 0) return sync::Cursor{};
  auto chain = reading(
      *store_, [&](store::Database& db) { return chain_of(db, static_cast<std::int64_t>(after)); });
  if (!chain) return fail(chain.error());
  cursor.mark = *chain + seal_of(cursor_secret_, cursor, *chain);
  return cursor;
}

Result<sync::Shelf::Page> Replica::page(const Hash& reader, const sync::Cursor& from,
                                        bool include_own, bool snapshots, std::size_t most) {
  const auto known = trust();
  const auto* certificate = known->book.find(reader);
  if (!certificate) return fail(Errc::unknown_certificate, "the reader's");
  if (const auto* why = known->book.revoked(*certificate)) {
    return fail(Errc::revoked, *why);
  }
  std::optional<CursorMark> mark;
  if (from.epoch != 0) {
    const auto* holder = known->book.find(from.certificate);
    if (holder && holder->subject == certificate->subject) mark = open_mark(cursor_secret_, from);
    if (!mark) return fail(Errc::bad_cursor, "this node didn't give that cursor");
  }
  const auto epoch = epoch_.load();
  if (mark && mark->beginning) {
    const bool goes_on = from.epoch == epoch && from.certificate == reader;
    if (!goes_on) return this->page(reader, {}, include_own, true, most);
  }
  const bool begins = from.epoch == 0 && snapshots;
  if (begins || (mark && mark->beginning)) {
    auto some = reading(*store_, [&](store::Database& db) -> std::optional<Page> {
      if (begins && !store::has_snapshots_for(db, *certificate)) return std::nullopt;
      auto [page, next] = store::beginning_page(
          db, *certificate, reader, mark ? *mark->beginning : store::Beginning{},
          static_cast<std::int64_t>(from.arrival), include_own, epoch, most);
      auto& cursor = page.cursor;
      const auto content =
          next ? mark_of(*next) : chain_of(db, static_cast<std::int64_t>(cursor.arrival));
      cursor.mark = content + seal_of(cursor_secret_, cursor, content);
      return std::move(page);
    });
    if (!some) return fail(some.error());
    if (*some) return without_what_was_lost(std::move(**some), reader, known->book);
  }
  bool rolled_back = false;
  auto page = reading(*store_, [&](store::Database& db) {
    const auto begin = mark ? begin_at(db, from, *mark, reader, known->book, epoch) : Begin{};
    rolled_back = begin.rolled_back;
    auto some = store::page_for(db, *certificate, reader, begin.from, include_own, epoch, most);
    auto& cursor = some.cursor;
    const auto at = static_cast<std::int64_t>(cursor.arrival);
    auto content = chain_of(db, at);
    if (begin.from.before && at < begin.from.before_up_to) {
      content += big_endian(static_cast<std::uint64_t>(begin.from.before_up_to));
      content += begin.before.view();
    }
    cursor.mark = content + seal_of(cursor_secret_, cursor, content);
    return some;
  });
  if (!page) return page;
  if (!rolled_back) return without_what_was_lost(std::move(*page), reader, known->book);
  // A reader has had more of our log than is here: this disk was put back behind our back.
  if (auto begun = succeed("reader_ahead"); !begun) return fail(begun.error());
  return this->page(reader, from, include_own, snapshots, most);
}

Result<sync::Shelf::Page> Replica::outgoing(const Hash& peer, std::uint64_t after_arrival,
                                            std::uint64_t regive, std::size_t most) {
  const auto known = trust();
  const auto* certificate = as_of_now(known->book, peer);
  if (!certificate) return fail(Errc::unknown_certificate, "the peer's");
  return reading(*store_, [&](store::Database& db) {
    return store::outgoing_for(db, *certificate, peer, after_arrival, regive, epoch_.load(), most);
  });
}

Result<std::uint64_t> Replica::newest() { return static_cast<std::uint64_t>(arrival()); }

Result<std::vector<sync::Frontier>> Replica::frontiers(const std::vector<sync::FeedId>& feeds) {
  return reading(*store_, [&](store::Database& db) { return store::frontiers(db, feeds); });
}

Result<std::optional<Hash>> Replica::hash_at(const sync::FeedId& feed, std::uint64_t seq) {
  return reading(*store_, [&](store::Database& db) { return store::hash_at(db, feed, seq); });
}

Result<std::vector<sync::Shelf::HeldFeed>> Replica::own_feeds(const Hash& peer, bool theirs) {
  const auto known = trust();
  const auto* certificate = as_of_now(known->book, peer);
  if (!certificate) return fail(Errc::unknown_certificate, "the peer's");
  return reading(*store_, [&](store::Database& db) {
    return store::feeds_for(db, *certificate, identity().author, theirs);
  });
}

Result<std::uint64_t> Replica::resume_after(const Hash& peer,
                                            const std::vector<sync::Frontier>& known, bool theirs) {
  const auto held = own_feeds(peer, theirs);
  if (!held) return fail(held.error());
  return reading(*store_, [&](store::Database& db) {
    const auto from = store::resume_after(db, *held, known);
    // No frontier shows whether it has what of other branches is handed on.
    const auto branch = store::first_branch_entry(db, 0);
    return branch ? std::min(from, *branch - 1) : from;
  });
}

Result<std::vector<sync::Frontier>> Replica::surely_known(const Hash& peer, std::uint64_t pushed) {
  const auto known = trust();
  const auto* certificate = as_of_now(known->book, peer);
  if (!certificate) return fail(Errc::unknown_certificate, "the peer's");
  return reading(*store_, [&](store::Database& db) {
    return store::surely_known(db, *certificate, identity().author, pushed);
  });
}

sync::Notice Replica::notice(const Hash& reader) {
  const auto known = trust();
  const auto& book = known->book;
  sync::Notice notice;
  const auto newest = book.newest_after(reader);
  if (newest != reader) notice.newer = chain_since(book, newest, reader);
  if (notice.newer.size() > sync::kNewerMax) notice.newer.clear();
  const auto* now = book.find(newest);
  const auto* own = book.find(identity().certificate);
  if (!now || !own) return notice;
  for (const auto& path : now->paths) {
    if (notice.elsewhere.size() == sync::kElsewhereMax) break;
    if (!own->covers(path)) notice.elsewhere.push_back(path);
  }
  return notice;
}

// ---- What we remember of peers ------------------------------------------------------------------

Result<sync::PeerMemory> Replica::peer(const Hash& certificate) {
  sync::PeerMemory memory;
  const auto known = trust();
  if (const auto* held = known->book.find(certificate)) {
    const auto kept = reading(
        *store_, [&](store::Database& db) { return store::peer_memory(db, held->subject); });
    if (!kept) return fail(kept.error());
    memory = kept->value_or(memory);
  }
  memory.certificate = certificate;
  const std::lock_guard lock(contacts_guard_);
  if (const auto counted = counters_.find(certificate);
      counted != counters_.end() && counted->second.first == memory.session) {
    memory.counter = std::max(memory.counter, counted->second.second);
  }
  return memory;
}

void Replica::count(const sync::PeerMemory& memory) {
  const std::lock_guard lock(contacts_guard_);
  counters_[memory.certificate] = {memory.session, memory.counter};
}

Result<void> Replica::remember(const sync::PeerMemory& memory, bool all_is_here) {
  const auto known = trust();
  const auto* held = known->book.find(memory.certificate);
  if (!held) return fail(Errc::unknown_certificate, "the peer's");
  return write([&, this]() -> Result<void> {
    auto& log = store_->log();
    store::save_peer(log, held->subject, memory, clock_.now());
    // With a session the exchange got to its end: what we had lost is here.
    const bool settled = all_is_here && !memory.session.is_zero() && memory.pulled.epoch != 0;
    if (settled && log.meta_int("catching_up", 0) != 0) log.set_meta_int("catching_up", 0);
    return {};
  });
}

Result<void> Replica::note_refusals(const Hash& peer, const std::vector<sync::Verdict>& refusals) {
  const auto known = trust();
  const auto* held = known->book.find(peer);
  if (!held || refusals.empty()) return {};
  return write([&, this]() -> Result<void> {
    const auto number = store_->log().author(held->subject);
    bool contested = false;
    for (const auto& verdict : refusals) {
      // What is held back comes with a ruling as well, but not to whose key was revoked: it gets
      // nothing any more, and this word is all that it hears.
      if (!verdict.refused || verdict.arrival == 0) continue;
      store::save_refusal(store_->database(), verdict.arrival, number, *verdict.refused,
                          verdict.detail, clock_.now());
      contested =
          contested || (*verdict.refused == Errc::fork &&
                        store::is_set_of(store_->database(), verdict.arrival, identity().author));
    }
    // Somebody used our key, or this disk was put back: the next exchange asks what they know.
    if (contested) {
      store::forget_sessions(store_->log());
      ++peers_taken_back_;
    }
    return {};
  });
}

void Replica::contact(const Hash& certificate, sync::Micros at) {
  const auto known = trust();
  const auto* held = known->book.find(certificate);
  if (!held) return;
  bool first = false;
  {
    const std::lock_guard lock(contacts_guard_);
    first = contacts_.insert_or_assign(held->subject, std::pair{certificate, at}).second;
  }
  // "Never reported" must not outlive the first report, not even for a second.
  if (first) keep_contacts();
}

sync::Micros Replica::last_contact(const crypto::AuthorId& author) const {
  const std::lock_guard lock(contacts_guard_);
  const auto found = contacts_.find(author);
  return found == contacts_.end() ? 0 : found->second.second;
}

void Replica::keep_contacts_soon() {
  {
    const std::lock_guard lock(contacts_guard_);
    if (clock_.now() - contacts_kept_ < 1'000'000) return;
    contacts_kept_ = clock_.now();
  }
  keep_contacts();
}

void Replica::keep_contacts() {
  std::vector<store::Contact> contacts;
  std::vector<store::Counted> counted;
  const auto known = trust();
  {
    const std::lock_guard lock(contacts_guard_);
    for (const auto& [author, contact] : contacts_) {
      contacts.push_back({author, contact.first, contact.second});
    }
    for (const auto& [certificate, counter] : counters_) {
      if (const auto* held = known->book.find(certificate)) {
        counted.push_back({held->subject, counter.first, counter.second});
      }
    }
  }
  if (contacts.empty() && counted.empty()) return;
  (void)write([&, this]() -> Result<void> {
    store::save_contacts(store_->log(), contacts);
    store::save_counters(store_->log(), counted);
    return {};
  });
}

}  // namespace linli::node
