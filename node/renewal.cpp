#include "node/renewal.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/issuing.h"
#include "node/pinning.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;
constexpr sync::Micros kRenewedFor = 5 * 365 * kDay;
constexpr sync::Micros kTlsChangedEvery = 3600LL * 1'000'000;
constexpr std::size_t kRequestBytesMax = 4096;
constexpr std::size_t kCertificatesMax = 16, kAnswerBytesMax = 64u << 10;

std::string body_of(const RenewalRequest& request) {
  cbor::Writer w;
  w.array(request.word ? 8 : 7);
  w.uint(kFormat);
  w.bytes(request.city.view());
  w.bytes(request.certificate.view());
  w.bytes(request.signing_key.view());
  w.bytes(request.sealing_key.view());
  w.bytes(request.tls_key.is_zero() ? std::string_view{} : request.tls_key.view());
  w.sint(request.made);
  if (request.word) w.bytes(request.word->view());
  return w.take();
}

Result<RenewalRequest> read_body(std::string_view bytes) {
  cbor::Reader r(bytes);
  RenewalRequest request;
  const auto places = r.array();
  if (places != 7 && places != 8) r.reject("a renewal has seven or eight places");
  if (r.uint() != kFormat) r.reject("a renewal of another format");
  const auto city = r.bytes(32), certificate = r.bytes(32), key = r.bytes(32), seal = r.bytes(32);
  const auto tls = r.bytes();
  if (!tls.empty() && tls.size() != Hash::size()) r.reject("a TLS key's hash has 32 bytes");
  request.made = r.sint();
  const auto word = places == 8 ? r.bytes(crypto::Signature::size()) : std::string_view{};
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  request.city = Hash::of(city);
  request.certificate = Hash::of(certificate);
  request.signing_key = crypto::PublicKey::of(key);
  request.sealing_key = crypto::SealingKey::of(seal);
  if (!tls.empty()) request.tls_key = Hash::of(tls);
  if (request.tls_key.is_zero() != tls.empty()) {
    return fail(Errc::malformed, "no key has this hash");
  }
  if (places == 8) request.word = crypto::Signature::of(word);
  return request;
}

std::string chain_bytes(const crypto::CertificateBook& book, const Hash& certificate,
                        const Hash& in_use) {
  const auto chain = chain_since(book, certificate, in_use);
  cbor::Writer w;
  w.array(chain.size());
  for (const auto& link : chain) w.bytes(link);
  return w.take();
}

/// May this node issue the certificate that takes this one's place?
Result<void> may_renew(Replica& issuer, const crypto::CertificateBook& book, const Hash& newest) {
  const auto* held = book.find(newest);
  if (const auto* why = book.revoked(*held)) return fail(Errc::revoked, *why);
  if (!book.stands_above(issuer.identity().author, newest)) {
    return fail(Errc::forbidden, "只有为 " + held->name +
                                     " 发证的单位或其上级才能续签 only who enrolled " + held->name +
                                     ", or stands above, renews it");
  }
  const auto* own = book.find(issuer.identity().certificate);
  for (const auto& path : held->paths) {
    if (own->covers(path)) continue;
    return fail(Errc::out_of_scope,
                "本节点已不管 " + path + "，" + held->name +
                    " 的证书请由现在管那里的上级续签（在该上级或市局运行 linli nodes renew " +
                    crypto::to_hex(held->subject.view()).substr(0, 12) +
                    "） this node doesn't work in " + path +
                    " any more: who stands above there now renews it, at last the hub");
  }
  return {};
}

/// A certificate like the newest one, that ends as late as this node can say.
crypto::Certificate next_of(const Replica& issuer, const crypto::CertificateBook& book,
                            const Hash& before) {
  const auto& held = *book.find(before);
  const auto* own = book.find(issuer.identity().certificate);
  auto made = held;
  const auto later = std::max(held.valid_until_us, issuer.now() + kRenewedFor);
  made.serial = std::max(held.serial, static_cast<std::uint64_t>(book.all().size())) + 1;
  made.valid_from_us = std::max({held.valid_from_us + 1, own->valid_from_us, issuer.now()});
  made.valid_until_us = std::min(own->valid_until_us, later);
  made.issuer = issuer.identity().certificate;
  made.before = before;
  return made;
}

Result<Hash> publish(Replica& issuer, const crypto::Certificate& made, const By& by) {
  const auto bytes = sign_certificate(made, issuer.key());
  // What nobody would accept isn't published.
  auto book = issuer.trust()->book;
  const auto added = book.add(bytes);
  if (!added) return fail(added.error());
  if (auto done = issuer.publish_certificate(bytes, by); !done) return fail(done.error());
  return *added;
}

