#include "sync/exchange.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kProtocol = 1;
constexpr std::size_t kDetailBytesMax = 200;  // a hint for people; ten thousand of them must fit
constexpr std::size_t kCompressFrom = 200;    // below, zstd's frame costs more than it saves
constexpr int kWindowLogMax = 23;             // 8 MiB: the most that decompressing may hold
constexpr char kPlain = 0, kZstd = 1;
constexpr int kRejoinsMax = 3;

/// At most kDetailBytesMax bytes of valid UTF-8: what a detail quotes may come from anywhere.
std::string clip(std::string_view detail) {
  std::string text(detail.substr(0, kDetailBytesMax));
  while (!text.empty() && !cbor::valid_utf8(text)) text.pop_back();
  return text;
}

/// A name that a newer node gave a refusal of its own: for us it is something to upgrade for.
Errc errc_named(std::string_view name) {
  for (const auto& row : errc_table())
    if (row.name == name) return row.code;
  return Errc::unknown_critical;
}

bool known_kind(ObjectKind kind) {
  return kind == ObjectKind::parcel || kind == ObjectKind::receipt || kind == ObjectKind::ruling ||
         kind == ObjectKind::snapshot;
}

/// What is wrong with an object before anybody looks into it.
std::optional<Verdict> refuse_outright(const Object& object, std::size_t index) {
  const auto place = static_cast<std::uint32_t>(index);
  if (!known_kind(object.kind)) return Verdict{place, Errc::malformed, "unknown kind of object", 0};
  if (object.bytes.size() > kObjectBytesMax)
    return Verdict{place, Errc::too_large, "object over 1.5 MiB", 0};
  return std::nullopt;
}

// Writing

void write_objects(cbor::Writer& w, const std::vector<Object>& objects) {
  w.array(2 * objects.size());
  for (const auto& object : objects) {
    w.uint(static_cast<std::uint64_t>(object.kind));
    w.bytes(object.bytes);
  }
}

/// The certificate is left out where it is the one that `implied` says: 34 bytes of each request.
void write_cursor(cbor::Writer& w, const Cursor& cursor, const Hash& implied) {
  w.array(cursor.certificate == implied ? 3 : 4);
  w.uint(cursor.epoch);
  w.uint(cursor.arrival);
  w.bytes(cursor.mark);
  if (cursor.certificate != implied) w.bytes(cursor.certificate.view());
}

void write_verdicts(cbor::Writer& w, const std::vector<Verdict>& verdicts) {
  w.array(3 * verdicts.size());
  for (const auto& verdict : verdicts) {
    w.uint(verdict.index);
    w.text(verdict.refused ? info(*verdict.refused).name : "");
    w.text(clip(verdict.detail));
  }
}

// Reading

/// A reader that also tells apart why it refuses.
struct MessageReader {
  explicit MessageReader(std::string_view body) : r(body) {
    if (body.size() > kBatchBytesMax) refuse(Errc::too_large, "message over 8 MiB");
  }

