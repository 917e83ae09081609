#include "node/admission.h"

#include "crypto/cbor.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kRequestWithTls = 2;
constexpr std::size_t kLineChars = 64, kChainMax = 16;

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}
bool is_between(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '>'; }

std::optional<Issuer> read_issuer(cbor::Reader& r) {
  if (r.peek() == cbor::Kind::null) {
    r.null();
    return std::nullopt;
  }
  if (r.array() != 2) r.reject("an issuer is [city, key]");
  const auto city = r.bytes(32), key = r.bytes(32);
  if (!r.ok()) return std::nullopt;
  return Issuer{Hash::of(city), crypto::PublicKey::of(key)};
}

Result<Admission> decode_admission(std::string_view body) {
  cbor::Reader r(body);
  Admission a;
  if (r.array() != 5) r.reject("an admission is [1, request, expires, root, chain]");
  if (r.uint() != kVersion) r.reject("an admission of another version");
  const auto request = r.bytes(32);
  a.expires = r.sint();
  a.proof.root = std::string(r.bytes());
  const auto n = r.array();
  if (n == 0 || n > kChainMax) r.reject("a chain has 1 to 16 certificates");
  for (std::size_t i = 0; i < n && r.ok(); ++i) a.proof.chain.emplace_back(r.bytes());
  if (auto done = r.finish(); !done) return fail(done.error());
  a.request = Hash::of(request);
  return a;
}

}  // namespace

std::string letter_text(std::string_view prefix, std::string_view bytes) {
  const auto whole = std::string(prefix) + crypto::to_base64url(bytes) + ".";
  std::string text;
  for (std::size_t at = 0; at < whole.size(); at += kLineChars) {
    text += whole.substr(at, kLineChars) + "\n";
  }
  return text;
}

Result<std::string> letter_of(std::string_view prefix, std::string_view text) {
  const auto what = std::string(prefix.substr(0, prefix.size() - 1));
  if (text.size() > kLetterBytesMax)
    return fail(Errc::too_large, "内容太大，不是 " + what + " a " + what + " is small");
  const auto at = text.find(prefix);
  if (at == std::string_view::npos)
    return fail(Errc::bad_input, "其中没有 " + what + "，请核对内容 no " + what + " is in it");
  std::string coded;
  for (auto rest = text.substr(at + prefix.size()); !rest.empty(); rest.remove_prefix(1)) {
    const char c = rest.front();
    if (is_base64url(c)) {
      coded += c;
    } else if (c == '.') {
      if (rest.find(prefix) != std::string_view::npos) {
        return fail(Errc::bad_input,
                    "其中有好几份，请一份一个文件 several are in it: one file each");
      }
      auto bytes = crypto::from_base64url(coded);
      if (!bytes)
        return fail(Errc::bad_input,
                    "内容抄错了，请重新发送 the " + what + " is mistyped: send it again");
      return std::move(*bytes);
    } else if (!is_between(c)) {
      return fail(Errc::bad_input,
                  "内容抄错了，请重新发送 the " + what + " is mistyped: send it again");
    }
  }
  return fail(Errc::bad_input,
              "内容不完整，应以句点结尾 the " + what + " is cut short: it ends with a full stop");
}

std::string JoinRequest::encode(const crypto::SigningKey& key) const {
  cbor::Writer w;
  w.array(tls_key.is_zero() ? 7 : 8);
  w.uint(tls_key.is_zero() ? kVersion : kRequestWithTls);
  w.bytes(signing_key.view());
  w.bytes(sealing_key.view());
  w.text(name);
  w.sint(made);
  w.sint(expires);
  if (to) {
    w.array(2);
    w.bytes(to->city.view());
    w.bytes(to->key.view());
  } else {
    w.null();
  }
  if (!tls_key.is_zero()) w.bytes(tls_key.view());
  crypto::SignedBody body{w.take(), {}};
  body.signature = key.sign(kDomainJoin, body.body);
  return body.encode();
}

