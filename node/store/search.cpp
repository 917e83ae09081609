#include "node/store/search.h"

namespace linli::store {
namespace {

Shelf shelf_of(const SearchText& text) { return text.erasable ? Shelf::erasable : Shelf::plain; }

}  // namespace

void SearchIndex::insert(std::int64_t rec, const SearchText& text) {
  if (text.empty()) return;
  db_.cached(text.erasable ? "INSERT INTO search_erasable(rowid, text) VALUES(?1, ?2)"
                           : "INSERT INTO search(rowid, text) VALUES(?1, ?2)")
      .bind(1, rec)
      .bind_text(2, text.text)
      .run();
  pinyin_.came(shelf_of(text), fold(text.text));
}

void SearchIndex::remove(std::int64_t rec, const SearchText& text) {
  if (text.empty()) return;
  db_.cached(text.erasable ? "INSERT INTO search_erasable(search_erasable, rowid, text)"
                             " VALUES('delete', ?1, ?2)"
                           : "INSERT INTO search(search, rowid, text) VALUES('delete', ?1, ?2)")
      .bind(1, rec)
      .bind_text(2, text.text)
      .run();
  pinyin_.went(shelf_of(text), fold(text.text));
}

void SearchIndex::compact_erasable() {
  db_.cached("INSERT INTO search_erasable(search_erasable) VALUES('optimize')").run();
  pinyin_.rewrite_erasable();
}

}  // namespace linli::store
