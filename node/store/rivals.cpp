#include "node/store/rivals.h"

#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

Result<Json> list_rivals(Store& store, const ConflictQuery& query, const model::RecordType* type,
                         std::int64_t before) {
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  Json items = Json::array();
  Json next = nullptr;
  auto s = lease->prepare(
      "SELECT rec FROM rival WHERE rec < ?1 AND (?2 = 0 OR rec % ?3 = ?2) ORDER BY rec DESC");
  s.bind(1, before).bind(2, type ? type->number : 0).bind(3, kTypesMax);
  while (s.step()) {
    const auto rec = s.integer(0);
    const auto* table = store.projector().table(type_of_rec(rec));
    auto row = table ? table->at(*lease, rec) : std::nullopt;
    if (!row) continue;
    row->record.scope = path_of(*lease, row->scope);
    if (!query.scope.empty() && !crypto::scope_covers(query.scope, row->record.scope)) continue;
    if (items.size() == query.limit) {
      next = std::to_string(rec + 1);
      break;
    }
    const auto whole = record_json(store, *lease, *row);
    Json item{{"severity", "rivals"},    {"type", whole["type"]},
              {"id", whole["id"]},       {"scope", whole["scope"]},
              {"title", whole["title"]}, {"state", whole.value("state", Json())},
              {"key", Json::object()}};
    for (const auto name : table->type().key) {
      const std::string field(name);
      if (whole["fields"].contains(field)) item["key"][field] = whole["fields"][field];
    }
    items.push_back(std::move(item));
  }
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace linli::store
