#include "tests/support/sim_node.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/policy.h"

namespace linli::test {

using namespace linli::sync;

namespace {

constexpr std::uint32_t kType = 100;
constexpr const char* kCommunity = "410700/410702/jiedu/shequ";
constexpr Micros kYear = 365LL * 86'400 * 1'000'000;

std::uint64_t new_epoch() {
  return (crypto::random<Nonce>().data[0] | std::uint64_t{1}) +
         (std::uint64_t{crypto::random<Nonce>().data[1]} << 8) +
         (std::uint64_t{crypto::random<Nonce>().data[2]} << 16) +
         (std::uint64_t{crypto::random<Nonce>().data[3]} << 24);
}

MergeRules rules() {
  MergeRules r;
  r.cell_of = [](std::uint32_t field) { return field; };
  return r;
}

RecordId record_named(unsigned char name) {
  RecordId id{};
  id.data.fill(name);
  return id;
}

}  // namespace

SimCity::SimCity(std::size_t devices) {
  const auto key_of = [](std::size_t n) {
    return crypto::SigningKey::from_seed(std::string(32, static_cast<char>(n)));
  };
  const auto root_key = key_of(255);
  crypto::RootStatement root;
  root.name = "city";
  root.scope = "410700";
  root.keys = {root_key.public_key()};
  root.created_us = 1;
  const auto sign = [&](std::string_view domain, const std::string& body) {
    return crypto::SignedBody{body, root_key.sign(domain, body)};
  };
  const auto signed_root = sign(crypto::kDomainRoot, root.encode());
  book = std::make_unique<crypto::CertificateBook>(
      *crypto::CertificateBook::found(signed_root.encode()));
  id = book->city();
  for (std::size_t i = 0; i <= devices; ++i) {
    auto key = key_of(i + 1);
    crypto::Certificate c;
    c.city = c.issuer = id;
    c.serial = i + 1;
    c.subject = crypto::author_of(key.public_key());
    c.signing_key = key.public_key();
    c.sealing_key = key.sealing_key();
    c.role = i == 0 ? crypto::Role::hub : crypto::Role::device;
    c.name = i == 0 ? "hub" : "device " + std::to_string(i);
    c.paths = {i == 0 ? "410700" : kCommunity};
    c.rights = i == 0 ? unsigned{crypto::kRightReceipt} : 0u;
    c.valid_from_us = 1;
    c.valid_until_us = 100 * kYear;
    const auto hash = book->add(sign(crypto::kDomainCertificate, c.encode()).encode());
    ensure(hash.has_value(), "sim: certificate");
    members.push_back(Member{std::move(key), std::move(c), *hash});
  }
}

SimNode::SimNode(const SimCity& sim_city, std::size_t number, Micros& now)
    : city(sim_city), member(number), now_(now) {
  disk.epoch = new_epoch();
  disk.memory.certificate = city.members[0].hash;
  restart();
}

void SimNode::restart() { server_ = std::make_unique<Server>(*this, city.id); }

void SimNode::raise_incarnation() {
  ++disk.incarnation.number;
  disk.incarnation.nonce = crypto::random<Nonce>();
}

void SimNode::restore(Disk backup) {
  disk = std::move(backup);
  disk.restored_at[disk.epoch] = disk.log.size();
  disk.epoch = new_epoch();
  raise_incarnation();
  restart();
}

// Writing

crypto::Hash SimNode::write(unsigned char record, std::uint32_t field, std::int64_t value) {
  const auto item = cbor::encode_int(value);
  ChangeSet set;
  Change change;
  change.type = kType;
  change.id = record_named(record);
  const auto& state = disk.records[{kType, kCommunity, change.id}];
  change.life = state.life() + (state.removed() ? 1 : 0);
  change.base = state.removed() ? state.base_for_all() : state.base_for({field});
  change.fields = {FieldValue{field, item}};
  set.changes = {change};
  return publish(set);
}

void SimNode::remove(unsigned char record) {
  ChangeSet set;
  Change change;
  change.type = kType;
  change.id = record_named(record);
  const auto& state = disk.records[{kType, kCommunity, change.id}];
  if (state.removed()) return;
  change.kind = ChangeKind::remove;
  change.life = state.life();
  change.base = state.base_for_all();
  set.changes = {change};
  publish(set);
}

crypto::Hash SimNode::publish(ChangeSet& set) {
  set.city = city.id;
  set.feed = {self().certificate.subject, kCommunity, Audience::ancestors, disk.incarnation};
  set.certificate = self().hash;
  const Feed& feed = disk.feeds[set.feed.id(city.id)];
  set.seq = feed.tip.seq + 1;
  set.prev = feed.tip.hash;
  set.schema_version = 1;
  if (set.feed.incarnation.number > 0 && set.seq == 1) {
    FeedName before = set.feed;
    before.incarnation = {};
    const FeedId id = before.id(city.id);
    const auto tip = disk.feeds[id].tip;
    set.succession = Succession{"restored", id, tip.seq, tip.hash};
  }
  HybridClock clock{disk.last_stamp};
  set.time_base = set.changes[0].stamp = clock.tick(now_);
  const auto body = encode_change_set(set);
  ensure(body.has_value(), body ? "" : body.error().detail);
  const Parcel parcel{*body, self().key.sign(crypto::kDomainChangeSet, *body), {}};
  const auto done = accept(Object{ObjectKind::parcel, parcel.encode()}, Hash{});
  ensure(done.has_value(), done ? "" : describe(done.error()));
  return change_set_hash(*body);
}

// Taking in

void SimNode::fold(const ChangeSet& set, const FeedId& feed) {
  for (std::uint32_t i = 0; i < set.changes.size(); ++i) {
    const Change& change = set.changes[i];
    OrderKey key;
    key.time = change.stamp;
    key.version = VersionId{feed, set.seq, i};
    disk.records[{change.type, set.feed.scope, change.id}].add(change, key, rules());
    HybridClock clock{disk.last_stamp};
    clock.observe(change.stamp, now_);
    disk.last_stamp = clock.last();
  }
}

Result<void> SimNode::accept(const Object& object, const Hash& from) {
  if (object.kind == ObjectKind::receipt) return accept_receipt(object, from);
  const auto parcel = Parcel::decode(object.bytes);
  if (!parcel) return fail(parcel.error());
  const auto set = decode_change_set(parcel->body);
  if (!set) return fail(set.error());
  if (const auto judged = judge_author(*set, parcel->body, parcel->signature, *city.book); !judged)
    return fail(judged.error());
  const FeedId id = set->feed.id(city.id);
  Feed& feed = disk.feeds[id];
  const Link link{set->seq, set->prev, change_set_hash(parcel->body), set->changes.front().stamp,
                  set->changes.back().stamp};
  std::optional<Hash> held;
  if (link.seq <= feed.tip.seq) held = feed.hashes[link.seq - 1];
  const auto tip = extend(feed.tip, link, held);
  if (!tip) {
    if (tip.error().code == Errc::gap) disk.waiting[{id, link.seq}] = {object, from};
    return fail(tip.error());
  }
  feed.tip = *tip;
  feed.hashes.push_back(link.hash);
  disk.log.push_back(Entry{object, id, link.seq, link.hash, set->feed.scope, set->feed.audience,
                           set->feed.author, from});
  fold(*set, id);
  if (gives_receipts) give_receipt(Entry(disk.log.back()));
  drain(id);
  return {};
}

/// What waited for the number that has just come.
void SimNode::drain(const FeedId& feed) {
  const auto next = disk.waiting.find({feed, disk.feeds[feed].tip.seq + 1});
  if (next == disk.waiting.end()) return;
  const auto [object, from] = next->second;
  disk.waiting.erase(next);
  (void)accept(object, from);
}

void SimNode::give_receipt(const Entry& entry) {
  Receipt receipt;
  receipt.city = city.id;
  receipt.certificate = self().hash;
  receipt.feed = entry.feed;
  receipt.scope = entry.scope;
  receipt.audience = entry.audience;
  receipt.from = receipt.to = entry.seq;
  receipt.last = entry.hash;
  receipt.checkpoint.epoch = disk.epoch;
  receipt.checkpoint.size = disk.log.size();
  receipt.checkpoint.time = now_;
  const auto body = receipt.encode();
  const crypto::SignedBody signed_body{body, self().key.sign(crypto::kDomainReceipt, body)};
  (void)accept_receipt(Object{ObjectKind::receipt, signed_body.encode()}, Hash{});
}

Result<void> SimNode::accept_receipt(const Object& object, const Hash& from) {
  const auto signed_body = crypto::SignedBody::decode(object.bytes);
  if (!signed_body) return fail(signed_body.error());
  const auto receipt = Receipt::decode(signed_body->body);
  if (!receipt) return fail(receipt.error());
  const Hash hash = crypto::hash({signed_body->body});
  if (!disk.receipts.insert(hash).second) return fail(Errc::replay);
  disk.log.push_back(
      Entry{object, receipt->feed, 0, hash, receipt->scope, receipt->audience, AuthorId{}, from});
  return {};
}

Result<std::vector<Verdict>> SimNode::take(std::vector<Object> objects, const Hash& from) {
  if (const auto code = trouble("take")) return fail(*code, "trouble");
  std::vector<Verdict> verdicts;
  std::optional<Errc> stopped;  // a passing trouble: nothing behind it is kept
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    if (const auto code = stopped ? stopped : refuse(i)) {
      verdicts.push_back(Verdict{place, code, "refused by the test", 0});
      stopped = code;
      continue;
    }
    const auto done = accept(objects[i], from);
    if (!done) verdicts.push_back(Verdict{place, done.error().code, done.error().detail, 0});
  }
  return verdicts;
}

