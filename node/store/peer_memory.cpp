#include "node/store/peer_memory.h"

namespace linli::store {

using crypto::Hash;

std::optional<sync::PeerMemory> peer_memory(Database& db, const crypto::AuthorId& subject) {
  sync::PeerMemory memory;
  auto& s = db.cached(
      "SELECT p.pulled_epoch, p.pulled_certificate, p.pulled_arrival, p.pushed, p.pushed_epoch, "
      "p.session, p.counter, p.pulled_mark, p.regive FROM peer p JOIN author a ON a.id = p.author "
      "WHERE a.author = ?1");
  s.bind_blob(1, subject.view());
  if (!s.step()) return std::nullopt;
  memory.pulled = {static_cast<std::uint64_t>(s.integer(0)), Hash::of(s.blob(1)),
                   static_cast<std::uint64_t>(s.integer(2)), std::string(s.blob(7))};
  memory.regive = static_cast<std::uint64_t>(s.integer(8));
  memory.pushed = static_cast<std::uint64_t>(s.integer(3));
  memory.pushed_epoch = static_cast<std::uint64_t>(s.integer(4));
  memory.session = sync::Nonce::of(s.blob(5));
  memory.counter = static_cast<std::uint64_t>(s.integer(6));
  s.reset();
  return memory;
}

void save_peer(Log& log, const crypto::AuthorId& subject, const sync::PeerMemory& memory,
               sync::Micros at) {
  auto& s = log.database().cached(
      "INSERT INTO peer(author, certificate, last_contact, pulled_epoch, pulled_certificate, "
      "pulled_arrival, pushed, pushed_epoch, session, counter, pulled_mark, regive) VALUES (?1, "
      "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT(author) DO UPDATE SET "
      "certificate = ?2, last_contact = ?3, pulled_epoch = ?4, pulled_certificate = ?5, "
      "pulled_arrival = ?6, pushed = ?7, pushed_epoch = ?8, session = ?9, counter = ?10, "
      "pulled_mark = ?11, regive = ?12");
  const auto number = log.author(subject);
  s.bind(1, number).bind_blob(2, memory.certificate.view()).bind(3, at);
  s.bind(4, static_cast<std::int64_t>(memory.pulled.epoch));
  s.bind_blob(5, memory.pulled.certificate.view());
  s.bind(6, static_cast<std::int64_t>(memory.pulled.arrival));
  s.bind(7, static_cast<std::int64_t>(memory.pushed));
  s.bind(8, static_cast<std::int64_t>(memory.pushed_epoch));
  s.bind_blob(9, memory.session.view()).bind(10, static_cast<std::int64_t>(memory.counter));
  s.bind_blob(11, memory.pulled.mark).bind(12, static_cast<std::int64_t>(memory.regive));
  s.run();
}

std::vector<Contact> contacts(Database& db) {
  std::vector<Contact> known;
  auto peers = db.prepare(
      "SELECT a.author, p.certificate, p.last_contact FROM peer p JOIN author a ON a.id = "
      "p.author");
  while (peers.step()) {
    known.push_back(
        {crypto::AuthorId::of(peers.blob(0)), Hash::of(peers.blob(1)), peers.integer(2)});
  }
  return known;
}

void save_contacts(Log& log, const std::vector<Contact>& contacts) {
  auto& s = log.database().cached(
      "INSERT INTO peer(author, certificate, last_contact, pulled_certificate, session) VALUES "
      "(?1, ?2, ?3, zeroblob(32), zeroblob(16)) ON CONFLICT(author) DO UPDATE SET "
      "last_contact = max(last_contact, ?3)");
  for (const auto& contact : contacts) {
    s.bind(1, log.author(contact.author)).bind_blob(2, contact.certificate.view());
    s.bind(3, contact.at).run();
  }
}

void save_counters(Log& log, const std::vector<Counted>& counted) {
  auto& s = log.database().cached(
      "UPDATE peer SET counter = ?3 WHERE author = ?1 AND session = ?2 AND counter < ?3");
  for (const auto& one : counted) {
    s.bind(1, log.author(one.author)).bind_blob(2, one.session.view());
    s.bind(3, static_cast<std::int64_t>(one.counter)).run();
  }
}

void forget_sessions(Log& log) { log.database().execute("UPDATE peer SET session = zeroblob(16)"); }

bool forget_pushed(Log& log, const crypto::AuthorId& subject) {
  auto s = log.database().prepare(
      "UPDATE peer SET pushed_epoch = ?2, session = zeroblob(16) WHERE author = ?1");
  s.bind(1, log.author(subject)).bind(2, static_cast<std::int64_t>(sync::kEpochLost)).run();
  return log.database().changes() > 0;
}

void forget_pulled(Log& log) {
  log.database().execute("UPDATE peer SET pulled_epoch = 0, pulled_arrival = 0, pulled_mark = x''");
}

void forget_exchanges(Log& log) {
  log.database().execute(
      "UPDATE peer SET pulled_epoch = 0, pulled_arrival = 0, pulled_mark = x'', pushed_epoch = 1, "
      "session = zeroblob(16)");
}

}  // namespace linli::store