  void refuse(Errc why, std::string_view what) {
    if (r.ok()) code = why;
    r.reject(what);
  }
  template <class Bytes>
  Bytes fixed() {
    const auto view = r.bytes(Bytes::size());
    return r.ok() ? Bytes::of(view) : Bytes{};
  }
  /// How many groups of `of` items follow.
  std::size_t groups(std::size_t of, std::size_t most) {
    const std::size_t n = r.array();
    default_left_out(n == 0);
    if (n % of != 0) r.reject("an incomplete group");
    if (n / of > most) refuse(Errc::too_large, "a list over its limit");
    return r.ok() ? n / of : 0;
  }
  /// One spelling each: what a missing key says isn't written out.
  void default_left_out(bool is_default) {
    if (is_default) r.reject("a default that is left out");
  }
  bool yes() {
    default_left_out(!r.boolean());
    return true;
  }
  std::vector<Object> objects() {
    std::vector<Object> list;
    for (std::size_t n = groups(2, kBatchObjectsMax); n > 0 && r.ok(); --n) {
      const std::uint64_t kind = r.uint();
      if (kind > UINT8_MAX) r.reject("kind of object beyond 8 bits");
      list.push_back(Object{static_cast<ObjectKind>(kind), std::string(r.bytes())});
    }
    return list;
  }
  Cursor cursor(const Hash& implied) {
    Cursor c;
    const std::size_t parts = r.array();
    if (parts != 3 && parts != 4) r.reject("no cursor");
    c.epoch = r.uint();
    c.arrival = r.uint();
    c.mark = r.bytes();
    if (c.mark.size() > kCursorMarkMax) r.reject("a cursor's mark over 64 bytes");
    c.certificate = parts == 4 ? fixed<Hash>() : implied;
    if (parts == 4 && c.certificate == implied) r.reject("a certificate that is implied");
    return c;
  }
  /// Keys that this version doesn't know: critical ones are negative.
  void other(std::int64_t key) {
    if (key < 0) refuse(Errc::unknown_critical, "unknown critical key");
    r.item();
  }
  void protocol(std::uint64_t version) {
    if (r.ok() && version != kProtocol) refuse(Errc::newer_version, "another protocol version");
  }
  Result<void> finish() const {
    auto whole = r.finish();
    if (!whole && code) whole.error().code = *code;
    return whole;
  }

  cbor::Reader r;
  std::optional<Errc> code;
};

}  // namespace

bool is_transient(Errc code) {
  switch (code) {
    case Errc::slow_down:
    case Errc::disk_full:
    case Errc::io:
    case Errc::corrupt:
    case Errc::unreachable:
    case Errc::internal:
      return true;
    default:
      return false;
  }
}

// Messages

std::string Request::encode() const {
  const bool has_cursor = cursor.epoch != 0;
  cbor::Writer w;
  w.map(4u + !session.is_zero() + has_cursor + include_own + !pull + !ask.empty() +
        !objects.empty() + snapshots + (portion != 0));
  w.uint(0);
  w.uint(protocol);
  w.uint(1);
  w.bytes(city.view());
  w.uint(2);
  w.bytes(certificate.view());
  if (!session.is_zero()) {
    w.uint(3);
    w.bytes(session.view());
  }
  w.uint(4);
  w.uint(counter);
  if (has_cursor) {
    w.uint(5);
    write_cursor(w, cursor, certificate);
  }
  if (include_own) {
    w.uint(6);
    w.boolean(true);
  }
  if (!pull) {
    w.uint(7);
    w.boolean(true);
  }
  if (!ask.empty()) {
    w.uint(8);
    w.array(ask.size());
    for (const auto& feed : ask) w.bytes(feed.view());
  }
  if (!objects.empty()) {
    w.uint(9);
    write_objects(w, objects);
  }
  if (snapshots) {
    w.uint(10);
    w.boolean(true);
  }
  if (portion != 0) {
    w.uint(11);
    w.uint(portion);
  }
  return w.take();
}

Result<Request> Request::decode(std::string_view body) {
  MessageReader in{body};
  Request q;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(q.protocol = in.r.uint());
        required |= 1;
        break;
      case 1:
        q.city = in.fixed<Hash>();
        required |= 2;
        break;
      case 2:
        q.certificate = in.fixed<Hash>();
        required |= 4;
        break;
      case 3:
        q.session = in.fixed<Nonce>();
        in.default_left_out(q.session.is_zero());
        break;
      case 4:
        q.counter = in.r.uint();
        required |= 8;
        break;
      case 5:
        q.cursor = in.cursor(q.certificate);
        in.default_left_out(q.cursor.epoch == 0);
        break;
      case 6:
        q.include_own = in.yes();
        break;
      case 7:
        q.pull = !in.yes();
        break;
      case 8:
        for (std::size_t n = in.groups(1, kAskMax); n > 0 && in.r.ok(); --n)
          q.ask.push_back(in.fixed<FeedId>());
        break;
      case 9:
        q.objects = in.objects();
        break;
      case 10:
        q.snapshots = in.yes();
        break;
      case 11:
        q.portion = in.r.uint();
        in.default_left_out(q.portion == 0);
        break;
      default:
        in.other(m.key());
    }
  }
  if (required != 15) in.r.reject("a required key is missing");
  if (auto whole = in.finish(); !whole) return fail(std::move(whole.error()));
  return q;
}

