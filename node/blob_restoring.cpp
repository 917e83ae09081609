// What becomes of attachments when a node's database is put back: a copy of it holds none of them.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "node/blobs_detail.h"
#include "node/replica.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMetaChecked =
    "blobs.checked";  ///< The epoch that files were looked for in.

fs::path file_in(const fs::path& folder, const Hash& hash) {
  const auto name = crypto::to_hex(hash.view());
  return folder / name.substr(0, 2) / name;
}

/// Calls for each attachment of the index.
template <class F>
void each_row(store::Database& db, F&& found) {
  Hash after{};
  for (;;) {
    const auto rows = store::list_blobs(db, after, kBlobPage);
    if (rows.empty()) return;
    for (const auto& row : rows) found(row);
    after = rows.back().hash;
  }
}

bool is_what_it_says(const fs::path& file, const Hash& hash) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  const int fd = ec ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  crypto::Hasher hasher;
  const bool read = feed_file(hasher, fd, size, file).has_value();
  ::close(fd);
  return read && hasher.result() == hash;
}

}  // namespace

bool blob_file_is_there(const fs::path& file, std::int64_t size) {
  std::error_code ec;
  const auto bytes = fs::file_size(file, ec);
  if (ec) return ec != std::errc::no_such_file_or_directory;
  return bytes == static_cast<std::uint64_t>(size);
}

std::int64_t lost_blobs(store::Database& db, const fs::path& data) {
  std::int64_t lost = 0;
  each_row(db, [&](const store::BlobRow& row) {
    lost += blob_file_is_there(file_in(data / "blobs", row.hash), row.size) ? 0 : 1;
  });
  return lost;
}

Result<std::int64_t> Blobs::drop_lost() {
  std::vector<Hash> lost;
  {
    const auto lease = replica_.store().read();
    each_row(*lease, [&](const store::BlobRow& row) {
      if (!blob_file_is_there(file(row.hash), row.size)) lost.push_back(row.hash);
    });
  }
  const auto epoch = replica_.epoch();
  auto noted = replica_.write([&]() -> Result<void> {
    auto& log = replica_.store().log();
    for (const auto& hash : lost) store::let_go_of_blob(log.database(), hash, false);
    if (epoch) log.set_meta_int(kMetaChecked, static_cast<std::int64_t>(*epoch));
    return {};
  });
  if (!noted) return fail(noted.error());
  if (!lost.empty()) {
    spdlog::warn("{} attachments aren't here any more: they come again from other nodes",
                 lost.size());
  }
  return static_cast<std::int64_t>(lost.size());
}

/// Once in each epoch: it may have begun because somebody put the disk back.
Result<void> Blobs::check_after_restore() {
  const auto epoch = replica_.epoch();
  const auto checked = [&] {
    const auto lease = replica_.store().read();
    return store::Log(*lease).meta_int(kMetaChecked, 0);
  }();
  if (!epoch || static_cast<std::int64_t>(*epoch) == checked) return {};
  const auto dropped = drop_lost();
  return dropped ? Result<void>{} : fail(dropped.error());
}

/// True: it is here now. Its file was put in place by whoever put the rest back.
bool Blobs::take_in_stray(const fs::path& file, const Hash& hash) {
  {
    const auto lease = replica_.store().read();
    if (!store::is_referred_to(*lease, hash)) return false;
  }
  if (!is_what_it_says(file, hash)) return false;
  std::error_code ec;
  store::BlobRow row;
  row.hash = hash;
  row.size = static_cast<std::int64_t>(fs::file_size(file, ec));
  row.arrived = replica_.now();
  auto noted = replica_.write([&]() -> Result<void> {
    store::add_blob(replica_.store().log(), row, {});  // Who delivered it stayed known.
    return {};
  });
  return noted.has_value();
}

/// False: it can't be linked from there.
Result<bool> Blobs::link_over(const fs::path& from_file, const store::BlobRow& row,
                              const std::vector<AuthorId>& from) {
  const auto to = file(row.hash);
  if (auto made = make_blob_folder(folder_); !made) return fail(made.error());
  if (auto made = make_blob_folder(to.parent_path()); !made) return fail(made.error());
  const std::lock_guard lock(file_guard_);
  if (::link(from_file.c_str(), to.c_str()) != 0 && errno != EEXIST) {
    if (errno == EXDEV || errno == EPERM || errno == EMLINK) return false;
    return fail(errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io,
                "link " + to.string() + ": " + std::strerror(errno));
  }
  if (auto synced = sync_blob_folder(to.parent_path()); !synced) return fail(synced.error());
  auto noted = replica_.write([&]() -> Result<void> {
    store::add_blob(replica_.store().log(), row, from);
    return {};
  });
  if (!noted) return fail(noted.error());
  return true;
}

Result<std::int64_t> Blobs::take_over(const fs::path& before) {
  auto other = store::Store::open(DataDir(before).database(), store::Access::read);
  if (!other) return fail(other.error());
  std::vector<std::pair<store::BlobRow, std::vector<AuthorId>>> rows;
  try {
    const auto lease = (*other)->read();
    each_row(*lease, [&](const store::BlobRow& row) {
      rows.emplace_back(row, store::deliverers(*lease, row.hash));
    });
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  std::int64_t taken = 0;
  for (auto& [row, from] : rows) {
    const auto there = file_in(before / "blobs", row.hash);
    if (!is_what_it_says(there, row.hash)) continue;
    row.safe =
        false;  // What was said of another hub's disk, or of this one before, is asked again.
    const auto linked = link_over(there, row, from);
    if (!linked) return fail(linked.error());
    if (!*linked) break;  // Another disk: the rest is there as well.
    ++taken;
  }
  return taken;
}

}  // namespace linli::node
