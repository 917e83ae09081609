#include "node/holdings.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/store/history.h"
#include "node/store/holdings.h"

namespace linli::node {
namespace {

using store::DatabaseError;

/// Where the newest answer is kept; see kept().
constexpr std::string_view kKept = "holdings";
constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;

/// What is kept of an answer: enough to prove it again from the city's root, in any copy.
struct Kept {
  sync::Micros asked = 0;                 ///< By our clock.
  std::vector<std::string> certificates;  ///< The signer's and ours, each behind its issuer's.
  std::string statement;                  ///< crypto::SignedBody.
};

std::string packed(const Kept& kept) {
  cbor::Writer w;
  w.array(3), w.sint(kept.asked);
  w.array(kept.certificates.size());
  for (const auto& certificate : kept.certificates) w.bytes(certificate);
  w.bytes(kept.statement);
  return w.take();
}

std::optional<Kept> kept_in(store::Log& log) {
  const auto bytes = log.meta(kKept);
  if (!bytes) return std::nullopt;
  cbor::Reader r(*bytes);
  Kept kept;
  if (r.array() != 3) r.reject("what is kept of the hub's answer");
  kept.asked = r.sint();
  for (auto left = r.array(); left > 0 && r.ok(); --left) kept.certificates.emplace_back(r.bytes());
  kept.statement = r.bytes();
  if (auto whole = r.finish(); !whole) throw DatabaseError({Errc::corrupt, "meta holdings", {}});
  return kept;
}

/// From the one that the root issued down to `certificate`.
void add_chain(const crypto::CertificateBook& book, const Hash& certificate,
               std::vector<std::string>& chain) {
  const auto* held = book.find(certificate);
  if (!held) return;
  add_chain(book, held->issuer, chain);
  const auto& bytes = *book.signed_bytes(certificate);
  if (std::find(chain.begin(), chain.end(), bytes) == chain.end()) chain.push_back(bytes);
}

/// Signed by who may say so?
Result<sync::Holdings> open_statement(const std::string& statement,
                                      const crypto::CertificateBook& book) {
  const auto signed_body = crypto::SignedBody::decode(statement);
  if (!signed_body) return fail(signed_body.error());
  auto holdings = sync::Holdings::decode(signed_body->body);
  if (!holdings) return fail(holdings.error());
  auto fair = sync::judge_holdings(*holdings, signed_body->body, signed_body->signature, book);
  if (!fair) return fail(fair.error());
  return holdings;
}

crypto::CertificateBook book_of(store::Log& log, const Kept& kept) {
  auto book = crypto::CertificateBook::found(log.meta("root").value_or(""));
  if (!book) throw DatabaseError(book.error());
  for (const auto& certificate : kept.certificates) (void)book->add(certificate);
  return std::move(*book);
}

Json lack_json(const store::Lack& lack) {
  return {{"kind", store::name_of(lack.kind)},
          {"scope", lack.scope},
          {"audience", static_cast<int>(lack.audience)},
          {"feed", crypto::to_hex(lack.feed.view())},
          {"from", lack.from},
          {"to", lack.to}};
}

Json compared(store::Database& db, const sync::Holdings& holdings, const Kept& kept,
              const crypto::CertificateBook& book) {
  const auto* keeper = book.find(holdings.certificate);
  const auto result = store::compare(db, holdings, *keeper, *book.find(holdings.reader));
  Json json{{"complete", result.lacks.empty()},
            {"asked", model::instant_text(kept.asked / 1000)},
            {"by", keeper->name},
            {"checkpoint",
             {{"epoch", holdings.checkpoint.epoch},
              {"size", holdings.checkpoint.size},
              {"time", model::instant_text(holdings.checkpoint.time / 1000)}}},
            {"feeds", result.feeds},
            {"sets", result.sets},
            {"lacks", Json::array()}};
  for (const auto& lack : result.lacks) json["lacks"].push_back(lack_json(lack));
  return json;
}

}  // namespace

Result<std::string> state_holdings(Replica& replica, const Hash& reader,
                                   const sync::Nonce& question) {
  const auto trust = replica.trust();
  const auto* certificate = trust->book.find(reader);
  try {
    auto lease = replica.store().read();
    // The tree and the feeds of one moment.
    const store::Transaction snapshot(*lease, true);
    if (store::history_size(*lease) == 0) {
      return fail(Errc::not_found, "this node keeps no history; ask the hub");
    }
    if (!certificate) return fail(Errc::unknown_certificate, "nobody of this city");
    store::Log log(*lease);
    const auto tree = sync::LogTree::decode(log.meta("tree").value_or(""));
    if (!tree) return fail(Errc::corrupt, "the tree over the log");
    sync::Holdings holdings;
    holdings.city = trust->book.city();
    holdings.certificate = replica.identity().certificate;
    holdings.reader = reader;
    holdings.question = question;
    holdings.checkpoint = {static_cast<std::uint64_t>(log.meta_int("epoch", 1)), tree->size(),
                           tree->root(), replica.now()};
    holdings.shelves = store::holdings_for(*lease, *certificate);
    auto body = holdings.encode();
    if (body.size() > sync::kHoldingsBytesMax) {
      return fail(Errc::too_large, "more feeds than a statement lists: ask for a smaller scope");
    }
    const auto signature = replica.key().sign(crypto::kDomainHoldings, body);
    return crypto::SignedBody{std::move(body), signature}.encode();
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<void> ask_holdings(Replica& replica, HttpClient& client) {
  const auto question = crypto::random<sync::Nonce>();
  const auto reader = replica.identity().certificate;
  const auto answer =
      client.send("GET", "/api/v1/sync/holdings?reader=" + crypto::to_hex(reader.view()) +
                             "&question=" + crypto::to_hex(question.view()));
  if (!answer) return fail(answer.error());
  if (answer->status == 404) {
    return fail(Errc::not_found,
                "the upstream can't tell what the hub holds: it is older, or "
                "can't reach the hub");
  }
  if (answer->status != 200) {
    return fail(Errc::unreachable,
                "it answered " + std::to_string(answer->status) + " when asked what the hub holds");
  }
  const auto trust = replica.trust();
  const auto holdings = open_statement(answer->body, trust->book);
  if (!holdings) return fail(holdings.error());
  if (holdings->question != question || holdings->reader != reader) {
    return fail(Errc::stranger, "it answers another question than was asked");
  }
  Kept kept{replica.now(), {}, answer->body};
  add_chain(trust->book, holdings->certificate, kept.certificates);
  add_chain(trust->book, reader, kept.certificates);
  return replica.write([&]() -> Result<void> {
    replica.store().log().set_meta(kKept, packed(kept));
    return {};
  });
}

Result<void> ask_holdings_daily(Replica& replica, HttpClient& client) {
  try {
    auto lease = replica.store().read();
    store::Log log(*lease);
    const auto before = kept_in(log);
    const auto now = replica.now();
    if (before && before->asked <= now && now - before->asked < kDay) return {};
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return ask_holdings(replica, client);
}

Result<Json> completeness(store::Store& store) {
  try {
    auto lease = store.read();
    const store::Transaction snapshot(*lease, true);
    store::Log log(*lease);
    const auto kept = kept_in(log);
    if (!kept) return Json(nullptr);
    const auto book = book_of(log, *kept);
    const auto holdings = open_statement(kept->statement, book);
    if (!holdings) return fail(Errc::corrupt, "the hub's answer: " + describe(holdings.error()));
    if (!book.find(holdings->reader)) return fail(Errc::corrupt, "whom the hub's answer is for");
    return compared(*lease, *holdings, *kept, book);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::node
