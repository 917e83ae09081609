// The format of a bundle: what comes through, and where each damage is found.
#include "sync/bundle.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::sync {
namespace {

using test::Json;

struct Made {
  PartHead head;
  Manifest manifest;
  std::string bytes;  ///< As one part of unknown size.

  /// The same as one part whose size is told.
  [[nodiscard]] std::string sized() const {
    auto told = head;
    told.parts = 1;
    told.size = bytes.size() - kBundleHeadBytes;
    return told.encode() + bytes.substr(kBundleHeadBytes);
  }
};

PartHead head_of(const test::PaperCity& city) {
  PartHead head;
  head.id = BundleId::of(std::string(16, '\x42'));
  head.city = city.id;
  head.recipient = city.office_hash;
  head.exporter = city.hub_hash;
  head.created = 1'790'000'000'000'000;
  return head;
}

Manifest manifest_of(const test::PaperCity& city, const PartHead& head) {
  Manifest m;
  m.city = head.city;
  m.id = head.id;
  m.exporter = head.exporter;
  m.recipient = head.recipient;
  m.created = head.created;
  m.epoch = 7;
  m.after = 3;
  m.upto = 9;
  m.since = BundleId::of(std::string(16, '\x41'));
  m.photos = true;
  m.tally = {2, 1, 1, 5};
  m.chain = {city.signed_hub.encode()};
  m.acknowledged_epoch = 8;
  m.acknowledged = 40;
  m.yours = {{{FeedId::of(std::string(32, '\x01')), 4, Hash::of(std::string(32, '\x02'))}, 1}};
  return m;
}

Result<void> keep(std::string& out, std::string_view bytes) {
  out.append(bytes);
  return {};
}

/// `objects` of some bytes each in frames of three, then one attachment.
Made make(const test::PaperCity& city, std::size_t objects = 3, std::size_t each = 40) {
  Made made;
  made.head = head_of(city);
  auto encoder = *BundleEncoder::begin(made.head, city.office.sealing_key,
                                       [&](std::string_view b) { return keep(made.bytes, b); });
  made.manifest = manifest_of(city, made.head);
  made.manifest.stream = encoder.binding();
  REQUIRE(encoder.manifest(made.manifest, city.hub_key).has_value());
  std::vector<Object> some;
  for (std::size_t i = 0; i < objects; ++i) {
    std::string bytes(each, '\0');  // Random: so that it doesn't shrink to nothing.
    crypto::random_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
    some.push_back({i % 3 == 2 ? ObjectKind::receipt : ObjectKind::parcel, std::move(bytes)});
    if (some.size() == 3) {
      REQUIRE(encoder.objects(some).has_value());
      some.clear();
    }
  }
  REQUIRE(encoder.objects(some).has_value());
  REQUIRE(encoder.blob({crypto::hash({"photo"}), 5, {city.office.subject}}).has_value());
  REQUIRE(encoder.blob_piece("pho").has_value());
  REQUIRE(encoder.blob_piece("to").has_value());
  REQUIRE(encoder.end().has_value());
  return made;
}

struct Read {
  std::optional<Error> failed;
  std::vector<Frame> frames;
  std::optional<Manifest> manifest;
};

/// As an importer reads it: `step` bytes at a time.
Read read(const crypto::CertificateBook& known, const crypto::SigningKey& key,
          std::string_view bytes, std::size_t step = 1000) {
  Read out;
  BundleDecoder decoder(key);
  const auto drain = [&] {
    for (;;) {
      auto frame = decoder.next();
      if (!frame) {
        out.failed = frame.error();
        return false;
      }
      if (!*frame) return true;
      if ((*frame)->kind == FrameKind::manifest) {
        auto book = known;
        auto manifest = open_manifest((*frame)->payload, *decoder.head(), decoder.binding(), book);
        if (!manifest) {
          out.failed = manifest.error();
          return false;
        }
        out.manifest = *manifest;
      }
      out.frames.push_back(std::move(**frame));
    }
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    decoder.feed(bytes.substr(0, step));
    if (!drain()) return out;
  }
  decoder.close();
  if (drain()) CHECK(decoder.complete());
  return out;
}

std::optional<Errc> refusal(const test::PaperCity& city, std::string_view bytes) {
  const auto out = read(city.book, city.office_key, bytes);
  return out.failed ? std::optional(out.failed->code) : std::nullopt;
}

/// A stream of any frames, as no honest exporter writes them.
std::string forge(const test::PaperCity& city,
                  const std::vector<std::pair<int, std::string>>& frames,
                  const std::function<void(Manifest&)>& change = {},
                  const crypto::SigningKey* signer = nullptr) {
  const auto head = head_of(city);
  auto bytes = head.encode();
  const auto beside = bytes.substr(0, 136);
  const auto key = crypto::StreamKey::generate();
  crypto::StreamSealer sealer(key);
  auto manifest = manifest_of(city, head);
  manifest.stream = crypto::hash({crypto::kDomainBundle, sealer.header()}, key.view());
  if (change) change(manifest);
  const auto body = manifest.encode();
  const auto& by = signer ? *signer : city.hub_key;
  const auto signed_manifest =
      crypto::SignedBody{body, by.sign(crypto::kDomainBundle, body)}.encode();
  std::string plain;
  for (const auto& [kind, payload] : frames) {
    const auto& put = payload == "manifest" ? signed_manifest : payload;
    plain += static_cast<char>(kind);
    for (int shift = 24; shift >= 0; shift -= 8)
      plain += static_cast<char>(put.size() >> shift & 0xFF);
    plain += put;
  }
  bytes += *crypto::seal(city.office.sealing_key, key.view()) + sealer.header();
  for (std::size_t at = 0; at < plain.size() || at == 0; at += kBundleChunkBytes) {
    bytes += sealer.push(std::string_view(plain).substr(at, kBundleChunkBytes), beside,
                         at + kBundleChunkBytes >= plain.size());
  }
  return bytes;
}

std::string end_frame(std::vector<std::uint64_t> counts) {
  cbor::Writer w;
  w.array(counts.size());
  for (const auto n : counts) w.uint(n);
  return w.take();
}

std::string objects_frame(const std::vector<Object>& objects) {
  return compress(encode_objects(objects));
}

}  // namespace

