#include "sync/change_set.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/change_set_detail.h"

namespace linli::sync {

using namespace detail;

namespace {

/// What the writer couldn't even write. All other rules are the decoder's, which reads the result.
Result<void> check_writable(const ChangeSet& set) {
  const auto wide = [](std::uint64_t v) { return v > kIntMax; };
  if (set.suite != kSuite) return fail(Errc::bad_value, "only suite 1 can be written");
  if (set.changes.size() > kChangesMax) return fail(Errc::too_large, "more than 2000 changes");
  if (!cbor::valid_utf8(set.feed.scope) || !cbor::valid_utf8(set.origin))
    return fail(Errc::bad_value, "scope or origin isn't UTF-8");
  if (wide(set.seq) || wide(set.schema_version) || wide(set.feed.incarnation.number))
    return fail(Errc::bad_value, "a number beyond 63 bits in the header");
  if (set.seen && (wide(set.seen->epoch) || wide(set.seen->size)))
    return fail(Errc::bad_value, "a number beyond 63 bits in seen");
  if (set.succession && (wide(set.succession->seq) || !cbor::valid_utf8(set.succession->reason)))
    return fail(Errc::bad_value, "a succession that can't be written");
  if (set.feed.incarnation.number == 0 && !set.feed.incarnation.nonce.is_zero())
    return fail(Errc::bad_value, "incarnation 0 has no nonce");
  if (set.seq == 1 && !set.prev.is_zero()) return fail(Errc::bad_value, "number 1 has no prev");
  return {};
}

Result<void> check_writable(const ChangeSet& set, const Change& change) {
  if (change.stamp < set.time_base || change.stamp - set.time_base > kStampOffsetMax)
    return fail(Errc::bad_value, "a stamp before the time base, or more than 24 hours after it");
  if (change.life > kLifeMax) return fail(Errc::bad_value, "life beyond 32 bits");
  // A value of several items, or half of one, would shift everything behind it.
  for (const auto& field : change.fields)
    if (auto valid = cbor::validate(field.value); !valid)
      return fail(Errc::bad_value,
                  "field " + std::to_string(field.field) + ": " + std::move(valid.error().detail));
  return {};
}

class Encoder {
 public:
  explicit Encoder(const ChangeSet& set) : set_(set) {}
  Result<std::string> run();

 private:
  void write_seen(const Seen& seen);
  Result<void> write_changes();
  Result<void> write_change(const Change& change);
  Result<void> write_base(const Base& base);
  Result<void> write_versions(const std::vector<VersionId>& versions);
  void write_tail();
  std::size_t keys() const;

