// Change sets and parcels: what every peer, phone and stick brings.
#include "sync/change_set.h"

#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

void read_openings(const sync::Parcel& parcel) {
  const auto set = sync::decode_change_set(parcel.body);
  if (!set) return;
  const auto committed = sync::commitments(*set);
  for (const auto& opening : parcel.openings) {
    (void)sync::check_opening(*set, committed, opening);
  }
}

void read_body(std::string_view body) {
  const auto header = sync::decode_change_set_header(body);
  const auto set = sync::decode_change_set(body);
  if (!set) return;
  // Who only keeps and forwards a set files it in the same place as who understands it.
  must(header && header->feed.author == set->feed.author && header->seq == set->seq);
  must(header->prev == set->prev && header->feed.scope == set->feed.scope);
  const auto written = sync::encode_change_set(*set);
  must(written.has_value());
  const auto again = sync::decode_change_set(*written);
  must(again && again->changes.size() == set->changes.size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_body(text(data, size));
  round_trip<sync::Parcel>(text(data, size));
  if (const auto parcel = sync::Parcel::decode(text(data, size))) read_openings(*parcel);
  return 0;
}
