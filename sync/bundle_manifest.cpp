// What a bundle's manifest says, and who signed it.
#include "crypto/cbor.h"
#include "sync/bundle.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;
constexpr std::size_t kAlways = 11;  ///< Keys 0 to 11, but for `after`.

template <class Bytes>
Bytes fixed(cbor::Reader& r) {
  const auto view = r.bytes(Bytes::size());
  return r.ok() ? Bytes::of(view) : Bytes{};
}

std::uint64_t not_zero(cbor::Reader& r) {
  const auto value = r.uint();
  if (value == 0) r.reject("a default that is left out");
  return value;
}

void write_yours(cbor::Writer& w, const std::vector<KnownFeed>& yours) {
  w.array(4 * yours.size());
  for (const auto& known : yours) {
    w.bytes(known.tip.feed.view());
    w.uint(known.incarnation);
    w.uint(known.tip.seq);
    w.bytes(known.tip.hash.view());
  }
}

void read_yours(cbor::Reader& r, std::vector<KnownFeed>& yours) {
  const auto count = r.array();
  if (count == 0 || count % 4 != 0 || count / 4 > kAskMax) r.reject("no list of feeds");
  for (std::size_t n = count / 4; n > 0 && r.ok(); --n) {
    KnownFeed known;
    known.tip.feed = fixed<FeedId>(r);
    known.incarnation = r.uint();
    known.tip.seq = not_zero(r);
    known.tip.hash = fixed<Hash>(r);
    yours.push_back(known);
  }
}

void read_tally(cbor::Reader& r, Tally& tally) {
  if (r.array() != 4) r.reject("no tally");
  tally.parcels = r.uint();
  tally.receipts = r.uint();
  tally.blobs = r.uint();
  tally.blob_bytes = r.uint();
}

void read_chain(cbor::Reader& r, std::vector<std::string>& chain) {
  const auto count = r.array();
  if (count == 0 || count > kChainMax) r.reject("no chain of certificates");
  for (std::size_t n = count; n > 0 && r.ok(); --n) chain.emplace_back(r.bytes());
}

/// What is true is written; what is false is left out.
bool yes(cbor::Reader& r) {
  if (!r.boolean()) r.reject("a default that is left out");
  return true;
}

}  // namespace

std::string Manifest::encode() const {
  cbor::Writer w;
  w.map(kAlways + (after != 0) + since.has_value() + include_own + photos + (acknowledged != 0) +
        !yours.empty());
  w.uint(0), w.uint(kSuite);
  w.uint(1), w.bytes(city.view());
  w.uint(2), w.bytes(id.view());
  w.uint(3), w.bytes(exporter.view());
  w.uint(4), w.bytes(recipient.view());
  w.uint(5), w.sint(created);
  w.uint(6), w.bytes(stream.view());
  w.uint(7), w.uint(epoch);
  if (after != 0) w.uint(8), w.uint(after);
  w.uint(9), w.uint(upto);
  w.uint(10), w.array(4);
  for (const auto n : {tally.parcels, tally.receipts, tally.blobs, tally.blob_bytes}) w.uint(n);
  w.uint(11), w.array(chain.size());
  for (const auto& certificate : chain) w.bytes(certificate);
  if (since) w.uint(12), w.bytes(since->view());
  if (include_own) w.uint(13), w.boolean(true);
  if (photos) w.uint(14), w.boolean(true);
  if (acknowledged != 0) {
    w.uint(15), w.array(2);
    w.uint(acknowledged_epoch);
    w.uint(acknowledged);
  }
  if (!yours.empty()) w.uint(16), write_yours(w, yours);
  return w.take();
}

Result<Manifest> Manifest::decode(std::string_view body) {
  if (body.size() > kManifestBytesMax) return fail(Errc::too_large, "a manifest over 1 MiB");
  Manifest m;
  cbor::Reader r(body);
  std::uint32_t seen = 0;
  bool critical = false;
  for (cbor::IntMap map{r}; map.next();) {
    if (map.key() >= 0 && map.key() < 32) seen |= 1u << map.key();
    switch (map.key()) {
      case 0:
        if (r.uint() != kSuite && r.ok()) return fail(Errc::unknown_critical, "another suite");
        break;
      case 1:
        m.city = fixed<Hash>(r);
        break;
      case 2:
        m.id = fixed<BundleId>(r);
        break;
      case 3:
        m.exporter = fixed<Hash>(r);
        break;
      case 4:
        m.recipient = fixed<Hash>(r);
        break;
      case 5:
        m.created = r.sint();
        break;
      case 6:
        m.stream = fixed<Hash>(r);
        break;
      case 7:
        m.epoch = not_zero(r);
        break;
      case 8:
        m.after = not_zero(r);
        break;
      case 9:
        m.upto = r.uint();
        break;
      case 10:
        read_tally(r, m.tally);
        break;
      case 11:
        read_chain(r, m.chain);
        break;
      case 12:
        m.since = fixed<BundleId>(r);
        break;
      case 13:
        m.include_own = yes(r);
        break;
      case 14:
        m.photos = yes(r);
        break;
      case 15:
        if (r.array() != 2) r.reject("no acknowledgement");
        m.acknowledged_epoch = not_zero(r);
        m.acknowledged = not_zero(r);
        break;
      case 16:
        read_yours(r, m.yours);
        break;
      default:
        critical = critical || map.key() < 0;
        r.item();
    }
  }
  constexpr std::uint32_t kRequired = 0b1110'1111'1111;
  if ((seen & kRequired) != kRequired) r.reject("a required key is missing");
  if (m.after > m.upto) r.reject("it ends before it begins");
  if (auto whole = r.finish(); !whole) return fail(whole.error());
  if (critical) return fail(Errc::unknown_critical, "the manifest needs a newer Linli");
  return m;
}

Result<Manifest> open_manifest(std::string_view signed_manifest, const PartHead& head,
                               const Hash& stream, crypto::CertificateBook& book) {
  const auto signed_body = crypto::SignedBody::decode(signed_manifest);
  if (!signed_body) return fail(signed_body.error());
  auto manifest = Manifest::decode(signed_body->body);
  if (!manifest) return fail(manifest.error());
  if (manifest->city != book.city())
    return fail(Errc::other_city, "the bundle was made in another city");
  for (const auto& certificate : manifest->chain) {
    const auto added = book.add(certificate);
    if (!added && added.error().code != Errc::replay)
      return fail(Errc::stranger, "the exporter's certificates: " + describe(added.error()));
  }
  const auto* exporter = book.find(manifest->exporter);
  if (!exporter) return fail(Errc::stranger, "the exporter's certificate isn't proven");
  if (!crypto::verify(exporter->signing_key, crypto::kDomainBundle, signed_body->body,
                      signed_body->signature))
    return fail(Errc::bad_signature, "the exporter didn't sign this manifest");
  if (manifest->id != head.id || manifest->exporter != head.exporter ||
      manifest->recipient != head.recipient || manifest->created != head.created ||
      manifest->city != head.city || manifest->stream != stream)
    return fail(Errc::altered, "the manifest belongs to another bundle");
  return manifest;
}

}  // namespace linli::sync
