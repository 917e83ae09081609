// tests/store/search_scene.h: texts in fresh indexes, without records around them.
#pragma once

#include <map>

#include "node/store/search.h"
#include "node/store/search_find.h"
#include "tests/store/scratch.h"

namespace linli::tests {

using Found = std::vector<std::int64_t>;

struct SearchScene {
  Scratch scratch;
  store::SearchIndex index{*scratch.db};
  std::map<std::int64_t, std::vector<store::SearchedValue>> texts;

  static store::SearchText indexed(const std::vector<store::SearchedValue>& values, bool erasable) {
    auto text = store::put_together(values);
    text.erasable = erasable;
    return text;
  }
  void add(std::int64_t rec, std::vector<store::SearchedValue> values, bool erasable = false) {
    index.insert(rec, indexed(values, erasable));
    index.flush();
    texts[rec] = std::move(values);
  }
  void add(std::int64_t rec, const std::string& text, bool erasable = false) {
    add(rec, {{nullptr, 0, text, false}}, erasable);
  }
  void drop(std::int64_t rec, bool erasable = false) {
    index.remove(rec, indexed(texts.at(rec), erasable));
    index.flush();
    texts.erase(rec);
  }
  Result<store::SearchPage> page(std::string_view typed, std::size_t limit,
                                 std::string_view cursor = {}) {
    return store::find(*scratch.db, {typed, limit, cursor, {}},
                       [&](std::int64_t rec) -> std::optional<std::vector<store::SearchedValue>> {
                         const auto known = texts.find(rec);
                         if (known == texts.end()) return std::nullopt;
                         return known->second;
                       });
  }
  Found find(std::string_view typed, std::size_t limit = 100'000) {
    auto found = page(typed, limit);
    ensure(found.has_value(), "a search without a cursor is answered");
    return found->recs;
  }
  std::int64_t count(const std::string& table) {
    auto s = scratch.db->prepare("SELECT count(*) FROM " + table);
    s.step();
    return s.integer(0);
  }
};

}  // namespace linli::tests
