#include "node/hub_key.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/issuing.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kPlanned = 2, kEnded = 3;  ///< 1: another node's renewal (renewal.h).
constexpr std::size_t kRequestBytesMax = sync::kRevocationBytesMax + (64u << 10);
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
  made.before = me.certificate;
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
  return fail(
      Errc::forbidden,
      "本节点不是由市根密钥接入的，请找其签发单位 a root key didn't enrol this node: ask who did");
}

bool is_root_key(const crypto::RootStatement& root, const crypto::PublicKey& key) {
  return std::find(root.keys.begin(), root.keys.end(), key) != root.keys.end();
}

std::string body_of(const HubKeyRequest& request) {
  cbor::Writer w;
  w.array(request.end ? 4 : 3);
  w.uint(request.end ? kEnded : kPlanned);
  w.bytes(request.signed_root);
  w.bytes(request.wanted.encode());
  if (request.end) w.bytes(request.end->encode());
  return w.take();
}

Result<HubKeyRequest> read_body(std::string_view bytes) {
  cbor::Reader r(bytes);
  const auto places = r.array();
  const auto format = r.uint();
  if (format != kPlanned && format != kEnded) r.reject("no hub's request, or of another format");
  if (places != (format == kEnded ? 4u : 3u)) r.reject("a hub's request has three or four places");
  const auto root = r.bytes(), wanted = r.bytes();
  const auto end = format == kEnded ? r.bytes() : std::string_view{};
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  const auto more = [] {
    return fail(
        Errc::malformed,
        "申请中有本版本不认识的内容，请升级 the request says more than this version understands");
  };
  auto certificate = crypto::Certificate::decode(wanted);
  if (!certificate) return fail(certificate.error());
  if (certificate->encode() != wanted) return more();
  HubKeyRequest request{std::string(root), std::move(*certificate)};
  if (format == kPlanned) return request;
  auto ended = sync::Revocation::decode(end);
  if (!ended) return fail(ended.error());
  if (ended->encode() != end) return more();
  request.end = std::move(*ended);
  return request;
}

/// Is it the end of the key in use, and nothing else, and has that key no say in it?
Result<void> check_end(const HubKeyRequest& request) {
  const auto& wanted = request.wanted;
  const auto& last = wanted.keys_before.back();
  const auto& end = *request.end;
  if (end.city != wanted.city || end.certificate != wanted.city || end.key != last.key) {
    return fail(Errc::forbidden,
                "它要终止的不是现用密钥 it would end another key than the one in use");
  }
  if (last.signature != crypto::Signature{}) {
    return fail(Errc::malformed, "只能由市根密钥作出 the root key gives its word, nobody else");
  }
  return {};
}

/// Of the same moment of the same log: whatever was signed since would count nowhere.
bool says_the_same(const sync::Revocation& signed_end, const sync::Revocation& now) {
  const auto place = [](const sync::Revocation& end) {
    const auto head = end.last_head.value_or(sync::Seen{});
    return std::tuple(end.city, end.certificate, end.key, head.epoch, head.size, head.root);
  };
  return place(signed_end) == place(now) && signed_end.cuts == now.cuts;
}

/// The certificate of an answer, and where the key in use ends its end.
struct HubKeyAnswer {
  std::string certificate;
  std::optional<crypto::SignedBody> end;
};

Result<HubKeyAnswer> read_answer(const std::string& bytes) {
  if (crypto::SignedBody::decode(bytes)) return HubKeyAnswer{bytes, std::nullopt};
  cbor::Reader r(bytes);
  if (r.array() != 3 || r.uint() != kEnded) r.reject("no answer to a hub's request");
  const auto certificate = r.bytes(), end = r.bytes();
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  auto body = crypto::SignedBody::decode(end);
  if (!body) return fail(body.error());
  return HubKeyAnswer{std::string(certificate), std::move(*body)};
}

}  // namespace

Result<void> replace_hub_key(Replica& hub, const crypto::SigningKey& root, bool stolen) {
  if (!is_root_key(hub.trust()->book.root(), root.public_key())) {
    return fail(Errc::forbidden, "这不是本市的根密钥 that key isn't a root key of this city");
  }
  if (auto is = demand_hub(hub); !is) return is;
  // Kept first of all: what fails later finds the same one.
  if (auto next = hub.next_key(); !next) return fail(next.error());
  const auto tls = stolen ? make_next_tls_key(hub.dir()) : tls_key_of(hub.dir());
  if (!tls) return fail(tls.error());
  auto made = certificate_for_next(hub, tls->hash());
  if (!made) return fail(made.error());
  add_word(hub, *made, stolen ? root : hub.key());
  Replica::EndByRoot by_root;
  if (stolen) {
    by_root = [&root](const sync::Revocation& end) -> Result<crypto::SignedBody> {
      const auto body = end.encode();
      return crypto::SignedBody{body, root.sign(crypto::kDomainRevocation, body)};
    };
  }
  if (auto done = hub.take_over(sign_certificate(*made, root), by_root); !done) return done;
  return settle_tls_key(hub.dir(), made->tls_key);
}