TEST_CASE("bundle: what goes in comes out, however it is fed", "[sync]") {
  const auto city = test::make_city();
  const auto made = make(city, 100, 5000);
  for (const std::size_t step : {std::size_t{1}, std::size_t{999}, made.bytes.size()}) {
    for (const auto& bytes : {made.bytes, made.sized()}) {
      const auto out = read(city.book, city.office_key, bytes, step);
      REQUIRE_FALSE(out.failed);
      REQUIRE(out.manifest);
      CHECK(out.manifest->encode() == made.manifest.encode());
      CHECK(out.frames.front().kind == FrameKind::manifest);
      CHECK(out.frames.back().kind == FrameKind::end);
      std::size_t objects = 0;
      std::string blob;
      for (const auto& frame : out.frames) {
        if (frame.kind == FrameKind::objects) objects += decode_objects(frame.payload)->size();
        if (frame.kind == FrameKind::blob_piece) blob += frame.payload;
      }
      CHECK(objects == 100);
      CHECK(blob == "photo");
    }
  }
}

TEST_CASE("bundle: every changed byte is found", "[sync][I5]") {
  const auto city = test::make_city();
  const auto whole = make(city).sized();
  auto bytes = whole;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      bytes[i] = static_cast<char>(bytes[i] ^ flip);
      INFO("byte " << i);
      const auto why = refusal(city, bytes);
      CHECK((why == Errc::altered || why == Errc::bad_input || why == Errc::newer_version));
      if (i >= kBundleHeadBytes) CHECK(why == Errc::altered);
      bytes[i] = whole[i];
    }
  }
  CHECK_FALSE(refusal(city, bytes));
}

