// tests/store/scratch.h: a database of its own for one test, with the tables of the store.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "crypto/hash.h"
#include "node/store/database.h"

namespace linli::tests {

/// The text of a file of node/store.
inline std::string store_sql(const std::string& name) {
  std::ifstream file(std::filesystem::path(LINLI_TESTS_DIR) / ".." / "node" / "store" / name);
  std::stringstream text;
  text << file.rdbuf();
  ensure(!text.str().empty(), "the store's SQL is there");
  return text.str();
}

/// A folder that goes with its owner.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_(
            std::filesystem::temp_directory_path() /
            ("linli-test-" + crypto::to_hex(crypto::random<crypto::Salt>().view()).substr(0, 16))) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A database with the store's tables.
struct Scratch {
  ScratchFolder folder;
  std::unique_ptr<store::Database> db = make(folder.path() / "test.db");

  static std::unique_ptr<store::Database> make(const std::filesystem::path& file) {
    auto opened = store::Database::open(file, store::Access::write);
    ensure(opened.has_value(), "a new database opens");
    (*opened)->execute("PRAGMA synchronous=OFF");  // Nothing here outlives the test.
    (*opened)->execute(store_sql("log.sql"));
    (*opened)->execute(store_sql("projection.sql"));
    return std::move(*opened);
  }
};

}  // namespace linli::tests
