#include "node/history_owed.h"

#include <spdlog/spdlog.h>

#include <sstream>

#include "node/upstream.h"
#include "sync/history.h"
#include "sync/receipt.h"

namespace linli::node {
namespace {

constexpr std::string_view kOwed = "history_owed";  ///< "<since> <tries>"
constexpr const char* kGone = "the keeper of the history shows none any more, though it signed one";
constexpr const char* kOverdue =
    "no proof of the history came for over a day, though the hub confirmed more than what it has "
    "proven";

/// Does whoever answers there keep the history that was checked?
bool is_keeper(Replica& replica, const std::string& url, const sync::LogName& log) {
  const auto peer = peer_at(replica, url);
  const auto trust = replica.trust();
  const auto* there = peer ? trust->book.find(*peer) : nullptr;
  return there && there->subject == log.author;
}

/// Did the hub confirm what the kept checkpoint doesn't cover?
bool confirmed_more(Replica& replica, const sync::LogName& log, std::uint64_t size,
                    const std::string& bytes) {
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return false;
  const auto receipt = sync::Receipt::decode(body->body);
  if (!receipt) return false;
  const auto trust = replica.trust();
  const auto* signer = trust->book.find(receipt->certificate);
  if (!signer) return false;
  const bool same = signer->subject == log.author && receipt->checkpoint.epoch == log.epoch;
  return !same || receipt->checkpoint.size > size;
}

/// Notes the try; what it was before.
Result<OwedProof> note_try(Replica& replica) {
  OwedProof before;
  {
    auto lease = replica.store().read();
    store::Log log(*lease);
    before = owed_proof(log);
  }
  // An exchange that brings nothing writes nothing.
  if (before.tries >= kProofTriesMin) return before;
  auto noted = replica.write([&]() -> Result<void> {
    const auto since = before.since != 0 ? before.since : replica.now();
    replica.store().log().set_meta(kOwed,
                                   std::to_string(since) + " " + std::to_string(before.tries + 1));
    return {};
  });
  if (!noted) return fail(noted.error());
  return before;
}

}  // namespace

OwedProof owed_proof(store::Log& log) {
  OwedProof owed;
  std::istringstream text(log.meta(kOwed).value_or(""));
  text >> owed.since >> owed.tries;
  return text ? owed : OwedProof{};
}

void proof_came(store::Log& log) {
  if (owed_proof(log).since != 0) log.set_meta(kOwed, "");
}

bool says_withheld(const store::HistoryFault& fault) {
  return fault.detail == kGone || fault.detail == kOverdue;
}

Result<bool> owe_proof(Replica& replica, const std::string& url, const store::SeenHistory& kept,
                       const std::string& receipt, const Error& why) {
  const auto log = sync::LogName::of(kept.origin);
  if (!log) return fail(log.error());
  const auto before = note_try(replica);
  if (!before) return fail(before.error());
  const bool gone = why.code == Errc::not_found && is_keeper(replica, url, *log);
  const bool overdue = before->tries >= kProofTriesMin - 1 &&
                       replica.now() - before->since >= kProofOwedMax &&
                       confirmed_more(replica, *log, kept.size, receipt);
  if (!gone && !overdue) {
    if (before->since == 0) {
      spdlog::warn("市级历史这次没有得到证明 the hub's history wasn't proven this time: {}",
                   describe(why));
    }
    return before->since == 0;
  }
  const store::HistoryFault fault{
      kept.origin, gone ? kGone : kOverdue, kept.note,
      url + ": " + describe(why) + "\nreceipt " + crypto::to_base64(receipt) + "\n", replica.now()};
  bool news = false;
  auto written = replica.write([&]() -> Result<void> {
    news = store::keep_history_fault(replica.store().log().database(), fault);
    return {};
  });
  if (!written) return fail(written.error());
  if (news) {
    spdlog::error("{}: see `linli history`, and ask whoever runs the hub", fault.detail);
  }
  return fail(Errc::altered, fault.detail);
}

}  // namespace linli::node
