#include "sync/snapshot.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/merge.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr unsigned kRequired = 0x1FF & ~(1u << 7);  // 7, the last part, may be left out

std::uint32_t small(cbor::Reader& r) {
  const auto v = r.uint();
  if (v > UINT32_MAX) r.reject("beyond 32 bits");
  return r.ok() ? static_cast<std::uint32_t>(v) : 0;
}

std::size_t groups(cbor::Reader& r, std::size_t of) {
  const auto n = r.array();
  if (n % of != 0) r.reject("an incomplete group ends");
  return r.ok() ? n / of : 0;
}

std::vector<SnapshotFeed> read_feeds(cbor::Reader& r) {
  std::vector<SnapshotFeed> feeds;
  auto left = groups(r, 6);
  if (left > kSnapshotFeedsMax) r.reject("more than 4000 feeds;");
  for (; left > 0 && r.ok(); --left) {
    SnapshotFeed feed;
    feed.author = fixed<AuthorId>(r);
    feed.incarnation.number = r.uint();
    feed.incarnation.nonce = fixed<Nonce>(r);
    feed.tip.seq = r.uint();
    feed.tip.hash = fixed<Hash>(r);
    feed.tip.stamp = read_time(r);
    if (feed.tip.seq == 0) r.reject("a feed of which nothing is covered;");
    if (!feeds.empty() && std::pair(feeds.back().author, feeds.back().incarnation) >=
                              std::pair(feed.author, feed.incarnation)) {
      r.reject("feeds must ascend;");
    }
    feeds.push_back(feed);
  }
  return feeds;
}

std::vector<SnapshotRecord> read_records(cbor::Reader& r) {
  std::vector<SnapshotRecord> records;
  for (auto left = groups(r, 4); left > 0 && r.ok(); --left) {
    SnapshotRecord record;
    record.type = small(r);
    record.id = fixed<RecordId>(r);
    record.changed = read_time(r);
    record.state = r.bytes();
    record.at = r.position() - record.state.size();
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<SnapshotErased> read_erased(cbor::Reader& r) {
  std::vector<SnapshotErased> erased;
  for (auto left = groups(r, 3); left > 0 && r.ok(); --left) {
    SnapshotErased one;
    one.record = small(r);
    one.field = small(r);
    one.commitment = fixed<Hash>(r);
    if (!erased.empty() && erased.back() >= one) r.reject("what was erased must ascend;");
    erased.push_back(one);
  }
  return erased;
}

}  // namespace

std::string SnapshotPart::encode() const {
  cbor::Writer w;
  w.map(8u + last + !records.empty() + !erased.empty());
  w.uint(0), w.uint(kSuite);
  w.uint(1), w.bytes(city.view());
  w.uint(2), w.bytes(certificate.view());
  w.uint(3), w.text(scope);
  w.uint(4), w.uint(static_cast<std::uint64_t>(audience));
  w.uint(5), write_checkpoint(w, checkpoint);
  w.uint(6), w.uint(number);
  if (last) w.uint(7), w.boolean(true);
  w.uint(8), w.array(6 * feeds.size());
  for (const auto& feed : feeds) {
    w.bytes(feed.author.view());
    w.uint(feed.incarnation.number), w.bytes(feed.incarnation.nonce.view());
    w.uint(feed.tip.seq), w.bytes(feed.tip.hash.view()), w.sint(feed.tip.stamp);
  }
  if (!records.empty()) {
    w.uint(9), w.array(4 * records.size());
    for (const auto& record : records) {
      w.uint(record.type), w.bytes(record.id.view());
      w.sint(record.changed), w.bytes(record.state);
    }
  }
  if (!erased.empty()) {
    w.uint(10), w.array(3 * erased.size());
    for (const auto& one : erased) {
      w.uint(one.record), w.uint(one.field), w.bytes(one.commitment.view());
    }
  }
  return w.take();
}

Result<SnapshotPart> SnapshotPart::decode(std::string_view body) {
  if (body.size() > kSnapshotPartBytesMax)
    return fail(Errc::too_large, "a part of a snapshot over 1 MiB");
  cbor::Reader r{body};
  SnapshotPart part;
  unsigned present = 0;
  std::uint64_t suite = 0, audience = 0;
  bool critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= 9) present |= 1u << m.key();
    switch (m.key()) {
      case 0:
        suite = r.uint();
        break;
      case 1:
        part.city = fixed<Hash>(r);
        break;
      case 2:
        part.certificate = fixed<Hash>(r);
        break;
      case 3:
        part.scope = r.text();
        break;
      case 4:
        audience = r.uint();
        break;
      case 5:
        part.checkpoint = read_checkpoint(r);
        break;
      case 6:
        part.number = small(r);
        break;
      case 7:
        part.last = r.boolean();
        if (!part.last) r.reject("a default that is left out");
        break;
      case 8:
        part.feeds = read_feeds(r);
        break;
      case 9:
        part.records = read_records(r);
        if (part.records.empty()) r.reject("a default that is left out");
        break;
      case 10:
        part.erased = read_erased(r);
        if (part.erased.empty()) r.reject("a default that is left out");
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (!crypto::valid_scope(part.scope)) r.reject("not a scope path");
  if (!part.erased.empty() && part.erased.back().record >= part.records.size())
    r.reject("something erased of no record");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));

  if (suite != kSuite) return fail(Errc::unknown_critical, "suite " + std::to_string(suite));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key");
  if (audience > static_cast<std::uint64_t>(Audience::everyone))
    return fail(Errc::unknown_critical, "audience " + std::to_string(audience));
  part.audience = static_cast<Audience>(audience);
  return part;
}

Result<void> judge_snapshot(const SnapshotPart& part, std::string_view body,
                            const crypto::Signature& signature,
                            const crypto::CertificateBook& book) {
  if (part.city != book.city()) return fail(Errc::other_city);
  const auto* signer = book.find(part.certificate);
  if (signer == nullptr) return fail(Errc::unknown_certificate);
  if (!crypto::verify(signer->signing_key, crypto::kDomainSnapshot, body, signature))
    return fail(Errc::bad_signature, "the snapshot isn't signed by " + signer->name);
  if ((signer->rights & crypto::kRightReceipt) == 0)
    return fail(Errc::forbidden, signer->name + " may not give snapshots");
  if (!signer->covers(part.scope))
    return fail(Errc::out_of_scope, signer->name + " doesn't cover " + part.scope);
  return {};
}

Result<std::vector<SnapshotCommitment>> commitments(const SnapshotPart& part) {
  std::vector<SnapshotCommitment> all;
  for (std::size_t i = 0; i < part.records.size(); ++i) {
    // Nearly no state holds one: it is read only where the bytes of one are there.
    if (!may_hold_commitment(part.records[i].state)) continue;
    const auto state = RecordState::decode(part.records[i].state);
    if (!state) return fail(Errc::malformed, "record " + std::to_string(i) + " has no state");
    state->each_value([&](std::uint32_t field, std::string_view value) {
      each_commitment(value, [&](std::string_view hash) {
        all.push_back({i, field, Hash::of(hash)});
      });
    });
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.commitment < b.commitment; });
  all.erase(std::unique(all.begin(), all.end(),
                        [](const auto& a, const auto& b) { return a.commitment == b.commitment; }),
            all.end());
  return all;
}

}  // namespace linli::sync
