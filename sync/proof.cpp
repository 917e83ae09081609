#include "sync/proof.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "sync/policy.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kFormat = 1;
namespace key {
enum : std::int64_t { format, record, root, certificates, sets };
}
constexpr std::uint32_t kAllKeys = (1u << (key::sets + 1)) - 1;

RecordName read_record(cbor::Reader& r) {
  RecordName record;
  if (r.array() != 3) r.reject("a record is [type, scope, id]; ends");
  record.type = static_cast<std::uint32_t>(std::min<std::uint64_t>(r.uint(), kTypeMax + 1));
  record.scope = r.text();
  record.id = fixed<RecordId>(r);
  return record;
}

std::vector<ProofFile::Set> read_sets(cbor::Reader& r) {
  std::vector<ProofFile::Set> sets;
  std::size_t left = r.array();
  if (left > kProofSetsMax) r.reject("at most 1000 change sets;");
  for (; left > 0 && r.ok(); --left) {
    ProofFile::Set set;
    const auto places = r.array();
    if (places != 2 && places != 3) r.reject("a set is [parcel, inclusion, ? receipt]; ends");
    set.parcel = r.bytes();
    set.inclusion = r.text();
    if (places == 3) set.receipt = r.bytes();
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace

Result<void> check_root(const crypto::CertificateBook& book, std::string_view root) {
  const auto bytes = crypto::from_hex(root);
  if (!bytes || bytes->size() != Hash::size()) {
    return fail(Errc::bad_value, "the city's name or a root key: 64 hexadecimal digits", "root");
  }
  const auto& keys = book.root().keys;
  if (Hash::of(*bytes) == book.city()) return {};
  if (std::find(keys.begin(), keys.end(), crypto::PublicKey::of(*bytes)) != keys.end()) return {};
  return fail(Errc::other_city, "the proof is of the city " + crypto::to_hex(book.city().view()));
}

namespace {

/// May this node give receipts for that scope, by any of its certificates?
bool keeps_for(const AuthorId& keeper, std::string_view scope,
               const crypto::CertificateBook& book) {
  const auto all = book.all();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    const auto& c = *entry.second;
    return c.subject == keeper && (c.rights & crypto::kRightReceipt) != 0 && c.covers(scope);
  });
}

Result<void> check_place(ProvenSet& proven, std::string_view inclusion,
                         const crypto::CertificateBook& book) {
  const auto proof = crypto::TlogProof::decode(inclusion);
  if (!proof) return fail(proof.error());
  auto head = open_checkpoint(proof->checkpoint, book);
  if (!head) return fail(head.error());
  if (!keeps_for(head->log.author, proven.set.feed.scope, book)) {
    return fail(Errc::out_of_scope, "the history isn't kept for " + proven.set.feed.scope);
  }
  const auto& checkpoint = head->checkpoint;
  if (auto held = crypto::check_inclusion(crypto::tree_leaf(proven.hash.view()), proof->index,
                                          checkpoint.size, checkpoint.root, proof->hashes);
      !held) {
    return held;
  }
  auto witnesses = witnesses_of(*crypto::SignedNote::decode(proof->checkpoint), book);
  if (!witnesses) return fail(witnesses.error());
  proven.witnesses = std::move(*witnesses);
  proven.index = proof->index;
  proven.checkpoint = std::move(head->checkpoint);
  return {};
}

Result<void> check_receipt(ProvenSet& proven, std::string_view bytes,
                           const crypto::CertificateBook& book) {
  if (bytes.empty()) return {};
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  const auto receipt = Receipt::decode(body->body);
  if (!receipt) return fail(receipt.error());
  if (auto fair = judge_receipt(*receipt, body->body, body->signature, book); !fair) return fair;
  const auto& set = proven.set;
  const bool covers = receipt->feed == set.feed.id(book.city()) && receipt->from <= set.seq &&
                      set.seq <= receipt->to && receipt->scope == set.feed.scope;
  if (!covers || (receipt->to == set.seq && receipt->last != proven.hash)) {
    return fail(Errc::altered, "the receipt is for another change set");
  }
  proven.not_after = receipt->checkpoint.time;
  return {};
}

Result<ProvenSet> check_set(const ProofFile::Set& given, const RecordName& record,
                            const crypto::CertificateBook& book) {
  ProvenSet proven;
  auto parcel = Parcel::decode(given.parcel);
  if (!parcel) return fail(parcel.error());
  proven.parcel = std::move(*parcel);
  const auto set = decode_change_set(proven.parcel.body);
  if (!set) return fail(set.error());
  proven.set = *set;
  proven.hash = change_set_hash(proven.parcel.body);
  if (auto signed_by = judge_author(*set, proven.parcel.body, proven.parcel.signature, book);
      !signed_by) {
    return fail(signed_by.error());
  }
  const auto touches = [&](const Change& c) { return c.type == record.type && c.id == record.id; };
  if (set->feed.scope != record.scope ||
      std::none_of(set->changes.begin(), set->changes.end(), touches)) {
    return fail(Errc::not_found, "a change set that doesn't touch the record");
  }
  proven.committed = commitments(*set);
  for (const auto& opening : proven.parcel.openings) {
    if (auto fits = check_opening(*set, proven.committed, opening); !fits)
      return fail(fits.error());
  }
  if (set->seen) proven.not_before = set->seen->time;
  if (auto held = check_place(proven, given.inclusion, book); !held) return fail(held.error());
  if (auto held = check_receipt(proven, given.receipt, book); !held) return fail(held.error());
  return proven;
}

}  // namespace

