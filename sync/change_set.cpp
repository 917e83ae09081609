#include "sync/change_set.h"

#include <algorithm>
#include <limits>

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr std::uint64_t kIntMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kKindsEnd = 32;  // what lies beyond is no kind of any version
constexpr std::string_view kDomainValue = "linli/value/1";

// Keys of a change set's body, for ever.
namespace key {
enum : std::int64_t {
  suite,
  city,
  author,
  certificate,
  scope,
  audience,
  incarnation,
  seq,
  prev,
  seen,
  policy,
  schema,
  time_base,
  changes,
  actor,
  action,
  origin,
  blind,
  succession
};
}
constexpr std::uint32_t bit(std::int64_t k) { return 1u << k; }
/// What stands in every set.
constexpr std::uint32_t kRequired =
    bit(key::suite) | bit(key::city) | bit(key::author) | bit(key::certificate) | bit(key::scope) |
    bit(key::audience) | bit(key::seq) | bit(key::schema) | bit(key::time_base) | bit(key::changes);

// The places of a change's array; from `base` on they are left out from the end when empty.
constexpr std::size_t kPlacesMin = 5, kPlaceBase = 5, kPlaceLife = 6, kPlaceExtension = 7,
                      kPlacesMax = 8;

bool known(ChangeKind kind) { return kind <= ChangeKind::erase; }

const std::string kNullItem = "\xF6";

class Decoder {
 public:
  enum class Depth { header, whole };
  Decoder(std::string_view body, Depth depth) : r_(body), depth_(depth) {}

  Result<ChangeSet> run();

 private:
  void read_key(std::int64_t k);
  void read_suite();
  void read_scope();
  void read_audience();
  void read_incarnation();
  void read_seen();
  void read_succession();
  void read_changes();
  void read_change(Change& change);
  void read_fields(Change& change);
  void check_field(ChangeKind kind, std::string_view value);
  void check_erased(std::string_view value);
  void read_base(Base& base, bool must_hold);
  std::vector<VersionId> read_versions();
  VersionId read_version();
  void read_extension();
  void check_header();

  template <class Bytes>
  Bytes fixed() {
    const auto view = r_.bytes(Bytes::size());
    return r_.ok() ? Bytes::of(view) : Bytes{};
  }
  template <class Bytes>
  Bytes fixed_not_zero() {
    const Bytes b = fixed<Bytes>();
    if (b.is_zero()) r_.reject("a default that is written out ends");
    return b;
  }
  std::uint64_t uint(std::uint64_t least, std::uint64_t most) {
    const std::uint64_t v = r_.uint();
    if (v < least || v > most) r_.reject("a number out of its range ends");
    return v;
  }
  Micros time() { return static_cast<Micros>(uint(0, static_cast<std::uint64_t>(kTimeMax))); }
  std::string_view text(std::size_t bytes_max) {
    const auto view = r_.text();
    if (view.empty() || view.size() > bytes_max) r_.reject("text of a length out of range ends");
    return view;
  }
  void enter(std::size_t n, std::string_view layout) {
    if (r_.array() != n) r_.reject(layout);
  }
  /// The first thing that this version doesn't know; the set may be right in a later one.
  void critical(const std::string& what) {
    if (critical_.empty()) critical_ = what;
  }
  bool has(std::int64_t k) const { return (present_ & bit(k)) != 0; }
  const FeedId& own_feed() {
    if (!own_feed_) own_feed_ = set_.feed.id(set_.city);
    return *own_feed_;
  }

  cbor::Reader r_;
  Depth depth_;
  ChangeSet set_;
  std::uint32_t present_ = 0;
  bool audience_known_ = true;
  std::size_t index_ = 0;  ///< Of the change under way.
  std::string critical_;
  std::string too_large_;
  std::optional<FeedId> own_feed_;
};