  const ChangeSet& set_;
  cbor::Writer w_;
  std::optional<FeedId> own_feed_;
};

std::size_t Encoder::keys() const {
  const std::size_t always = 10;
  return always + (set_.feed.incarnation.number > 0) + (set_.seq > 1) + set_.seen.has_value() +
         !set_.policy.is_zero() + set_.actor.has_value() + set_.action.has_value() +
         !set_.origin.empty() + set_.blind.has_value() + set_.succession.has_value();
}

Result<std::string> Encoder::run() {
  const auto& feed = set_.feed;
  w_.map(keys());
  w_.sint(key::suite), w_.uint(set_.suite);
  w_.sint(key::city), w_.bytes(set_.city.view());
  w_.sint(key::author), w_.bytes(feed.author.view());
  w_.sint(key::certificate), w_.bytes(set_.certificate.view());
  w_.sint(key::scope), w_.text(feed.scope);
  w_.sint(key::audience), w_.uint(static_cast<std::uint64_t>(feed.audience));
  if (feed.incarnation.number > 0) {
    w_.sint(key::incarnation), w_.array(2);
    w_.uint(feed.incarnation.number);
    w_.bytes(feed.incarnation.nonce.view());
  }
  w_.sint(key::seq), w_.uint(set_.seq);
  if (set_.seq > 1) w_.sint(key::prev), w_.bytes(set_.prev.view());
  if (set_.seen) w_.sint(key::seen), write_seen(*set_.seen);
  if (!set_.policy.is_zero()) w_.sint(key::policy), w_.bytes(set_.policy.view());
  w_.sint(key::schema), w_.uint(set_.schema_version);
  w_.sint(key::time_base), w_.sint(set_.time_base);
  w_.sint(key::changes);
  if (auto written = write_changes(); !written) return fail(std::move(written.error()));
  write_tail();
  return w_.take();
}

void Encoder::write_seen(const Seen& seen) {
  w_.array(4);
  w_.uint(seen.epoch);
  w_.uint(seen.size);
  w_.bytes(seen.root.view());
  w_.sint(seen.time);
}

Result<void> Encoder::write_changes() {
  w_.array(set_.changes.size());
  for (const auto& change : set_.changes)
    if (auto written = write_change(change); !written) return written;
  return {};
}

Result<void> Encoder::write_change(const Change& change) {
  if (auto writable = check_writable(set_, change); !writable) return writable;
  const std::size_t places = change.life > 0       ? kPlaceLife + 1
                             : change.base.empty() ? kPlacesMin
                                                   : kPlaceBase + 1;
  w_.array(places);
  w_.uint(change.type);
  w_.bytes(change.id.view());
  w_.uint(static_cast<std::uint64_t>(change.kind));
  w_.sint(change.stamp - set_.time_base);
  w_.map(change.fields.size());
  for (const auto& field : change.fields) {
    w_.uint(field.field);
    w_.raw(field.value);
  }
  if (places > kPlaceBase)
    if (auto written = write_base(change.base); !written) return written;
  if (places > kPlaceLife) w_.uint(change.life);
  return {};
}

Result<void> Encoder::write_base(const Base& base) {
  if (base.empty()) return w_.array(0), Result<void>{};
  w_.array(base.cells.empty() ? 1 : 2);
  if (auto written = write_versions(base.all); !written) return written;
  if (base.cells.empty()) return {};
  w_.map(base.cells.size());
  for (const auto& [cell, versions] : base.cells) {
    w_.uint(cell);
    if (auto written = write_versions(versions); !written) return written;
  }
  return {};
}

Result<void> Encoder::write_versions(const std::vector<VersionId>& versions) {
  w_.array(versions.size());
  for (const auto& v : versions) {
    if (v.seq > kIntMax) return fail(Errc::bad_value, "a version's number is beyond 63 bits");
    if (!own_feed_) own_feed_ = set_.feed.id(set_.city);
    const bool own = v.feed == *own_feed_;
    w_.array(own ? 2 : 3);
    if (!own) w_.bytes(v.feed.view());
    w_.uint(v.seq);
    w_.uint(v.index);
  }
  return {};
}

void Encoder::write_tail() {
  if (set_.actor) w_.sint(key::actor), w_.bytes(set_.actor->view());
  if (set_.action) w_.sint(key::action), w_.bytes(set_.action->view());
  if (!set_.origin.empty()) w_.sint(key::origin), w_.text(set_.origin);
  if (set_.blind) w_.sint(key::blind), w_.bytes(set_.blind->view());
  if (!set_.succession) return;
  w_.sint(key::succession), w_.array(4);
  w_.text(set_.succession->reason);
  w_.bytes(set_.succession->feed.view());
  w_.uint(set_.succession->seq);
  w_.bytes(set_.succession->head.view());
}

}  // namespace

const std::vector<VersionId>& Base::of(std::uint32_t cell) const {
  const auto it = std::lower_bound(cells.begin(), cells.end(), cell,
                                   [](const auto& c, std::uint32_t n) { return c.first < n; });
  return it != cells.end() && it->first == cell ? it->second : all;
}

Result<std::string> encode_change_set(const ChangeSet& set) {
  if (auto writable = check_writable(set); !writable) return fail(std::move(writable.error()));
  auto body = Encoder{set}.run();
  if (!body) return body;
  const auto read = decode_change_set(*body);
  if (read) return body;
  const bool large = read.error().code == Errc::too_large;
  return fail(large ? Errc::too_large : Errc::bad_value, read.error().detail);
}

Hash change_set_hash(std::string_view body) {
  return crypto::hash({crypto::kDomainChangeSet, body});
}

}  // namespace linli::sync
