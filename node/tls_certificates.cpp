#include "node/tls_certificates.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

#include "crypto/cbor.h"
#include "node/pinning.h"
#include "node/store/database.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kHolders = "tls.names";  ///< Name → author, of names that aren't local.
constexpr const char* kWireType = "application/vnd.linli+cbor";

struct DecodedRequest {
  CertificateRequest request;
  crypto::SignedBody body;
};

Result<DecodedRequest> decode_request(std::string_view bytes) {
  if (bytes.size() > kTlsLetterBytesMax)
    return fail(Errc::too_large, "申请不应这么大 a request is small");
  auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  cbor::Reader r(body->body);
  if (r.array() != 4 || r.uint() != kVersion) r.reject("a TLS request is [1, certificate, key, …]");
  const auto certificate = r.bytes(32);
  CertificateRequest request;
  request.public_der = std::string(r.bytes());
  const auto count = r.array();
  if (count == 0 || count > kTlsNamesMax) r.reject("1 to 16 names");
  for (std::size_t i = 0; i < count && r.ok(); ++i) request.names.emplace_back(r.text());
  if (auto done = r.finish(); !done) return fail(done.error());
  request.certificate = Hash::of(certificate);
  return DecodedRequest{std::move(request), std::move(*body)};
}

/// Who asks, if it may have a certificate.
Result<const crypto::Certificate*> asker_of(const crypto::CertificateBook& book,
                                            const DecodedRequest& asked, sync::Micros now) {
  const auto* who = book.find(asked.request.certificate);
  if (!who)
    return fail(Errc::unknown_certificate,
                "该节点的证书还未到达 the node's certificate isn't here yet");
  if (!crypto::verify(who->signing_key, kDomainTlsRequest, asked.body.body, asked.body.signature)) {
    return fail(Errc::bad_signature, "申请被改动过 the request was altered");
  }
  if (book.revoked(*who))
    return fail(Errc::revoked, "该节点的密钥已被吊销 the node's key was revoked");
  if (who->valid_until_us < now)
    return fail(Errc::expired, "该节点的证书已过期，请续签 the node's certificate has expired");
  if (crypto::tls_key_hash(asked.request.public_der) != who->tls_key) {
    return fail(Errc::wrong_recipient,
                "不是该节点证书所载的 TLS 密钥 not the TLS key that the node's certificate names");
  }
  return who;
}

/// Takes the names down for this node. Local ones belong to everybody.
Result<void> take_names(Replica& hub, const crypto::AuthorId& author,
                        const std::vector<std::string>& names) {
  return hub.write([&]() -> Result<void> {
    auto& log = hub.store().log();
    auto holders = Json::parse(log.meta(kHolders).value_or("{}"), nullptr, false);
    if (!holders.is_object()) holders = Json::object();
    const auto self = crypto::to_hex(author.view());
    for (const auto& name : names) {
      if (crypto::is_local_name(name)) continue;
      const auto held = holders.value(name, self);
      if (held != self) {
        return fail(Errc::duplicate_key, "名称已属于另一个节点 another node has this name: " + name,
                    "names");
      }
      holders[name] = self;
    }
    log.set_meta(kHolders, holders.dump());
    return {};
  });
}

Result<std::vector<std::string>> checked(const std::vector<std::string>& names) {
  std::vector<std::string> good;
  for (const auto& text : names) {
    auto name = crypto::server_name(text);
    if (!name) return fail(name.error());
    if (std::find(good.begin(), good.end(), *name) == good.end()) good.push_back(std::move(*name));
  }
  if (good.size() > kTlsNamesMax)
    return fail(Errc::bad_value, "最多 16 个名称 at most 16 names", "names");
  return good;
}

/// The public half of the key with that name.
Result<std::string> public_key_of(const DataDir& dir, const Hash& key) {
  if (const auto kept = read_small_file(TlsFiles(dir).public_key())) {
    const auto der = crypto::from_hex(*kept);
    if (der && crypto::tls_key_hash(*der) == key) return *der;
  }
  const auto held = tls_key_of(dir);
  if (!held) return fail(held.error());
  if (held->hash() == key) return held->public_der();
  return fail(
      Errc::unauthorised,
      "本节点的 TLS 密钥尚未写入其证书，续签后即可 this node's TLS key isn't in its certificate "
      "yet: it will be once that is renewed");
}

/// Is what lies there good for these names, this key, and long enough, and of the authority that
/// lies there as well?
bool is_good_enough(const DataDir& dir, const Hash& key, const std::vector<std::string>& names,
                    sync::Micros now) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.server())) return false;
  const auto pem = read_small_file(files.server());
  if (!pem) return false;
  const auto facts = crypto::tls_facts(*pem);
  if (!facts || facts->key != key) return false;
  if ((facts->until_us - now) * 3 < facts->until_us - facts->from_us) return false;
  const auto authority = read_small_file(files.authority());
  if (!authority || !crypto::is_vouched_for(*pem, *authority, now)) return false;
  const auto kept = read_small_file(files.names_issued());
  std::string wanted;
  for (const auto& name : names) wanted += name + "\n";
  return kept && *kept == wanted;
}