std::string Response::encode() const {
  const bool has_cursor = cursor.epoch != 0;
  const std::string hint = clip(detail);
  cbor::Writer w;
  w.map(4u + error.has_value() + !hint.empty() + (counter != 0) + !verdicts.empty() +
        !frontiers.empty() + !objects.empty() + has_cursor + more + (remaining != 0));
  w.uint(0);
  w.uint(protocol);
  w.uint(1);
  w.bytes(request.view());
  w.uint(2);
  w.bytes(session.view());
  w.uint(3);
  w.sint(time);
  if (error) {
    w.uint(4);
    w.text(info(*error).name);
  }
  if (!hint.empty()) {
    w.uint(5);
    w.text(hint);
  }
  if (counter != 0) {
    w.uint(6);
    w.uint(counter);
  }
  if (!verdicts.empty()) {
    w.uint(7);
    write_verdicts(w, verdicts);
  }
  if (!frontiers.empty()) {
    w.uint(8);
    w.array(3 * frontiers.size());
    for (const auto& frontier : frontiers) {
      w.bytes(frontier.feed.view());
      w.uint(frontier.seq);
      w.bytes(frontier.hash.view());
    }
  }
  if (!objects.empty()) {
    w.uint(9);
    write_objects(w, objects);
  }
  if (has_cursor) {
    w.uint(10);
    write_cursor(w, cursor, Hash{});
  }
  if (more) {
    w.uint(11);
    w.boolean(true);
  }
  if (remaining != 0) {
    w.uint(12);
    w.uint(remaining);
  }
  return w.take();
}

Result<Response> Response::decode(std::string_view body) {
  MessageReader in{body};
  Response a;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(a.protocol = in.r.uint());
        required |= 1;
        break;
      case 1:
        a.request = in.fixed<Hash>();
        required |= 2;
        break;
      case 2:
        a.session = in.fixed<Nonce>();
        required |= 4;
        break;
      case 3:
        a.time = in.r.sint();
        required |= 8;
        break;
      case 4:
        a.error = errc_named(in.r.text());
        break;
      case 5:
        a.detail = in.r.text();
        in.default_left_out(a.detail.empty());
        break;
      case 6:
        a.counter = in.r.uint();
        in.default_left_out(a.counter == 0);
        break;
      case 7:
        for (std::size_t n = in.groups(3, kBatchObjectsMax); n > 0 && in.r.ok(); --n) {
          const std::uint64_t index = in.r.uint();
          if (index >= kBatchObjectsMax) in.r.reject("a verdict on no object");
          const auto refused = in.r.text();
          Verdict verdict{static_cast<std::uint32_t>(index), std::nullopt, {}, 0};
          if (!refused.empty()) verdict.refused = errc_named(refused);
          verdict.detail = in.r.text();
          a.verdicts.push_back(std::move(verdict));
        }
        break;
      case 8:
        for (std::size_t n = in.groups(3, kAskMax); n > 0 && in.r.ok(); --n) {
          Frontier frontier;
          frontier.feed = in.fixed<FeedId>();
          frontier.seq = in.r.uint();
          in.default_left_out(frontier.seq == 0);
          frontier.hash = in.fixed<Hash>();
          a.frontiers.push_back(frontier);
        }
        break;
      case 9:
        a.objects = in.objects();
        break;
      case 10:
        a.cursor = in.cursor(Hash{});
        in.default_left_out(a.cursor.epoch == 0);
        break;
      case 11:
        a.more = in.yes();
        break;
      case 12:
        a.remaining = in.r.uint();
        in.default_left_out(a.remaining == 0);
        break;
      default:
        in.other(m.key());
    }
  }
  if (required != 15) in.r.reject("a required key is missing");
  if (auto whole = in.finish(); !whole) return fail(std::move(whole.error()));
  return a;
}