// Giving out

template <class Keep>
Shelf::Page SimNode::gather(std::uint64_t after, std::size_t most, Keep keep) const {
  most = std::min(most, page_bytes);
  Page page;
  std::size_t bytes = 0;
  std::uint64_t at = after;
  for (; at < disk.log.size() && bytes < most; ++at) {
    const Entry& entry = disk.log[at];
    if (!keep(entry)) continue;
    page.objects.push_back(entry.object);
    page.arrivals.push_back(at + 1);
    bytes += entry.object.bytes.size();
  }
  page.cursor.epoch = disk.epoch;
  page.cursor.arrival = at;
  page.more = at < disk.log.size();
  page.remaining = disk.log.size() - at;
  return page;
}

Result<std::uint64_t> SimNode::epoch() {
  if (const auto code = trouble("epoch")) return fail(*code, "trouble");
  return disk.epoch;
}

Result<Shelf::Page> SimNode::page(const Hash& reader, const Cursor& from, bool include_own,
                                  bool /*snapshots*/, std::size_t most) {
  if (const auto code = trouble("page")) return fail(*code, "trouble");
  const auto* certificate = city.book->find(reader);
  std::uint64_t after = 0;
  if (from.epoch == disk.epoch) after = from.arrival;
  if (const auto before = disk.restored_at.find(from.epoch); before != disk.restored_at.end())
    after = std::min(before->second, from.arrival);
  if (from.certificate != reader) after = 0;
  const auto from_number = std::min<std::uint64_t>(after, disk.log.size());
  auto page = gather(from_number, most, [&](const Entry& entry) {
    return may_read(*certificate, entry.scope, entry.audience) &&
           (include_own || entry.author != certificate->subject);
  });
  page.cursor.certificate = reader;
  page.arrivals.clear();
  return page;
}

