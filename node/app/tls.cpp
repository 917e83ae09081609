// tls status, name, profile, use, unuse: certificates for browsers. They change files that a
// running node looks at, so they work beside it as well as without it.
#include "node/app/tls.h"

#include "node/app/console.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/app/writer.h"
#include "node/tls_certificates.h"
#include "node/tls_key.h"
#include "node/tls_profile.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kWarnDays = 30;

std::string listed(const Json& texts) {
  std::string out;
  for (const auto& text : texts)
    out += (out.empty() ? "" : "、") + harmless(text.get<std::string>());
  return out.empty() ? "—" : out;
}

/// The node's own state, whether it runs or not: {name, role, tls}.
Result<Json> node_state(Door& door, const fs::path& data, const sync::WallClock& clock) {
  if (door.node) {
    const auto answer = ask(*door.node, "GET", "/api/v1/node");
    if (!answer) return fail(answer.error());
    auto json = Json::parse(*answer, nullptr, false);
    if (!json.is_object() || !json.contains("tls")) {
      return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
    }
    return json;
  }
  const auto& me = door.replica->identity();
  const auto trust = door.replica->trust();
  return Json{
      {"name", me.name},
      {"role", crypto::name_of(me.role)},
      {"tls", node::tls_json(*trust->book.find(me.certificate), node::DataDir(data), clock.now())}};
}

std::string sentence_of(const std::string& warning) {
  if (warning == "key_not_certified") {
    return "TLS 密钥尚未写入本节点证书，其他节点还不能用 https "
           "连接：下次同步自动续签；市局中心请用 "
           "linli keys rotate --root 根密钥文件 not certified yet: renewed with the next sync; at "
           "the "
           "hub by the root key";
  }
  if (warning == "certificate_refused") return "没有取得网页证书 no certificate for browsers";
  if (warning == "certificate_not_yet_valid") {
    return "证书尚未生效，请检查本机时钟 it isn't valid yet: is this machine's clock right?";
  }
  if (warning == "authority_changed") {
    return "本市 CA 已更换，手机和电脑须重新信任（/trust）；请先与市级核对指纹 the city's "
           "authority "
           "was changed: compare the fingerprint with the hub's people before devices trust it";
  }
  if (warning == "certificate_expired") return "证书已过期 the certificate has expired";
  if (warning == "certificate_expires_soon") return "证书即将到期 it expires soon";
  return warning;
}

void print_certificate(const Json& certificate) {
  if (certificate.is_null()) {
    print("网页证书：无，浏览器会提示不受信任（linli tls name，或 linli tls use）");
    return;
  }
  const bool given = certificate.value("source", "") == "given";
  print("网页证书：" + listed(certificate["names"]) + (given ? "（给定 given）" : "（本市签发）"));
  print("签发者 issuer：" + harmless(certificate.value("issuer", "")));
  print("有效期至 until：" + local_time(certificate.value("until", "")) + "，还剩 " +
        std::to_string(certificate.value("days_left", std::int64_t{0})) + " 天" +
        (given ? "，到期前请用 linli tls use 更换" : "，自动续签"));
}

/// `file` in the folder `out`, for everybody to read.
Result<void> put(const fs::path& out, const char* file, std::string_view bytes) {
  return write_letter((out / file).string(), bytes);
}

Result<void> note_change(const fs::path& data, const std::string& what) {
  return note_act(data, {.act = "tls", .what = what});
}

}  // namespace

int tls_status(const TlsStatusOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto state = node_state(*door, options.data, clock);
  if (!state) return refuse(state.error());
  const auto& tls = (*state)["tls"];
  if (options.json) {
    print_json(tls);
    return 0;
  }
  if (tls.contains("addresses")) print("监听 listening：" + listed(tls["addresses"]));
  const auto key = tls["key"].is_null() ? std::string("尚未写入证书 not certified")
                                        : tls["key"].get<std::string>();
  print("TLS 密钥 key：" + key);
  print("名称 names：" + listed(tls["names"]));
  print_certificate(tls["certificate"]);
  if (const auto& refused = tls.value("refused", Json(nullptr)); refused.is_object()) {
    print("未取得证书 refused：" + local_time(refused.value("at", "")) + "  " +
          harmless(refused.value("detail", "")) + "（" + harmless(refused.value("code", "")) +
          "）");
  }
  for (const auto& warning : tls["warnings"]) {
    note("注意 " + sentence_of(warning.get<std::string>()));
  }
  return 0;
}

namespace {

Result<void> set_names(const std::filesystem::path& data, const std::vector<std::string>& names) {
  if (auto set = node::set_tls_names(node::DataDir(data), names); !set) return set;
  return note_change(data, "names: " + listed(Json(names)));
}

}  // namespace