// The wire

std::string compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  ensure(ZSTD_isError(n) == 0, "zstd: compressing into enough room can't fail");
  out.resize(n);
  return out;
}

namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using ZstdContext = std::unique_ptr<ZSTD_DCtx, FreeContext>;

ZstdContext make_context() {
  ZstdContext context{ZSTD_createDCtx()};
  if (!context) throw std::bad_alloc();
  return context;
}

Error too_large(std::size_t limit) {
  return {Errc::too_large, "decompresses to more than " + std::to_string(limit) + " bytes", {}};
}

Error malformed(std::size_t code) {
  return {Errc::malformed, std::string("zstd: ") + ZSTD_getErrorName(code), {}};
}

/// A frame that says how long its content is, as all that we write do: in one go, without a window
/// beside it, by a context that the thread keeps.
Result<std::string> decompress_sized(std::string_view bytes, std::size_t size) {
  thread_local const ZstdContext context = make_context();
  std::string out(size, '\0');
  const auto n = ZSTD_decompressDCtx(context.get(), out.data(), size, bytes.data(), bytes.size());
  if (ZSTD_isError(n) != 0) return fail(malformed(n));
  if (n != size) return fail(Errc::malformed, "zstd: shorter than it says");
  return out;
}

Result<std::string> decompress_stream(std::string_view bytes, std::size_t limit) {
  const auto context = make_context();
  // A frame may ask for a window of gigabytes: that is memory as well.
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  std::string out, block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;  // 0 once the frame is complete
  while (left != 0) {
    ZSTD_outBuffer room{block.data(), block.size(), 0};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(context.get(), &room, &in);
    if (ZSTD_isError(left) != 0) {
      const bool window = ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge;
      auto error = malformed(left);
      if (window) error.code = Errc::too_large;
      return fail(std::move(error));
    }
    if (room.pos > limit - out.size()) return fail(too_large(limit));
    out.append(block.data(), room.pos);
    if (left != 0 && room.pos == 0 && in.pos == before)
      return fail(Errc::malformed, "zstd: ends too early");
  }
  return out;
}

}  // namespace

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
  const auto frame = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  if (ZSTD_isError(frame) == 0 && frame != bytes.size()) {
    return fail(Errc::malformed, "zstd: bytes left over");
  }
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  // No frame at all, or a broken one: reading it says what is wrong.
  if (ZSTD_isError(frame) != 0 || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size == ZSTD_CONTENTSIZE_ERROR) {
    return decompress_stream(bytes, limit);
  }
  if (size > limit) return fail(too_large(limit));
  return decompress_sized(bytes, static_cast<std::size_t>(size));
}

std::string pack(std::string_view body, const crypto::SigningKey& key, std::string_view domain) {
  const auto plain = crypto::SignedBody{std::string(body), key.sign(domain, body)}.encode();
  if (plain.size() >= kCompressFrom) {
    const auto small = compress(plain);
    if (small.size() < plain.size()) return kZstd + small;
  }
  return kPlain + plain;
}

Result<crypto::SignedBody> unpack(std::string_view wire) {
  if (wire.empty()) return fail(Errc::malformed, "an empty message");
  const auto content = wire.substr(1);
  if (wire.front() == kPlain) {
    if (content.size() > kBatchBytesMax) return fail(Errc::too_large, "message over 8 MiB");
    return crypto::SignedBody::decode(content);
  }
  if (wire.front() != kZstd) return fail(Errc::malformed, "unknown compression");
  const auto plain = decompress(content, kBatchBytesMax);
  if (!plain) return fail(plain.error());
  return crypto::SignedBody::decode(*plain);
}

Result<Response> open_response(std::string_view wire, const crypto::PublicKey& server) {
  const auto answer = unpack(wire);
  if (!answer) return fail(answer.error());
  if (!crypto::verify(server, crypto::kDomainResponse, answer->body, answer->signature))
    return fail(Errc::bad_signature, "not answered by the server that was pinned");
  return Response::decode(answer->body);
}

