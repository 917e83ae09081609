// Bundles off a stick: the parts' heads, what stands within, and a whole file sealed to the key of
// tests/vectors/bundle.json.
#include "sync/bundle.h"

#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

void read_file(std::string_view bytes) {
  static const auto key = crypto::SigningKey::from_seed(std::string(32, '\x03'));
  sync::BundleDecoder decoder(key);
  // In two pieces: where a file is cut into reads must not matter.
  decoder.feed(bytes.substr(0, bytes.size() / 2));
  (void)decoder.begin();
  while (const auto frame = decoder.next()) {
    if (!*frame) break;
  }
  decoder.feed(bytes.substr(bytes.size() / 2));
  decoder.close();
  while (const auto frame = decoder.next()) {
    if (*frame) continue;
    must(decoder.complete());
    break;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text(data, size);
  round_trip<sync::PartHead>(bytes);
  round_trip<sync::Manifest>(bytes);
  round_trip<sync::BlobHead>(bytes);
  if (const auto objects = sync::decode_objects(bytes)) {
    const auto again = sync::decode_objects(sync::encode_objects(*objects));
    must(again && again->size() == objects->size());
  }
  read_file(bytes);
  return 0;
}