/// What phones were told to trust isn't what they have to trust from now on: people shall know.
Result<void> note_authority(const TlsFiles& files, const std::string& authority, sync::Micros now) {
  if (!store::file_exists(files.authority())) return {};
  const auto before = read_small_file(files.authority());
  if (!before || *before == authority) return {};
  spdlog::warn(
      "本市 CA 已更换，手机和电脑须重新信任，请与市级核对指纹（linli tls status、/trust） another "
      "authority of the city is known from now on: ask the hub's people whether they made it");
  return write_small_file(files.authority_before(), std::to_string(now) + "\n" + *before);
}

Result<void> keep(const DataDir& dir, const CertificateAnswer& answer,
                  const std::vector<std::string>& names, sync::Micros now) {
  const TlsFiles files(dir);
  if (auto noted = note_authority(files, answer.authority, now); !noted) return noted;
  std::string list;
  for (const auto& name : names) list += name + "\n";
  if (auto kept = write_small_file(files.authority(), answer.authority); !kept) return kept;
  if (auto kept = write_small_file(files.server(), answer.chain); !kept) return kept;
  return write_small_file(files.names_issued(), list);
}

struct Refusal {
  sync::Micros at = 0;
  std::string code, detail;
};

std::optional<Refusal> kept_refusal(const TlsFiles& files) {
  if (!store::file_exists(files.refused())) return std::nullopt;
  const auto text = read_small_file(files.refused());
  if (!text) return std::nullopt;
  Refusal refusal;
  std::istringstream lines(*text);
  lines >> refusal.at >> refusal.code;
  lines.ignore();
  std::getline(lines, refusal.detail);
  return refusal.code.empty() ? std::nullopt : std::optional(refusal);
}

/// Whoever asks how it is shall hear why there is no certificate; best effort.
void note_outcome(const DataDir& dir, const Result<bool>& done, sync::Micros now) {
  const TlsFiles files(dir);
  const auto before = kept_refusal(files);
  if (done) {
    std::error_code none;
    if (before) std::filesystem::remove(files.refused(), none);
    return;
  }
  // Away from the hub for weeks is ordinary, where there is a certificate.
  const bool ordinary =
      done.error().code == Errc::unreachable || done.error().code == Errc::not_found;
  if (ordinary && store::file_exists(files.server())) return;
  const std::string code(info(done.error().code).name);
  auto detail = done.error().detail;
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  if (before && before->code == code && before->detail == detail) return;
  (void)write_small_file(files.refused(), std::to_string(now) + "\n" + code + "\n" + detail + "\n")
      .has_value();
}

}  // namespace

Result<std::vector<std::string>> tls_names(const DataDir& dir) {
  const TlsFiles files(dir);
  std::vector<std::string> names;
  if (!store::file_exists(files.names())) return names;
  const auto text = read_small_file(files.names());
  if (!text) return fail(text.error());
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.push_back(line);
  }
  return checked(names);
}

Result<void> set_tls_names(const DataDir& dir, const std::vector<std::string>& names) {
  const auto good = checked(names);
  if (!good) return fail(good.error());
  std::string text;
  for (const auto& name : *good) text += name + "\n";
  return write_small_file(TlsFiles(dir).names(), text);
}

// ---- The authority ------------------------------------------------------------------------------

Result<crypto::TlsAuthority> authority_of(const DataDir& dir) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.authority_key())) {
    return fail(
        Errc::not_found,
        "本市还没有 CA，请在中心运行 linli tls profile the city has no authority yet: `linli tls "
        "profile` at the hub makes it");
  }
  const auto key = tls_key_in(files.authority_key());
  if (!key) return fail(key.error());
  const auto pem = read_small_file(files.authority());
  if (!pem) return fail(pem.error());
  return crypto::TlsAuthority::read(*pem, *key);
}

Result<crypto::TlsAuthority> found_authority(const DataDir& hub, const std::string& city,
                                             const std::vector<std::string>& permit,
                                             sync::Micros now) {
  const TlsFiles files(hub);
  if (store::file_exists(files.authority_key())) {
    if (permit.empty()) return authority_of(hub);
    return fail(
        Errc::forbidden,
        "本市 CA 已建立，其范围不能更改 the authority is there, and what it may vouch for can't be "
        "changed; to make another, which every phone has to trust anew, remove tls/ca.key");
  }
  const auto names = checked(permit);
  if (!names) return fail(names.error());
  const auto key = crypto::TlsKey::generate();
  auto made = crypto::TlsAuthority::found(key, city, *names, now);
  if (!made) return made;
  if (auto noted = note_authority(files, made->pem(), now); !noted) return fail(noted.error());
  // The key last: without it there is none.
  if (auto kept = write_small_file(files.authority(), made->pem()); !kept)
    return fail(kept.error());
  if (auto kept = keep_tls_key(files.authority_key(), key); !kept) return fail(kept.error());
  return made;
}