Result<bool> Shelf::wants_snapshots() { return false; }

Result<std::optional<Hash>> Shelf::hash_at(const FeedId&, std::uint64_t) { return std::nullopt; }

// The asking side

Result<Request> Client::begin() { return make_request(); }

void Client::count_bytes(std::size_t out, std::size_t in) {
  progress_.bytes_out += out;
  progress_.bytes_in += in;
}

Result<Request> Client::make_request() {
  outgoing_.reset();
  outgoing_count_ = 0;
  Request q;
  q.city = city_;
  q.certificate = own_;
  q.session = session_;
  q.counter = ++counter_;
  if (settled_) memory_.counter = counter_;
  q.cursor = asked_from_ = memory_.pulled;
  q.include_own = !settled_;
  if (session_.is_zero()) return q;  // will be refused: spare it everything else
  if (portion_ < kBatchBytesAim) q.portion = portion_;
  if (q.cursor.epoch == 0) {
    const auto wanted = shelf_.wants_snapshots();
    if (!wanted) return fail(wanted.error());
    q.snapshots = *wanted;
  }
  if (inquiry_) {
    inquiry_->asking = std::min(kAskMax, inquiry_->feeds.size() - inquiry_->asked);
    for (std::size_t i = 0; i < inquiry_->asking; ++i)
      q.ask.push_back(inquiry_->feeds[inquiry_->asked + i].tip.feed);
    return q;  // nothing is pushed before we know where to go on, and that we aren't a clone
  }
  if (push_halted_) return q;
  auto page = shelf_.outgoing(memory_.certificate, pushed_, memory_.regive, portion_);
  if (!page) return fail(page.error());
  outgoing_count_ = page->objects.size();
  q.objects = std::move(page->objects);
  page->objects.clear();
  ensure(page->arrivals.empty() || page->arrivals.size() == outgoing_count_,
         "exchange: one arrival number for each outgoing object");
  outgoing_ = std::move(*page);
  return q;
}

Result<Client::Step> Client::take(const Response& response, const Hash& request_hash) {
  if (response.request != request_hash) return fail(Errc::bad_input, "answers another request");
  ++progress_.round_trips;
  if (response.error == Errc::unauthorised) return rejoin(response);

  const bool taken = response.cursor.epoch != 0;
  if (!response.error && !taken) return fail(Errc::malformed, "an answer without a cursor");
  const bool restored = taken && peer_was_restored(response);
  if (taken && !restored)
    if (auto done = acknowledge(response); !done) return fail(done.error());
  if (response.error == Errc::bad_cursor && taken && !cursor_dropped_) return read_anew();
  if (response.error) return push_on({*response.error, response.detail, {}}, taken && !restored);
  rejoined_ = 0;

  // Before the cursor moves: an exchange that breaks off now must find this out again.
  if (restored) memory_.pushed_epoch = kEpochLost;
  if (trouble_) return push_on(*trouble_, !restored);
  if (auto done = receive(response); !done) return push_on(done.error(), !restored);
  memory_.pushed = pushed_;
  const bool looked_into = inquiry_ && inquiry_->restored;
  if (auto done = learn(response); !done) return fail(done.error());
  if (restored && !looked_into && !inquiry_)
    if (auto begun = inquire(true); !begun) return fail(begun.error());
  if (inquiry_ && inquiry_->feeds.empty())  // nothing to ask: the answer is known
    if (auto done = learn(response); !done) return fail(done.error());
  return next_step();
}

/// No page came, or it can't be kept here: that doesn't keep us from handing over what waits. But
/// only by a cursor behind it can the peer find out later that it lost what it takes, so that none
/// of it counts as pushed, and it is given again in the next exchange.
Result<Client::Step> Client::push_on(Error trouble, bool taken) {
  if (!trouble_) trouble_ = std::move(trouble);
  if (!taken || inquiry_ || push_halted_ || !push_more_) return fail(*trouble_);
  auto next = make_request();
  if (!next) return fail(next.error());
  if (next->objects.empty()) return fail(*trouble_);
  next->pull = false;
  return Step{false, std::move(*next)};
}

