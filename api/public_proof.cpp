#include "api/public_proof.h"

#include "api/problem.h"
#include "node/pinning.h"
#include "node/proving.h"
#include "node/store/history.h"
#include "node/store/public_board.h"

namespace linli::api {
namespace {

constexpr int kProofsMax = 2;  ///< At once: each signs, or asks the hub.

Result<node::ProofMade> made(Context& context, const sync::RecordName& record) {
  auto& store = context.replica.store();
  bool own = false;
  {
    auto lease = store.read();
    own = store::history_size(*lease) != 0;
  }
  if (own) {
    return node::prove(store, record, false, node::place_here(store, context.replica.key()));
  }
  const auto url = context.agent ? context.agent->state().url : std::string();
  if (url.empty())
    return fail(Errc::unreachable, "出具证明需要联系市局中心 the hub's help is needed for a proof");
  node::HttpClient above(url);
  node::pin_to_known(context.replica, above);
  above.set_timeout(std::chrono::seconds(10));
  return node::prove(store, record, false, node::place_above(above));
}

/// Takes out what isn't signed itself. A set is signed as a whole: one that holds something else
/// that isn't published can't be shown to everybody.
Result<void> keep_signed_only(store::Store& store, sync::ProofFile& file) {
  for (auto& set : file.sets) {
    auto parcel = sync::Parcel::decode(set.parcel);
    if (!parcel) return fail(parcel.error());
    parcel->openings.clear();
    const auto read = sync::decode_change_set(parcel->body);
    if (!read) return fail(read.error());
    for (const auto& change : read->changes) {
      const bool is_it = change.type == file.record.type && change.id == file.record.id;
      if (is_it) continue;
      if (change.type != file.record.type || !store::scope_of_public_disclosure(store, change.id)) {
        return fail(Errc::not_found,
                    "该信息与其他记录一同签署，请到社区查验证明 it was signed together with other "
                    "records: ask the community office for its proof");
      }
    }
    set.parcel = parcel->encode();
  }
  return {};
}

}  // namespace

void send_public_proof(Context& context, BoardLimits& limits, const httplib::Request& request,
                       httplib::Response& response, const sync::RecordId& id) {
  const auto scope = store::scope_of_public_disclosure(context.replica.store(), id);
  if (!scope) return refuse(request, response, scope.error());
  const Place place(limits.proofs, kProofsMax);
  if (!place) {
    return refuse_for_now(request, response, "正在出具其他证明 other proofs are being made",
                          std::chrono::seconds(2));
  }
  auto proof = made(context, {model::schema().type("disclosure")->number, *scope, id});
  if (!proof) return refuse(request, response, proof.error());
  if (auto kept = keep_signed_only(context.replica.store(), proof->file); !kept) {
    return refuse(request, response, kept.error());
  }
  response.set_header("Cache-Control", "public, max-age=300");
  response.set_header("Content-Disposition",
                      "attachment; filename=\"" + to_text(id) + ".linli-proof\"");
  response.set_content(proof->file.encode(), "application/octet-stream");
}

}  // namespace linli::api
