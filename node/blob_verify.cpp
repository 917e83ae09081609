// Is every attachment there, and what its name says? Without a running node, from folder and index.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/blobs_detail.h"
#include "node/store/fault_records.h"

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
        report.faults.push_back(store::found({.place = store::FaultPlace::attachment,
                                              .name = name,
                                              .kind = FaultKind::part_short,
                                              .remedy = store::Remedy::fetch}));
      }
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return report;
}

}  // namespace linli::node