Result<JoinRequest> JoinRequest::decode(std::string_view bytes) {
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  cbor::Reader r(body->body);
  const auto parts = r.array();
  const auto version = r.uint();
  const bool plain = parts == 7 && version == kVersion;
  const bool with_tls = parts == 8 && version == kRequestWithTls;
  if (!plain && !with_tls) r.reject("a join request of another version");
  const auto signing = r.bytes(32), sealing = r.bytes(32);
  JoinRequest request;
  request.name = std::string(r.text());
  if (request.name.size() > 200) r.reject("a name has at most 200 bytes");
  request.made = r.sint();
  request.expires = r.sint();
  request.to = read_issuer(r);
  const auto tls = with_tls ? r.bytes(32) : std::string_view();
  if (request.made < 0 || request.expires <= request.made ||
      request.expires - request.made > kRequestValid) {
    r.reject("a request is good for 14 days at most");
  }
  if (auto done = r.finish(); !done) return fail(done.error());
  request.signing_key = crypto::PublicKey::of(signing);
  request.sealing_key = crypto::SealingKey::of(sealing);
  if (with_tls) request.tls_key = Hash::of(tls);
  if (!crypto::verify(request.signing_key, kDomainJoin, body->body, body->signature)) {
    return fail(Errc::bad_signature,
                "申请被改动过，请对方重新申请 the request was altered: ask for a new one");
  }
  return request;
}

Hash request_hash(std::string_view request) { return crypto::hash({kDomainJoin, request}); }

std::string Admission::encode(const crypto::SigningKey& issuer) const {
  cbor::Writer w;
  w.array(5);
  w.uint(kVersion);
  w.bytes(request.view());
  w.sint(expires);
  w.bytes(proof.root);
  w.array(proof.chain.size());
  for (const auto& certificate : proof.chain) w.bytes(certificate);
  crypto::SignedBody body{w.take(), {}};
  body.signature = issuer.sign(kDomainAdmission, body.body);
  return body.encode();
}

std::optional<Hash> certificate_in(std::string_view body) {
  const auto admission = decode_admission(body);
  if (!admission) return std::nullopt;
  const auto last = crypto::SignedBody::decode(admission->proof.chain.back());
  if (!last) return std::nullopt;
  return crypto::certificate_hash(last->body);
}

Result<Admitted> read_admission(std::string_view bytes, std::string_view request_bytes,
                                sync::Micros now) {
  const auto request = JoinRequest::decode(request_bytes);
  if (!request) return fail(request.error());
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  auto admission = decode_admission(body->body);
  if (!admission) return fail(admission.error());
  auto& proof = admission->proof;
  auto book = crypto::CertificateBook::found(proof.root);
  if (!book) return fail(Errc::stranger, describe(book.error()));
  Hash last{};
  for (const auto& certificate : proof.chain) {
    const auto added = book->add(certificate);
    if (!added) return fail(Errc::stranger, describe(added.error()));
    last = *added;
  }
  const auto& own = *book->find(last);
  const auto* issuer = book->find(own.issuer);
  if (!issuer) return fail(Errc::stranger, "根密钥本身不办理接入 the root itself admits nobody");
  if (!crypto::verify(issuer->signing_key, kDomainAdmission, body->body, body->signature)) {
    return fail(Errc::bad_signature,
                "答复被改动过，请重新索取 the answer was altered: ask for it again");
  }
  if (own.signing_key != request->signing_key ||
      (!own.tls_key.is_zero() && own.tls_key != request->tls_key) ||
      admission->request != request_hash(request_bytes)) {
    return fail(Errc::wrong_recipient,
                "这份答复对应的不是本机的申请 this answers another request than the one made here");
  }
  if (admission->expires < now) {
    return fail(Errc::expired, "答复已过期，请重新申请 the answer has expired: ask for a new one");
  }
  const Issuer by{book->city(), issuer->signing_key};
  if (request->to && *request->to != by) {
    return fail(Errc::forbidden,
                "答复不是由所申请的节点签发的 it isn't from the node that was asked");
  }
  return Admitted{std::move(proof), by, book->root().name, issuer->name, own};
}

}  // namespace linli::node
