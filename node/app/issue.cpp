// keys issue: the root key signs the hub's next certificate, on a machine that is no node.
#include "crypto/certificate.h"
#include "crypto/words.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/letters.h"
#include "node/hub_key.h"
#include "node/model/record.h"
#include "node/passphrase.h"

namespace linli::app {
namespace {

std::string joined(const std::vector<std::string>& paths) {
  std::string text;
  for (const auto& path : paths) text += (text.empty() ? "" : "，") + path;
  return text;
}

/// The key in use is ended: what it signed beyond this counts nowhere.
Json end_of(const sync::Revocation& end) {
  const auto head = end.last_head.value_or(sync::Seen{});
  return {{"reason", end.reason},
          {"feeds", end.cuts.size()},
          {"log_size", head.size},
          {"at", model::instant_text(head.time / 1000)}};
}

/// What the keeper of the root key puts his name to.
Json what_is_asked(const node::HubKeyRequest& request, const crypto::CertificateBook& book) {
  const auto& wanted = request.wanted;
  const auto words_of = [](const crypto::PublicKey& key) {
    const auto words = crypto::Words::of_key(key);
    return Json{{"zh", words.zh()}, {"en", words.en()}};
  };
  return {{"city", crypto::to_hex(book.city().view())},
          {"city_name", book.root().name},
          {"name", wanted.name},
          {"paths", wanted.paths},
          {"until", model::instant_text(wanted.valid_until_us / 1000)},
          {"in_use", words_of(wanted.keys_before.back().key)},
          {"next", words_of(wanted.signing_key)},
          {"ends", request.end ? end_of(*request.end) : Json(nullptr)}};
}

void show(const node::HubKeyRequest& request, const Json& asked) {
  const auto text = [&](const char* key, const char* words) {
    return asked[key][words].get<std::string>();
  };
  print("城市 city: " + harmless(asked["city_name"].get<std::string>()));
  print("    " + asked["city"].get<std::string>());
  print("市局中心 hub: " + harmless(request.wanted.name) + "，" + joined(request.wanted.paths));
  print("有效至 until: " + asked["until"].get<std::string>());
  print("现用密钥 the key in use: " + text("in_use", "zh"));
  print("    " + text("in_use", "en"));
  print("新密钥 the new key: " + text("next", "zh"));
  print("    " + text("next", "en"));
  if (asked["ends"].is_null()) return;
  const auto& end = asked["ends"];
  print("现用密钥将作废（失窃或丢失），其后签署的一概不认：历史 " +
        std::to_string(end["log_size"].get<std::uint64_t>()) + " 条，截至 " +
        end["at"].get<std::string>());
  print("The key in use is ended: what it signed beyond this log counts nowhere.");
}

/// Somebody holds a file here: what the table says of data that nodes send each other helps nobody.
Error of_request(Error why) {
  if (why.code == Errc::malformed) why.detail = "不是中心的换钥申请，或已被改动 " + why.detail;
  return why;
}

}  // namespace

int issue_key(const IssueKeyOptions& options) {
  if (options.out.empty() != options.dry_run) {
    return refuse(Errc::bad_usage,
                  "请用 --out 指定文件，或用 --dry-run 只看 name a file with --out, or only look "
                  "with --dry-run");
  }
  const auto letter = read_letter(options.request);
  if (!letter) return refuse(letter.error());
  const auto request = node::HubKeyRequest::decode(*letter);
  if (!request) return refuse(of_request(request.error()));
  const auto book = crypto::CertificateBook::found(request->signed_root);
  if (!book) return refuse(book.error());
  auto asked = what_is_asked(*request, *book);
  asked["issued"] = !options.dry_run;
  if (!options.json) show(*request, asked);
  if (!options.dry_run) {
    const auto root = node::load_key(options.root);
    if (!root) return refuse(root.error());
    const auto certificate = node::sign_hub_key(*request, *root);
    if (!certificate) return refuse(certificate.error());
    if (auto kept = write_letter(options.out, *certificate); !kept) return refuse(kept.error());
    asked["file"] = options.out;
  }
  if (options.json) {
    print_json(asked);
  } else if (options.dry_run) {
    print("未签发：请与中心电话核对新密钥的词。 Nothing was signed: compare the new key's words.");
  } else {
    print("证书已写入 " + options.out + "；在中心运行 linli keys rotate --certificate 启用。");
    print("Take it to the hub: `linli keys rotate --certificate " + options.out + "`.");
  }
  return 0;
}

}  // namespace linli::app
