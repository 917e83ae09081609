// tests/support/disks.h: a closed node's folder copied, and put back later.
#pragma once

#include <filesystem>

#include "tests/support/city.h"

namespace linli::test {

/// Copies a closed node's folder over another. `mark`: with the mark beside the database.
inline void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to,
                        bool mark = true) {
  namespace fs = std::filesystem;
  fs::create_directories(to);
  for (const auto* name : {"linli.db-wal", "linli.db-shm"}) fs::remove(to / name);
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_directory() || (!mark && entry.path().filename() == "mark")) continue;
    fs::copy(entry.path(), to / entry.path().filename(), fs::copy_options::overwrite_existing);
  }
}

/// A node's disk as it was, to be put back once or several times.
class Copy {
 public:
  Copy(City& city, Node& node) : node_(node) {
    for (int n = 0; dir_.empty() || std::filesystem::exists(dir_); ++n) {
      dir_ = city.folder.path() / ("copy" + std::to_string(n));
    }
    node.close();
    copy_folder(node.dir, dir_);
    node.open();
  }
  void put_back(bool mark) const {
    node_.close();
    copy_folder(dir_, node_.dir, mark);
    node_.open();
  }

 private:
  std::filesystem::path dir_;
  Node& node_;
};

}  // namespace linli::test
