#include "node/admitting.h"

#include <algorithm>
#include <map>

#include "node/enrolment.h"
#include "node/names.h"
#include "node/store/pending.h"

namespace linli::node {
namespace {

using store::PendingRow;

sync::Micros micros(std::chrono::seconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

/// Is it for this node, and in time?
Result<JoinRequest> read_request(const Replica& issuer, std::string_view bytes) {
  auto request = JoinRequest::decode(bytes);
  if (!request) return request;
  if (request->to && *request->to != issuer_of(issuer)) {
    return fail(Errc::forbidden,
                "这份申请是给另一个节点的 the request is for another node than this one");
  }
  if (request->expires < issuer.now()) {
    return fail(Errc::expired,
                "申请已过期（或申请方时钟有误），请重新申请 the request has expired (or the "
                "newcomer's clock is "
                "wrong): make a new one");
  }
  return request;
}

std::optional<Hash> member(const Replica& issuer, const crypto::PublicKey& key) {
  return issuer.trust()->book.newest_of(crypto::author_of(key));
}

/// Without those whose time is over.
std::vector<PendingRow> rows_of(store::Log& log, sync::Micros now) {
  auto rows = store::load_pending(log);
  std::erase_if(rows, [&](const PendingRow& row) { return row.arrived + kRequestValid < now; });
  return rows;
}

auto row_of(std::vector<PendingRow>& rows, const crypto::PublicKey& key) {
  return std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
}

/// One goes off a full list: somebody who was refused; else the newest of the network that has the
/// most there, if that is more than the newcomer's own has. So nobody fills it against all others.
bool make_room(std::vector<PendingRow>& rows, const std::string& from) {
  const auto refused = std::find_if(rows.begin(), rows.end(), [](auto& r) { return r.refused; });
  if (refused != rows.end()) {
    rows.erase(refused);
    return true;
  }
  std::map<std::string, std::size_t> counts;
  for (const auto& row : rows) ++counts[row.from];
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most == counts.end() || most->second <= counts[from] + 1) return false;
  const auto newest = std::find_if(rows.rbegin(), rows.rend(),
                                   [&](const auto& row) { return row.from == most->first; });
  rows.erase(std::next(newest).base());
  return true;
}

Result<void> forget_request(Replica& issuer, const crypto::PublicKey& key) {
  return issuer.write([&]() -> Result<void> {
    auto& log = issuer.store().log();
    auto rows = rows_of(log, issuer.now());
    const auto row = row_of(rows, key);
    if (row == rows.end()) return {};
    rows.erase(row);
    store::save_pending(log, rows);
    return {};
  });
}

bool same_place(const crypto::Certificate& held, const Place& place) {
  return held.role == place.role && held.name == place.name && held.paths.front() == place.scope;
}

std::vector<crypto::AuthorId> others_there(const crypto::CertificateBook& book, const Place& place,
                                           const crypto::AuthorId& self) {
  std::vector<crypto::AuthorId> others;
  for (const auto& [hash, certificate] : book.all()) {
    if (certificate->subject == self || book.newest_of(certificate->subject) != hash) continue;
    if (same_place(*certificate, place)) others.push_back(certificate->subject);
  }
  return others;
}

/// The answer for a member whose certificate this node issued. Errors: forbidden (another did).
Result<std::string> answer_for(const Replica& issuer, const Hash& certificate,
                               std::string_view request, sync::Micros expires) {
  const auto trust = issuer.trust();
  const auto* above = trust->book.find(trust->book.find(certificate)->issuer);
  if (!above || above->signing_key != issuer.key().public_key()) {
    return fail(Errc::forbidden,
                "这台机器由另一个节点接入，请向其申请 this machine was enrolled by another node: "
                "ask there");
  }
  const Admission admission{request_hash(request),
                            expires,
                            {trust->book.signed_root(), chain_to(trust->book, certificate)}};
  return admission.encode(issuer.key());
}

}  // namespace

Issuer issuer_of(const Replica& replica) {
  return {replica.identity().city, replica.key().public_key()};
}

std::string introduction(const Replica& replica) {
  const auto trust = replica.trust();
  const EnrolAnswer own{trust->book.signed_root(),
                        chain_to(trust->book, replica.identity().certificate)};
  return own.encode();
}

Result<Introduced> read_introduction(std::string_view bytes) {
  const auto said = EnrolAnswer::decode(bytes);
  if (!said) return fail(said.error());
  auto book = crypto::CertificateBook::found(said->root);
  if (!book) return fail(Errc::stranger, "应答的不是城市的节点 what answered is no node of a city");
  Hash last{};
  for (const auto& certificate : said->chain) {
    const auto added = book->add(certificate);
    if (!added) return fail(Errc::stranger, describe(added.error()));
    last = *added;
  }
  const auto* own = book->find(last);
  return Introduced{{book->city(), own->signing_key}, book->root().name, own->name, own->tls_key};
}

Result<Decided> admit(Replica& issuer, std::string_view bytes, const Decision& decision) {
  const auto request = read_request(issuer, bytes);
  if (!request) return fail(request.error());
  if (!request->words().are(decision.words)) {
    return fail(Errc::bad_value,
                "核对词与申请不符，请再打电话核对；确实不同则申请已被调换 the words aren't this "
                "request's: compare them by telephone; if they really "
                "differ, somebody has swapped it",
                "words");
  }
  if (auto may = check_place(issuer, decision.place); !may) return fail(may.error());
  if (auto good = check_name(decision.place.name); !good) return fail(good.error());
  auto certificate = member(issuer, request->signing_key);
  if (certificate) {
    const auto trust = issuer.trust();
    const auto* held = trust->book.find(*certificate);
    if (!same_place(*held, decision.place)) {
      return fail(Errc::forbidden, "这台机器已经接入 this machine is a member already, as " +
                                       std::string(crypto::name_of(held->role)) + " " + held->name +
                                       " in " + held->paths.front());
    }
  } else {
    const auto issued = issue(issuer, decision.place, request->signing_key, request->sealing_key,
                              request->tls_key, decision.by);
    if (!issued) return fail(issued.error());
    certificate = *issued;
  }
  auto answer = answer_for(issuer, *certificate, bytes, issuer.now() + micros(decision.valid));
  if (!answer) return fail(answer.error());
  if (auto done = forget_request(issuer, request->signing_key); !done) return fail(done.error());
  const auto self = crypto::author_of(request->signing_key);
  return Decided{std::move(*answer), others_there(issuer.trust()->book, decision.place, self)};
}

std::vector<Pending> pending(Replica& issuer) {
  std::vector<Pending> list;
  auto lease = issuer.store().read();
  store::Log log(*lease);
  for (auto& row : rows_of(log, issuer.now())) {
    const auto request = JoinRequest::decode(row.request);
    if (!request || row.refused) continue;
    list.push_back({crypto::author_of(row.key), std::move(row.request), request->name,
                    request->words(), row.arrived});
  }
  return list;
}

Result<std::optional<std::string>> take_request(Replica& issuer, std::string_view bytes,
                                                const std::string& from) {
  const auto request = read_request(issuer, bytes);
  if (!request) return fail(request.error());
  if (const auto certificate = member(issuer, request->signing_key)) {
    auto answer = answer_for(issuer, *certificate, bytes, issuer.now() + kRequestValid);
    if (!answer) return fail(answer.error());
    return std::optional(std::move(*answer));
  }
  const auto trust = issuer.trust();
  if (trust->book.find(issuer.identity().certificate)->delegation == 0) {
    return fail(Errc::forbidden,
                "本节点不能接入其他机器，请向其上级申请 this node may not enrol others: ask the "
                "one above it");
  }
  // Asked every few seconds: only what is new takes a turn at the writer.
  const auto now = issuer.now();
  const auto waits = [&](store::Log& log) -> Result<bool> {
    auto rows = rows_of(log, now);
    const auto row = row_of(rows, request->signing_key);
    if (row == rows.end()) return false;
    if (row->refused)
      return fail(Errc::forbidden, "对方已拒绝这份申请 somebody there has refused this request");
    return row->request == bytes;
  };
  {
    auto lease = issuer.store().read();
    store::Log log(*lease);
    const auto known = waits(log);
    if (!known) return fail(known.error());
    if (*known) return std::optional<std::string>{};
  }
  const auto kept = issuer.write([&]() -> Result<void> {
    auto& log = issuer.store().log();
    auto rows = rows_of(log, now);
    const auto row = row_of(rows, request->signing_key);
    if (row != rows.end()) {
      if (row->refused)
        return fail(Errc::forbidden, "对方已拒绝这份申请 somebody there has refused this request");
      row->request = bytes;
    } else {
      if (rows.size() >= kPendingMax && !make_room(rows, from)) {
        return fail(
            Errc::slow_down,
            "申请接入的机器太多，须先有人处理 too many machines ask to join: somebody has to "
            "look first");
      }
      rows.push_back({request->signing_key, std::string(bytes), now, false, from});
    }
    store::save_pending(log, rows);
    return {};
  });
  if (!kept) return fail(kept.error());
  return std::optional<std::string>{};
}

Result<void> refuse_request(Replica& issuer, const crypto::AuthorId& id) {
  return issuer.write([&]() -> Result<void> {
    auto& log = issuer.store().log();
    auto rows = rows_of(log, issuer.now());
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) {
      return !r.refused && crypto::author_of(r.key) == id;
    });
    if (row == rows.end())
      return fail(Errc::not_found, "这里没有这份待办的申请 no such request waits here");
    row->refused = true;
    store::save_pending(log, rows);
    return {};
  });
}

}  // namespace linli::node
