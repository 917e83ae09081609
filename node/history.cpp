#include "node/history.h"

#include "crypto/cbor.h"
#include "node/history_owed.h"
#include "node/store/history.h"
#include "node/store/own_sets.h"
#include "node/store/proof_parts.h"
#include "node/told_history.h"

namespace linli::node {
namespace {

using store::DatabaseError;

/// Runs `work` on one state of the store.
template <class Work>
auto at_one_moment(store::Store& store, const Work& work) -> decltype(work(store.database())) {
  try {
    auto lease = store.read();
    const store::Transaction snapshot(*lease, true);
    return work(*lease);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<sync::LogName> log_name(store::Database& db, const crypto::AuthorId& keeper) {
  store::Log log(db);
  const auto root = log.meta("root");
  if (!root) return fail(Errc::not_a_data_dir, "其中没有市根声明 no city's root statement in it");
  const auto book = crypto::CertificateBook::found(*root);
  if (!book) return fail(book.error());
  return sync::LogName{book->root().scope, keeper,
                       static_cast<std::uint64_t>(log.meta_int("epoch", 1))};
}

/// Whose history this node keeps: its own, under whatever key.
Result<sync::LogName> own_log(store::Database& db) {
  const auto own = store::own_author(db);
  if (!own) return fail(own.error());
  return log_name(db, *own);
}

/// The size that is meant. Errors: not_found.
Result<std::uint64_t> size_asked(store::Database& db, std::uint64_t size) {
  const auto all = store::history_size(db);
  if (all == 0)
    return fail(Errc::not_found,
                "本节点不保管历史，请向市局中心查询 this node keeps no history; ask the hub");
  if (size > all)
    return fail(Errc::not_found, "历史没有这么长 the history has only " + std::to_string(all));
  return size == 0 ? all : size;
}

Result<std::string> signed_head(store::Database& db, const crypto::SigningKey& key,
                                std::uint64_t size) {
  const auto name = own_log(db);
  if (!name) return fail(name.error());
  const auto origin = name->origin();
  const crypto::Checkpoint head{
      origin, size, crypto::tree_root(size, store::history_nodes(db)), {}};
  const auto text = head.encode();
  auto note = crypto::SignedNote{text, {crypto::sign_note(key, origin, text)}}.encode();
  for (const auto& line : store::cosignatures(db, origin, size)) note += line;
  return note;
}

Json own_json(store::Database& db, const crypto::CertificateBook& book) {
  store::Log log(db);
  const auto own = crypto::Hash::of(log.meta("certificate").value_or(std::string(32, '\0')));
  const auto* certificate = book.find(own);
  const auto size = store::history_size(db);
  if (!certificate || size == 0) return nullptr;
  const auto name = log_name(db, certificate->subject);
  if (!name) return nullptr;
  const crypto::NoteKey key{name->origin(), crypto::NoteType::ed25519, certificate->signing_key};
  return {{"origin", name->origin()}, {"size", size}, {"key", key.vkey()}};
}

std::string instant(sync::Micros at) { return model::instant_text(at / 1000); }

/// Was that history proven again since? A contradiction is never over.
bool is_over(store::Database& db, const store::HistoryFault& fault) {
  if (!says_withheld(fault)) return false;
  const auto seen = store::seen_history(db, fault.origin);
  return seen && seen->checked > fault.at;
}

/// Does somebody still have to look into it?
bool is_open(store::Database& db, const store::HistoryFault& fault) {
  return !fault.acknowledged && !is_over(db, fault);
}

Json acknowledged_json(const std::optional<store::Acknowledged>& said) {
  if (!said) return nullptr;
  return {{"at", instant(said->at)}, {"by", said->by}, {"note", said->note}};
}

Json owed_since(store::Database& db) {
  store::Log log(db);
  const auto owed = owed_proof(log);
  return owed.since > 0 ? Json(instant(owed.since)) : Json(nullptr);
}

}  // namespace

Result<std::string> history_checkpoint(store::Store& store, const crypto::SigningKey& key,
                                       std::uint64_t size) {
  return at_one_moment(store, [&](store::Database& db) -> Result<std::string> {
    const auto asked = size_asked(db, size);
    if (!asked) return fail(asked.error());
    return signed_head(db, key, *asked);
  });
}

Result<std::string> history_growth(store::Store& store, const crypto::SigningKey& key,
                                   std::uint64_t from) {
  return at_one_moment(store, [&](store::Database& db) -> Result<std::string> {
    const auto size = size_asked(db, 0);
    if (!size) return fail(size.error());
    auto head = signed_head(db, key, *size);
    if (!head) return head;
    // Asked for more than there is: the head alone says so, signed.
    const auto known = from <= *size ? from : 0;
    return crypto::TlogGrowth{
        known, crypto::consistency_proof(known, *size, store::history_nodes(db)), *head}
        .encode();
  });
}

Result<std::string> history_place(store::Store& store, const crypto::SigningKey& key,
                                  const sync::FeedId& feed, std::uint64_t seq, std::uint64_t size) {
  return at_one_moment(store, [&](store::Database& db) -> Result<std::string> {
    const auto asked = size_asked(db, size);
    if (!asked) return fail(asked.error());
    const auto arrival = store::set_at(db, feed, seq);
    const auto index = arrival ? store::leaf_position(db, *arrival) : std::nullopt;
    if (!index || *index >= *asked) {
      return fail(Errc::not_found, "历史中没有这个变更集 no such change set in the history");
    }
    // Unless a size is asked for: the head that most others have checked.
    auto chosen = *asked;
    if (const auto name = own_log(db); name && size == 0) {
      chosen = store::most_cosigned(db, name->origin(), *index + 1).value_or(chosen);
    }
    auto head = signed_head(db, key, chosen);
    if (!head) return head;
    return crypto::TlogProof{
        *index, crypto::inclusion_proof(*index, chosen, store::history_nodes(db)), *head}
        .encode();
  });
}

Result<Json> history_json(store::Store& store) {
  return at_one_moment(store, [&](store::Database& db) -> Result<Json> {
    const auto book = store::certificate_book(db);
    if (!book) return fail(book.error());
    Json seen = Json::array(), faults = Json::array();
    for (const auto& one : store::seen_histories(db)) {
      seen.push_back({{"origin", one.origin},
                      {"size", one.size},
                      {"checked", instant(one.checked)},
                      {"note", one.note}});
    }
    for (const auto& fault : store::kept_history_faults(db)) {
      faults.push_back({{"number", fault.number},
                        {"origin", fault.origin},
                        {"detail", fault.detail},
                        {"zh", told_history(fault.detail)},
                        {"at", instant(fault.at)},
                        {"kept", fault.kept},
                        {"shown", fault.shown},
                        {"over", is_over(db, fault)},
                        {"acknowledged", acknowledged_json(fault.acknowledged)}});
    }
    return Json{{"own", own_json(db, *book)},
                {"seen", std::move(seen)},
                {"faults", std::move(faults)},
                {"owed_since", owed_since(db)}};
  });
}

Json history_state(store::Database& db) {
  Json state{{"checked", nullptr}, {"size", nullptr}, {"last_fault", nullptr}};
  if (const auto seen = store::seen_histories(db); !seen.empty()) {
    state["checked"] = instant(seen.front().checked);
    state["size"] = seen.front().size;
  }
  std::size_t faults = 0, acknowledged = 0;
  state["last_acknowledged"] = nullptr;
  for (const auto& fault : store::kept_history_faults(db)) {
    if (fault.acknowledged) {
      ++acknowledged;
      state["last_acknowledged"] = acknowledged_json(fault.acknowledged);
      state["last_acknowledged"]["detail"] = fault.detail;
      state["last_acknowledged"]["zh"] = told_history(fault.detail);
    } else if (is_open(db, fault)) {
      ++faults;
      state["last_fault"] = {
          {"detail", fault.detail}, {"zh", told_history(fault.detail)}, {"at", instant(fault.at)}};
    }
  }
  state["faults"] = faults;
  state["acknowledged"] = acknowledged;
  state["owed_since"] = owed_since(db);
  return state;
}

std::string history_trouble(const Json& state) {
  const auto last = state.find("last_fault");
  if (last != state.end() && last->is_object()) {
    return "市级历史有 " + std::to_string(state.value("faults", 0)) + " 处不一致（" +
           last->value("zh", "") +
           "）：市局中心从备份恢复后会这样，历史被改写也会这样。请先询问市局是否恢复过备份；"
           "确属恢复的，运行 linli history --acknowledge \"说明\"；不是的，保留 linli history "
           "所列证据，并告知其他节点 the hub's history is in doubt: " +
           last->value("detail", "") +
           ". A hub that was restored from a backup looks like this, and so does one that rewrote "
           "its history: ask its people. If they restored it, run `linli history --acknowledge "
           "NOTE`; if not, keep what `linli history` shows, and tell other nodes";
  }
  const auto owed = state.find("owed_since");
  if (owed != state.end() && owed->is_string()) {
    return "市级历史自 " + owed->get<std::string>() +
           " 起没有得到证明，多为线路原因；超过一天即告警 the hub's history wasn't proven since "
           "then";
  }
  return {};
}

Result<std::size_t> acknowledge_history(Replica& replica, const Acknowledging& said) {
  if (said.note.empty() || said.note.size() > kAcknowledgeBytesMax ||
      !cbor::valid_utf8(said.note)) {
    return fail(Errc::bad_value,
                "请写明核实的结果，1 至 1000 字节 say what was found out, in 1 to 1000 bytes",
                "note");
  }
  std::size_t count = 0;
  auto done = replica.write([&]() -> Result<void> {
    auto& db = replica.store().database();
    for (const auto& fault : store::kept_history_faults(db)) {
      if (!is_open(db, fault) || (said.number != 0 && fault.number != said.number)) continue;
      store::acknowledge_history_fault(db, fault.number, {replica.now(), said.by, said.note});
      ++count;
    }
    if (count > 0) return {};
    return fail(Errc::not_found, "没有待确认的不一致 nothing of the history waits for this");
  });
  if (!done) return fail(done.error());
  return count;
}

}  // namespace linli::node
