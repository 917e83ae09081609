// The replica's log as the exchange sees it, and what it remembers of its peers.
#include "node/replica.h"
#include "node/store/peers.h"

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

Result<sync::Shelf::Page> Replica::page(const Hash& reader, const sync::Cursor& from,
                                        bool include_own) {
  const auto known = trust();
  const auto* certificate = known->book.find(reader);
  if (!certificate) return fail(Errc::unknown_certificate, "the reader's");
  return reading(*store_, [&](store::Database& db) {
    return store::page_for(db, *certificate, reader, from, include_own, epoch_.load());
  });
}

Result<sync::Shelf::Page> Replica::outgoing(const Hash& peer, std::uint64_t after_arrival) {
  const auto known = trust();
  const auto* certificate = known->book.find(peer);
  if (!certificate) return fail(Errc::unknown_certificate, "the peer's");
  return reading(*store_, [&](store::Database& db) {
    return store::outgoing_for(db, *certificate, peer, after_arrival, epoch_.load());
  });
}

Result<std::vector<sync::Frontier>> Replica::frontiers(const std::vector<sync::FeedId>& feeds) {
  return reading(*store_, [&](store::Database& db) { return store::frontiers(db, feeds); });
}

Result<std::optional<Hash>> Replica::hash_at(const sync::FeedId& feed, std::uint64_t seq) {
  return reading(*store_, [&](store::Database& db) { return store::hash_at(db, feed, seq); });
}

Result<std::vector<sync::Shelf::HeldFeed>> Replica::own_feeds(const Hash& peer) {
  const auto known = trust();
  const auto* certificate = known->book.find(peer);
  if (!certificate) return fail(Errc::unknown_certificate, "the peer's");
  return reading(*store_, [&](store::Database& db) {
    return store::feeds_for(db, *certificate, identity_.author);
  });
}

Result<std::uint64_t> Replica::resume_after(const Hash& peer,
                                            const std::vector<sync::Frontier>& known) {
  const auto held = own_feeds(peer);
  if (!held) return fail(held.error());
  return reading(*store_,
                 [&](store::Database& db) { return store::resume_after(db, *held, known); });
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

Result<void> Replica::remember(const sync::PeerMemory& memory) {
  const auto known = trust();
  const auto* held = known->book.find(memory.certificate);
  if (!held) return fail(Errc::unknown_certificate, "the peer's");
  return write([&, this]() -> Result<void> {
    store::save_peer(store_->log(), held->subject, memory, clock_.now());
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
  {
    const std::lock_guard lock(contacts_guard_);
    for (const auto& [author, contact] : contacts_) {
      contacts.push_back({author, contact.first, contact.second});
    }
  }
  if (contacts.empty()) return;
  (void)write([&, this]() -> Result<void> {
    store::save_contacts(store_->log(), contacts);
    return {};
  });
}

}  // namespace linli::node
