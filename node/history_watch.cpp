#include "node/history_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/cosigning.h"
#include "node/history_owed.h"
#include "node/store/history.h"
#include "node/store/proof_parts.h"
#include "sync/history.h"
#include "sync/receipt.h"

namespace linli::node {
namespace {

using store::DatabaseError;

constexpr sync::Micros kAskAgain = 3600LL * 1'000'000;
constexpr std::size_t kAnswerMax = 256u << 10;

/// What this node knows before it asks.
struct Known {
  std::string receipt;  ///< The newest, signed.
  std::optional<store::SeenHistory> newest;
  bool asked = false;  ///< With this very receipt, a short while ago.
};

Known known_of(Replica& replica) {
  auto lease = replica.store().read();
  auto& db = *lease;
  Known known;
  known.receipt = store::newest_receipt(db);
  const auto all = store::seen_histories(db);
  if (!all.empty()) known.newest = all.front();
  const auto tag = crypto::hash({known.receipt});
  const auto asked = store::Log(db).meta("history_asked");
  known.asked = asked && *asked == tag.view() && known.newest &&
                replica.now() - known.newest->checked < kAskAgain;
  return known;
}

/// An answer's text; empty: what answers knows no history.
Result<std::string> get(HttpClient& client, const std::string& path) {
  client.set_limit(kAnswerMax);
  const auto answer = client.send("GET", path);
  if (!answer) return fail(answer.error());
  if (answer->status == 404) return std::string();
  if (answer->status != 200) {
    return fail(Errc::unreachable,
                "it answered " + std::to_string(answer->status) + " when asked for its history");
  }
  return answer->body;
}

/// The evidence, and the reason.
struct Fault {
  Error error;
  std::string kept;
};
using Verdict = std::optional<Fault>;

crypto::Checkpoint checkpoint_of(const std::string& note) {
  const auto read = crypto::SignedNote::decode(note);
  const auto checkpoint = read ? crypto::Checkpoint::decode(read->text)
                               : Result<crypto::Checkpoint>(fail(read.error()));
  if (!checkpoint) throw DatabaseError({Errc::corrupt, "a kept checkpoint can't be read", {}});
  return *checkpoint;
}

/// Did a root key end this history, and name a head that the one which was seen lies before? Then
/// what follows is no hub's doing that hides something.
bool root_ended(const Trust& trust, const sync::LogName& log, const crypto::Checkpoint& seen) {
  for (const auto& [hash, certificate] : trust.book.all()) {
    if (certificate->subject != log.author) continue;
    const auto* end = trust.revocations.of(certificate->signing_key);
    if (!end || end->certificate != trust.book.city() || !end->last_head) continue;
    // Sizes alone can be compared: receipts are of a tree with other hashes than checkpoints.
    const auto& last = *end->last_head;
    if (last.epoch == log.epoch && seen.size <= last.size) return true;
  }
  return false;
}

/// Did a root key itself say that this node may keep the history?
bool is_by_root(const Trust& trust, const sync::TreeHead& head) {
  const auto* keeper = trust.book.find(head.certificate);
  return keeper && keeper->issuer == trust.book.city();
}

/// Who kept the last history that was checked here, if any was.
std::optional<sync::LogName> last_log(const Known& known) {
  if (!known.newest) return std::nullopt;
  const auto last = sync::LogName::of(known.newest->origin);
  return last ? std::optional(*last) : std::nullopt;
}

/// The first head of a history that wasn't seen before.
Verdict judge_new(const Trust& trust, const sync::TreeHead& head, const Known& known) {
  const auto last = last_log(known);
  if (!last) {
    if (is_by_root(trust, head)) return std::nullopt;
    return Fault{{Errc::fork, "who keeps this history wasn't enrolled by a root key", {}}, {}};
  }
  const bool same_keeper = last->author == head.log.author;
  const bool ended = root_ended(trust, *last, checkpoint_of(known.newest->note));
  if (ended && (same_keeper || is_by_root(trust, head))) return std::nullopt;
  if (!same_keeper) {
    return Fault{{Errc::fork, "another node keeps the history, and no root key said so", {}},
                 known.newest->note};
  }
  // Another epoch: a backup was put back at the hub, or that is what it says.
  return Fault{{Errc::fork, "the hub began its history anew, as after a restored backup", {}},
               known.newest->note};
}

/// Does the head go on from what is known of this history?
Verdict compare(Replica& replica, const sync::TreeHead& head, const crypto::TlogGrowth& growth,
                const Known& known) {
  auto lease = replica.store().read();
  const auto before = store::seen_history(*lease, head.checkpoint.origin);
  if (before) {
    const auto holds = sync::goes_on(checkpoint_of(before->note), head.checkpoint, growth.hashes);
    if (holds) return std::nullopt;
    return Fault{holds.error(), before->note};
  }
  return judge_new(*replica.trust(), head, known);
}

/// The receipt, if it speaks of the history that the head is of.
std::optional<sync::Receipt> receipt_of(const std::string& bytes, const sync::TreeHead& head,
                                        const crypto::CertificateBook& book) {
  if (bytes.empty()) return std::nullopt;
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return std::nullopt;
  auto receipt = sync::Receipt::decode(body->body);
  if (!receipt) return std::nullopt;
  const auto* signer = book.find(receipt->certificate);
  // One of an earlier epoch may be of what a restored backup lost; a later one of what isn't shown.
  const bool same_log =
      signer && signer->subject == head.log.author && receipt->checkpoint.epoch >= head.log.epoch;
  if (!same_log) return std::nullopt;
  return std::move(*receipt);
}

/// Is what the receipt confirms in the history?
Result<Verdict> find_receipted(const sync::Receipt& receipt, const sync::TreeHead& head,
                               HttpClient& client, const std::string& signed_receipt) {
  const auto& checkpoint = head.checkpoint;
  const auto missing = [&](std::string why) {
    return Verdict(Fault{{Errc::altered, std::move(why), {}},
                         "receipt " + crypto::to_base64(signed_receipt) + "\n"});
  };
  if (receipt.checkpoint.epoch > head.log.epoch) {
    return missing("a receipt is of a later epoch than the history that is shown");
  }
  if (receipt.checkpoint.size > checkpoint.size) {
    return missing("the history is smaller than a receipt says that it was");
  }
  const auto text =
      get(client, "/api/v1/sync/history/place?feed=" + crypto::to_hex(receipt.feed.view()) +
                      "&seq=" + std::to_string(receipt.to) +
                      "&size=" + std::to_string(checkpoint.size));
  if (!text) return fail(text.error());
  const auto proof = crypto::TlogProof::decode(*text);
  if (!proof) return missing("what a receipt confirms isn't in the history");
  const auto held = crypto::check_inclusion(crypto::tree_leaf(receipt.last.view()), proof->index,
                                            checkpoint.size, checkpoint.root, proof->hashes);
  if (!held) return missing("what a receipt confirms isn't in the history: " + held.error().detail);
  if (proof->index >= receipt.checkpoint.size) {
    return missing("what a receipt confirms stands later in the history than the receipt says");
  }
  return Verdict();
}

/// True: a fault that wasn't known.
Result<bool> keep(Replica& replica, const std::string& note, const sync::TreeHead& head,
                  const Known& known, const Verdict& fault) {
  bool news = false;
  auto kept = replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    auto& db = log.database();
    const auto now = replica.now();
    const auto& origin = head.checkpoint.origin;
    if (fault) {
      news = store::keep_history_fault(db, {origin, fault->error.detail, fault->kept, note, now});
    }
    // A head that contradicts what was seen never takes its place; one of a new history of the same
    // keeper is the first of it.
    const auto before = store::seen_history(db, origin);
    const auto last = last_log(known);
    const bool begins = !before && last && last->author == head.log.author;
    if (!fault ? !before || before->size <= head.checkpoint.size : begins) {
      store::save_seen_history(db, {origin, note, head.checkpoint.size, now});
    }
    if (!fault) {
      proof_came(log);
      log.set_meta("history_asked", crypto::hash({known.receipt}).view());
    }
    return {};
  });
  if (!kept) return fail(kept.error());
  return news;
}