Result<Shelf::Page> SimNode::outgoing(const Hash& peer, std::uint64_t after_arrival,
                                      std::uint64_t regive, std::size_t most) {
  if (const auto code = trouble("outgoing")) return fail(*code, "trouble");
  return gather(after_arrival, most, [&](const Entry& entry) {
    const auto arrival = static_cast<std::uint64_t>(&entry - disk.log.data()) + 1;
    return entry.from != peer || arrival <= regive;
  });
}

Result<std::uint64_t> SimNode::newest() { return disk.log.size(); }

Result<std::vector<Frontier>> SimNode::frontiers(const std::vector<FeedId>& feeds) {
  if (const auto code = trouble("frontiers")) return fail(*code, "trouble");
  std::vector<Frontier> known;
  for (const auto& id : feeds)
    if (const auto feed = disk.feeds.find(id); feed != disk.feeds.end() && feed->second.tip.seq > 0)
      known.push_back(Frontier{id, feed->second.tip.seq, feed->second.tip.hash});
  return known;
}

Result<std::vector<Shelf::HeldFeed>> SimNode::own_feeds(const Hash& peer, bool theirs) {
  std::map<FeedId, HeldFeed> held;
  for (const auto& entry : disk.log) {
    const bool brought = entry.from == peer && entry.author != self().certificate.subject;
    if (entry.seq == 0 || (brought && !theirs)) continue;
    const auto& tip = disk.feeds.at(entry.feed).tip;
    held[entry.feed] = HeldFeed{Frontier{entry.feed, tip.seq, tip.hash},
                                entry.author == self().certificate.subject};
  }
  std::vector<HeldFeed> list;
  for (const auto& [id, feed] : held) list.push_back(feed);
  return list;
}

