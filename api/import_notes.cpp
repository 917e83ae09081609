#include "api/import_notes.h"

#include <type_traits>
#include <vector>

namespace linli::api {
namespace {

/// What the store throws becomes an error.
template <class Do>
auto caught(Do&& what) -> Result<decltype(what())> {
  try {
    if constexpr (std::is_void_v<decltype(what())>) {
      what();
      return {};
    } else {
      return what();
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace

Result<crypto::Hash> hash_of_input(tables::Input& input, std::string_view how) {
  if (auto begin = input.seek(0); !begin) return fail(begin.error());
  crypto::Hasher hasher;
  hasher.update("linli/import/1\n");
  hasher.update(crypto::hash({how}).view());
  std::vector<char> piece(1u << 20);
  for (;;) {
    const auto got = input.read(piece.data(), piece.size());
    if (!got) return fail(got.error());
    if (*got == 0) break;
    hasher.update({piece.data(), *got});
  }
  if (auto back = input.seek(0); !back) return fail(back.error());
  return hasher.result();
}

Result<void> KeptImportNotes::open() {
  if (notes_) return {};
  auto opened = file_.empty() ? store::ImportNotes::temporary()
                              : store::ImportNotes::open(file_, what_, now_);
  if (!opened) return fail(opened.error());
  notes_ = std::move(*opened);
  return {};
}

Result<tables::ImportNotes::Progress> KeptImportNotes::begin() {
  if (auto opened = open(); !opened) return fail(opened.error());
  const auto& at = notes_->progress();
  return Progress{at.checked, at.all_checked, at.written};
}

Result<std::optional<tables::ImportNotes::Row>> KeptImportNotes::note(std::uint64_t key,
                                                                      const Row& here) {
  if (auto opened = open(); !opened) return fail(opened.error());
  return caught([&]() -> std::optional<Row> {
    const auto before = notes_->note(key, {here.number, here.content});
    if (!before) return std::nullopt;
    return Row{before->number, before->content};
  });
}

void KeptImportNotes::note_refused(std::uint64_t record) {
  if (notes_) notes_->note_refused(record);
}

Result<bool> KeptImportNotes::was_refused(std::uint64_t record) {
  if (!notes_) return false;
  return caught([&] { return notes_->was_refused(record); });
}

Result<void> KeptImportNotes::save(const Progress& progress) {
  if (!notes_) return {};
  return caught([&] { notes_->save({progress.checked, progress.all_checked, progress.written}); });
}

Result<void> KeptImportNotes::begin_anew() {
  if (!notes_) return {};
  return caught([&] { notes_->begin_anew(); });
}

Result<void> KeptImportNotes::end() {
  if (!notes_) return {};
  return caught([&] { notes_->forget(); });
}

}  // namespace linli::api
