// search: what people ask the records.
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/store/reading.h"
#include "node/store/search_marks.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

/// With what was found between 【 and 】.
std::string marked(const Json& item) {
  store::Snippet snippet{item.value("snippet", ""), {}};
  for (const auto& mark : item["marks"]) {
    snippet.marks.push_back({mark[0].get<std::size_t>(), mark[1].get<std::size_t>()});
  }
  return store::emphasised(snippet, "【", "】");
}

void print_found(const Json& found) {
  if (found["items"].empty()) return print("没有找到。 Nothing found.");
  if (found["near"] == true) {
    note("没有完全相符的，以下是拼音相近的。 Nothing as typed; these are read nearly so.");
  }
  Table table({"类型", "编号", "名称", "片段"});
  for (const auto& item : found["items"]) {
    const auto* type = model::schema().type(item.value("type", ""));
    table.add({type ? std::string(type->label.zh) : item.value("type", ""), item.value("id", ""),
               item.value("title", ""), marked(item)});
  }
  table.print(60);
  if (const auto& next = found["next_cursor"]; next.is_string()) {
    print("还有更多 more: --cursor " + next.get<std::string>());
  }
}

}  // namespace

int search(const SearchOptions& options) {
  store::SearchRequest request{options.text, options.type, options.scope,  options.from,
                               options.to,   {},           options.cursor, options.limit};
  for (const auto& where : options.where) {
    const auto equals = where.find('=');
    if (equals == std::string::npos) {
      return refuse(Errc::bad_usage, "条件写作 字段=值 a filter is written FIELD=VALUE", "where");
    }
    request.where.emplace_back(where.substr(0, equals), where.substr(equals + 1));
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto found = store::search_records(**store, request);
  if (!found) return refuse(found.error());
  if (options.json) {
    print_json(*found);
  } else {
    print_found(*found);
  }
  return 0;
}

}  // namespace linli::app
