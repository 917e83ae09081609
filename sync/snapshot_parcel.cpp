#include "sync/snapshot_parcel.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/exchange.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

/// Where the places begin, behind their heads.
std::vector<std::size_t> places_in(std::string_view body) {
  std::vector<std::size_t> places;
  for (auto at = body.find(kCommitmentHead); at != std::string_view::npos;
       at = body.find(kCommitmentHead, at)) {
    at += kCommitmentHead.size();
    if (body.size() - at < Hash::size()) break;
    places.push_back(at);
    at += Hash::size();
  }
  return places;
}

void put(std::string& body, std::size_t at, const Hash& hash) {
  body.replace(at, Hash::size(), hash.view());
}

Error uneven() { return {Errc::malformed, "a part has other places than were filled in", {}}; }

/// The record in whose state a place lies.
std::optional<std::size_t> record_at(const SnapshotPart& part, std::size_t at) {
  const auto behind =
      std::upper_bound(part.records.begin(), part.records.end(), at,
                       [](std::size_t place, const auto& record) { return place < record.at; });
  if (behind == part.records.begin()) return std::nullopt;
  const auto& record = *std::prev(behind);
  if (at + Hash::size() > record.at + record.state.size()) return std::nullopt;
  return static_cast<std::size_t>(behind - part.records.begin()) - 1;
}

Hash commitment_of(const SnapshotPart& part, std::size_t record, std::uint32_t field,
                   const crypto::Salt& salt, std::string_view value) {
  const auto& of = part.records[record];
  return commitment(salt, part.city, of.type, part.scope, of.id, field, value);
}

/// Each once, ascending: so they are searched.
void put_in_order(std::vector<PartValue>& values) {
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.commitment < b.commitment; });
  values.erase(
      std::unique(values.begin(), values.end(),
                  [](const auto& a, const auto& b) { return a.commitment == b.commitment; }),
      values.end());
}

}  // namespace

CutBody cut_body(std::string body, int level) {
  CutBody cut;
  for (const auto at : places_in(body)) {
    cut.commitments.push_back(Hash::of(std::string_view(body).substr(at, Hash::size())));
    put(body, at, Hash{});
  }
  cut.packed = compress(body, level);
  return cut;
}

Result<std::string> CutBody::whole() const {
  auto body = decompress(packed, kSnapshotPartBytesMax);
  if (!body) return body;
  const auto places = places_in(*body);
  if (places.size() != commitments.size()) return fail(uneven());
  for (std::size_t i = 0; i < places.size(); ++i) put(*body, places[i], commitments[i]);
  return body;
}

Result<OpenedParcel> open_parcel(const SnapshotParcel& parcel) {
  auto body = decompress(parcel.packed, kSnapshotPartBytesMax);
  if (!body) return fail(std::move(body.error()));
  const auto places = places_in(*body);
  if (places.size() != parcel.places.size()) return fail(uneven());
  const auto hollow = SnapshotPart::decode(*body);
  if (!hollow) return fail(hollow.error());
  OpenedParcel opened;
  opened.cut.packed = parcel.packed;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (const auto* closed = std::get_if<Hash>(&parcel.places[i])) {
      opened.cut.commitments.push_back(*closed);
    } else {
      const auto& value = std::get<SnapshotParcel::Value>(parcel.places[i]);
      const auto record = record_at(*hollow, places[i]);
      if (!record) return fail(Errc::malformed, "a value of a part belongs to no record");
      const auto made = commitment_of(*hollow, *record, value.field, value.salt, value.value);
      opened.values.push_back({*record, value.field, made, value.salt, value.value});
      opened.cut.commitments.push_back(made);
    }
    put(*body, places[i], opened.cut.commitments.back());
  }
  auto part = SnapshotPart::decode(*body);
  if (!part) return fail(std::move(part.error()));
  opened.body = std::move(*body);
  opened.part = std::move(*part);
  put_in_order(opened.values);
  return opened;
}

namespace {

const SnapshotCommitment* known_as(const std::vector<SnapshotCommitment>& known,
                                   const Hash& wanted) {
  const auto found = std::lower_bound(
      known.begin(), known.end(), wanted,
      [](const auto& c, const Hash& commitment) { return c.commitment < commitment; });
  return found != known.end() && found->commitment == wanted ? &*found : nullptr;
}

/// Puts values in for commitments, where there is one that fits.
Result<void> open_places(SnapshotParcel& parcel, const CutBody& cut, const FindValue& find) {
  const auto body = cut.whole();
  if (!body) return fail(body.error());
  const auto part = SnapshotPart::decode(*body);
  if (!part) return fail(part.error());
  const auto known = commitments(*part);
  if (!known) return fail(known.error());
  const auto places = places_in(*body);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& wanted = cut.commitments[i];
    const auto record = record_at(*part, places[i]);
    const auto* place = known_as(*known, wanted);
    auto value = record && place ? find(wanted) : std::nullopt;
    if (!value) continue;
    auto& [salt, item] = *value;
    if (commitment_of(*part, *record, place->field, salt, item) != wanted) continue;
    parcel.places[i] = SnapshotParcel::Value{place->field, salt, std::move(item)};
  }
  return {};
}

}  // namespace

Result<SnapshotParcel> make_parcel(CutBody cut, const crypto::Signature& signature,
                                   const FindValue& find) {
  SnapshotParcel parcel;
  parcel.signature = signature;
  parcel.places.assign(cut.commitments.begin(), cut.commitments.end());
  if (!parcel.places.empty()) {
    if (auto done = open_places(parcel, cut, find); !done) return fail(std::move(done.error()));
  }
  parcel.packed = std::move(cut.packed);
  return parcel;
}

std::string SnapshotParcel::encode() const {
  cbor::Writer w;
  w.array(places.empty() ? 2 : 3);
  w.bytes(packed);
  w.bytes(signature.view());
  if (places.empty()) return w.take();
  w.array(places.size());
  for (const auto& place : places) {
    if (const auto* closed = std::get_if<Hash>(&place)) {
      w.bytes(closed->view());
      continue;
    }
    const auto& value = std::get<Value>(place);
    w.array(3), w.uint(value.field), w.bytes(value.salt.view()), w.raw(value.value);
  }
  return w.take();
}

namespace {

SnapshotParcel::Place read_place(cbor::Reader& r) {
  if (r.peek() == cbor::Kind::bytes) return fixed<Hash>(r);
  if (r.array() != 3) r.reject("a place is a commitment or [field, salt, value]; ends");
  SnapshotParcel::Value value;
  const auto field = r.uint();
  if (field > UINT32_MAX) r.reject("beyond 32 bits");
  value.field = static_cast<std::uint32_t>(field);
  value.salt = fixed<crypto::Salt>(r);
  value.value = r.item();
  return value;
}

}  // namespace

Result<SnapshotParcel> SnapshotParcel::decode(std::string_view bytes) {
  cbor::Reader r{bytes};
  SnapshotParcel parcel;
  const auto places = r.array();
  if (places != 2 && places != 3) r.reject("a part is [packed, signature, ? places]; ends");
  parcel.packed = r.bytes();
  parcel.signature = fixed<crypto::Signature>(r);
  if (places == 3) {
    for (auto left = r.array(); left > 0 && r.ok(); --left) parcel.places.push_back(read_place(r));
    if (parcel.places.empty()) r.reject("no places are left out;");
  }
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return parcel;
}

}  // namespace linli::sync
