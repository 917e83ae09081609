#include "node/appealing.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/http_client.h"
#include "node/pinning.h"
#include "node/store/appeals.h"
#include "node/upstream.h"
#include "sync/bundle.h"

namespace linli::node {
namespace {

constexpr std::uint64_t kVersion = 1;

/// The newest certificate of ours, and what proves it.
std::vector<std::string> own_chain(const Replica& replica) {
  const auto trust = replica.trust();
  std::vector<std::string> chain;
  for (auto at = replica.identity().certificate; chain.size() < sync::kChainMax;) {
    const auto* held = trust->book.find(at);
    if (!held) break;
    chain.push_back(*trust->book.signed_bytes(at));
    at = held->issuer;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

/// Who signed it, proven from the root. Errors: stranger, bad_signature.
Result<crypto::Certificate> speaker_of(const Appeal::Read& read, crypto::CertificateBook book) {
  Hash last{};
  for (const auto& bytes : read.appeal.chain) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!body) return fail(Errc::stranger, "a certificate of its chain can't be read");
    last = crypto::certificate_hash(body->body);
    if (book.find(last)) continue;
    if (const auto added = book.add(bytes); !added) {
      return fail(Errc::stranger, describe(added.error()));
    }
  }
  const auto* speaker = book.find(last);
  if (!speaker) return fail(Errc::stranger, "it has no chain");
  if (!crypto::verify(speaker->signing_key, kDomainAppeal, read.body.body, read.body.signature)) {
    return fail(Errc::bad_signature, "申诉不是由该密钥签名的 an appeal that another key signed");
  }
  return *speaker;
}

/// Who wrote it, and who stands above that: nobody else has a say.
bool may_speak(const crypto::Certificate& speaker, const sync::FeedName& feed) {
  if (speaker.subject == feed.author) return true;
  const bool above = speaker.role == crypto::Role::hub || speaker.role == crypto::Role::district ||
                     speaker.role == crypto::Role::street;
  return above && speaker.covers(feed.scope);
}

}  // namespace

std::string Appeal::encode(const crypto::SigningKey& key) const {
  cbor::Writer w;
  w.array(6);
  w.uint(kVersion);
  w.bytes(city.view());
  w.bytes(set.view());
  w.sint(made);
  w.text(reason);
  w.array(chain.size());
  for (const auto& certificate : chain) w.bytes(certificate);
  crypto::SignedBody body{w.take(), {}};
  body.signature = key.sign(kDomainAppeal, body.body);
  return body.encode();
}

Result<Appeal::Read> Appeal::decode(std::string_view bytes) {
  if (bytes.size() > kAppealBytesMax) return fail(Errc::too_large, "an appeal is small");
  auto body = crypto::SignedBody::decode(bytes);
  if (!body) return fail(body.error());
  cbor::Reader r(body->body);
  if (r.array() != 6) r.reject("an appeal is [1, city, set, made, reason, chain]");
  const auto version = r.uint();
  if (r.ok() && version != kVersion) return fail(Errc::unknown_critical, "of a later version");
  Appeal appeal;
  const auto city = r.bytes(32), set = r.bytes(32);
  appeal.made = r.sint();
  appeal.reason = std::string(r.text());
  const auto count = r.array();
  if (count == 0 || count > sync::kChainMax) r.reject("1 to 16 certificates expected");
  for (std::size_t i = 0; i < count && r.ok(); ++i) appeal.chain.emplace_back(r.bytes());
  if (appeal.reason.empty() || appeal.reason.size() > kAppealReasonMax) {
    r.reject("a reason has 1 to 600 bytes");
  }
  if (auto done = r.finish(); !done) return fail(done.error());
  appeal.city = Hash::of(city);
  appeal.set = Hash::of(set);
  return Read{std::move(appeal), std::move(*body)};
}

Result<std::string> make_appeal(const Replica& replica, const Hash& set,
                                const std::string& reason) {
  if (reason.empty() || reason.size() > kAppealReasonMax || !cbor::valid_utf8(reason)) {
    return fail(Errc::bad_value,
                "理由须为 1 至 600 字节（约 200 个汉字） say why, in 1 to 600 bytes", "reason");
  }
  const Appeal appeal{replica.identity().city, set, replica.now(), reason, own_chain(replica)};
  return appeal.encode(replica.key());
}

Result<void> take_appeal(Replica& hub, std::string_view bytes) {
  const auto read = Appeal::decode(bytes);
  if (!read) return fail(read.error());
  const auto trust = hub.trust();
  if (read->appeal.city != trust->book.city()) {
    return fail(Errc::other_city, "申诉属于其他城市 the appeal is of another city");
  }
  const auto speaker = speaker_of(*read, trust->book);
  if (!speaker) return fail(speaker.error());
  return hub.write([&]() -> Result<void> {
    auto& log = hub.store().log();
    const auto arrival = log.held_back(read->appeal.set);
    if (!arrival) {
      return fail(
          Errc::not_found,
          "此数据未被暂缓，或已批准，或尚未送到 no such change set is held back here: send it "
          "first (linli sync, or linli held export), or it was approved already");
    }
    const auto loaded = log.load(*arrival);
    if (!may_speak(*speaker, loaded->set.feed)) {
      return fail(Errc::out_of_scope,
                  "申诉须由作者或其上级提出 neither its author nor who stands above may appeal");
    }
    const bool kept =
        store::save_appeal(log, {read->appeal.set, speaker->subject, speaker->name,
                                 read->appeal.reason, read->appeal.made, std::string(bytes)});
    if (!kept)
      return fail(Errc::slow_down,
                  "待处理的申诉过多，请先处理 too many appeals wait: somebody has to look first");
    return {};
  });
}

Result<void> hand_on_appeal(Replica& replica, std::string_view bytes) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  if (own->rights & crypto::kRightReceipt) return take_appeal(replica, bytes);
  const auto read = Appeal::decode(bytes);
  if (!read) return fail(read.error());
  if (auto speaker = speaker_of(*read, trust->book); !speaker) return fail(speaker.error());
  const auto url = upstream(replica);
  if (!url) {
    return fail(
        Errc::bad_usage,
        "本节点没有上级地址：用 --out 写成文件带去 no upstream: write it to a file with --out "
        "and have it read in above with `linli held import`");
  }
  HttpClient above(*url);
  pin_to_known(replica, above);
  above.set_timeout(std::chrono::seconds(10));
  const auto answer =
      above.send("POST", "/api/v1/sync/appeal", std::string(bytes), "application/vnd.linli+cbor");
  if (!answer) return fail(answer.error());
  if (answer->status == 204 || answer->status == 200) return {};
  const auto problem = Json::parse(answer->body, nullptr, false);
  const auto code = problem.is_object() ? problem.value("code", "") : "";
  const auto detail = problem.is_object() ? problem.value("detail", "") : "";
  for (const auto& row : errc_table()) {
    if (row.name == code) return fail(row.code, detail);
  }
  return fail(Errc::unauthorised, "it answered " + std::to_string(answer->status));
}

}  // namespace linli::node