/// What the upstream says of its history.
struct Answer {
  crypto::TlogGrowth growth;
  sync::TreeHead head;
};
Result<std::optional<Answer>> ask(HttpClient& client, std::uint64_t from, const Trust& trust) {
  const auto text = get(client, "/api/v1/sync/history?from=" + std::to_string(from));
  if (!text) return fail(text.error());
  if (text->empty()) return std::optional<Answer>();
  auto growth = crypto::TlogGrowth::decode(*text);
  if (!growth) return fail(growth.error());
  auto head = sync::open_checkpoint(growth->checkpoint, trust.book);
  if (!head) return fail(head.error());
  // Whoever stole a hub's key can sign heads of his own.
  const auto& said = head->checkpoint;
  const sync::Seen place{head->log.epoch, said.size, {}, 0};
  const auto* signer = trust.book.find(head->certificate);
  if (const auto* end = trust.revocations.against_word(*signer, place)) {
    return fail(Errc::revoked, "a head of later than the end of its key: " + end->reason);
  }
  return std::optional<Answer>(Answer{std::move(*growth), std::move(*head)});
}

/// Asks for the proof from where this node knows the history that is kept there.
Result<std::optional<Answer>> ask_from_known(Replica& replica, HttpClient& client,
                                             const Known& known, const Trust& trust) {
  auto answer = ask(client, known.newest ? known.newest->size : 0, trust);
  if (!answer || !*answer) return answer;
  const auto& head = (*answer)->head.checkpoint;
  std::optional<store::SeenHistory> before;
  {
    auto lease = replica.store().read();
    before = store::seen_history(*lease, head.origin);
  }
  // Another history than the one that was seen last.
  const bool other = before && before->size != (*answer)->growth.old_size;
  return other && before->size <= head.size ? ask(client, before->size, trust) : answer;
}