int tls_name(const TlsNameOptions& options) {
  const node::DataDir dir(options.data);
  if (auto there = dir.check(); !there) return refuse(there.error());
  if (!options.names.empty() && options.clear) {
    return refuse(Errc::bad_usage, "须给出名称，或用 --clear names, or --clear");
  }
  if (options.names.empty() && !options.clear) {
    const auto names = node::tls_names(dir);
    if (!names) return refuse(names.error());
    if (options.json) print_json({{"names", *names}});
    if (!options.json) print(listed(Json(*names)));
    return 0;
  }
  const auto before = node::tls_names(dir);
  if (!before) return refuse(before.error());
  if (auto set = set_names(options.data, options.names); !set) return refuse(set.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  bool issued = false;
  if (door->replica && !options.names.empty()) {
    auto& replica = *door->replica;
    const auto url = node::upstream(replica);
    const auto done = node::renew_certificate(replica, [&](const std::string& request) {
      return node::ask_certificate_above(replica, url.value_or(""), request);
    });
    if (!done && done.error().code == Errc::bad_value) {
      // It never follows: a slip of the pen must not cost the certificate that is there.
      if (auto put_back = set_names(options.data, *before); !put_back) {
        return refuse(put_back.error());
      }
      return refuse(done.error());
    }
    if (!done) note("证书稍后签发 the certificate will follow: " + describe(done.error()));
    issued = done && *done;
  }
  if (options.json) {
    print_json({{"names", options.names}, {"issued", issued}});
  } else if (options.names.empty()) {
    print("已清除名称。 No names any more.");
  } else {
    print(issued
              ? "已记下名称，证书已签发。 The certificate was issued."
              : "已记下名称，运行中的节点会自动取得证书。 The running node gets its certificate by "
                "itself: linli tls status");
  }
  return 0;
}

int tls_profile(const TlsProfileOptions& options) {
  const sync::SystemClock clock;
  const node::DataDir dir(options.data);
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto state = node_state(*door, options.data, clock);
  if (!state) return refuse(state.error());
  if (state->value("role", "") == "hub") {
    const auto made =
        node::found_authority(dir, state->value("name", ""), options.permit, clock.now());
    if (!made) return refuse(made.error());
    if (auto noted = note_change(options.data, "profile"); !noted) return refuse(noted.error());
  } else if (!options.permit.empty()) {
    return refuse(Errc::forbidden,
                  "本市 CA 在市局中心建立 the city's authority is made at the hub");
  }
  const auto kit = node::trust_kit(dir);
  if (!kit) return refuse(kit.error());
  std::error_code ec;
  fs::create_directories(options.out, ec);
  using File = std::pair<const char*, const std::string*>;
  for (const auto& [file, bytes] :
       {File{"linli-ca.crt", &kit->der}, File{"linli.mobileconfig", &kit->profile},
        File{"index.html", &kit->page}}) {
    if (auto kept = put(options.out, file, *bytes); !kept) return refuse(kept.error());
  }
  if (options.json) {
    print_json({{"folder", options.out.string()}, {"sha256", kit->fingerprint}});
    return 0;
  }
  print("已写入 " + options.out.string() +
        "：linli.mobileconfig（iPhone）、linli-ca.crt（安卓、Windows）、index.html（说明）");
  print("也可从任一节点的 /trust 页面安装；请核对指纹 SHA-256：");
  print("    " + kit->fingerprint);
  return 0;
}

int tls_use(const TlsUseOptions& options) {
  const node::DataDir dir(options.data);
  if (auto there = dir.check(); !there) return refuse(there.error());
  const auto certificate = node::read_small_file(options.certificate);
  if (!certificate) return refuse(certificate.error());
  auto key = node::read_small_file(options.key);
  if (!key) return refuse(key.error());
  const sync::SystemClock clock;
  const auto given = crypto::TlsIdentity::read(*certificate, *key, clock.now());
  if (!given) return refuse(given.error());
  const node::TlsFiles files(dir);
  // A running node may look between the two: they don't fit then, and it keeps what it has.
  const auto stored = node::keep_given_key(dir, *key);
  crypto::wipe(*key);
  if (!stored) return refuse(stored.error());
  if (auto kept = node::write_small_file(files.given(), *certificate); !kept) {
    return refuse(kept.error());
  }
  const auto& facts = given->facts();
  if (auto noted = note_change(options.data, "use: " + listed(Json(facts.names))); !noted) {
    return refuse(noted.error());
  }
  const auto days = (facts.until_us - clock.now()) / crypto::kDayMicros;
  if (days < kWarnDays) {
    note("注意 证书还剩 " + std::to_string(days) + " 天 it expires soon: get the next one now");
  }
  if (options.json) {
    print_json({{"names", facts.names}, {"issuer", facts.issuer}, {"days_left", days}});
  } else {
    print("已启用证书：" + listed(Json(facts.names)) + "，签发者 " + harmless(facts.issuer) +
          "，还剩 " + std::to_string(days) + " 天。运行中的节点即刻生效。 In force at once.");
  }
  return 0;
}

int tls_unuse(const TlsUnuseOptions& options) {
  const node::DataDir dir(options.data);
  if (auto there = dir.check(); !there) return refuse(there.error());
  const node::TlsFiles files(dir);
  std::error_code ec;
  const bool was = fs::remove(files.given(), ec);
  if (auto gone = node::forget_given_key(dir); !gone) return refuse(gone.error());
  if (auto noted = note_change(options.data, "unuse"); !noted) return refuse(noted.error());
  if (options.json) print_json({{"removed", was}});
  if (!options.json)
    print(was ? "已不再使用给定的证书。 Not used any more." : "没有给定的证书。 None was.");
  return 0;
}

}  // namespace linli::app