/// The server never gave our cursor: once an exchange we begin at 0 instead.
Result<Client::Step> Client::read_anew() {
  cursor_dropped_ = true;
  memory_.pulled = {};
  auto next = make_request();
  if (!next) return fail(next.error());
  return Step{false, std::move(*next)};
}

/// The server doesn't know this session, or took a later counter from us.
Result<Client::Step> Client::rejoin(const Response& response) {
  if (response.session.is_zero() || ++rejoined_ > kRejoinsMax)
    return fail(Errc::unauthorised, response.detail);
  session_ = response.session;
  counter_ = std::max(counter_, response.counter);
  settled_ = false;
  if (!inquiry_)
    if (auto begun = inquire(false); !begun) return fail(begun.error());
  auto next = make_request();
  if (!next) return fail(next.error());
  return Step{false, std::move(*next)};
}

/// Another epoch, or the same log but shorter than what it handed us already.
bool Client::peer_was_restored(const Response& response) const {
  const Cursor& now = response.cursor;
  if (memory_.pushed_epoch != 0 && now.epoch != memory_.pushed_epoch) return true;
  return !response.error && now.epoch == asked_from_.epoch &&
         asked_from_.certificate == now.certificate && now.arrival < asked_from_.arrival;
}

Result<void> Client::acknowledge(const Response& response) {
  if (memory_.pushed_epoch == 0) memory_.pushed_epoch = response.cursor.epoch;
  if (!outgoing_) return {};
  std::size_t reached = outgoing_count_;  // everything before this was decided
  for (const auto& verdict : response.verdicts) {
    if (verdict.index >= outgoing_count_) return fail(Errc::malformed, "a verdict on no object");
    if (verdict.refused && is_transient(*verdict.refused))
      reached = std::min<std::size_t>(reached, verdict.index);
  }
  const auto& arrivals = outgoing_->arrivals;
  for (auto verdict : response.verdicts) {
    // What stands behind the transient one is sent again, and judged again then.
    if (!verdict.refused || *verdict.refused == Errc::replay || verdict.index > reached) continue;
    if (!arrivals.empty()) verdict.arrival = arrivals[verdict.index];
    refusals_.push_back(std::move(verdict));
    ++progress_.refused;
  }
  progress_.sent += reached;
  if (reached == outgoing_count_) {
    pushed_ = std::max(pushed_, outgoing_->cursor.arrival);
    push_more_ = outgoing_->more;
  } else {
    // Pressing on would only meet the same trouble; what came before it needn't be sent again.
    if (reached > 0 && !arrivals.empty()) pushed_ = arrivals[reached - 1];
    push_halted_ = true;
  }
  outgoing_.reset();
  return {};
}

Result<void> Client::receive(const Response& response) {
  if (response.more && response.objects.empty() && response.cursor.arrival == asked_from_.arrival &&
      response.cursor.epoch == asked_from_.epoch)
    return fail(Errc::malformed, "more is promised, but nothing came");
  std::vector<Object> objects;
  for (std::size_t i = 0; i < response.objects.size(); ++i)
    if (!refuse_outright(response.objects[i], i)) objects.push_back(response.objects[i]);
  if (!objects.empty()) {
    auto verdicts = shelf_.take(std::move(objects), memory_.certificate);
    if (!verdicts) return fail(verdicts.error());
    for (const auto& verdict : *verdicts)
      if (verdict.refused && is_transient(*verdict.refused))
        return fail(*verdict.refused, verdict.detail);
  }
  // Only now, when all of it is durable.
  memory_.pulled = response.cursor;
  pull_more_ = response.more;
  progress_.received += response.objects.size();
  progress_.remaining = response.remaining;
  return {};
}