Result<ChangeSet> Decoder::run() {
  for (cbor::IntMap m{r_}; m.next();) {
    if (m.key() >= 0 && m.key() <= key::succession) present_ |= bit(m.key());
    read_key(m.key());
    // Another suite may give every other key another shape.
    if (set_.suite != kSuite && r_.ok()) return fail(Errc::unknown_critical, critical_);
  }
  check_header();
  if (!too_large_.empty()) return fail(Errc::too_large, too_large_);
  if (auto whole = r_.finish(); !whole) return fail(std::move(whole.error()));
  if (!critical_.empty()) return fail(Errc::unknown_critical, critical_);
  return std::move(set_);
}

void Decoder::read_key(std::int64_t k) {
  switch (k) {
    case key::suite:
      return read_suite();
    case key::city:
      set_.city = fixed<Hash>();
      return;
    case key::author:
      set_.feed.author = fixed<AuthorId>();
      return;
    case key::certificate:
      set_.certificate = fixed<Hash>();
      return;
    case key::scope:
      return read_scope();
    case key::audience:
      return read_audience();
    case key::incarnation:
      return read_incarnation();
    case key::seq:
      set_.seq = uint(1, kIntMax);
      return;
    case key::prev:
      set_.prev = fixed<Hash>();
      return;
    case key::seen:
      return read_seen();
    case key::policy:
      set_.policy = fixed_not_zero<Hash>();
      return;
    case key::schema:
      set_.schema_version = r_.uint();
      return;
    case key::time_base:
      set_.time_base = time();
      return;
    case key::changes:
      return read_changes();
    case key::actor:
      set_.actor = fixed<Nonce>();
      return;
    case key::action:
      set_.action = fixed<Nonce>();
      return;
    case key::origin:
      set_.origin = text(kOriginBytesMax);
      return;
    case key::blind:
      set_.blind = fixed<Nonce>();
      return;
    case key::succession:
      return read_succession();
    default:
      r_.item();
      if (k < 0 && depth_ == Depth::whole) critical("critical key " + std::to_string(k));
  }
}

void Decoder::read_suite() {
  set_.suite = r_.uint();
  if (set_.suite != kSuite) critical("suite " + std::to_string(set_.suite));
}

void Decoder::read_scope() {
  set_.feed.scope = r_.text();
  if (!crypto::valid_scope(set_.feed.scope)) r_.reject("what is no scope path ends");
}

void Decoder::read_audience() {
  const std::uint64_t v = r_.uint();
  if (v <= static_cast<std::uint64_t>(Audience::everyone))
    set_.feed.audience = static_cast<Audience>(v);
  else
    critical("audience " + std::to_string(v));
  audience_known_ = v <= static_cast<std::uint64_t>(Audience::everyone);
}

void Decoder::read_incarnation() {
  enter(2, "an incarnation is [number, nonce]; ends");
  set_.feed.incarnation.number = uint(1, kIntMax);  // 0 is left out
  set_.feed.incarnation.nonce = fixed_not_zero<Nonce>();
}

void Decoder::read_seen() {
  Seen seen;
  enter(4, "seen is [epoch, size, root, time]; ends");
  seen.epoch = r_.uint();
  seen.size = r_.uint();
  seen.root = fixed<Hash>();
  seen.time = time();
  set_.seen = seen;
}

void Decoder::read_succession() {
  Succession s;
  enter(4, "a succession is [reason, feed, seq, head]; ends");
  s.reason = text(kReasonBytesMax);
  s.feed = fixed<FeedId>();
  s.seq = r_.uint();
  s.head = fixed<Hash>();
  if ((s.seq == 0) != s.head.is_zero()) r_.reject("a succession whose head and seq differ ends");
  set_.succession = std::move(s);
}

void Decoder::read_changes() {
  if (depth_ == Depth::header) {
    r_.item();
    return;
  }
  const std::size_t n = r_.array();
  if (n == 0) return r_.reject("a change set without changes");
  if (n > kChangesMax) {
    too_large_ = std::to_string(n) + " changes; a set has at most " + std::to_string(kChangesMax);
    return r_.reject(too_large_);
  }
  set_.changes.resize(n);
  for (index_ = 0; index_ < n && r_.ok(); ++index_) {
    Change& change = set_.changes[index_];
    read_change(change);
    if (index_ > 0 && change.stamp <= set_.changes[index_ - 1].stamp)
      r_.reject("a change whose stamp doesn't follow the one before ends");
  }
}

