// A record in JSON → a draft in CBOR. Says everything that is wrong at once, each with the member
// it stands in.
#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/json_value_reader.h"
#include "node/model/values.h"

namespace linli::model {

namespace {

/// A key's text as it is hashed: codes are upper case (rule 20), by ASCII only, in no locale.
std::string key_bytes(const std::string& value) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::text) return value;
  std::string text = normal_text(r.text());
  for (auto& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return cbor::encode_text(text);
}

class DraftReader {
 public:
  DraftReader(const RecordType& type, const Json& object, const Frame& frame)
      : type_(type), object_(object), frame_(frame), values_(frame, faults_) {}

  tl::expected<Draft, std::vector<Fault>> run() {
    if (!object_.is_object()) {
      values_.wrong("", object_, "一个 JSON 对象", "one JSON object");
      return tl::unexpected(std::move(faults_));
    }
    draft_.type = &type_;
    draft_.fields.type = &type_;
    read_scope();
    for (const auto& [member, value] : object_.items()) {
      if (member != "id" && member != "scope") read_member(member, value);
    }
    read_id();
    if (!faults_.empty()) return tl::unexpected(std::move(faults_));
    draft_.fields.scope = draft_.scope;
    if (draft_.id) draft_.fields.id = *draft_.id;
    return std::move(draft_);
  }

 private:
  void read_scope() {
    draft_.scope = type_.home == Home::city ? frame_.city_scope : frame_.own_scope;
    if (!object_.contains("scope")) return;
    const auto& scope = object_["scope"];
    if (!scope.is_string() || !crypto::valid_scope(scope.get_ref<const std::string&>())) {
      values_.wrong("scope", scope, "范围路径，如 410700/410702", "a path such as 410700/410702");
      return;
    }
    draft_.scope = scope.get<std::string>();
  }

  void read_member(const std::string& member, const Json& value) {
    const auto* field = type_.field(std::string_view(member));
    if (!field) {
      add_fault(faults_, member, Errc::unknown_field,
                std::string(type_.label.zh) + "没有“" + member + "”这一项",
                std::string(type_.name) + " has no such field");
      return;
    }
    if (field->need == Need::derived) {
      add_fault(faults_, member, Errc::bad_value, "此项由系统计算，不能填写",
                "is computed by the system: leave it out");
      return;
    }
    if (value.is_null()) return read_null(*field);
    auto item = values_.read(*field, value, draft_.scope, member);
    if (!item) return;
    if (field->type == FieldType::state) {
      draft_.state = value.get<std::string>();
      return;
    }
    check_value(*field, *item, draft_.scope, member, faults_);
    draft_.fields.set(field->number, *std::move(item));
  }

  void read_null(const Field& field) {
    if (field.need == Need::required || field.type == FieldType::state) {
      add_fault(faults_, field.name, Errc::missing_field, "必填项不能清除",
                "is required and can't be cleared");
      return;
    }
    cbor::Writer w;
    w.null();
    draft_.fields.set(field.number, w.take());
  }

  void read_id() {
    if (object_.contains("id")) {
      const auto& id = object_["id"];
      const auto given =
          id.is_string() ? sync::record_id(id.get<std::string>()) : fail(Errc::bad_value);
      if (!given) {
        values_.wrong("id", id, "记录编号(UUID)", "a record id (UUID)");
        return;
      }
      draft_.id = *given;
    }
    if (type_.key.empty() || !faults_.empty()) return;
    std::vector<std::string> key_values;
    for (const auto name : type_.key) {
      const auto* value = draft_.fields.get(type_.field(name)->number);
      if (value) {
        key_values.push_back(*value);
      } else if (!draft_.id) {
        add_fault(faults_, name, Errc::missing_field, "缺少编号项(用于识别记录)",
                  "is part of the key that names the record: give it, or the id");
      }
    }
    if (key_values.size() != type_.key.size()) return;
    const bool by_author = type_.duplicates == Duplicates::keep_both;
    const auto derived = derived_id(type_, frame_.city, draft_.scope, key_values,
                                    by_author ? &frame_.author : nullptr);
    // A keep-both record that somebody else wrote has another author in its id.
    if (draft_.id && *draft_.id != derived && !by_author) {
      add_fault(faults_, "id", Errc::bad_value, "记录编号与编号项不符",
                "doesn't belong to this key in this scope");
      return;
    }
    if (!draft_.id) draft_.by_key = true;
    if (!draft_.id) draft_.id = derived;
  }

  const RecordType& type_;
  const Json& object_;
  const Frame& frame_;
  std::vector<Fault> faults_;
  ValueReader values_;
  Draft draft_;
};

}  // namespace

tl::expected<Draft, std::vector<Fault>> read_draft(const RecordType& type, const Json& object,
                                                   const Frame& frame) {
  return DraftReader(type, object, frame).run();
}

sync::RecordId derived_id(const RecordType& type, const Hash& city, std::string_view scope,
                          const std::vector<std::string>& key_values,
                          const sync::AuthorId* author) {
  cbor::Writer w;
  w.array(author ? 5 : 4);
  w.bytes(city.view());
  w.uint(type.number);
  w.text(scope);
  w.array(key_values.size());
  for (const auto& value : key_values) w.raw(key_bytes(value));
  if (author) w.bytes(author->view());
  const auto hash = crypto::hash({"linli/record-id/1", w.view()});
  return sync::RecordId::of(hash.view().substr(0, sync::RecordId::size()));
}

Result<std::string> value_from_json(const Field& field, const Json& value, const std::string& scope,
                                    const Frame& frame) {
  std::vector<Fault> faults;
  auto item = ValueReader(frame, faults).read(field, value, scope, std::string(field.name));
  if (item) return *std::move(item);
  ensure(!faults.empty(), "a value that wasn't read has a fault");
  return fail(faults.front().code, faults.front().en, faults.front().field);
}

}  // namespace linli::model