Result<void> Client::inquire(bool restored) {
  auto feeds = shelf_.own_feeds(memory_.certificate, restored);
  if (!feeds) return fail(feeds.error());
  Inquiry inquiry;
  inquiry.restored = restored;
  // Others may have brought it long ago what we carry: a relay that took another's place, the hub
  // after a relay that is gone.
  inquiry.first = !restored && memory_.pushed == 0 && memory_.pushed_epoch == 0;
  inquiry.feeds = std::move(*feeds);
  // To see whether our disk was rolled back, the feeds that others write tell nothing.
  if (!restored && !inquiry.first)
    std::erase_if(inquiry.feeds, [](const auto& feed) { return !feed.own; });
  if (restored || !inquiry.feeds.empty()) inquiry_ = std::move(inquiry);
  return {};
}

Result<void> Client::learn(const Response& response) {
  if (!inquiry_) return {};
  auto& [restored, first, feeds, known, asked, asking] = *inquiry_;
  std::map<FeedId, const Frontier*> told;
  for (const auto& frontier : response.frontiers) told.emplace(frontier.feed, &frontier);
  for (const std::size_t end = asked + std::exchange(asking, 0); asked < end; ++asked) {
    const auto& [tip, own] = feeds[asked];
    const auto there = told.find(tip.feed);
    if (there == told.end()) continue;
    const Frontier& theirs = *there->second;
    known.push_back(theirs);
    if (!own) continue;
    std::optional<Hash> ours = tip.hash;
    if (theirs.seq < tip.seq) {
      auto held = shelf_.hash_at(tip.feed, theirs.seq);
      if (!held) return fail(held.error());
      ours = *held;
    }
    if (theirs.seq > tip.seq || (ours && *ours != theirs.hash)) peer_ahead_.push_back(theirs);
  }
  if (asked < feeds.size()) return {};
  if (!peer_ahead_.empty()) push_halted_ = true;
  if (restored || first) {
    const auto from = shelf_.resume_after(memory_.certificate, known, restored);
    if (!from) return fail(from.error());
    memory_.pushed = pushed_ = *from;
    memory_.pushed_epoch = response.cursor.epoch;
    push_more_ = true;
  }
  if (restored) {
    const auto newest = shelf_.newest();
    if (!newest) return fail(newest.error());
    memory_.regive = *newest;
  }
  inquiry_.reset();
  return {};
}

Result<Client::Step> Client::next_step() {
  if (!inquiry_ && !pull_more_ && !settled_) {
    settled_ = true;
    memory_.session = session_;
    memory_.counter = counter_;
  }
  const bool push = push_more_ && !push_halted_;
  if (!inquiry_ && !pull_more_ && !push) return Step{true, std::nullopt};
  auto next = make_request();
  if (!next) return fail(next.error());
  if (!inquiry_ && !pull_more_ && next->objects.empty()) {
    // Looked, and there is nothing to push after all: that needs no round trip.
    if (outgoing_) pushed_ = std::max(pushed_, outgoing_->cursor.arrival);
    memory_.pushed = pushed_;
    return Step{true, std::nullopt};
  }
  return Step{false, std::move(*next)};
}

// The answering side

struct Server::Counters {
  std::mutex mutex;
  Nonce session = crypto::random<Nonce>();
  std::unordered_map<Hash, std::uint64_t> last;  ///< By certificate: greatest counter taken.
};

Server::Server(Shelf& shelf, Hash city)
    : shelf_(shelf), city_(city), counters_(std::make_shared<Counters>()) {}

Response Server::answer(const crypto::SignedBody& request, const crypto::CertificateBook& book,
                        Micros now) {
  Response response;
  response.request = crypto::hash({request.body});
  response.time = now;
  {
    const std::lock_guard lock{counters_->mutex};
    response.session = counters_->session;
  }
  const auto refuse = [&](Errc code, std::string detail) {
    response.error = code;
    response.detail = std::move(detail);
  };
  try {
    answer_in(response, request, book);
  } catch (const std::bad_alloc&) {
    refuse(Errc::slow_down, "out of memory");
  } catch (const std::exception& bug) {
    refuse(Errc::internal, bug.what());
  }
  return response;
}