std::string HubKeyRequest::encode(const crypto::SigningKey& signer) const {
  const auto body = body_of(*this);
  return crypto::SignedBody{body, signer.sign(crypto::kDomainRenewal, body)}.encode();
}

Result<HubKeyRequest> HubKeyRequest::decode(std::string_view bytes) {
  if (bytes.size() > kRequestBytesMax)
    return fail(Errc::too_large, "中心的申请不应这么大 a hub's request is small");
  const auto letter = crypto::SignedBody::decode(bytes);
  if (!letter) return fail(letter.error());
  auto request = read_body(letter->body);
  if (!request) return request;
  const auto book = crypto::CertificateBook::found(request->signed_root);
  if (!book) return fail(book.error());
  const auto& wanted = request->wanted;
  if (wanted.city != book->city() || wanted.issuer != book->city()) {
    return fail(Errc::other_city,
                "所申请的证书与市根声明不属于同一城市 the certificate wanted isn't of the city of "
                "its root statement");
  }
  if (wanted.role != crypto::Role::hub || wanted.keys_before.empty()) {
    return fail(
        Errc::forbidden,
        "只有市局中心更换密钥才需要根密钥 only a hub that changes its key asks the root key");
  }
  if (request->end) {
    if (auto good = check_end(*request); !good) return fail(good.error());
  }
  const auto& signer = request->end ? wanted.signing_key : wanted.keys_before.back().key;
  if (!crypto::verify(signer, crypto::kDomainRenewal, letter->body, letter->signature)) {
    return fail(Errc::bad_signature,
                request->end ? "不是新密钥签的 not signed by the new key"
                             : "不是中心现用密钥签的 not signed by the hub's key in use");
  }
  return request;
}

Result<std::string> ask_for_hub_key(Replica& hub, bool stolen) {
  if (auto is = demand_hub(hub); !is) return fail(is.error());
  const auto next = hub.next_key();
  if (!next) return fail(next.error());
  const auto tls = stolen ? make_next_tls_key(hub.dir()) : tls_key_of(hub.dir());
  if (!tls) return fail(tls.error());
  auto wanted = certificate_for_next(hub, tls->hash());
  if (!wanted) return fail(wanted.error());
  HubKeyRequest request{hub.trust()->book.signed_root(), std::move(*wanted)};
  if (!stolen) {
    add_word(hub, request.wanted, hub.key());
    return request.encode(hub.key());
  }
  auto end = hub.end_for_root();
  if (!end) return fail(end.error());
  request.wanted.keys_before.push_back({end->key, {}});
  request.end = std::move(*end);
  return request.encode(**next);
}

Result<std::string> sign_hub_key(const HubKeyRequest& request, const crypto::SigningKey& root) {
  auto book = crypto::CertificateBook::found(request.signed_root);
  if (!book) return fail(book.error());
  if (!is_root_key(book->root(), root.public_key())) {
    return fail(Errc::forbidden,
                "这不是该市的根密钥 that key isn't a root key of " + book->root().name);
  }
  auto wanted = request.wanted;
  if (request.end) {
    const auto word = crypto::succession_bytes(wanted.city, wanted.subject, wanted.signing_key);
    wanted.keys_before.back().signature = root.sign(crypto::kDomainRotation, word);
  }
  auto bytes = sign_certificate(wanted, root);
  if (auto added = book->add(bytes); !added) return fail(added.error());
  if (!request.end) return bytes;
  const auto end = request.end->encode();
  cbor::Writer w;
  w.array(3);
  w.uint(kEnded);
  w.bytes(bytes);
  w.bytes(crypto::SignedBody{end, root.sign(crypto::kDomainRevocation, end)}.encode());
  return w.take();
}

Result<void> take_hub_key(Replica& hub, const std::string& answer) {
  const auto read = read_answer(answer);
  if (!read) return fail(read.error());
  const auto signed_body = crypto::SignedBody::decode(read->certificate);
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
  Replica::EndByRoot by_root;
  if (read->end) {
    by_root = [&](const sync::Revocation& now) -> Result<crypto::SignedBody> {
      const auto end = sync::Revocation::decode(read->end->body);
      if (!end) return fail(end.error());
      if (says_the_same(*end, now)) return *read->end;
      return fail(
          Errc::stale,
          "写出申请后中心又用旧密钥写过数据，这份答复会使其作废：请重新申请，拿到答复前不要启动 "
          "the hub went on signing after the request, and with this answer that would "
          "count nowhere: write a new request, and don't start it until the answer is "
          "here");
    };
  }
  if (auto done = hub.take_over(read->certificate, by_root); !done) return done;
  return settle_tls_key(hub.dir(), certificate->tls_key);
}

}  // namespace linli::node
