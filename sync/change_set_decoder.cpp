// Reading a change set: strictly, so that one meaning has one form and one hash.
#include "crypto/cbor.h"
#include "sync/change_set_detail.h"

namespace linli::sync {

using namespace detail;

namespace {

constexpr std::uint64_t kKindsEnd = 32;  // what lies beyond is no kind of any version

constexpr std::uint32_t bit(std::int64_t k) { return 1u << k; }
/// What stands in every set.
constexpr std::uint32_t kRequired =
    bit(key::suite) | bit(key::city) | bit(key::author) | bit(key::certificate) | bit(key::scope) |
    bit(key::audience) | bit(key::seq) | bit(key::schema) | bit(key::time_base) | bit(key::changes);

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

}  // namespace

Result<ChangeSet> decode_change_set(std::string_view body) {
  return decode(body, Decoder::Depth::whole);
}

Result<ChangeSet> decode_change_set_header(std::string_view body) {
  return decode(body, Decoder::Depth::header);
}

}  // namespace linli::sync