TEST_CASE("bundle: wherever it ends too early, that is said", "[sync][I5]") {
  const auto city = test::make_city();
  const auto made = make(city);
  for (const auto& whole : {made.bytes, made.sized()}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      INFO("cut to " << size << " of " << whole.size());
      CHECK(refusal(city, std::string_view(whole).substr(0, size)) == Errc::truncated);
    }
    // Without its size a last chunk that is too long can't be told from one that was cut.
    const bool sized = whole != made.bytes;
    CHECK(refusal(city, whole + "x") == (sized ? Errc::altered : Errc::truncated));
  }
  // At the border of two chunks as well, where what is left looks whole.
  const auto large = make(city, 60, 5000).sized();
  const auto border =
      kBundleHeadBytes + 80 + 24 + 2 * (kBundleChunkBytes + crypto::kStreamChunkBytes);
  REQUIRE(large.size() > border);
  const auto out = read(city.book, city.office_key, std::string_view(large).substr(0, border));
  REQUIRE(out.failed);
  CHECK(out.failed->code == Errc::truncated);
  CHECK(out.failed->field == std::to_string(border - kBundleHeadBytes));
  CHECK(out.failed->detail.find("frame ") != std::string::npos);
}

TEST_CASE("bundle: chunks that are swapped, left out or of another bundle", "[sync][I5]") {
  const auto city = test::make_city();
  const auto made = make(city, 60, 5000), other = make(city, 60, 5000);
  constexpr auto kChunk = kBundleChunkBytes + crypto::kStreamChunkBytes;
  constexpr auto kBegin = kBundleHeadBytes + 80 + 24;
  const auto chunk = [&](const Made& of, std::size_t n) {
    return of.bytes.substr(kBegin + n * kChunk, kChunk);
  };
  auto swapped = made.bytes;
  swapped.replace(kBegin, 2 * kChunk, chunk(made, 1) + chunk(made, 0));
  CHECK(refusal(city, swapped) == Errc::altered);
  auto missing = made.bytes;
  missing.erase(kBegin + kChunk, kChunk);
  CHECK(refusal(city, missing) == Errc::altered);
  auto foreign = made.bytes;
  foreign.replace(kBegin + kChunk, kChunk, chunk(other, 1));
  CHECK(refusal(city, foreign) == Errc::altered);
  // A head that was written anew over another bundle's content.
  auto head = made.head;
  head.created += 1;
  CHECK(refusal(city, head.encode() + made.bytes.substr(kBundleHeadBytes)) == Errc::altered);
}

TEST_CASE("bundle: opens for nobody but its recipient", "[sync][I6]") {
  const auto city = test::make_city();
  const auto made = make(city);
  CHECK(read(city.book, city.hub_key, made.bytes).failed->code == Errc::altered);
  CHECK(read(city.book, crypto::SigningKey::generate(), made.bytes).failed->code == Errc::altered);
}

TEST_CASE("bundle: the manifest is the exporter's, of this city and this stream", "[sync][I5]") {
  const auto city = test::make_city();
  const std::vector<std::pair<int, std::string>> frames{{1, "manifest"},
                                                        {5, end_frame({1, 0, 0, 0, 0})}};
  CHECK_FALSE(refusal(city, forge(city, frames)));
  CHECK(refusal(city, forge(city, frames, {}, &city.office_key)) == Errc::bad_signature);
  const auto with = [&](const std::function<void(Manifest&)>& change) {
    return refusal(city, forge(city, frames, change));
  };
  CHECK(with([](auto& m) { m.stream = Hash{}; }) == Errc::altered);
  CHECK(with([](auto& m) { m.id = BundleId{}; }) == Errc::altered);
  CHECK(with([](auto& m) { m.created += 1; }) == Errc::altered);
  CHECK(with([](auto& m) { m.city = Hash{}; }) == Errc::other_city);
  CHECK(with([&](auto& m) { m.recipient = city.hub_hash; }) == Errc::altered);
  CHECK(with([](auto& m) { m.chain = {"no certificate"}; }) == Errc::stranger);
  CHECK(with([](auto& m) { m.after = m.upto + 1; }) == Errc::malformed);
  // A certificate that the reader has never seen is proven by the chain; one of no chain isn't.
  const auto root_only = *crypto::CertificateBook::found(city.signed_root.encode());
  CHECK_FALSE(read(root_only, city.office_key, forge(city, frames)).failed);
  const auto unproven =
      forge(city, frames, [&](auto& m) { m.chain = {city.signed_office.encode()}; });
  CHECK(read(root_only, city.office_key, unproven).failed->code == Errc::stranger);
}

