#include "sync/holdings.h"

#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;

// Keys of the body, for ever.
namespace key {
enum : std::int64_t { suite, city, certificate, reader, question, checkpoint, shelves };
}
constexpr std::uint32_t bit(std::int64_t k) { return 1u << k; }
constexpr std::uint32_t kRequired = bit(key::shelves + 1) - 1;

void write_shelf(cbor::Writer& w, const HeldShelf& shelf) {
  w.array(3);
  w.text(shelf.scope);
  w.uint(static_cast<std::uint64_t>(shelf.audience));
  w.array(shelf.feeds.size());
  for (const auto& held : shelf.feeds) {
    w.array(3), w.bytes(held.feed.view()), w.uint(held.seq), w.bytes(held.set.view());
  }
}

std::vector<HeldFeed> read_feeds(cbor::Reader& r) {
  std::vector<HeldFeed> feeds;
  std::size_t left = r.array();
  if (left == 0) r.reject("a shelf without a feed ends");
  for (; left > 0 && r.ok(); --left) {
    if (r.array() != 3) r.reject("a feed is [id, number, hash]; ends");
    HeldFeed held;
    held.feed = fixed<FeedId>(r);
    held.seq = r.uint();
    held.set = fixed<Hash>(r);
    if (held.seq == 0) r.reject("numbers start at 1;");
    if (!feeds.empty() && !(feeds.back().feed < held.feed)) r.reject("feeds must ascend;");
    feeds.push_back(held);
  }
  return feeds;
}

/// `unknown`: an audience of a later version.
std::vector<HeldShelf> read_shelves(cbor::Reader& r, std::optional<std::uint64_t>& unknown) {
  std::vector<HeldShelf> shelves;
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    if (r.array() != 3) r.reject("a shelf is [scope, audience, feeds]; ends");
    HeldShelf shelf;
    shelf.scope = r.text();
    if (!crypto::valid_scope(shelf.scope)) r.reject("not a scope path");
    const auto audience = r.uint();
    if (audience > static_cast<std::uint64_t>(Audience::everyone)) unknown = audience;
    shelf.audience = static_cast<Audience>(audience & 0xff);
    shelf.feeds = read_feeds(r);
    const bool ascends =
        shelves.empty() || std::tie(shelves.back().scope, shelves.back().audience) <
                               std::tie(shelf.scope, shelf.audience);
    if (!ascends) r.reject("shelves must ascend;");
    shelves.push_back(std::move(shelf));
  }
  return shelves;
}

}  // namespace

std::string Holdings::encode() const {
  cbor::Writer w;
  w.map(7);
  w.sint(key::suite), w.uint(kSuite);
  w.sint(key::city), w.bytes(city.view());
  w.sint(key::certificate), w.bytes(certificate.view());
  w.sint(key::reader), w.bytes(reader.view());
  w.sint(key::question), w.bytes(question.view());
  w.sint(key::checkpoint), write_checkpoint(w, checkpoint);
  w.sint(key::shelves), w.array(shelves.size());
  for (const auto& shelf : shelves) write_shelf(w, shelf);
  return w.take();
}

Result<Holdings> Holdings::decode(std::string_view body) {
  if (body.size() > kHoldingsBytesMax) return fail(Errc::too_large, "holdings over 8 MiB");
  if (auto valid = cbor::validate(body); !valid) return fail(std::move(valid.error()));
  cbor::Reader r{body};
  Holdings holdings;
  std::uint32_t present = 0;
  std::uint64_t suite = 0;
  std::optional<std::uint64_t> unknown_audience;
  bool critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= key::shelves) present |= bit(m.key());
    switch (m.key()) {
      case key::suite:
        suite = r.uint();
        break;
      case key::city:
        holdings.city = fixed<Hash>(r);
        break;
      case key::certificate:
        holdings.certificate = fixed<Hash>(r);
        break;
      case key::reader:
        holdings.reader = fixed<Hash>(r);
        break;
      case key::question:
        holdings.question = fixed<Nonce>(r);
        break;
      case key::checkpoint:
        holdings.checkpoint = read_checkpoint(r);
        break;
      case key::shelves:
        holdings.shelves = read_shelves(r, unknown_audience);
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  if (suite != kSuite) return fail(Errc::unknown_critical, "suite " + std::to_string(suite));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key");
  if (unknown_audience) {
    return fail(Errc::unknown_critical, "audience " + std::to_string(*unknown_audience));
  }
  return holdings;
}

Result<void> judge_holdings(const Holdings& holdings, std::string_view body,
                            const crypto::Signature& signature,
                            const crypto::CertificateBook& book) {
  if (holdings.city != book.city()) return fail(Errc::other_city);
  const auto* signer = book.find(holdings.certificate);
  if (signer == nullptr) return fail(Errc::unknown_certificate);
  if (!crypto::verify(signer->signing_key, crypto::kDomainHoldings, body, signature)) {
    return fail(Errc::bad_signature);
  }
  if ((signer->rights & crypto::kRightReceipt) == 0) {
    return fail(Errc::forbidden, "only who gives receipts says what is held");
  }
  return {};
}

}  // namespace linli::sync
