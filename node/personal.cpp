#include "node/personal.h"

#include <algorithm>
#include <set>

#include "node/names.h"
#include "node/store/reading.h"
#include "node/store/value_search.h"
#include "node/told.h"

namespace linli::node {

using model::FieldType;
using model::Protection;
using model::RecordType;

namespace {

constexpr std::size_t kNameCharactersMin = 2, kDigitsMin = 5, kNeedleBytesMax = 200;
constexpr std::size_t kPage = 1000;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_here(const Json& value) {
  return !value.is_null() &&
         !(value.is_object() && (value.contains("withheld") || value.contains("erased")));
}

/// What a record holds of a person that it refers to: its personal fields, if they are here.
std::vector<std::string> personal_in(const RecordType& type, const Json& fields) {
  std::vector<std::string> names;
  for (const auto& field : type.fields) {
    const auto value = fields.find(std::string(field.name));
    if (field.protection == Protection::personal && value != fields.end() && is_here(*value)) {
      names.emplace_back(field.name);
    }
  }
  return names;
}

Result<void> each_record(store::Store& store, const RecordType& type,
                         const std::function<void(Json&)>& found) {
  store::RecordQuery query;
  query.type = std::string(type.name);
  query.limit = kPage;
  query.removed = true;
  for (;;) {
    auto page = store::list_records(store, query);
    if (!page) return fail(page.error());
    for (auto& item : page->items) found(item);
    if (!page->next_cursor) return {};
    query.cursor = *page->next_cursor;
  }
}

PersonalPlace place_of(const RecordType& type, Json& item) {
  PersonalPlace place;
  place.type = &type;
  place.scope = item.value("scope", "");
  place.id = *sync::record_id(item.value("id", ""));
  place.record = std::move(item);
  return place;
}

/// A record of this type is about one person: others point at it instead of naming them.
bool stands_for_a_person(const RecordType& type) { return type.name == "staff"; }

Json place_json(const PersonalPlace& place) {
  return {{"type", place.type->name},
          {"label", place.type->label.zh},
          {"id", to_text(place.id)},
          {"scope", place.scope}};
}

}  // namespace

Result<void> check_needle(std::string_view who) {
  const auto needle = folded(who);
  const bool number = !needle.empty() && std::all_of(needle.begin(), needle.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '+';
  });
  const auto least = number ? kDigitsMin : kNameCharactersMin;
  if (characters(needle) >= least && needle.size() <= kNeedleBytesMax) return {};
  return fail(
      Errc::bad_value,
      "请写至少两个字的姓名，或至少五位的号码 a name of at least two characters, or at least "
      "five digits of a number: otherwise half the city answers",
      "who");
}

namespace {

/// Records that refer to one of `people`: their own personal fields are that person's, too.
Result<void> add_referring(store::Store& store, const std::set<std::string>& people,
                           std::vector<PersonalPlace>& places) {
  for (const auto& type : model::schema().types) {
    const auto ref = std::find_if(type.fields.begin(), type.fields.end(), [](const auto& f) {
      return f.type == FieldType::ref &&
             std::any_of(f.targets.begin(), f.targets.end(), [](auto t) {
               const auto* target = model::schema().type(t);
               return target && stands_for_a_person(*target);
             });
    });
    if (ref == type.fields.end()) continue;
    auto read = each_record(store, type, [&](Json& item) {
      const auto target = item["fields"].find(std::string(ref->name));
      if (target == item["fields"].end() || !target->is_object() ||
          !people.contains(target->value("id", ""))) {
        return;
      }
      auto place = place_of(type, item);
      place.fields = personal_in(type, place.record["fields"]);
      place.refers = true;
      places.push_back(std::move(place));
    });
    if (!read) return read;
  }
  return {};
}

}  // namespace

