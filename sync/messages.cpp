// The layout of requests and answers (sync/EXCHANGE.md, "Messages").
#include "crypto/cbor.h"
#include "sync/exchange.h"
#include "sync/exchange_detail.h"
#include "sync/message_reader.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kProtocol = 1;

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

void write_bytes(cbor::Writer& w, const std::vector<std::string>& list) {
  w.array(list.size());
  for (const auto& bytes : list) w.bytes(bytes);
}

void write_texts(cbor::Writer& w, const std::vector<std::string>& list) {
  w.array(list.size());
  for (const auto& text : list) w.text(text);
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

struct ExchangeReader : MessageReader {
  explicit ExchangeReader(std::string_view body)
      : MessageReader(body, kBatchBytesMax, "message over 8 MiB") {}

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
};

}  // namespace

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
  ExchangeReader in{body};
  Request q;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(q.protocol = in.r.uint(), kProtocol);
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
        !frontiers.empty() + !objects.empty() + has_cursor + more + (remaining != 0) +
        !notice.newer.empty() + !notice.elsewhere.empty());
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
  if (!notice.newer.empty()) {
    w.uint(13);
    write_bytes(w, notice.newer);
  }
  if (!notice.elsewhere.empty()) {
    w.uint(14);
    write_texts(w, notice.elsewhere);
  }
  return w.take();
}

Result<Response> Response::decode(std::string_view body) {
  ExchangeReader in{body};
  Response a;
  unsigned required = 0;
  for (cbor::IntMap m{in.r}; m.next();) {
    switch (m.key()) {
      case 0:
        in.protocol(a.protocol = in.r.uint(), kProtocol);
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
      case 13:
        for (std::size_t n = in.groups(1, kNewerMax); n > 0 && in.r.ok(); --n)
          a.notice.newer.emplace_back(in.r.bytes());
        break;
      case 14:
        for (std::size_t n = in.groups(1, kElsewhereMax); n > 0 && in.r.ok(); --n) {
          a.notice.elsewhere.emplace_back(in.r.text());
          if (in.r.ok() && !crypto::valid_scope(a.notice.elsewhere.back()))
            in.r.reject("not a scope path");
        }
        break;
      default:
        in.other(m.key());
    }
  }
  if (required != 15) in.r.reject("a required key is missing");
  if (auto whole = in.finish(); !whole) return fail(std::move(whole.error()));
  return a;
}

}  // namespace linli::sync