std::string ProofFile::encode() const {
  cbor::Writer w;
  w.map(5);
  w.sint(key::format), w.uint(kFormat);
  w.sint(key::record), w.array(3), w.uint(record.type), w.text(record.scope);
  w.bytes(record.id.view());
  w.sint(key::root), w.bytes(root);
  w.sint(key::certificates), w.array(certificates.size());
  for (const auto& certificate : certificates) w.bytes(certificate);
  w.sint(key::sets), w.array(sets.size());
  for (const auto& set : sets) {
    w.array(set.receipt.empty() ? 2 : 3);
    w.bytes(set.parcel);
    w.text(set.inclusion);
    if (!set.receipt.empty()) w.bytes(set.receipt);
  }
  return w.take();
}

Result<ProofFile> ProofFile::decode(std::string_view bytes) {
  if (bytes.size() > kProofBytesMax) return fail(Errc::too_large, "a proof over 8 MiB");
  if (auto valid = cbor::validate(bytes); !valid) return fail(std::move(valid.error()));
  cbor::Reader r{bytes};
  ProofFile file;
  std::uint64_t format = 0;
  std::uint32_t present = 0;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= key::sets) present |= 1u << m.key();
    switch (m.key()) {
      case key::format:
        format = r.uint();
        if (r.ok() && format != kFormat) {
          return fail(Errc::newer_version, "a proof of format " + std::to_string(format));
        }
        break;
      case key::record:
        file.record = read_record(r);
        break;
      case key::root:
        file.root = r.bytes();
        break;
      case key::certificates: {
        std::size_t left = r.array();
        if (left > kProofCertificatesMax) r.reject("at most 1000 certificates;");
        for (; left > 0 && r.ok(); --left) file.certificates.emplace_back(r.bytes());
        break;
      }
      case key::sets:
        file.sets = read_sets(r);
        break;
      default:
        if (m.key() < 0) r.reject("a key that this version doesn't know;");
        r.item();
    }
  }
  if (present != kAllKeys) r.reject("a required key is missing");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return file;
}

Result<Proven> check_proof(std::string_view file, std::string_view root) {
  auto proof = ProofFile::decode(file);
  if (!proof) return fail(proof.error());
  auto book = crypto::CertificateBook::found(proof->root);
  if (!book) return fail(book.error());
  if (auto named = check_root(*book, root); !named) return fail(named.error());
  for (const auto& certificate : proof->certificates) {
    const auto added = book->add(certificate);
    if (!added && added.error().code != Errc::replay) {
      return fail(Errc::stranger,
                  "a certificate doesn't reach the city's root: " + describe(added.error()));
    }
  }
  Proven proven{std::move(proof->record), std::move(*book), {}};
  for (std::size_t i = 0; i < proof->sets.size(); ++i) {
    auto set = check_set(proof->sets[i], proven.record, proven.book);
    if (!set) {
      return fail(set.error().code,
                  "change set " + std::to_string(i + 1) + ": " + set.error().detail);
    }
    proven.sets.push_back(std::move(*set));
  }
  if (proven.sets.empty()) return fail(Errc::not_found, "no change set in it");
  return proven;
}

}  // namespace linli::sync
