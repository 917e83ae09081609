// check-proof: is what a proof file shows held by the city? Needs the file and the city's name.
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/letters.h"
#include "node/model/schema.h"
#include "sync/change_kinds.h"
#include "sync/proof.h"

namespace linli::app {
namespace {

std::string instant(sync::Micros at) { return model::instant_text(at / 1000); }

/// What stands behind each commitment of a set that the file opens.
std::map<crypto::Hash, std::string> opened_values(const sync::ProvenSet& proven) {
  std::map<crypto::Hash, std::string> values;
  for (const auto& opening : proven.parcel.openings) {
    values[proven.committed[opening.ordinal].commitment] = opening.value;
  }
  return values;
}

/// The value, or what it was committed to.
std::string opened(const std::map<crypto::Hash, std::string>& values, std::string_view value) {
  std::string open(value);
  // Only a value that is one commitment as a whole: others are shown as they were signed.
  constexpr std::size_t kCommitmentBytes = 3 + 2 + crypto::Hash::size();
  if (value.size() != kCommitmentBytes) return open;
  sync::each_commitment(value, [&](std::string_view hash) {
    const auto found = values.find(crypto::Hash::of(hash));
    if (found != values.end()) open = found->second;
  });
  return open;
}

Json fields_json(const model::RecordType* type, const sync::Change& change,
                 const std::map<crypto::Hash, std::string>& values, const std::string& scope) {
  Json fields = Json::object();
  for (const auto& field : change.fields) {
    const auto value = opened(values, field.value);
    const auto* known = type ? type->field(field.field) : nullptr;
    if (known && change.kind == sync::ChangeKind::erase) {
      fields[std::string(known->name)] = {{"erased", true}};  // What is listed are commitments.
    } else if (known && value != "\xf6") {
      fields[std::string(known->name)] = model::value_to_json(*known, value, scope);
    } else if (known && value == "\xf6") {
      fields[std::string(known->name)] = nullptr;
    } else {
      fields["#" + std::to_string(field.field)] = {{"cbor", crypto::to_hex(value)}};
    }
  }
  return fields;
}

void add_changes(Json& changes, const sync::Proven& proof, const sync::ProvenSet& proven) {
  const auto* type = model::schema().type(proof.record.type);
  const auto* writer = proof.book.find(proven.set.certificate);
  const auto values = opened_values(proven);
  Json witnesses = Json::array();
  for (const auto& witness : proven.witnesses) {
    witnesses.push_back({{"node", proof.book.find(witness.certificate)->name},
                         {"time", instant(static_cast<sync::Micros>(witness.time) * 1'000'000)}});
  }
  for (const auto& change : proven.set.changes) {
    if (change.type != proof.record.type || change.id != proof.record.id) continue;
    changes.push_back(
        {{"kind", sync::name_of(change.kind)},
         {"stated", instant(change.stamp)},
         {"not_before", proven.not_before ? Json(instant(*proven.not_before)) : Json(nullptr)},
         {"not_after", proven.not_after ? Json(instant(*proven.not_after)) : Json(nullptr)},
         {"node", writer->name},
         {"role", crypto::name_of(writer->role)},
         {"set", crypto::to_hex(proven.hash.view())},
         {"history", proven.checkpoint.origin},
         {"index", proven.index},
         {"size", proven.checkpoint.size},
         {"witnesses", witnesses},
         {"fields", fields_json(type, change, values, proof.record.scope)}});
  }
}

Json proof_json(const sync::Proven& proof) {
  const auto* type = model::schema().type(proof.record.type);
  Json changes = Json::array();
  for (const auto& set : proof.sets) add_changes(changes, proof, set);
  return {{"holds", true},
          {"city",
           {{"name", proof.book.root().name},
            {"scope", proof.book.root().scope},
            {"id", crypto::to_hex(proof.book.city().view())}}},
          {"type", type ? Json(type->name) : Json(proof.record.type)},
          {"scope", proof.record.scope},
          {"id", sync::to_text(proof.record.id)},
          {"changes", std::move(changes)}};
}

std::string local_or(const Json& instant, const char* otherwise) {
  return instant.is_string() ? local_time(instant.get<std::string>()) : std::string(otherwise);
}

void print_change(const model::RecordType* type, const Json& change) {
  print(local_or(change["stated"], "") + "  " + change.value("kind", "") + "  " +
        harmless(change.value("node", "")) + " (" + change.value("role", "") + ")");
  print("    时间范围 between " + local_or(change["not_before"], "未知 unknown") + " … " +
        local_or(change["not_after"], "无回执 no receipt"));
  print("    变更集 " + change.value("set", "").substr(0, 16) + "，历史第 " +
        std::to_string(change.value("index", std::uint64_t{0}) + 1) + " 项，共 " +
        std::to_string(change.value("size", std::uint64_t{0})) + " 项 in the history");
  for (const auto& witness : change["witnesses"]) {
    print("    另经核对 also checked by " + harmless(witness.value("node", "")) + "  " +
          local_or(witness["time"], ""));
  }
  for (const auto& [name, value] : change["fields"].items()) {
    const auto* field = type ? type->field(std::string_view(name)) : nullptr;
    print("    " + fitted(field ? std::string(field->label.zh) : name, 20) +
          (field ? harmless(shown(*field, value)) : value.dump()));
  }
}

/// In the words of the page that checks proofs (api/web/proof.js).
const char* reason_of(Errc code) {
  switch (code) {
    case Errc::bad_value:
      return "--root 须为 64 位十六进制数字";
    case Errc::other_city:
      return "证明属于其他城市，或 --root 不对";
    case Errc::bad_signature:
      return "证明不成立：签名不符，内容被改动过，或不是所称的单位所签";
    case Errc::stranger:
      return "证明不成立：证书不是本市签发的，或已被改动";
    case Errc::altered:
      return "证明不成立：内容不在市局签署的历史之中";
    case Errc::corrupt:
      return "证明不成立：所示的值与签名中的承诺不符";
    case Errc::out_of_scope:
      return "证明不成立：证书不包括该范围";
    case Errc::forbidden:
      return "证明不成立：签署者没有这项权限";
    case Errc::unauthorised:
      return "证明不成立：历史不是由其保管者签署的";
    case Errc::unknown_certificate:
      return "证明不成立：文件中缺少证书";
    case Errc::not_found:
      return "证明不成立：文件中没有与该记录有关的内容";
    case Errc::too_large:
      return "证明不成立：文件太大";
    default:
      return "证明不成立：不是证明文件，或不完整，或已被改动";
  }
}

/// The table's sentences are about what nodes send each other; here somebody holds a file.
Error of_file(Error why) {
  if (why.code == Errc::newer_version || why.code == Errc::unknown_critical) return why;
  why.detail = reason_of(why.code) + (" " + why.detail);
  return why;
}

}  // namespace

int check_proof(const CheckProofOptions& options) {
  const auto bytes = read_file(options.file, sync::kProofBytesMax + 1);
  if (!bytes) return refuse(bytes.error());
  const auto proven = sync::check_proof(*bytes, options.root);
  if (!proven) return refuse(of_file(proven.error()));
  const auto json = proof_json(*proven);
  if (options.json) {
    print_json(json);
    return 0;
  }
  const auto* type = model::schema().type(proven->record.type);
  print("证明成立 proven：" + harmless(proven->book.root().name) + "（" +
        proven->book.root().scope + "）");
  print((type ? std::string(type->label.zh) : "#" + std::to_string(proven->record.type)) + "  " +
        json.value("id", "") + "  " + proven->record.scope);
  for (const auto& change : json["changes"]) print_change(type, change);
  print("以上各项已由市局收存；文件不能证明其后没有别的改动。");
  print("The city holds all of these. That nothing was changed since, no file can show.");
  return 0;
}

}  // namespace linli::app
