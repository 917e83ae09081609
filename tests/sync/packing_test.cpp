// What goes over the line: compressed, signed, and bounded before anybody looks into it.
#include <zstd.h>

#include <catch2/catch.hpp>

#include "sync/exchange.h"

using namespace linli;
using namespace linli::sync;

TEST_CASE("exchange: what is packed is unpacked, within bounds", "[sync][I9]") {
  const auto key = crypto::SigningKey::generate();
  const auto body = GENERATE(std::string("short"), std::string(100'000, 'x'));
  const auto wire = pack(body, key, crypto::kDomainRequest);
  CHECK(wire.size() < 300);
  const auto back = unpack(wire);
  REQUIRE(back.has_value());
  CHECK(back->body == body);
  CHECK(crypto::verify(key.public_key(), crypto::kDomainRequest, back->body, back->signature));
  for (std::size_t i = 0; i < wire.size(); ++i) CHECK_FALSE(unpack(wire.substr(0, i)).has_value());
  CHECK_FALSE(unpack(wire + "x").has_value());
  CHECK_FALSE(unpack("\x02" + wire.substr(1)).has_value());

  Response response;
  const auto answer = pack(response.encode(), key, crypto::kDomainResponse);
  CHECK(open_response(answer, key.public_key()).has_value());
  const auto stranger = crypto::SigningKey::generate();
  CHECK(open_response(answer, stranger.public_key()).error().code == Errc::bad_signature);
}

TEST_CASE("exchange: a bomb is stopped while it is decompressed", "[sync][I9]") {
  const std::string zeros(64u << 20, '\0');
  const auto bomb = compress(zeros);
  CHECK(bomb.size() < 10'000);
  const auto stopped = decompress(bomb, kBatchBytesMax);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == Errc::too_large);
  CHECK(unpack('\x01' + bomb).error().code == Errc::too_large);
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);  // a reader would set 128 MiB aside
  std::string wide(1000, '\0');
  ZSTD_inBuffer in{"x", 1, 0};
  ZSTD_outBuffer out{wide.data(), wide.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  CHECK(decompress(std::string_view(wide).substr(0, out.pos), 1000).error().code ==
        Errc::too_large);
  const std::string exact(1000, 'x');
  CHECK(decompress(compress(exact), 1000).has_value());
  CHECK_FALSE(decompress(compress(exact), 999).has_value());
}