Result<std::optional<Hash>> SimNode::hash_at(const FeedId& feed, std::uint64_t seq) {
  const auto& hashes = disk.feeds.at(feed).hashes;
  return seq <= hashes.size() ? std::optional(hashes[seq - 1]) : std::nullopt;
}

Result<std::uint64_t> SimNode::resume_after(const Hash& peer, const std::vector<Frontier>& known,
                                            bool theirs) {
  std::map<FeedId, std::uint64_t> has;
  for (const auto& frontier : known) {
    const auto& hashes = disk.feeds[frontier.feed].hashes;
    if (frontier.seq <= hashes.size() && hashes[frontier.seq - 1] == frontier.hash)
      has[frontier.feed] = frontier.seq;
  }
  for (std::uint64_t at = 0; at < disk.log.size(); ++at) {
    const Entry& entry = disk.log[at];
    if (entry.seq > has[entry.feed] && (entry.from != peer || theirs)) return at;
  }
  return disk.log.size();
}

// What is seen from outside

std::string SimNode::shown() const {
  std::string all;
  for (const auto& [name, state] : disk.records) {
    const auto bytes = state.encode();
    if (bytes != RecordState{}.encode()) all += std::get<2>(name).view()[0] + bytes;
  }
  return all;
}

std::set<Hash> SimNode::sets() const {
  std::set<Hash> all;
  for (const auto& entry : disk.log)
    if (entry.seq > 0) all.insert(entry.hash);
  return all;
}

std::string SimNode::serve(std::string_view wire) {
  const auto request = unpack(wire);
  ensure(request.has_value(), "sim: a request that unpacks");
  const auto response = server_->answer(*request, *city.book, now_);
  return pack(response.encode(), self().key, crypto::kDomainResponse);
}

Outcome exchange(SimNode& device, SimNode& hub) {
  LossyLine quiet;
  return exchange(device, hub, quiet);
}

Outcome exchange(SimNode& device, SimNode& hub, LossyLine& line) {
  const auto& own = device.city.members[device.member];
  const auto& peer = device.city.members[hub.member];
  Client client{device, device.disk.memory, device.city.id, own.hash};
  Outcome outcome;
  auto next = client.begin();
  while (true) {
    if (!next) {
      outcome.error = next.error();
      break;
    }
    const auto body = next->encode();
    const auto wire = pack(body, own.key, crypto::kDomainRequest);
    line.requests.push_back(wire);
    if (line.lose_request()) break;
    auto answer = hub.serve(wire);
    if (line.repeat_request()) answer = hub.serve(wire);
    if (line.lose_answer()) break;
    client.count_bytes(wire.size(), answer.size());
    const auto response = open_response(answer, peer.key.public_key());
    ensure(response.has_value(), response ? "" : describe(response.error()));
    auto step = client.take(*response, crypto::hash({body}));
    device.disk.memory = client.memory();
    if (!step) {
      outcome.error = step.error();
      break;
    }
    if (step->done) {
      outcome.finished = true;
      break;
    }
    next = std::move(*step->next);
  }
  outcome.progress = client.progress();
  outcome.refusals = client.refusals();
  outcome.peer_ahead = client.peer_ahead();
  return outcome;
}

}  // namespace linli::test