void Decoder::read_change(Change& change) {
  const std::size_t places = r_.array();
  if (places < kPlacesMin || places > kPlacesMax) return r_.reject("a change has 5 to 8 places;");
  change.type = static_cast<std::uint32_t>(uint(1, kTypeMax));
  change.id = fixed<RecordId>();
  change.kind = static_cast<ChangeKind>(uint(0, kKindsEnd - 1));
  if (!known(change.kind))
    critical("kind " + std::to_string(static_cast<unsigned>(change.kind)) + " of change");
  const std::uint64_t offset = uint(0, static_cast<std::uint64_t>(kStampOffsetMax));
  change.stamp = set_.time_base + static_cast<Micros>(offset);
  if (change.stamp > kTimeMax) r_.reject("a stamp beyond 2^53 ends");
  read_fields(change);
  if (places > kPlaceBase) read_base(change.base, places == kPlaceBase + 1);
  if (places > kPlaceLife) change.life = uint(places == kPlaceLife + 1 ? 1 : 0, kLifeMax);
  if (places > kPlaceExtension) read_extension();
}

void Decoder::read_fields(Change& change) {
  const std::size_t n = r_.map();
  std::size_t nulls = 0;
  change.fields.reserve(n);
  for (std::size_t i = 0; i < n && r_.ok(); ++i) {
    const std::uint64_t field = uint(1, kFieldMax);  // ascending, as keys of valid CBOR
    const auto value = r_.item();
    if (!r_.ok()) return;
    check_field(change.kind, value);
    nulls += value == kNullItem;
    change.fields.push_back({static_cast<std::uint32_t>(field), value});
  }
  const bool needs_fields = change.kind == ChangeKind::clear || change.kind == ChangeKind::erase;
  if (needs_fields && n == 0) r_.reject("a clear or erase of nothing ends");
  // One meaning has one kind: a put may empty some of its fields, but to empty all is `clear`.
  if (change.kind == ChangeKind::put && n > 0 && nulls == n)
    r_.reject("a put of nulls only (that is clear) ends");
}

void Decoder::check_field(ChangeKind kind, std::string_view value) {
  const bool empties = value == kNullItem;
  if (kind == ChangeKind::clear && !empties) return r_.reject("a clear with a value ends");
  if (kind == ChangeKind::remove) return r_.reject("a remove with a field ends");
  if (kind == ChangeKind::erase) check_erased(value);
}

void Decoder::check_erased(std::string_view value) {
  cbor::Reader list{value};
  const std::size_t n = list.array();
  std::string_view before;
  bool ascends = n > 0;
  for (std::size_t i = 0; i < n && list.ok(); ++i) {
    const auto commitment = list.bytes(Hash::size());
    ascends = ascends && commitment > before;
    before = commitment;
  }
  if (!list.ok() || !ascends) r_.reject("an erase names no ascending list of commitments; it ends");
}

void Decoder::read_base(Base& base, bool must_hold) {
  const std::size_t places = r_.array();
  if (places == 0 && must_hold) return r_.reject("an empty base is left out at the end;");
  if (places == 0) return;
  if (places > 2) return r_.reject("a base is [], [all] or [all, cells];");
  base.all = read_versions();
  if (places == 1 && base.all.empty()) r_.reject("a base of no versions is []; it ends");
  if (places == 1) return;
  const std::size_t n = r_.map();
  if (n == 0) r_.reject("a base without cells leaves them out; it ends");
  for (std::size_t i = 0; i < n && r_.ok(); ++i) {
    const std::uint64_t cell = uint(0, kFieldMax);  // ascending, likewise
    auto versions = read_versions();
    if (versions == base.all) r_.reject("a cell whose versions don't differ from the rest ends");
    base.cells.emplace_back(static_cast<std::uint32_t>(cell), std::move(versions));
  }
}

std::vector<VersionId> Decoder::read_versions() {
  const std::size_t n = r_.array();
  if (n > kBaseVersionsMax) {
    r_.reject("more than 64 versions in a list;");
    return {};
  }
  std::vector<VersionId> versions;
  versions.reserve(n);
  for (std::size_t i = 0; i < n && r_.ok(); ++i) {
    versions.push_back(read_version());
    if (i > 0 && versions[i] <= versions[i - 1]) r_.reject("a version that doesn't ascend ends");
  }
  return versions;
}