/// To the node at `client`. Errors: unreachable, and what it refuses with.
Result<std::string> post_renewal(HttpClient& client, const std::string& request) {
  auto answer = client.send("POST", "/api/v1/enrol/renew", request, "application/vnd.linli+cbor");
  if (!answer) return fail(answer.error());
  if (answer->status == 200) return std::move(answer->body);
  const auto problem = Json::parse(answer->body, nullptr, false);
  const auto code = problem.is_object() ? problem.value("code", "") : std::string();
  const auto detail = problem.is_object() ? problem.value("detail", "") : std::string();
  for (const auto& row : errc_table())
    if (row.name == code) return fail(row.code, detail);
  return fail(Errc::unreachable, "上级没有给出证书，版本也许较旧 " + client.url() + " answered " +
                                     std::to_string(answer->status) +
                                     " when asked for a certificate: is its version older?");
}

}  // namespace

std::string RenewalRequest::encode(const crypto::SigningKey& in_use,
                                   const crypto::SigningKey* next) const {
  const auto body = body_of(*this);
  cbor::Writer w;
  w.array(next ? 3 : 2);
  w.bytes(body);
  w.bytes(in_use.sign(crypto::kDomainRenewal, body).view());
  if (next) w.bytes(next->sign(crypto::kDomainRenewal, body).view());
  return w.take();
}

Result<RenewalRequest::Read> RenewalRequest::decode(std::string_view bytes) {
  if (bytes.size() > kRequestBytesMax)
    return fail(Errc::too_large, "续签申请不应这么大 a renewal request is small");
  cbor::Reader r(bytes);
  const auto places = r.array();
  if (places != 2 && places != 3) r.reject("a renewal is [body, signature, ? signature]");
  const auto body = r.bytes();
  const auto by_old = r.bytes(crypto::Signature::size());
  const auto by_new = places == 3 ? r.bytes(crypto::Signature::size()) : std::string_view{};
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  auto request = read_body(body);
  if (!request) return fail(request.error());
  if (request->word.has_value() != (places == 3)) {
    return fail(Errc::malformed, "a new key signs, and is signed for, or neither");
  }
  if (places == 3 && !crypto::verify(request->signing_key, crypto::kDomainRenewal, body,
                                     crypto::Signature::of(by_new))) {
    return fail(Errc::bad_signature, "申请者没有新密钥 who asks doesn't hold the new key");
  }
  return Read{std::move(*request), std::string(body), crypto::Signature::of(by_old)};
}

Result<std::string> ask_for_renewal(Replica& replica, bool rotate) {
  const auto& me = replica.identity();
  if (me.role == crypto::Role::hub) {
    return fail(Errc::forbidden,
                "中心的证书只能由根密钥签发 only a root key signs for the hub: `linli keys rotate "
                "--root FILE`");
  }
  RenewalRequest request{me.city,
                         me.certificate,
                         me.key->public_key(),
                         me.key->sealing_key(),
                         tls_key_hash_of(replica.dir()).value_or(Hash{}),
                         replica.now()};
  const crypto::SigningKey* next = nullptr;
  if (rotate) {
    const auto made = replica.next_key();
    if (!made) return fail(made.error());
    next = *made;
    request.signing_key = next->public_key();
    request.sealing_key = next->sealing_key();
    request.word = me.key->sign(crypto::kDomainRotation,
                                crypto::succession_bytes(me.city, me.author, request.signing_key));
  }
  return request.encode(*me.key, next);
}

Result<std::string> answer_renewal(Replica& issuer, std::string_view bytes) {
  const auto read = RenewalRequest::decode(bytes);
  if (!read) return fail(read.error());
  const auto& request = read->request;
  const auto trust = issuer.trust();
  const auto& book = trust->book;
  if (request.city != book.city())
    return fail(Errc::other_city, "这是其他城市的节点 this is another city's node");
  const auto* certificate = book.find(request.certificate);
  if (!certificate)
    return fail(Errc::unknown_certificate, "这里没有这张证书 this certificate isn't known here");
  if (!crypto::verify(certificate->signing_key, crypto::kDomainRenewal, read->body,
                      read->signature)) {
    return fail(Errc::bad_signature, "不是证书的密钥签的 not signed by the certificate's key");
  }
  if (std::abs(issuer.now() - request.made) > kRenewalAgeMax) {
    return fail(Errc::stale, "申请已过时，请重新提出 the request isn't of now: make a new one");
  }
  const auto newest = book.newest_after(request.certificate);
  if (auto may = may_renew(issuer, book, newest); !may) return fail(may.error());
  const auto* held = book.find(newest);
  const bool rotates = request.signing_key != certificate->signing_key;
  // The certificate that was asked for is there: the answer was lost, or it is on its way.
  if (rotates && held->signing_key == request.signing_key)
    return chain_bytes(book, newest, request.certificate);
  if (held->signing_key != certificate->signing_key) {
    return fail(Errc::stale, "这把密钥已由另一把接替 another key has taken this one's place");
  }
  if (held->valid_until_us < issuer.now()) {
    return fail(Errc::expired, "证书已到期，须由人续签 the certificate of " + held->name +
                                   " has ended: a person renews it with `linli nodes renew`");
  }
  auto made = next_of(issuer, book, newest);
  const bool other_tls = !request.tls_key.is_zero() && request.tls_key != held->tls_key;
  if (other_tls) made.tls_key = request.tls_key;
  if (rotates) {
    made.signing_key = request.signing_key;
    made.sealing_key = request.sealing_key;
    made.keys_before.push_back({certificate->signing_key, *request.word});
  } else if (other_tls) {
    // Each is kept for ever, by everybody.
    if (issuer.now() < held->valid_from_us + kTlsChangedEvery) {
      return fail(Errc::slow_down,
                  "刚刚认证过，请稍后 the TLS key of " + held->name + " was certified just now");
    }
  } else if (made.valid_until_us < held->valid_until_us + kDay) {
    return chain_bytes(book, newest, request.certificate);  // There is no later end to give.
  }
  const auto issued = publish(issuer, made, {});
  if (!issued) return fail(issued.error());
  return chain_bytes(issuer.trust()->book, *issued, request.certificate);
}

