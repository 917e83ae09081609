// tests/support/failing_reads.h: a disk some of whose reads fail, under SQLite in this process.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>

namespace linli::test {

/// While it lives, files that SQLite opens are read through it, and after `pass` more reads `fail`
/// of them end with SQLITE_IOERR_READ. Files of others aren't touched. One at a time; one thread.
class FailingReads {
 public:
  FailingReads() : disk_(*sqlite3_vfs_find(nullptr)) {
    here() = this;
    was_ = sqlite3_vfs_find(nullptr);
    disk_.zName = "failing-reads";
    disk_.xOpen = open;
    sqlite3_vfs_register(&disk_, 1);
  }
  ~FailingReads() {
    sqlite3_vfs_unregister(&disk_);
    sqlite3_vfs_register(was_, 1);
    here() = nullptr;
  }
  FailingReads(const FailingReads&) = delete;
  FailingReads& operator=(const FailingReads&) = delete;

  void after(int pass, int fail) { pass_ = pass, fail_ = fail, failed_ = 0; }
  [[nodiscard]] int failed() const { return failed_; }

 private:
  /// A kind of file as the disk below does it, but for its reads.
  struct Kind {
    sqlite3_io_methods methods;
    const sqlite3_io_methods* was;
  };

  static FailingReads*& here() {
    static FailingReads* one = nullptr;
    return one;
  }
  static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
    auto& self = *here();
    const int code = self.was_->xOpen(self.was_, name, file, flags, out);
    if (code != SQLITE_OK || !file->pMethods) return code;
    auto& kind = self.kinds_[file->pMethods];
    if (!kind) {
      kind = std::make_unique<Kind>(Kind{*file->pMethods, file->pMethods});
      kind->methods.iVersion = 2;  // No memory map: every page comes by a read.
      kind->methods.xRead = read;
    }
    file->pMethods = &kind->methods;
    return code;
  }
  static int read(sqlite3_file* file, void* to, int n, sqlite3_int64 at) {
    auto& self = *here();
    if (self.fail_ > 0 && self.pass_-- <= 0) {
      --self.fail_;
      ++self.failed_;
      return SQLITE_IOERR_READ;
    }
    return reinterpret_cast<const Kind*>(file->pMethods)->was->xRead(file, to, n, at);
  }

  sqlite3_vfs disk_;
  sqlite3_vfs* was_ = nullptr;
  std::map<const sqlite3_io_methods*, std::unique_ptr<Kind>> kinds_;
  int pass_ = 0, fail_ = 0, failed_ = 0;
};

}  // namespace linli::test