// ---- Asking and answering -----------------------------------------------------------------------

std::string CertificateRequest::encode(const crypto::SigningKey& key) const {
  cbor::Writer w;
  w.array(4);
  w.uint(kVersion);
  w.bytes(certificate.view());
  w.bytes(public_der);
  w.array(names.size());
  for (const auto& name : names) w.text(name);
  crypto::SignedBody body{w.take(), {}};
  body.signature = key.sign(kDomainTlsRequest, body.body);
  return body.encode();
}

Result<std::string> issue_certificate(Replica& hub, std::string_view bytes) {
  const auto authority = authority_of(hub.dir());
  if (!authority) return fail(authority.error());
  const auto asked = decode_request(bytes);
  if (!asked) return fail(asked.error());
  const auto trust = hub.trust();
  const auto who = asker_of(trust->book, *asked, hub.now());
  if (!who) return fail(who.error());
  const auto names = checked(asked->request.names);
  if (!names) return fail(names.error());
  const auto chain = authority->issue(asked->request.public_der, *names, hub.now());
  if (!chain) return fail(chain.error());
  if (auto taken = take_names(hub, (*who)->subject, *names); !taken) return fail(taken.error());
  cbor::Writer w;
  w.array(5);
  w.uint(kVersion);
  w.bytes(crypto::hash({kDomainTlsRequest, bytes}).view());
  w.bytes(hub.identity().certificate.view());
  w.bytes(*chain);
  w.bytes(authority->pem());
  crypto::SignedBody body{w.take(), {}};
  body.signature = hub.key().sign(kDomainTlsAnswer, body.body);
  return body.encode();
}

Result<CertificateAnswer> read_certificate_answer(const Replica& node, std::string_view request,
                                                  std::string_view bytes) {
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  cbor::Reader r(body->body);
  if (r.array() != 5 || r.uint() != kVersion) r.reject("a TLS answer is [1, request, …]");
  const auto answers = r.bytes(32), signer = r.bytes(32);
  CertificateAnswer answer;
  answer.chain = std::string(r.bytes());
  answer.authority = std::string(r.bytes());
  if (auto done = r.finish(); !done) return fail(done.error());
  const auto trust = node.trust();
  const auto* hub = trust->book.find(Hash::of(signer));
  // The role alone isn't enough: others may have given it.
  const bool is_hub = hub && hub->role == crypto::Role::hub && hub->issuer == trust->book.city();
  if (!is_hub || trust->book.revoked(*hub)) {
    return fail(Errc::stranger, "答复不是市局中心签发的 the answer isn't the hub's");
  }
  if (!crypto::verify(hub->signing_key, kDomainTlsAnswer, body->body, body->signature)) {
    return fail(Errc::bad_signature, "答复被改动过 the answer was altered");
  }
  if (Hash::of(answers) != crypto::hash({kDomainTlsRequest, request})) {
    return fail(Errc::wrong_recipient, "答复的是另一份申请 it answers another request");
  }
  if (!crypto::is_bounded_authority(answer.authority)) {
    return fail(
        Errc::forbidden,
        "这个 CA 没有限定范围，本节点不采用 the authority may vouch for anything: this node "
        "doesn't take it");
  }
  return answer;
}

Result<std::string> ask_certificate_above(Replica& node, const std::string& url,
                                          const std::string& request) {
  if (url.empty())
    return fail(Errc::unreachable, "本节点现在没有上级 this node has no upstream now");
  HttpClient above(url);
  pin_to_known(node, above);
  above.set_timeout(std::chrono::seconds(20));
  above.set_limit(kTlsLetterBytesMax * 4);
  auto answer = above.send("POST", "/api/v1/sync/tls", request, kWireType);
  if (!answer) return fail(answer.error());
  if (answer->status == 200) return std::move(answer->body);
  const auto problem = Json::parse(answer->body, nullptr, false);
  const auto code = problem.is_object() ? problem.value("code", "") : "";
  const auto detail = problem.is_object() ? problem.value("detail", "") : "";
  for (const auto& row : errc_table()) {
    if (row.name == code) return fail(row.code, detail);
  }
  return fail(Errc::unreachable,
              "上级没有给出证书 " + url + " answered " + std::to_string(answer->status));
}