Result<std::vector<PersonalPlace>> find_person(store::Store& store, const std::string& who) {
  if (auto good = check_needle(who); !good) return fail(good.error());
  const auto needle = folded(who);
  std::vector<PersonalPlace> places;
  std::set<std::string> people;
  try {
    const auto found = store::find_values(store, [&](std::string_view text) {
      return folded(text).find(needle) != std::string::npos;
    });
    for (const auto& [at, numbers] : found) {
      const auto* type = model::schema().type(at.type);
      if (!type) continue;  // Of a newer version: found after the upgrade.
      auto record = store::get_record(store, type->name, at.scope, at.id);
      PersonalPlace place{type, at.scope, at.id, {}, false, Json::object()};
      if (record) place.record = std::move(*record);
      if (!place.record.contains("fields")) place.record["fields"] = Json::object();
      for (const auto number : numbers) {
        if (const auto* field = type->field(number)) place.fields.emplace_back(field->name);
      }
      if (stands_for_a_person(*type)) {
        // Of a record about one person everything personal is that person's.
        for (auto& name : personal_in(*type, place.record["fields"])) {
          if (std::find(place.fields.begin(), place.fields.end(), name) == place.fields.end()) {
            place.fields.push_back(std::move(name));
          }
        }
        people.insert(to_text(at.id));
      }
      places.push_back(std::move(place));
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  if (people.empty()) return places;
  if (auto added = add_referring(store, people, places); !added) return fail(added.error());
  return places;
}

Json places_json(const std::vector<PersonalPlace>& places) {
  Json items = Json::array();
  for (const auto& place : places) {
    auto item = place_json(place);
    item["fields"] = place.fields;
    item["refers"] = place.refers;
    item["removed"] = place.record.value("removed", false);
    // A mistake is corrected like any other: by an edit of the record.
    item["edit"] = "/api/v1/records/" + std::string(place.type->name) + "/" + to_text(place.id);
    items.push_back(std::move(item));
  }
  return {{"items", std::move(items)}};
}

Json copy_json(const std::vector<PersonalPlace>& places, const std::string& node,
               sync::Micros now) {
  Json items = Json::array();
  for (const auto& place : places) {
    auto item = place_json(place);
    item["fields"] = place.record["fields"];
    item["about_you"] = place.fields;
    items.push_back(std::move(item));
  }
  return {
      {"made_at", model::instant_text(now / 1000)}, {"node", node}, {"items", std::move(items)}};
}

std::string copy_text(const std::vector<PersonalPlace>& places, const std::string& node,
                      sync::Micros now) {
  std::string text = "个人信息副本\n制作单位：" + node + "\n制作时间：" +
                     local_time(model::instant_text(now / 1000)) + "\n共 " +
                     std::to_string(places.size()) + " 条记录\n";
  for (const auto& place : places) {
    text += "\n【" + std::string(place.type->label.zh) + "】" + place.record.value("title", "") +
            "\n  编号 " + to_text(place.id) + "\n  范围 " + place.scope + "\n";
    if (place.refers) text += "  （本记录指向您的登记，自身不含姓名）\n";
    for (const auto& field : place.type->fields) {
      const auto value = place.record["fields"].find(std::string(field.name));
      if (value == place.record["fields"].end() || !is_here(*value)) continue;
      const bool yours = std::find(place.fields.begin(), place.fields.end(),
                                   std::string(field.name)) != place.fields.end();
      text += "  " + std::string(yours ? "＊" : "  ") + std::string(field.label.zh) + "：" +
              told(field, *value) + "\n";
    }
  }
  return text + "\n带＊的是关于您个人的内容。如有错误，可申请更正；也可申请清除。\n";
}

Result<Json> erase_person(Replica& replica, const std::vector<PersonalPlace>& places,
                          const std::string& code, const By& by, bool dry_run) {
  std::vector<ErasureRequest> requests;
  std::vector<const PersonalPlace*> asked;
  for (const auto& place : places) {
    if (place.fields.empty()) continue;  // It only refers, and holds nothing itself.
    requests.push_back({place.type, place.scope, place.id, place.fields, code, by});
    asked.push_back(&place);
  }
  const auto done = erase(replica, requests, dry_run);
  if (!done) return fail(done.error());
  Json json{{"items", Json::array()}, {"dry_run", dry_run}};
  std::size_t erased = 0, refused = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& outcome = done->outcomes[i];
    auto item = place_json(*asked[i]);
    item["fields"] = asked[i]->fields;
    const bool any = outcome.done == Outcome::Done::changed;
    item["done"] = !outcome.faults.empty() ? "refused"
                   : !any                  ? "unchanged"
                   : dry_run               ? "would be erased"
                                           : "erased";
    for (const auto& fault : outcome.faults) {
      item["faults"].push_back({{"field", fault.field},
                                {"code", info(fault.code).name},
                                {"zh", fault.zh},
                                {"en", fault.en}});
    }
    refused += outcome.faults.empty() ? 0U : 1U;
    erased += outcome.faults.empty() && any ? 1U : 0U;
    json["items"].push_back(std::move(item));
  }
  json["erased"] = erased;
  json["refused"] = refused;
  if (!dry_run) json["cleared"] = done->cleared;
  return json;
}

}  // namespace linli::node