TEST_CASE("bundle: frames in an order, of a size or a kind that can't be", "[sync]") {
  const auto city = test::make_city();
  const std::pair<int, std::string> manifest{1, "manifest"};
  const auto objects = objects_frame({{ObjectKind::parcel, "p"}});
  const auto said = [&](std::vector<std::pair<int, std::string>> frames) {
    return refusal(city, forge(city, frames));
  };
  CHECK_FALSE(said({manifest, {2, objects}, {5, end_frame({2, 1, 0, 0, 0})}}));
  CHECK(said({{2, objects}, manifest, {5, end_frame({2, 1, 0, 0, 0})}}) == Errc::malformed);
  CHECK(said({manifest, manifest, {5, end_frame({2, 0, 0, 0, 0})}}) == Errc::malformed);
  CHECK(said({manifest, {2, objects}, {5, end_frame({2, 2, 0, 0, 0})}}) == Errc::altered);
  CHECK(said({manifest, {2, objects}, {5, end_frame({3, 1, 0, 0, 0})}}) == Errc::altered);
  CHECK(said({manifest, {2, objects}}) == Errc::truncated);
  CHECK(said({manifest, {5, end_frame({1, 0, 0, 0, 0})}, {2, objects}}) == Errc::altered);
  CHECK(said({manifest, {2, "no zstd"}, {5, end_frame({2, 0, 0, 0, 0})}}) == Errc::malformed);
  CHECK(said({manifest, {2, compress("\x01")}, {5, ""}}) == Errc::malformed);
  CHECK(said({manifest, {7, "?"}, {5, end_frame({2, 0, 0, 0, 0})}}) == Errc::newer_version);
  // A later version's frames that may be passed over are; many of them cost nothing.
  std::vector<std::pair<int, std::string>> many{manifest};
  for (int i = 0; i < 20'000; ++i) many.emplace_back(200, "");
  many.emplace_back(5, end_frame({20'001, 0, 0, 0, 0}));
  CHECK_FALSE(said(many));
  // Attachments: whole, in pieces that aren't longer than said.
  const auto blob = BlobHead{Hash{}, 3, {AuthorId{}}}.encode();
  CHECK(said({manifest, {4, "x"}}) == Errc::malformed);
  CHECK(said({manifest, {3, blob}, {4, "abcd"}}) == Errc::malformed);
  CHECK(said({manifest, {3, blob}, {4, "ab"}, {2, objects}}) == Errc::malformed);
  CHECK(said({manifest, {3, blob}, {4, ""}}) == Errc::malformed);
  CHECK(said({manifest, {3, BlobHead{Hash{}, 0, {AuthorId{}}}.encode()}}) == Errc::malformed);
  CHECK(said({manifest, {3, BlobHead{Hash{}, 3, {}}.encode()}}) == Errc::malformed);
  CHECK(said({manifest, {3, BlobHead{Hash{}, kBlobBytesMax + 1, {AuthorId{}}}.encode()}}) ==
        Errc::too_large);
  CHECK_FALSE(said({manifest, {3, blob}, {4, "abc"}, {5, end_frame({3, 0, 0, 1, 3})}}));
}

TEST_CASE("bundle: a bomb stops at 8 MiB", "[sync]") {
  const auto city = test::make_city();
  const auto bomb = compress(std::string(kFrameBytesMax + 1, '\0'), 19);
  REQUIRE(bomb.size() < 5000);
  CHECK(refusal(city, forge(city, {{1, "manifest"}, {2, bomb}})) == Errc::too_large);
  auto claim = forge(city, {{1, "manifest"}, {3, std::string(9u << 20, 'x')}});
  CHECK(refusal(city, claim) == Errc::too_large);
  std::vector<Object> objects(kBatchObjectsMax + 1, Object{ObjectKind::parcel, ""});
  CHECK(refusal(city, forge(city, {{1, "manifest"}, {2, objects_frame(objects)}})) ==
        Errc::too_large);
}

TEST_CASE("bundle: a head says whose it is, and nothing that isn't a head passes", "[sync]") {
  const auto city = test::make_city();
  auto head = head_of(city);
  head.part = 2;
  head.parts = 3;
  head.size = 1000;
  head.offset = 500;
  const auto bytes = head.encode();
  CHECK(bytes.size() == kBundleHeadBytes);
  const auto again = PartHead::decode(bytes);
  REQUIRE(again.has_value());
  CHECK(again->encode() == bytes);
  CHECK(again->same_bundle(head));
  CHECK(PartHead::decode("").error().code == Errc::bad_input);
  CHECK(PartHead::decode("%PDF-1.4 and so on and on").error().code == Errc::bad_input);
  CHECK(PartHead::decode("linli bun").error().code == Errc::truncated);
  CHECK(PartHead::decode("linli bundle 2\r\n").error().code == Errc::newer_version);
  for (const auto& [part, parts, size, offset] : {std::array<std::uint64_t, 4>{0, 3, 9, 9},
                                                  {4, 3, 9, 9},
                                                  {1, 3, 9, 9},
                                                  {2, 3, 9, 0},
                                                  {2, 3, 0, 9},
                                                  {1, 0, 9, 0},
                                                  {2, 0, 0, 0},
                                                  {2, 3, ~0ull, 9},
                                                  {2, 3, 9, ~0ull}}) {
    head.part = static_cast<std::uint32_t>(part);
    head.parts = static_cast<std::uint32_t>(parts);
    head.size = size;
    head.offset = offset;
    CHECK(PartHead::decode(head.encode()).error().code == Errc::malformed);
  }
}

TEST_CASE("bundle: noise and patched bundles never do worse than be refused", "[sync]") {
  const auto city = test::make_city();
  const auto whole = make(city, 40, 3000).bytes;
  rc::prop("patched", [&] {
    auto bytes = whole;
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto with = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const auto gone = *rc::gen::inRange<std::size_t>(0, 200);
    bytes.replace(at, gone, with);
    const auto out =
        read(city.book, city.office_key, bytes, *rc::gen::inRange<std::size_t>(1, 70'000));
    RC_ASSERT(out.failed.has_value() == (bytes != whole));
  });
  rc::prop("frames of noise", [&] {
    const auto kind = *rc::gen::inRange(0, 256);
    const auto noise = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const auto bytes = forge(city, {{1, "manifest"}, {kind, noise}, {2, compress(noise)}});
    RC_ASSERT(read(city.book, city.office_key, bytes).failed.has_value());
  });
  rc::prop("manifests of noise", [&] {
    auto body = manifest_of(city, head_of(city)).encode();
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    body[at] = *rc::gen::arbitrary<char>();
    const auto read_back = Manifest::decode(body);
    if (read_back) RC_ASSERT(read_back->encode().size() <= body.size());
  });
}

// ---- The vector ---------------------------------------------------------------------------------

namespace {
const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "bundle.json";
}

TEST_CASE("bundle: writes its vector anew", "[.write-bundle-vector]") {
  const auto city = test::make_city();
  const auto made = make(city);
  Json vector;
  vector["recipient_seed"] = crypto::to_hex(std::string(32, '\x03'));
  vector["root"] = crypto::to_hex(city.signed_root.encode());
  vector["file"] = crypto::to_hex(made.sized());
  vector["manifest"] = crypto::to_hex(made.manifest.encode());
  vector["frames"] = Json::array();
  for (const auto& frame : read(city.book, city.office_key, made.bytes).frames)
    vector["frames"].push_back({static_cast<int>(frame.kind), crypto::to_hex(frame.payload)});
  std::ofstream(kVector) << vector.dump(1) << '\n';
}

TEST_CASE("bundle: the vector of BUNDLE.md opens to what it says", "[sync]") {
  std::ifstream in(kVector);
  REQUIRE(in);
  const auto vector = Json::parse(in);
  const auto book = *crypto::CertificateBook::found(test::unhex(vector["root"]));
  const auto key = crypto::SigningKey::from_seed(test::unhex(vector["recipient_seed"]));
  const auto out = read(book, key, test::unhex(vector["file"]));
  REQUIRE_FALSE(out.failed);
  CHECK(crypto::to_hex(out.manifest->encode()) == vector["manifest"].get<std::string>());
  REQUIRE(out.frames.size() == vector["frames"].size());
  for (std::size_t i = 0; i < out.frames.size(); ++i) {
    CHECK(static_cast<int>(out.frames[i].kind) == vector["frames"][i][0].get<int>());
    CHECK(crypto::to_hex(out.frames[i].payload) == vector["frames"][i][1].get<std::string>());
  }
}

}  // namespace linli::sync