namespace {

Result<bool> renew(Replica& node, const AskAbove& ask, bool compare) {
  const auto names = tls_names(node.dir());
  if (!names) return fail(names.error());
  if (names->empty()) return false;
  const auto trust = node.trust();
  const auto own = node.identity().certificate;
  const auto& key = trust->book.find(own)->tls_key;
  const bool good = is_good_enough(node.dir(), key, *names, node.now());
  const bool here = store::file_exists(TlsFiles(node.dir()).authority_key());
  if (good && (here || !compare)) return false;
  const auto der = public_key_of(node.dir(), key);
  if (!der) return fail(der.error());
  const CertificateRequest request{own, *der, *names};
  const auto bytes = request.encode(node.key());
  const auto said = here ? issue_certificate(node, bytes) : ask(bytes);
  if (!said) return fail(said.error());
  const auto answer = read_certificate_answer(node, bytes, *said);
  if (!answer) return fail(answer.error());
  const auto facts = crypto::tls_facts(answer->chain);
  if (!facts || facts->key != key ||
      !crypto::is_vouched_for(answer->chain, answer->authority, node.now())) {
    return fail(Errc::altered,
                "收到的证书不能用于本节点 the certificate that came isn't good for this node");
  }
  const auto known = read_small_file(TlsFiles(node.dir()).authority());
  if (good && known && *known == answer->authority) return false;
  if (auto kept = keep(node.dir(), *answer, *names, node.now()); !kept) return fail(kept.error());
  return true;
}

}  // namespace

Result<bool> renew_certificate(Replica& node, const AskAbove& ask, bool compare) {
  auto done = renew(node, ask, compare);
  note_outcome(node.dir(), done, node.now());
  return done;
}

// ---- What it says -------------------------------------------------------------------------------

namespace {

/// When another authority came; 0: it is the first one that was known.
sync::Micros authority_changed(const TlsFiles& files) {
  if (!store::file_exists(files.authority_before())) return 0;
  const auto text = read_small_file(files.authority_before());
  sync::Micros at = 0;
  if (text) std::istringstream(*text) >> at;
  return at;
}

Json shown_json(const crypto::TlsFacts& facts, const char* source, sync::Micros now) {
  return {{"source", source},
          {"subject", facts.subject},
          {"issuer", facts.issuer},
          {"names", facts.names},
          {"from", model::instant_text(facts.from_us / 1000)},
          {"until", model::instant_text(facts.until_us / 1000)},
          {"days_left", (facts.until_us - now) / crypto::kDayMicros}};
}

}  // namespace

Json tls_json(const crypto::Certificate& own, const DataDir& dir, sync::Micros now) {
  const TlsFiles files(dir);
  Json json;
  json["key"] = own.tls_key.is_zero() ? Json(nullptr) : Json(crypto::to_hex(own.tls_key.view()));
  const auto names = tls_names(dir);
  json["names"] = names ? Json(*names) : Json::array();
  json["authority"] = store::file_exists(files.authority_key()) ? Json("here")
                      : store::file_exists(files.authority())   ? Json("known")
                                                                : Json(nullptr);
  json["certificate"] = nullptr;
  const bool given = store::file_exists(files.given());
  const auto pem = read_small_file(given ? files.given() : files.server());
  const auto facts = pem ? crypto::tls_facts(*pem) : Result<crypto::TlsFacts>(fail(pem.error()));
  if (facts) json["certificate"] = shown_json(*facts, given ? "given" : "city", now);
  json["refused"] = nullptr;
  if (const auto refused = kept_refusal(files); refused && names && !names->empty()) {
    json["refused"] = {{"code", refused->code},
                       {"detail", refused->detail},
                       {"at", model::instant_text(refused->at / 1000)}};
  }
  constexpr std::int64_t kWarnDays = 30;
  const auto changed = authority_changed(files);
  json["authority_changed"] =
      changed > 0 ? Json(model::instant_text(changed / 1000)) : Json(nullptr);
  Json warnings = Json::array();
  const auto pub = read_small_file(files.public_key());
  const auto der = pub ? crypto::from_hex(*pub) : Result<std::string>(fail(pub.error()));
  const bool other = der && crypto::tls_key_hash(*der) != own.tls_key;
  if (own.tls_key.is_zero() || other) warnings.push_back("key_not_certified");
  if (changed > 0 && now - changed < kWarnDays * crypto::kDayMicros) {
    warnings.push_back("authority_changed");
  }
  if (!json["refused"].is_null()) warnings.push_back("certificate_refused");
  if (facts && facts->from_us > now) warnings.push_back("certificate_not_yet_valid");
  if (facts && facts->until_us <= now) warnings.push_back("certificate_expired");
  if (facts && facts->until_us > now && facts->until_us - now < kWarnDays * crypto::kDayMicros) {
    warnings.push_back("certificate_expires_soon");
  }
  json["warnings"] = std::move(warnings);
  return json;
}

}  // namespace linli::node