/// Cosigns a head that is new here. That it doesn't arrive is no harm: the next one will.
void tell_others(Replica& replica, HttpClient& client, const std::string& note,
                 const Known& known) {
  if (known.newest && known.newest->note == note) return;
  const auto told = client.send("POST", "/api/v1/sync/history/cosign", cosigned(replica, note),
                                "text/plain; charset=utf-8");
  if (!told) spdlog::debug("the cosigned head didn't arrive: {}", describe(told.error()));
}

/// What the answer proves; see watch_history().
Result<bool> judge(Replica& replica, HttpClient& client, const Known& known, const Trust& trust,
                   const Answer& answer) {
  const auto& [growth, head] = answer;
  auto fault = compare(replica, head, growth, known);
  if (!fault) {
    if (const auto receipt = receipt_of(known.receipt, head, trust.book)) {
      auto found = find_receipted(*receipt, head, client, known.receipt);
      if (!found) return fail(found.error());
      fault = std::move(*found);
    }
  }
  const auto news = keep(replica, growth.checkpoint, head, known, fault);
  if (!news) return fail(news.error());
  if (!fault) {
    tell_others(replica, client, growth.checkpoint, known);
    return true;
  }
  if (*news) {
    spdlog::error(
        "the history at the hub doesn't go on from what was seen there: {}; both signed heads "
        "are kept as evidence: see `linli history`, and show them to others",
        fault->error.detail);
  }
  return fail(fault->error);
}

}  // namespace

Result<bool> watch_history(Replica& replica, HttpClient& client) {
  try {
    const auto known = known_of(replica);
    if (known.asked) return false;
    const auto trust = replica.trust();
    const auto answer = ask_from_known(replica, client, known, *trust);
    auto held = !answer    ? Result<bool>(fail(answer.error()))
                : !*answer ? Result<bool>(fail(Errc::not_found, "it knows no history"))
                           : judge(replica, client, known, *trust, **answer);
    if (held) return held;
    const auto code = held.error().code;
    if (code == Errc::fork || code == Errc::altered) return held;
    if (!known.newest) return code == Errc::not_found ? Result<bool>(false) : held;
    // Who has shown a history once owes it.
    auto owed = owe_proof(replica, client.url(), *known.newest, known.receipt, held.error());
    return owed ? held : Result<bool>(fail(owed.error()));
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::node
