// A change set as it travels, with the openings that its receiver may read.
#include "crypto/cbor.h"
#include "sync/change_set_detail.h"

namespace linli::sync {
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
    if (detail::holds_commitment(value)) r.reject("a committed value that holds a commitment ends");
    openings.push_back(
        {static_cast<std::uint32_t>(ordinal), crypto::Salt::of(salt), std::string(value)});
  }
  return openings;
}

}  // namespace

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
