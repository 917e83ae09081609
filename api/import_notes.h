// api/import_notes.h: an import's notes, kept in SQLite (store::ImportNotes).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "node/store/import_notes.h"
#include "node/tables/import_notes.h"
#include "node/tables/input.h"

namespace linli::api {

/// Hash of the input's bytes and of `how` it is read and taken in. Before anything else reads the
/// input: it stands at its beginning afterwards. Errors: io.
[[nodiscard]] Result<crypto::Hash> hash_of_input(tables::Input& input, std::string_view how);

/// Nothing is opened before it is needed: most tables are short.
class KeptImportNotes final : public tables::ImportNotes {
 public:
  /// Gone with this object; each run is the first.
  KeptImportNotes() = default;
  /// In `file`, under this hash: a run that is cut off there is gone on with.
  KeptImportNotes(std::filesystem::path file, const crypto::Hash& what, sync::Micros now)
      : file_(std::move(file)), what_(what), now_(now) {}

  Result<Progress> begin() override;
  Result<std::optional<Row>> note(std::uint64_t key, const Row& here) override;
  void note_refused(std::uint64_t record) override;
  Result<bool> was_refused(std::uint64_t record) override;
  Result<void> save(const Progress& progress) override;
  Result<void> begin_anew() override;
  Result<void> end() override;
  /// When the first of its runs began; after begin().
  [[nodiscard]] sync::Micros begun() const { return notes_ ? notes_->begun() : now_; }

 private:
  Result<void> open();

  std::filesystem::path file_ = {};
  crypto::Hash what_ = {};
  sync::Micros now_ = 0;
  std::unique_ptr<store::ImportNotes> notes_ = {};
};

}  // namespace linli::api
