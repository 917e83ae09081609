#include "api/company_view.h"

#include <algorithm>

#include "node/store/found_in.h"

namespace linli::api {

namespace {

bool is_personal(const model::Field& field) {
  return field.protection == model::Protection::personal;
}

/// Through these a record belongs to somebody; others (a compound, a template) say nothing of it. A
/// reply to a finding is for the company to write whose finding it is, whatever it says of itself.
bool leads_to_a_company(const model::Field& field) {
  if (field.type != model::FieldType::ref) return false;
  return std::any_of(field.targets.begin(), field.targets.end(), [](std::string_view target) {
    return target == "company" || target == "staff" || target == "finding";
  });
}

Error anothers() {
  return {Errc::forbidden,
          "这条记录属于其他企业 this record is another company's: ask this node's administrator if "
          "the account's company is wrong",
          {}};
}

}  // namespace

CompanyView::CompanyView(Context& context, const httplib::Request& request) : context_(context) {
  const auto caller = context.door.caller(request);
  if (!caller.account) return;
  const auto* role = node::account_role(caller.account->role);
  narrows_ = !role || role->writes == sync::mask(crypto::Role::company);
  own_ = caller.account->company;
  role_ = caller.account->role;
}

bool CompanyView::shows(const model::RecordType& type) const {
  return role_.empty() || node::may_read(role_, type);
}

bool CompanyView::shows(const Json& item) const {
  const auto* type = item.is_object() && item.contains("type") && item["type"].is_string()
                         ? model::schema().type(item["type"].get_ref<const std::string&>())
                         : nullptr;
  return !type || shows(*type);
}

std::optional<Error> CompanyView::refusal(const model::RecordType& type) const {
  if (shows(type)) return std::nullopt;
  if (type.audience == sync::Audience::street) return node::confined_refusal(role_);
  return anothers();
}

Json CompanyView::left_out() const {
  Json names = Json::array();
  for (const auto& type : model::schema().types) {
    if (type.audience == sync::Audience::street && !shows(type)) names.push_back(type.name);
  }
  return names;
}

std::size_t CompanyView::leave_out(Json& items) const {
  Json kept = Json::array();
  for (auto& item : items) {
    if (shows(item)) kept.push_back(std::move(item));
  }
  const auto gone = items.size() - kept.size();
  items = std::move(kept);
  return gone;
}

bool CompanyView::shows_who_voted() const {
  return role_.empty() || node::may_see_who_voted(role_);
}

bool CompanyView::hides(const model::RecordType& type) const {
  return !role_.empty() && !node::may_read_personal(role_, type);
}

std::string CompanyView::company_at(const Json& ref, int depth) {
  if (!ref.is_object() || depth == 0) return {};
  const auto type_name =
      ref.value("type", Json()).is_string() ? ref["type"].get<std::string>() : "";
  const auto scope = ref.value("scope", std::string());
  const auto id = sync::record_id(ref.value("id", std::string()));
  const auto* type = model::schema().type(type_name);
  if (!type || !id) return {};
  const auto name = type_name + " " + scope + " " + to_text(*id);
  if (const auto found = known_.find(name); found != known_.end()) return found->second;
  const auto record = store::get_record(context_.replica.store(), type_name, scope, *id);
  auto code = record ? company_of(*type, (*record)["fields"], depth - 1) : std::string();
  return known_.emplace(name, std::move(code)).first->second;
}

std::string CompanyView::company_of(const model::RecordType& type, const Json& fields, int depth) {
  if (type.name == "company") {
    const auto code = fields.find("uscc");
    return code != fields.end() && code->is_string() ? code->get<std::string>() : std::string();
  }
  for (const auto& field : type.fields) {
    if (!leads_to_a_company(field)) continue;
    const auto ref = fields.find(std::string(field.name));
    if (ref == fields.end()) continue;
    if (auto code = company_at(*ref, depth); !code.empty()) return code;
  }
  return {};
}

void CompanyView::withhold(const model::RecordType& type, Json& fields, const Json& all) {
  if (!fields.is_object()) return;
  if (!hides(type)) {
    if (!narrows_) return;
    if (!own_.empty() && company_of(type, all) == own_) return;
  }
  for (const auto& field : type.fields) {
    if (!is_personal(field)) continue;
    const auto value = fields.find(std::string(field.name));
    if (value == fields.end() || value->is_null()) continue;
    if (value->is_object() && value->contains("erased")) continue;
    *value = {{"withheld", true}};
  }
}

void CompanyView::withhold_in_conflict(Json& conflict) {
  const auto* type = conflict.is_object()
                         ? model::schema().type(std::string_view(conflict.value("type", "")))
                         : nullptr;
  if (!type) return;
  const auto narrow = [&](Json& version) {
    if (version.is_object() && version.contains("fields")) withhold(*type, version);
  };
  if (conflict.contains("winner")) narrow(conflict["winner"]);
  for (const auto* list : {"losers", "edits"}) {
    if (!conflict.contains(list)) continue;
    for (auto& version : conflict[list]) narrow(version);
  }
}

void CompanyView::withhold_in_writes(Json& settled) {
  const auto* type = model::schema().type(std::string_view(settled.value("type", "")));
  if (type && settled.contains("writes")) withhold(*type, settled["writes"]);
}

std::optional<Error> CompanyView::refusal_of_attachment(
    const std::vector<std::uint32_t>& types) const {
  if (narrows_ && !types.empty()) {
    return Error{Errc::forbidden,
                 "企业账号不能查看个人信息附件 an attachment of personal information isn't shown "
                 "to a company's account",
                 {}};
  }
  const bool hidden = std::any_of(types.begin(), types.end(), [&](std::uint32_t number) {
    const auto* type = model::schema().type(number);
    return type && hides(*type);
  });
  if (!hidden) return std::nullopt;
  return Error{Errc::forbidden,
               "这个账号角色不能查看业主名册和选票中的个人信息 an account of role " + role_ +
                   " isn't shown personal information of owner registers and ballots",
               {}};
}

std::optional<Error> CompanyView::refusal(const model::RecordType& type, const std::string& scope,
                                          const sync::RecordId& id) {
  // An account without a company writes for any, and reads of none.
  if (!narrows_ || own_.empty()) return std::nullopt;
  const auto record = store::get_record(context_.replica.store(), type.name, scope, id);
  if (!record) return std::nullopt;  // Whoever writes says so.
  const auto whose = company_of(type, (*record)["fields"]);
  if (whose.empty() || whose == own_) return std::nullopt;
  return anothers();
}

namespace {

/// What the writer will read of it: keys and references in all their spellings. A record that is to
/// be numbered has no key yet.
std::optional<model::Draft> draft_of(const node::Wish& wish, const model::Frame& frame) {
  auto fields = wish.fields;
  if (!fields.is_object()) return std::nullopt;
  if (!wish.scope.empty()) fields["scope"] = wish.scope;
  if (wish.id) fields["id"] = to_text(*wish.id);
  auto draft = model::read_draft(*wish.type, fields, frame);
  if (!draft && !fields.contains("id")) {
    fields["id"] = to_text(sync::new_record_id(1));
    draft = model::read_draft(*wish.type, fields, frame);
  }
  if (!draft) return std::nullopt;
  return *std::move(draft);
}

}  // namespace

/// Named by its id alone, the record that is there is meant: its scope goes into the wish, so that
/// what is looked at is what will be written.
std::optional<Error> CompanyView::refusal_of_named(node::Wish& wish) {
  if (!wish.fields.is_object() || !wish.scope.empty() || wish.fields.contains("scope")) return {};
  const auto text = wish.fields.value("id", Json());
  const auto id = sync::record_id(text.is_string() ? text.get<std::string>() : std::string());
  if (!id) return std::nullopt;
  const auto found = store::found_in(context_.replica.store(), wish.type->name, *id);
  if (!found) return found.error();
  for (const auto& scope : *found) {
    if (auto why = refusal(*wish.type, scope, *id)) return why;
  }
  if (found->size() == 1) wish.fields["scope"] = found->front();
  return std::nullopt;
}

std::optional<Error> CompanyView::refusal(const node::Wish& wish) {
  if (!narrows_ || own_.empty()) return std::nullopt;
  auto placed = wish;
  if (auto why = refusal_of_named(placed)) return why;
  const auto draft = draft_of(placed, context_.replica.frame());
  if (!draft) return std::nullopt;  // Whoever writes says what is wrong with it.
  if (draft->id) {
    if (auto why = refusal(*wish.type, draft->scope, *draft->id)) return why;
  }
  const model::ViewOf put(draft->fields);
  for (const auto& field : wish.type->fields) {
    if (!leads_to_a_company(field)) continue;
    const auto ref = put->ref(field.number);
    const auto* target = ref ? model::schema().type(ref->type) : nullptr;
    if (!target) continue;
    const auto whose = company_at(
        {{"type", target->name}, {"scope", ref->scope}, {"id", to_text(ref->id)}}, kDepth);
    if (!whose.empty() && whose != own_) return anothers();
  }
  return std::nullopt;
}

std::vector<std::uint32_t> CompanyView::upsetting(const model::RecordType& type) const {
  std::vector<std::uint32_t> types;
  if (!narrows_) return types;
  for (const auto& field : type.fields) {
    if (!leads_to_a_company(field)) continue;
    for (const auto target : field.targets) {
      const auto* other = model::schema().type(target);
      if (other && other != &type) types.push_back(other->number);
    }
  }
  return types;
}

std::optional<Error> CompanyView::refusal_of_filter(const model::RecordType& type,
                                                    const std::string& name) const {
  if (!narrows_ && !hides(type)) return std::nullopt;
  const auto* field = type.field(name);
  if (!field || !is_personal(*field)) return std::nullopt;
  return Error{Errc::forbidden,
               "这个账号不能按个人信息筛选 this account can't filter by personal values that it "
               "isn't shown",
               name};
}

}  // namespace linli::api