VersionId Decoder::read_version() {
  VersionId v;
  const std::size_t places = r_.array();
  const bool own = places == 2;
  if (!own && places != 3) return r_.reject("a version is [seq, index] or [feed, seq, index];"), v;
  v.feed = own ? own_feed() : fixed<FeedId>();
  if (!own && v.feed == own_feed()) r_.reject("a version of this same feed, written long, ends");
  v.seq = uint(1, kIntMax);
  v.index = static_cast<std::uint32_t>(uint(0, kChangesMax - 1));
  // Two changes that name each other would both be superseded, and the record would have no value.
  const bool earlier = v.seq < set_.seq || (v.seq == set_.seq && v.index < index_);
  if (own && !earlier) r_.reject("a change made on itself or on a later one ends");
  return v;
}

void Decoder::read_extension() {
  std::size_t n = 0;
  for (cbor::IntMap m{r_}; m.next(); ++n) {
    r_.item();
    if (m.key() < 0) critical("critical key " + std::to_string(m.key()) + " in a change");
  }
  if (n == 0) r_.reject("an empty extension is left out;");
}

/// What only the whole header shows.
void Decoder::check_header() {
  if ((present_ & kRequired) != kRequired) return r_.reject("a required key is missing");
  if (has(key::prev) == (set_.seq == 1)) return r_.reject("prev belongs to every number but 1");
  const bool starts_anew = set_.feed.incarnation.number > 0 && set_.seq == 1;
  if (has(key::succession) != starts_anew)
    return r_.reject("a succession belongs to the first set of a later incarnation, only");
  const bool needs_blind = set_.feed.audience == Audience::street;
  // Whether an audience of a later version needs one, we can't know.
  if (audience_known_ && has(key::blind) != needs_blind)
    r_.reject("a blind belongs to sets for community and street, only");
}

Result<ChangeSet> decode(std::string_view body, Decoder::Depth depth) {
  if (body.size() > kChangeSetBytesMax)
    return fail(Errc::too_large, std::to_string(body.size()) + " bytes; a set has at most 1 MiB");
  // First as CBOR alone: so depth is counted over the whole, and counts can be reserved by.
  if (auto valid = cbor::validate(body); !valid) return fail(std::move(valid.error()));
  return Decoder{body, depth}.run();
}

// Encoding

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

// Commitments

/// Calls `found` for every commitment within the next item, in the order of the bytes. The item is
/// deterministic CBOR, which bounds the recursion.
template <class Found>
void walk(cbor::Reader& r, const Found& found) {
  switch (r.peek()) {
    case cbor::Kind::tag:
      r.tag();
      found(r.bytes(Hash::size()));
      return;
    case cbor::Kind::array:
      for (std::size_t left = r.array(); left > 0 && r.ok(); --left) walk(r, found);
      return;
    case cbor::Kind::map:
      for (std::size_t left = 2 * r.map(); left > 0 && r.ok(); --left) walk(r, found);
      return;
    default:
      r.item();
  }
}

bool holds_commitment(std::string_view value) {
  bool holds = false;
  each_commitment(value, [&](std::string_view) { holds = true; });
  return holds;
}

}  // namespace

bool may_hold_commitment(std::string_view bytes) {
  constexpr std::string_view kHead = "\xD9\xA0\x6E\x58\x20";  // tag 41070, 32 bytes
  return bytes.find(kHead) != std::string_view::npos;
}

void each_commitment(std::string_view value, const std::function<void(std::string_view)>& found) {
  if (!may_hold_commitment(value)) return;
  cbor::Reader r{value};
  walk(r, found);
}

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

Result<ChangeSet> decode_change_set(std::string_view body) {
  return decode(body, Decoder::Depth::whole);
}

Result<ChangeSet> decode_change_set_header(std::string_view body) {
  return decode(body, Decoder::Depth::header);
}

Hash change_set_hash(std::string_view body) {
  return crypto::hash({crypto::kDomainChangeSet, body});
}

