#include "sync/fork_proof.h"

#include <algorithm>

#include "sync/policy.h"
#include "sync/proof.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr unsigned kRequired = 0x1F;

/// Of a set that uses something new the header says all that is asked here.
Result<ChangeSet> read_set(std::string_view body) {
  auto set = decode_change_set(body);
  if (!set && set.error().code == Errc::unknown_critical) set = decode_change_set_header(body);
  return set;
}

crypto::SignedBody read_signed(cbor::Reader& r) {
  if (r.array() != 2) r.reject("a change set is [body, signature]");
  crypto::SignedBody set{std::string(r.bytes()), {}};
  set.signature = fixed<crypto::Signature>(r);
  return set;
}

void write_signed(cbor::Writer& w, const crypto::SignedBody& set) {
  w.array(2);
  w.bytes(set.body);
  w.bytes(set.signature.view());
}

/// From the root down to each, the second one's behind the first one's, none twice.
Result<std::vector<std::string>> chains_to(const crypto::CertificateBook& book,
                                           const std::vector<Hash>& certificates) {
  std::vector<Hash> line;
  for (const auto& certificate : certificates) {
    std::vector<Hash> chain;
    for (auto at = certificate; at != book.city(); at = book.find(at)->issuer) {
      if (!book.find(at)) return fail(Errc::unknown_certificate, crypto::to_hex(at.view()));
      chain.push_back(at);
    }
    for (auto link = chain.rbegin(); link != chain.rend(); ++link)
      if (std::find(line.begin(), line.end(), *link) == line.end()) line.push_back(*link);
  }
  std::vector<std::string> bytes;
  bytes.reserve(line.size());
  for (const auto& link : line) bytes.push_back(*book.signed_bytes(link));
  return bytes;
}

Result<ProvenFork> compare(const ForkProof& proof, crypto::CertificateBook book) {
  ProvenFork fork{std::move(book), {}, {}, 0, {}, {}};
  const auto look = [&](const crypto::SignedBody& given, ProvenFork::Set& at) -> Result<ChangeSet> {
    auto set = read_set(given.body);
    if (!set) return set;
    if (auto fair = judge_author(*set, given.body, given.signature, fork.book); !fair)
      return fail(fair.error());
    at = {change_set_hash(given.body), set->certificate, set->time_base};
    return set;
  };
  const auto first = look(proof.first, fork.first);
  if (!first) return fail(first.error());
  const auto second = look(proof.second, fork.second);
  if (!second) return fail(second.error());
  fork.feed = first->feed;
  fork.id = first->feed.id(fork.book.city());
  fork.seq = first->seq;
  if (second->feed.id(fork.book.city()) != fork.id)
    return fail(Errc::no_fork, "they stand in two feeds");
  if (second->seq != first->seq) return fail(Errc::no_fork, "they have two numbers");
  if (fork.first.hash == fork.second.hash) return fail(Errc::no_fork, "it is the same set twice");
  return fork;
}

}  // namespace

std::string ForkProof::encode() const {
  cbor::Writer w;
  w.map(5);
  w.uint(0), w.uint(kFormat);
  w.uint(1), w.bytes(root);
  w.uint(2), w.array(certificates.size());
  for (const auto& certificate : certificates) w.bytes(certificate);
  w.uint(3), write_signed(w, first);
  w.uint(4), write_signed(w, second);
  return w.take();
}

Result<ForkProof> ForkProof::decode(std::string_view bytes) {
  if (bytes.size() > kForkProofBytesMax) return fail(Errc::too_large, "a proof over 1.5 MiB");
  cbor::Reader r{bytes};
  ForkProof proof;
  std::uint64_t format = 0;
  unsigned present = 0;
  bool critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= 4) present |= 1u << m.key();
    switch (m.key()) {
      case 0:
        format = r.uint();
        break;
      case 1:
        proof.root = r.bytes();
        break;
      case 2: {
        auto left = r.array();
        if (left == 0 || left > kForkCertificatesMax) r.reject("1 to 32 certificates expected");
        for (; left > 0 && r.ok(); --left) proof.certificates.emplace_back(r.bytes());
        break;
      }
      case 3:
        proof.first = read_signed(r);
        break;
      case 4:
        proof.second = read_signed(r);
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  if (format != kFormat || critical_key)
    return fail(Errc::unknown_critical, "a proof of a later version");
  return proof;
}

Result<ForkProof> prove_fork(crypto::SignedBody one, crypto::SignedBody other,
                             const crypto::CertificateBook& book) {
  if (change_set_hash(other.body) < change_set_hash(one.body)) std::swap(one, other);
  const auto first = read_set(one.body);
  if (!first) return fail(first.error());
  const auto second = read_set(other.body);
  if (!second) return fail(second.error());
  auto certificates = chains_to(book, {first->certificate, second->certificate});
  if (!certificates) return fail(certificates.error());
  ForkProof proof{book.signed_root(), std::move(*certificates), std::move(one), std::move(other)};
  if (auto shown = check_fork(proof); !shown) return fail(shown.error());
  if (proof.encode().size() > kForkProofBytesMax)
    return fail(Errc::too_large, "the two change sets don't fit into one proof");
  return proof;
}

Result<ProvenFork> check_fork(const ForkProof& proof) {
  auto book = crypto::CertificateBook::found(proof.root);
  if (!book) return fail(Errc::stranger, "no root statement: " + describe(book.error()));
  for (const auto& certificate : proof.certificates) {
    if (auto added = book->add(certificate); !added)
      return fail(Errc::stranger,
                  "a certificate doesn't reach the city's root: " + describe(added.error()));
  }
  auto fork = compare(proof, std::move(*book));
  if (!fork) return fork;
  if (!(fork->first.hash < fork->second.hash))
    return fail(Errc::malformed, "the change set with the lower hash comes first");
  const auto chains = chains_to(fork->book, {fork->first.certificate, fork->second.certificate});
  if (!chains || *chains != proof.certificates)
    return fail(Errc::malformed, "certificates that aren't needed, or in another order");
  return fork;
}

Result<ProvenFork> check_fork(std::string_view bytes, const Hash& city) {
  const auto proof = ForkProof::decode(bytes);
  if (!proof) return fail(proof.error());
  const auto book = crypto::CertificateBook::found(proof->root);
  if (book && book->city() != city) return fail(Errc::other_city, "it is of another city");
  return check_fork(*proof);
}

Result<ProvenFork> check_fork(std::string_view bytes, std::string_view root) {
  const auto proof = ForkProof::decode(bytes);
  if (!proof) return fail(proof.error());
  auto fork = check_fork(*proof);
  if (!fork) return fork;
  if (auto named = check_root(fork->book, root); !named) return fail(named.error());
  return fork;
}

}  // namespace linli::sync
