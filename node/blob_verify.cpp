// Is every attachment there, and what its name says? Without a running node, from folder and index.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "node/blobs_detail.h"
#include "node/store/fault_records.h"
#include "node/store/people.h"
#include "node/store/proof_parts.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

using store::FaultKind;

struct FileFault {
  FaultKind kind;
  std::optional<Error> reason = {};
};

std::optional<FileFault> fault_of(const fs::path& path, const store::BlobRow& row) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileFault{FaultKind::file_gone};
  struct stat status {};
  std::optional<FileFault> fault;
  crypto::Hasher hasher;
  if (::fstat(fd, &status) != 0 || status.st_size != row.size) {
    fault = FileFault{FaultKind::file_size_otherwise};
  } else if (auto read = feed_file(hasher, fd, static_cast<std::uint64_t>(row.size), path); !read) {
    fault = FileFault{FaultKind::file_unreadable, read.error()};
  } else if (hasher.result() != row.hash) {
    fault = FileFault{FaultKind::file_otherwise};
  }
  ::close(fd);
  return fault;
}

/// Who stands behind an attachment that is wrong: whom to ask for it.
class Authors {
 public:
  explicit Authors(store::Database& db) : people_(db), book_(store::certificate_book(db)) {
    if (!book_) return;
    store::Log log(db);
    own_ = book_->find(Hash::of(log.meta("certificate").value_or(std::string(32, '\0'))));
  }
  /// Whoever wrote a record that shows it; of several the first by id, so that each run names the
  /// same one.
  void name(store::Database& db, const Hash& hash, store::VerifyFault& fault) const {
    if (!own_) return;
    const auto authors = store::named_for(db, *own_, hash);
    if (authors.empty()) return;
    name(*std::min_element(authors.begin(), authors.end()), fault);
  }
  void name(const crypto::AuthorId& author, store::VerifyFault& fault) const {
    fault.author_id = crypto::to_hex(author.view());
    fault.author = people_.name_of(author);
  }

 private:
  store::People people_;
  Result<crypto::CertificateBook> book_;
  const crypto::Certificate* own_ = nullptr;  ///< Null: the node's own trust is what is wrong.
};

}  // namespace

Result<BlobsVerified> verify_blobs(store::Store& store, const fs::path& data,
                                   const store::Progress& progress) {
  BlobsVerified report;
  const auto folder = data / "blobs";
  try {
    const auto total = [&] {
      const auto lease = store.read();
      return store::blob_counts(*lease).held;
    }();
    Hash after{};
    for (;;) {
      const auto rows = [&] {
        const auto lease = store.read();
        return store::list_blobs(*lease, after, kBlobPage);
      }();
      if (rows.empty()) break;
      for (const auto& row : rows) {
        after = row.hash;
        const auto name = crypto::to_hex(row.hash.view());
        const auto fault = fault_of(folder / name.substr(0, 2) / name, row);
        ++report.blobs;
        report.bytes += row.size;
        if (progress) progress(report.blobs, total);
        if (!fault) continue;
        // It may have been dropped since, by the node that runs.
        const auto lease = store.read();
        if (store::find_blob(*lease, row.hash)) {
          store::VerifyFault found{.place = store::FaultPlace::attachment,
                                   .name = name,
                                   .kind = fault->kind,
                                   .reason = fault->reason,
                                   .remedy = store::Remedy::fetch};
          store::name_records_of(*lease, row.hash, found);
          Authors(*lease).name(*lease, row.hash, found);
          report.faults.push_back(store::found(std::move(found)));
        }
      }
    }
    const auto lease = store.read();
    for (const auto& row : store::parts(*lease)) {
      const auto name = crypto::to_hex(row.hash.view());
      const auto path =
          folder / name.substr(0, 2) / (name + "." + crypto::to_hex(row.author.view()));
      std::error_code ec;
      const auto size = fs::file_size(path, ec);
      if (row.held > 0 && (ec || size < static_cast<std::uint64_t>(row.held)) &&
          row.held < row.size) {
        store::VerifyFault found{.place = store::FaultPlace::attachment,
                                 .name = name,
                                 .kind = FaultKind::part_short,
                                 .remedy = store::Remedy::fetch};
        store::name_records_of(*lease, row.hash, found);
        Authors(*lease).name(row.author, found);
        report.faults.push_back(store::found(std::move(found)));
      }
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return report;
}

}  // namespace linli::node
