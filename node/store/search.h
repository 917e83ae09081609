// node/store/search.h: the full-text indexes, as the writer keeps them (SEARCH.md says how).
//
// A record's searched text stands in one of two indexes: `search`, or `search_erasable` if a part
// of it can be erased. Finding is in search_find.h.
#pragma once

#include "node/store/pinyin_index.h"
#include "node/store/searched.h"

namespace linli::store {

/// Keeps records' entries. The text that was indexed must be given to take it out again.
class SearchIndex {
 public:
  explicit SearchIndex(Database& db) : db_(db), pinyin_(db) {}
  void insert(std::int64_t rec, const SearchText& text);
  void remove(std::int64_t rec, const SearchText& text);
  void flush() { pinyin_.flush(); }      ///< Before every commit.
  void discard() { pinyin_.discard(); }  ///< After a rollback.
  /// What was removed stays in old pieces of an index until they are merged: merges all of them,
  /// and writes anew what is kept of how its characters are read.
  void compact_erasable();

 private:
  Database& db_;
  PinyinIndex pinyin_;
};

}  // namespace linli::store
