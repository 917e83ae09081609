#include "node/store/reading_all.h"

namespace linli::store {

Result<std::vector<Json>> all_records(Store& store, RecordQuery query) {
  std::vector<Json> items;
  query.limit = 1000;
  query.cursor = {};
  for (;;) {
    auto page = list_records(store, query);
    if (!page) return fail(page.error());
    for (auto& item : page->items) items.push_back(std::move(item));
    if (!page->next_cursor) return items;
    query.cursor = *page->next_cursor;
  }
}

}  // namespace linli::store
