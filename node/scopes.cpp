#include "node/scopes.h"

#include <algorithm>

namespace linli::node {
namespace {

bool covered_by(const std::vector<std::string>& paths, std::string_view path) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const std::string& p) { return crypto::scope_covers(p, path); });
}

Result<void> add_path(crypto::Certificate& certificate, const std::string& path) {
  if (!crypto::valid_scope(path))
    return fail(Errc::bad_value, "不是组织路径 not a scope path: " + path, "add");
  std::erase_if(certificate.excluded,
                [&](const std::string& out) { return crypto::scope_covers(path, out); });
  if (covered_by(certificate.excluded, path)) {
    return fail(
        Errc::bad_value,
        path + " 在已去掉的路径之内，请添加那一条 lies in a path that was taken away: add that one",
        "add");
  }
  if (covered_by(certificate.paths, path)) return {};
  std::erase_if(certificate.paths,
                [&](const std::string& p) { return crypto::scope_covers(path, p); });
  certificate.paths.push_back(path);
  return {};
}

Result<void> remove_path(crypto::Certificate& certificate, const std::string& path) {
  if (!crypto::valid_scope(path)) {
    return fail(Errc::bad_value, "不是组织路径 not a scope path: " + path, "remove");
  }
  const auto listed = std::erase(certificate.paths, path);
  if (listed == 0) {
    if (!certificate.covers(path)) {
      return fail(Errc::bad_value, "它不管 it doesn't work in " + path, "remove");
    }
    certificate.excluded.push_back(path);
  }
  std::erase_if(certificate.excluded,
                [&](const std::string& out) { return !covered_by(certificate.paths, out); });
  return {};
}

}  // namespace

Result<std::vector<std::string>> change_scopes(Replica& issuer, const crypto::AuthorId& subject,
                                               const ScopeChange& change, bool dry_run,
                                               const By& by) {
  const auto trust = issuer.trust();
  const auto& me = issuer.identity();
  if (subject == me.author) {
    return fail(Errc::forbidden,
                "本机的范围由上级更改 a node's own scopes are changed by the node above it");
  }
  const auto current = trust->book.newest_of(subject);
  if (!current)
    return fail(Errc::not_found, "本市没有这个编号的节点 no node of the city has this id");
  const auto* own = trust->book.find(me.certificate);
  auto made = *trust->book.find(*current);
  if (!trust->book.stands_above(me.author, *current)) {
    return fail(Errc::forbidden, "只有为 " + made.name +
                                     " 发证的单位或其上级才能更改 only who enrolled " + made.name +
                                     ", or stands above, changes where it works");
  }
  for (const auto& path : change.remove) {
    if (auto done = remove_path(made, path); !done) return fail(done.error());
  }
  for (const auto& path : change.add) {
    if (auto done = add_path(made, path); !done) return fail(done.error());
    if (!own->covers(path)) {
      return fail(Errc::out_of_scope, "本机无权给出这个范围 this node can't give away " + path,
                  "add");
    }
  }
  if (made.paths.empty()) {
    return fail(Errc::bad_value,
                "这样它就没有任何范围了；请同时用 --add 写明它现在的范围，要停用请用 linli revoke "
                "nothing would be left of its scope: add where it works now, or revoke it",
                "remove");
  }
  if (own->delegation == 0 || own->delegation <= made.delegation) {
    return fail(Errc::forbidden, "本机不能签发这样的证书 this node may not issue that certificate");
  }
  std::vector<std::string> shown = made.paths;
  for (const auto& out : made.excluded) shown.push_back("-" + out);
  if (dry_run) return shown;
  made.serial = static_cast<std::uint64_t>(trust->book.all().size() + 1);
  made.valid_from_us = std::max(made.valid_from_us + 1, issuer.now());
  made.issuer = me.certificate;
  made.before = *current;
  crypto::SignedBody body{made.encode(), {}};
  body.signature = issuer.key().sign(crypto::kDomainCertificate, body.body);
  if (auto done = issuer.publish_certificate(body.encode(), by); !done) return fail(done.error());
  return shown;
}

}  // namespace linli::node