Hash commitment(const crypto::Salt& salt, const Hash& city, std::uint32_t type,
                std::string_view scope, const RecordId& id, std::uint32_t field,
                std::string_view value) {
  cbor::Writer place;
  place.array(4);
  place.uint(type);
  place.text(scope);
  place.bytes(id.view());
  place.uint(field);
  return crypto::hash({kDomainValue, city.view(), place.view(), value}, salt.view());
}

std::vector<Committed> commitments(const ChangeSet& set) {
  std::vector<Committed> all;
  for (std::size_t i = 0; i < set.changes.size(); ++i)
    for (const auto& field : set.changes[i].fields)
      each_commitment(field.value, [&](std::string_view hash) {
        all.push_back({static_cast<std::uint32_t>(i), field.field, Hash::of(hash)});
      });
  return all;
}

Result<void> check_opening(const ChangeSet& set, const std::vector<Committed>& committed,
                           const Opening& opening) {
  if (opening.ordinal >= committed.size())
    return fail(Errc::bad_value, "opens commitment " + std::to_string(opening.ordinal) + " of " +
                                     std::to_string(committed.size()));
  if (auto valid = cbor::validate(opening.value); !valid)
    return fail(Errc::bad_value, std::move(valid.error().detail));
  if (holds_commitment(opening.value))
    return fail(Errc::bad_value, "a committed value holds no commitment itself");
  const Committed& c = committed[opening.ordinal];
  ensure(c.change < set.changes.size(), "check_opening: commitments of another set");
  const Change& change = set.changes[c.change];
  const Hash opened = commitment(opening.salt, set.city, change.type, set.feed.scope, change.id,
                                 c.field, opening.value);
  if (opened != c.commitment)
    return fail(Errc::corrupt,
                "the value doesn't fit commitment " + std::to_string(opening.ordinal));
  return {};
}

std::string Parcel::encode() const {
  cbor::Writer w;
  w.array(openings.empty() ? 2 : 3);
  w.bytes(body);
  w.bytes(signature.view());
  if (openings.empty()) return w.take();
  w.array(openings.size());
  for (const auto& opening : openings) {
    w.array(3);
    w.uint(opening.ordinal);
    w.bytes(opening.salt.view());
    w.raw(opening.value);
  }
  return w.take();
}

namespace {

std::vector<Opening> read_openings(cbor::Reader& r) {
  std::vector<Opening> openings;
  std::size_t left = r.array();
  if (left == 0) r.reject("no openings are left out;");
  for (; left > 0 && r.ok(); --left) {
    if (r.array() != 3) r.reject("an opening is [ordinal, salt, value];");
    const std::uint64_t ordinal = r.uint();
    const auto salt = r.bytes(crypto::Salt::size());
    const auto value = r.item();
    if (!r.ok()) break;
    if (ordinal >= kChangeSetBytesMax) r.reject("an ordinal beyond every set ends");
    if (!openings.empty() && ordinal <= openings.back().ordinal) r.reject("ordinals must ascend;");
    if (holds_commitment(value)) r.reject("a committed value that holds a commitment ends");
    openings.push_back(
        {static_cast<std::uint32_t>(ordinal), crypto::Salt::of(salt), std::string(value)});
  }
  return openings;
}

}  // namespace

Result<Parcel> Parcel::decode(std::string_view bytes) {
  if (bytes.size() > kParcelBytesMax)
    return fail(Errc::too_large,
                std::to_string(bytes.size()) + " bytes; a parcel has at most 1.5 MiB");
  cbor::Reader r{bytes};
  const std::size_t places = r.array();
  if (places != 2 && places != 3) r.reject("a parcel is [body, signature, openings];");
  const auto body = r.bytes();
  const auto signature = r.bytes(crypto::Signature::size());
  std::vector<Opening> openings;
  if (places == 3) openings = read_openings(r);
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  if (body.size() > kChangeSetBytesMax) return fail(Errc::too_large, "a change set over 1 MiB");
  return Parcel{std::string(body), crypto::Signature::of(signature), std::move(openings)};
}

}  // namespace linli::sync
