#include "sync/live.h"

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::size_t kTokenBytesMax = 1024;

Result<LiveToken> decode(std::string_view body) {
  cbor::Reader r(body);
  if (r.array() != 4) r.reject("a live token is [city, certificate, server, time]");
  const auto city = r.bytes(32), certificate = r.bytes(32), server = r.bytes(32);
  const auto time = r.sint();
  if (auto done = r.finish(); !done) return fail(done.error());
  return LiveToken{Hash::of(city), Hash::of(certificate), Hash::of(server), time};
}

}  // namespace

std::string LiveToken::sign(const crypto::SigningKey& key) const {
  cbor::Writer w;
  w.array(4);
  w.bytes(city.view());
  w.bytes(certificate.view());
  w.bytes(server.view());
  w.sint(time);
  crypto::SignedBody token{w.take(), {}};
  token.signature = key.sign(crypto::kDomainLive, token.body);
  return crypto::to_base64url(token.encode());
}

Result<Hash> LiveDoor::enter(std::string_view text, const Hash& server,
                             const crypto::CertificateBook& book, Micros now) {
  if (text.size() > kTokenBytesMax) return fail(Errc::malformed, "a live token is shorter");
  const auto bytes = crypto::from_base64url(text);
  if (!bytes) return fail(Errc::malformed, "a live token is base64url");
  const auto signed_body = crypto::SignedBody::decode(*bytes);
  if (!signed_body) return fail(signed_body.error());
  const auto token = decode(signed_body->body);
  if (!token) return fail(token.error());
  if (token->city != book.city()) return fail(Errc::other_city, "this is another city's node");
  if (token->server != server) return fail(Errc::stranger, "this token was made for another node");
  const auto* certificate = book.find(token->certificate);
  if (!certificate) return fail(Errc::unknown_certificate, "this certificate isn't known here");
  if (!crypto::verify(certificate->signing_key, crypto::kDomainLive, signed_body->body,
                      signed_body->signature)) {
    return fail(Errc::bad_signature, "not signed by the certificate's key");
  }
  if (certificate->valid_until_us < now) return fail(Errc::expired, "the certificate has expired");
  if (book.revoked(*certificate)) return fail(Errc::revoked, "this key was revoked");
  if (token->time < now - kLiveTokenMicros || token->time > now + kLiveTokenMicros) {
    return fail(Errc::expired, "this token isn't of now");
  }
  const std::lock_guard lock(guard_);
  // What a token can't be as old as any more needs no remembering.
  std::erase_if(last_, [&](const auto& entry) { return entry.second < now - kLiveTokenMicros; });
  auto& last = last_[token->certificate];
  if (token->time <= last) return fail(Errc::replay, "this token was shown before");
  last = token->time;
  return token->certificate;
}

}  // namespace linli::sync
