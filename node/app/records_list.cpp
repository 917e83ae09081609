// records list: a page, or what is new since.
#include "node/app/records_list.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "node/app/noted.h"
#include "node/store/changes.h"
#include "node/store/reading.h"

namespace linli::app {
namespace {

std::size_t terminal_width() {
  constexpr std::size_t kOtherwise = 120;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kOtherwise;
  return size.ws_col;
}

/// What tells records apart in a list comes first; what fits in the line follows.
std::vector<const model::Field*> list_columns(const model::RecordType& type) {
  constexpr std::size_t kId = 38, kTitle = 26, kColumn = 14;
  auto left = terminal_width();
  left -= std::min(left, kId + kTitle);
  std::vector<const model::Field*> columns;
  for (const bool needed : {true, false}) {
    for (const auto& field : type.fields) {
      using model::FieldType;
      const bool plain = field.type != FieldType::rows && field.type != FieldType::blob &&
                         field.type != FieldType::blobs && field.type != FieldType::geo &&
                         field.type != FieldType::bytes;
      if (!plain || field.name == type.title || left < kColumn) continue;
      if ((field.need == model::Need::required) != needed) continue;
      columns.push_back(&field);
      left -= kColumn;
    }
  }
  std::sort(columns.begin(), columns.end());  // As declared: they stand in one vector.
  return columns;
}

void print_page(const model::RecordType& type, const store::RecordPage& page) {
  const auto columns = list_columns(type);
  const bool titled = !type.title.empty();
  std::vector<std::string> headings{"编号"};
  if (titled) headings.emplace_back(type.field(type.title)->label.zh);
  for (const auto* field : columns) headings.emplace_back(field->label.zh);
  Table table(std::move(headings));
  for (const auto& item : page.items) {
    std::vector<std::string> row{item.value("id", "")};
    if (titled) row.push_back(item.value("title", ""));
    const auto& fields = item["fields"];
    for (const auto* field : columns) {
      const auto value = fields.find(std::string(field->name));
      row.push_back(value == fields.end() ? "" : shown(*field, *value));
    }
    table.add(std::move(row));
  }
  table.print(36);
}

Result<store::RecordQuery> query_of(const ListOptions& options) {
  store::RecordQuery query;
  query.type = options.type;
  query.cursor = options.cursor;
  query.scope = options.scope;
  query.limit = options.limit;
  query.removed = options.removed;
  query.newest_first = options.newest_first;
  for (const auto& condition : options.where) {
    const auto equals = condition.find('=');
    if (equals == condition.npos || equals == 0) {
      return fail(Errc::bad_usage, "--where is FIELD=VALUE, e.g. status=open");
    }
    query.where.emplace_back(condition.substr(0, equals), condition.substr(equals + 1));
  }
  return query;
}

Result<void> note_looking(const ListOptions& options, const model::RecordType& type,
                          const Json& items) {
  Looking looking(options.data, type, "read");
  for (const auto& item : items) {
    const auto id = sync::record_id(item.value("id", ""));
    if (auto noted = looking.at(*id, item["fields"]); !noted) return fail(noted.error());
  }
  return looking.done();
}

/// `--since`: what is new, and what is gone.
int list_changes(const ListOptions& options, const model::RecordType& type,
                 const store::RecordQuery& query) {
  if (!options.cursor.empty() || options.newest_first) {
    return refuse(Errc::bad_usage, "--since goes on by itself: without --cursor, --newest-first");
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto changes = store::changed_records(**store, query, options.since);
  if (!changes) return refuse(changes.error());
  if (auto noted = note_looking(options, type, changes->items); !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json({{"items", changes->items},
                {"next_cursor", nullptr},
                {"since", changes->since},
                {"gone", changes->gone},
                {"more", changes->more}});
    return 0;
  }
  if (!changes->items.empty()) print_page(type, {.items = changes->items, .next_cursor = {}});
  for (const auto& gone : changes->gone) {
    print((gone.value("removed", false) ? "已删除 removed  " : "不在此列 not of this list  ") +
          gone.value("id", ""));
  }
  if (changes->items.empty() && changes->gone.empty()) print("没有变化。 Nothing new.");
  print((changes->more ? "还有更多 more: --since " : "下次从 next time: --since ") +
        changes->since);
  return 0;
}

}  // namespace

int list_records(const ListOptions& options) {
  const auto type = type_named(options.type);
  if (!type) return refuse(type.error());
  const auto query = query_of(options);
  if (!query) return refuse(query.error());
  if (!options.since.empty()) return list_changes(options, **type, *query);
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto since = store::position_now(**store);
  if (!since) return refuse(since.error());
  const auto page = store::list_records(**store, *query);
  if (!page) return refuse(page.error());
  if (auto noted = note_looking(options, **type, page->items); !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json({{"items", page->items},
                {"next_cursor", page->next_cursor ? Json(*page->next_cursor) : Json(nullptr)},
                {"since", *since}});
    return 0;
  }
  if (page->items.empty()) {
    print("没有" + std::string((*type)->label.zh) + "记录。 No such records here.");
    return 0;
  }
  print_page(**type, *page);
  if (page->next_cursor) print("还有更多 more: --cursor " + *page->next_cursor);
  return 0;
}

}  // namespace linli::app