Result<std::string> answer_renewal_or_ask(Replica& issuer, std::string_view bytes,
                                          const std::string& above) {
  auto answered = answer_renewal(issuer, bytes);
  // Who works elsewhere by now may have let go of the certificate itself.
  const auto code = answered ? Errc::internal : answered.error().code;
  const bool others_may = !answered && (code == Errc::forbidden || code == Errc::out_of_scope ||
                                        code == Errc::unknown_certificate);
  if (!others_may || above.empty()) return answered;
  HttpClient client(above);
  pin_to_known(issuer, client);
  client.set_timeout(std::chrono::seconds(20));
  client.set_limit(kAnswerBytesMax);
  return post_renewal(client, std::string(bytes));
}

Result<Hash> renew_node(Replica& issuer, const crypto::AuthorId& subject, const By& by) {
  const auto trust = issuer.trust();
  const auto newest = trust->book.newest_of(subject);
  if (!newest) {
    return fail(
        Errc::not_found,
        "这里没有该节点的证书；若它所在的地方已不归本节点管，请由现在管那里的上级或市局运行 linli "
        "nodes renew no certificate of that node is here; if it works where this node "
        "doesn't any more, who stands above there now renews it, at last the hub");
  }
  if (auto may = may_renew(issuer, trust->book, *newest); !may) return fail(may.error());
  const auto* held = trust->book.find(*newest);
  const auto made = next_of(issuer, trust->book, *newest);
  if (made.valid_until_us <= held->valid_until_us) {
    return fail(Errc::replay,
                "本节点自己的证书也不会更晚到期，请先续签它 this node's own certificate ends no "
                "later: renew that one first");
  }
  return publish(issuer, made, by);
}

Result<void> take_renewal(Replica& replica, std::string_view answer) {
  cbor::Reader r(answer);
  std::vector<std::string> chain;
  const auto count = r.array();
  if (count == 0 || count > kCertificatesMax) r.reject("1 to 16 certificates expected");
  for (std::size_t i = 0; i < count && r.ok(); ++i) chain.emplace_back(r.bytes());
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return replica.adopt(chain);
}

CertificateEnd certificate_end(const Replica& replica) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  const auto left = own->valid_until_us - replica.now();
  const bool late = left < (own->valid_until_us - own->valid_from_us) / 3;
  const auto tls = tls_key_hash_of(replica.dir());
  const bool other_tls = tls && *tls != own->tls_key;
  return {own->valid_until_us, left < kEndsSoon, left < 0,
          own->role != crypto::Role::hub && (late || other_tls)};
}

Json certificate_json(const Replica& replica) {
  const auto end = certificate_end(replica);
  const auto left = end.at - replica.now();
  return {{"until", model::instant_text(end.at / 1000)},
          {"days_left", left > 0 ? left / kDay : 0},
          {"soon", end.soon},
          {"ended", end.ended},
          {"next_key", replica.has_next_key()}};
}

Result<bool> renew_if_due(Replica& replica, HttpClient& client) {
  const bool rotates = replica.has_next_key();
  if (!rotates && !certificate_end(replica).renew) return false;
  if (auto renewed = renew_over(replica, client, rotates); !renewed) return fail(renewed.error());
  return true;
}

Result<void> renew_over(Replica& replica, HttpClient& client, bool rotate) {
  const auto request = ask_for_renewal(replica, rotate);
  if (!request) return fail(request.error());
  pin_to_known(replica, client);
  client.set_limit(kAnswerBytesMax);
  const auto answer = post_renewal(client, *request);
  if (!answer) return fail(answer.error());
  return take_renewal(replica, *answer);
}

}  // namespace linli::node