void Server::answer_in(Response& response, const crypto::SignedBody& signed_request,
                       const crypto::CertificateBook& book) {
  const auto refuse = [&](const Error& error) {
    response.error = error.code;
    response.detail = error.detail;
  };
  auto request = Request::decode(signed_request.body);
  if (!request) return refuse(request.error());
  if (request->city != city_) return refuse({Errc::other_city, "this is another city's node", {}});
  const auto* certificate = book.find(request->certificate);
  if (certificate == nullptr)
    return refuse({Errc::unknown_certificate, "this certificate isn't known here", {}});
  if (!crypto::verify(certificate->signing_key, crypto::kDomainRequest, signed_request.body,
                      signed_request.signature))
    return refuse({Errc::bad_signature, "not signed by the certificate's key", {}});
  // Under an expired certificate what was recorded may still be brought (and is judged), but
  // nothing is handed out any more.
  if (certificate->valid_until_us < response.time) request->pull = false;
  if (const auto entered = enter(response, *request); !entered) return refuse(entered.error());
  if (const auto taken = take_in(response, *request); !taken) return refuse(taken.error());
  if (const auto given = give_out(response, *request); !given) return refuse(given.error());
}

/// Each request once: whoever records one can't play it back.
Result<void> Server::enter(Response& response, const Request& request) {
  const std::lock_guard lock{counters_->mutex};
  auto& [mutex, session, last] = *counters_;
  if (last.size() >= kSessionsMax && !last.contains(request.certificate)) {
    last.clear();  // everybody begins anew, which costs each a round trip
    session = crypto::random<Nonce>();
  }
  response.session = session;
  const auto known = last.find(request.certificate);
  const std::uint64_t count = known == last.end() ? 0 : known->second;
  response.counter = count;
  if (request.session != session) return fail(Errc::unauthorised, "not in this session");
  if (request.counter <= count) return fail(Errc::unauthorised, "this counter was used before");
  response.counter = 0;
  last[request.certificate] = request.counter;
  return {};
}

Result<void> Server::take_in(Response& response, Request& request) {
  const auto epoch = shelf_.epoch();
  if (!epoch) return fail(epoch.error());
  if (!request.objects.empty()) {
    std::vector<Object> sound;
    std::vector<std::uint32_t> places;
    for (std::size_t i = 0; i < request.objects.size(); ++i) {
      if (auto refused = refuse_outright(request.objects[i], i)) {
        response.verdicts.push_back(std::move(*refused));
        continue;
      }
      sound.push_back(std::move(request.objects[i]));
      places.push_back(static_cast<std::uint32_t>(i));
    }
    auto verdicts = shelf_.take(std::move(sound), request.certificate);
    if (!verdicts) return fail(verdicts.error());
    for (auto& verdict : *verdicts) {
      ensure(verdict.index < places.size(), "exchange: a verdict on an object that was given");
      verdict.index = places[verdict.index];
      response.verdicts.push_back(std::move(verdict));
    }
  }
  // From here on the client may count its objects as taken, even if we fail to give it ours.
  const bool same = request.cursor.epoch == *epoch;
  response.cursor = Cursor{*epoch, request.certificate, same ? request.cursor.arrival : 0};
  return {};
}

Result<void> Server::give_out(Response& response, const Request& request) {
  if (!request.ask.empty()) {
    auto frontiers = shelf_.frontiers(request.ask);
    if (!frontiers) return fail(frontiers.error());
    response.frontiers = std::move(*frontiers);
  }
  if (!request.pull) return {};
  const auto most = request.portion == 0 ? kBatchBytesAim
                                         : std::min<std::uint64_t>(request.portion, kBatchBytesAim);
  auto page = shelf_.page(request.certificate, request.cursor, request.include_own,
                          request.snapshots, most);
  if (!page) return fail(page.error());
  response.objects = std::move(page->objects);
  response.cursor = page->cursor;
  response.more = page->more;
  response.remaining = page->remaining;
  return {};
}

}  // namespace linli::sync
