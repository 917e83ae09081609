#include "node/inviting.h"

#include "node/model/values.h"
#include "node/store/invites.h"

namespace linli::node {
namespace {

Json invite_json(const store::InviteRow& invite, sync::Micros now) {
  const char* state = invite.used_by ? "used" : invite.expires < now ? "expired" : "open";
  return {{"id", crypto::to_hex(invite.secret_hash.view())},
          {"name", invite.name},
          {"role", crypto::name_of(invite.role)},
          {"scope", invite.scope},
          {"expires", model::instant_text(invite.expires / 1000)},
          {"state", state},
          {"node", invite.used_by ? Json(crypto::to_hex(crypto::author_of(*invite.used_by).view()))
                                  : Json(nullptr)},
          {"actor", invite.actor ? Json(crypto::to_hex(invite.actor->view())) : Json(nullptr)}};
}

}  // namespace

Json invites_json(Replica& issuer) {
  auto lease = issuer.store().read();
  Json items = Json::array();
  for (const auto& invite : store::list_invites(*lease)) {
    items.push_back(invite_json(invite, issuer.now()));
  }
  return {{"items", std::move(items)}};
}

Result<Json> withdraw_invite(Replica& issuer, const std::string& id) {
  Json said;
  auto done = issuer.write([&]() -> Result<void> {
    auto& db = issuer.store().database();
    std::optional<store::InviteRow> meant;
    for (auto& invite : store::list_invites(db)) {
      if (id.size() < 6 || !crypto::to_hex(invite.secret_hash.view()).starts_with(id)) continue;
      if (meant)
        return fail(Errc::bad_usage,
                    "有几份邀请以此开头，请多写几位 several invites begin so: give more of the id");
      meant = std::move(invite);
    }
    if (!meant) {
      return fail(Errc::not_found, "没有这份邀请 no such invite: `linli invites list` shows them");
    }
    if (meant->used_by) {
      return fail(Errc::replay,
                  "邀请已用过，要拒之门外请吊销该节点 it was used already: to shut that node out, "
                  "`linli revoke " +
                      crypto::to_hex(crypto::author_of(*meant->used_by).view()) + "`");
    }
    store::remove_invite(db, meant->secret_hash);
    said = invite_json(*meant, issuer.now());
    return {};
  });
  if (!done) return fail(done.error());
  return said;
}

}  // namespace linli::node
