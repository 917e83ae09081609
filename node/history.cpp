#include "node/history.h"

#include "node/history_owed.h"
#include "node/store/history.h"
#include "node/store/own_sets.h"
#include "node/store/proof_parts.h"

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
  if (!root) return fail(Errc::not_a_data_dir, "no city's root statement in it");
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
  if (all == 0) return fail(Errc::not_found, "this node keeps no history; ask the hub");
  if (size > all) return fail(Errc::not_found, "the history has only " + std::to_string(all));
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
      return fail(Errc::not_found, "no such change set in the history");
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
      faults.push_back({{"origin", fault.origin},
                        {"detail", fault.detail},
                        {"at", instant(fault.at)},
                        {"kept", fault.kept},
                        {"shown", fault.shown},
                        {"over", is_over(db, fault)}});
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
  std::size_t faults = 0;
  for (const auto& fault : store::kept_history_faults(db)) {
    if (is_over(db, fault)) continue;
    ++faults;
    state["last_fault"] = {{"detail", fault.detail}, {"at", instant(fault.at)}};
  }
  state["faults"] = faults;
  state["owed_since"] = owed_since(db);
  return state;
}

std::string history_trouble(const Json& state) {
  const auto last = state.find("last_fault");
  if (last != state.end() && last->is_object()) {
    return "市级历史有 " + std::to_string(state.value("faults", 0)) +
           " 处不一致，请运行 linli history 并向上级和其他节点核实 the hub's history is in "
           "doubt: " +
           last->value("detail", "");
  }
  const auto owed = state.find("owed_since");
  if (owed != state.end() && owed->is_string()) {
    return "市级历史自 " + owed->get<std::string>() +
           " 起没有得到证明，多为线路原因；超过一天即告警 the hub's history wasn't proven since "
           "then";
  }
  return {};
}

}  // namespace linli::node
