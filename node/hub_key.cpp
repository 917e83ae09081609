#include "node/hub_key.h"

#include <algorithm>
#include <functional>

#include "crypto/cbor.h"
#include "node/issuing.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kFormat = 2;  ///< 1: another node's renewal (renewal.h).
constexpr std::size_t kRequestBytesMax = 64u << 10;
constexpr sync::Micros kHubFor = 30LL * 365 * 24 * 3600 * 1'000'000;

/// This hub's certificate, for its next key: all but the word of the one in use for it. `tls`: of
/// the TLS key that it shall name.
Result<crypto::Certificate> certificate_for_next(Replica& hub, const Hash& tls) {
  const auto trust = hub.trust();
  const auto& me = hub.identity();
  const auto* held = trust->book.find(me.certificate);
  const auto next = hub.next_key();
  if (!next) return fail(next.error());
  auto made = *held;
  made.signing_key = (*next)->public_key();
  made.sealing_key = (*next)->sealing_key();
  made.tls_key = tls;
  made.serial = std::max(held->serial, static_cast<std::uint64_t>(trust->book.all().size())) + 1;
  made.valid_from_us = std::max(held->valid_from_us + 1, hub.now());
  made.valid_until_us = std::max(held->valid_until_us, hub.now() + kHubFor);
  return made;
}

/// `signer`: the key in use, or where it is stolen or lost the root key.
void add_word(Replica& hub, crypto::Certificate& made, const crypto::SigningKey& signer) {
  const auto& me = hub.identity();
  const auto trust = hub.trust();
  const auto& before = trust->book.find(me.certificate)->signing_key;
  const auto word = crypto::succession_bytes(me.city, me.author, made.signing_key);
  made.keys_before.push_back({before, signer.sign(crypto::kDomainRotation, word)});
}

Result<void> demand_hub(const Replica& hub) {
  const auto& me = hub.identity();
  if (hub.trust()->book.find(me.certificate)->issuer == me.city) return {};
  return fail(Errc::forbidden, "a root key didn't enrol this node: ask who did");
}

bool is_root_key(const crypto::RootStatement& root, const crypto::PublicKey& key) {
  return std::find(root.keys.begin(), root.keys.end(), key) != root.keys.end();
}

std::string body_of(const HubKeyRequest& request) {
  cbor::Writer w;
  w.array(3);
  w.uint(kFormat);
  w.bytes(request.signed_root);
  w.bytes(request.wanted.encode());
  return w.take();
}

Result<HubKeyRequest> read_body(std::string_view bytes) {
  cbor::Reader r(bytes);
  if (r.array() != 3) r.reject("a hub's request has three places");
  if (r.uint() != kFormat) r.reject("no hub's request, or of another format");
  const auto root = r.bytes(), wanted = r.bytes();
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  auto certificate = crypto::Certificate::decode(wanted);
  if (!certificate) return fail(certificate.error());
  if (certificate->encode() != wanted) {
    return fail(Errc::malformed, "the certificate says more than this version understands");
  }
  return HubKeyRequest{std::string(root), std::move(*certificate)};
}

}  // namespace

Result<void> replace_hub_key(Replica& hub, const crypto::SigningKey& root, bool stolen) {
  if (!is_root_key(hub.trust()->book.root(), root.public_key())) {
    return fail(Errc::forbidden, "that key isn't a root key of this city");
  }
  if (auto is = demand_hub(hub); !is) return is;
  // Kept first of all: what fails later finds the same one.
  if (auto next = hub.next_key(); !next) return fail(next.error());
  const auto tls = stolen ? make_next_tls_key(hub.dir()) : tls_key_of(hub.dir());
  if (!tls) return fail(tls.error());
  auto made = certificate_for_next(hub, tls->hash());
  if (!made) return fail(made.error());
  add_word(hub, *made, stolen ? root : hub.key());
  std::function<crypto::Signature(std::string_view)> by_root;
  if (stolen) {
    by_root = [&root](std::string_view bytes) {
      return root.sign(crypto::kDomainRevocation, bytes);
    };
  }
  if (auto done = hub.take_over(sign_certificate(*made, root), by_root); !done) return done;
  return settle_tls_key(hub.dir(), made->tls_key);
}

std::string HubKeyRequest::encode(const crypto::SigningKey& in_use) const {
  const auto body = body_of(*this);
  return crypto::SignedBody{body, in_use.sign(crypto::kDomainRenewal, body)}.encode();
}

Result<HubKeyRequest> HubKeyRequest::decode(std::string_view bytes) {
  if (bytes.size() > kRequestBytesMax) return fail(Errc::too_large, "a hub's request is small");
  const auto letter = crypto::SignedBody::decode(bytes);
  if (!letter) return fail(letter.error());
  auto request = read_body(letter->body);
  if (!request) return request;
  const auto book = crypto::CertificateBook::found(request->signed_root);
  if (!book) return fail(book.error());
  const auto& wanted = request->wanted;
  if (wanted.city != book->city() || wanted.issuer != book->city()) {
    return fail(Errc::other_city, "the certificate wanted isn't of the city of its root statement");
  }
  if (wanted.role != crypto::Role::hub || wanted.keys_before.empty()) {
    return fail(Errc::forbidden, "only a hub that changes its key asks the root key");
  }
  if (!crypto::verify(wanted.keys_before.back().key, crypto::kDomainRenewal, letter->body,
                      letter->signature)) {
    return fail(Errc::bad_signature, "not signed by the hub's key in use");
  }
  return request;
}

Result<std::string> ask_for_hub_key(Replica& hub) {
  if (auto is = demand_hub(hub); !is) return fail(is.error());
  const auto tls = tls_key_of(hub.dir());
  if (!tls) return fail(tls.error());
  auto wanted = certificate_for_next(hub, tls->hash());
  if (!wanted) return fail(wanted.error());
  add_word(hub, *wanted, hub.key());
  return HubKeyRequest{hub.trust()->book.signed_root(), std::move(*wanted)}.encode(hub.key());
}

Result<std::string> sign_hub_key(const HubKeyRequest& request, const crypto::SigningKey& root) {
  auto book = crypto::CertificateBook::found(request.signed_root);
  if (!book) return fail(book.error());
  if (!is_root_key(book->root(), root.public_key())) {
    return fail(Errc::forbidden, "that key isn't a root key of " + book->root().name);
  }
  auto bytes = sign_certificate(request.wanted, root);
  if (auto added = book->add(bytes); !added) return fail(added.error());
  return bytes;
}

Result<void> take_hub_key(Replica& hub, const std::string& signed_certificate) {
  const auto signed_body = crypto::SignedBody::decode(signed_certificate);
  if (!signed_body) return fail(signed_body.error());
  const auto certificate = crypto::Certificate::decode(signed_body->body);
  if (!certificate) return fail(certificate.error());
  const auto wrong = [] {
    return fail(Errc::stale,
                "证书不是为本机备好的新密钥所发，请重新申请 the certificate isn't for the key that "
                "waits here: write a new request");
  };
  if (!hub.has_next_key()) return wrong();
  const auto next = hub.next_key();
  if (!next) return fail(next.error());
  if (certificate->signing_key != (*next)->public_key()) return wrong();
  return hub.take_over(signed_certificate, {});
}

}  // namespace linli::node
