#include "node/bundle_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

namespace linli::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 64u << 10;

Error failed(std::string_view what, const fs::path& file) {
  const int why = errno;
  auto code = Errc::io;
  if (why == ENOSPC || why == EDQUOT) code = Errc::disk_full;
  if (why == EFBIG) code = Errc::too_large;
  std::string detail = std::string(what) + " " + file.string() + ": " + std::strerror(why);
  if (why == EFBIG) detail += " (--split 2G makes smaller files)";
  if (why == EIO || why == ENODEV || why == ENXIO) {
    detail += " (was the stick pulled out? Put it in and repeat the command)";
  }
  return {code, std::move(detail), {}};
}

/// Closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// Up to `size` bytes from `at`; fewer only at the end.
Result<std::size_t> read_at(int fd, const fs::path& file, char* out, std::size_t size,
                            std::uint64_t at) {
  std::size_t got = 0;
  while (got < size) {
    const auto n = ::pread(fd, out + got, size - got, static_cast<off_t>(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(failed("can't read", file));
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

Error at(const fs::path& file, std::uint64_t byte, Error error) {
  error.detail = file.string() + ", byte " + std::to_string(byte) + ": " + error.detail;
  error.field.clear();
  return error;
}

fs::path numbered(const fs::path& file, std::uint32_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  return file.string() + "." + digits;
}

/// FILE itself, or FILE.001 and so on?
bool is_of(const std::string& name, const std::string& stem) {
  if (!name.starts_with(stem)) return false;
  const auto rest = name.substr(stem.size());
  return rest.empty() || (rest.size() >= 4 && rest[0] == '.' &&
                          rest.find_first_not_of("0123456789", 1) == std::string::npos);
}

/// A folder's own entries, where the file system can bring them to the disk.
void sync_folder(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.fd() >= 0) ::fsync(opened.fd());
}

}  // namespace

// ---- Writing ------------------------------------------------------------------------------------

BundleWriter::BundleWriter(fs::path file, std::uint64_t split)
    : file_(std::move(file)), split_(split) {
  ensure(split == 0 || split >= kPartBytesMin, "BundleWriter: a part has room for its head");
}

BundleWriter::~BundleWriter() {
  if (!finished_) abandon();
}

void BundleWriter::abandon() {
  for (auto& part : parts_) {
    if (part.fd >= 0) ::close(part.fd);
    part.fd = -1;
    ::unlink(part.temporary.c_str());
  }
}

Result<void> BundleWriter::put(Part& part, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(part.fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(failed("can't write", part.name));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> BundleWriter::begin_part() {
  Part part;
  part.name = split_ == 0 ? file_ : numbered(file_, static_cast<std::uint32_t>(parts_.size() + 1));
  part.temporary = part.name.parent_path() / ("." + part.name.filename().string() + ".linli-tmp");
  part.offset = offset_;
  std::error_code ec;
  if (fs::exists(part.name, ec)) {
    const auto there = read_bundle_head(part.name);
    if (!there && there.error().code == Errc::bad_input) {
      return fail(Errc::bad_usage, part.name.string() +
                                       " is there and isn't a bundle: choose "
                                       "another name");
    }
  }
  part.fd = ::open(part.temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (part.fd < 0) return fail(failed("can't create", part.name));
  parts_.push_back(std::move(part));
  // Its place; what it says is known at the end.
  return put(parts_.back(), std::string(sync::kBundleHeadBytes, '\0'));
}

Result<void> BundleWriter::write(std::string_view bytes) {
  if (head_bytes_.size() < sync::kBundleHeadBytes) {
    const auto more = std::min(bytes.size(), sync::kBundleHeadBytes - head_bytes_.size());
    head_bytes_.append(bytes.substr(0, more));
    bytes.remove_prefix(more);
    if (head_bytes_.size() < sync::kBundleHeadBytes) return {};
    auto head = sync::PartHead::decode(head_bytes_);
    if (!head) return fail(head.error());
    head_ = *head;
  }
  while (!bytes.empty()) {
    const auto room = split_ == 0 ? UINT64_MAX : split_ - sync::kBundleHeadBytes;
    if (parts_.empty() || parts_.back().size == room) {
      if (auto begun = begin_part(); !begun) return begun;
    }
    auto& part = parts_.back();
    const auto piece = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), room - part.size));
    if (auto done = put(part, piece); !done) return done;
    part.size += piece.size();
    offset_ += piece.size();
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<void> BundleWriter::close_part(std::uint32_t number) {
  auto& part = parts_[number - 1];
  auto head = *head_;
  head.part = number;
  head.parts = static_cast<std::uint32_t>(parts_.size());
  head.size = part.size;
  head.offset = part.offset;
  if (::lseek(part.fd, 0, SEEK_SET) != 0) return fail(failed("can't write", part.name));
  if (auto done = put(part, head.encode()); !done) return done;
  if (::fsync(part.fd) != 0) return fail(failed("can't bring to the disk", part.name));
  const int closed = ::close(part.fd);
  part.fd = -1;
  if (closed != 0) return fail(failed("can't close", part.name));
  return {};
}

Result<std::vector<fs::path>> BundleWriter::finish() {
  if (parts_.empty()) return fail(Errc::truncated, "no bundle came to be written");
  std::vector<fs::path> files;
  for (std::uint32_t number = 1; number <= parts_.size(); ++number) {
    if (auto done = close_part(number); !done) return fail(done.error());
  }
  for (const auto& part : parts_) {
    if (::rename(part.temporary.c_str(), part.name.c_str()) != 0) {
      return fail(failed("can't name", part.name));
    }
    files.push_back(part.name);
  }
  finished_ = true;
  if (auto removed = remove_older(files); !removed) return fail(removed.error());
  sync_folder(file_);
  return files;
}

/// What an earlier bundle left under this name, in one file or in more parts: with it beside,
/// nobody could tell any more what belongs together.
Result<void> BundleWriter::remove_older(const std::vector<fs::path>& written) const {
  std::error_code ec;
  const auto stem = file_.filename().string();
  const auto folder = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
  std::vector<fs::path> older;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    const auto name = entry.path().filename().string();
    const auto ours = [&](const fs::path& file) { return file.filename() == name; };
    if (!is_of(name, stem) || std::any_of(written.begin(), written.end(), ours)) continue;
    const auto head = read_bundle_head(entry.path());
    // FILE.2024 may be a bundle that somebody calls so: a part says which one it is.
    const bool whole = name == stem;
    if (head && (whole || entry.path().filename() == numbered(file_, head->part).filename())) {
      older.push_back(entry.path());
    }
  }
  for (const auto& file : older) {
    if (::unlink(file.c_str()) != 0) return fail(failed("can't remove the older part", file));
  }
  return {};
}

// ---- Reading ------------------------------------------------------------------------------------

Result<sync::PartHead> read_bundle_head(const fs::path& file) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd() < 0) return fail(failed("can't open", file));
  std::array<char, sync::kBundleHeadBytes> bytes{};
  const auto got = read_at(in.fd(), file, bytes.data(), bytes.size(), 0);
  if (!got) return fail(got.error());
  auto head = sync::PartHead::decode({bytes.data(), *got});
  if (!head) return fail(at(file, 0, head.error()));
  return head;
}

Result<BundleFiles::Part> BundleFiles::look(const fs::path& file) {
  auto head = read_bundle_head(file);
  if (!head) return fail(head.error());
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  if (ec) return fail(Errc::io, "can't look at " + file.string() + ": " + ec.message());
  const auto content = size - sync::kBundleHeadBytes;
  if (head->parts == 0) {
    head->size = content;
    head->parts = 1;
    if (content == 0) return fail(at(file, size, {Errc::truncated, "ends behind the head", {}}));
  }
  if (content < head->size) {
    return fail(at(file, size,
                   {Errc::truncated,
                    "the file ends here and should have " +
                        std::to_string(head->size + sync::kBundleHeadBytes) + " bytes",
                    {}}));
  }
  if (content > head->size) {
    return fail(at(file, head->size + sync::kBundleHeadBytes,
                   {Errc::altered, "bytes behind the end of the part", {}}));
  }
  return Part{file, *head};
}

Result<std::vector<BundleFiles>> BundleFiles::open(const std::vector<fs::path>& files) {
  std::vector<fs::path> all;
  for (const auto& file : files) {
    std::error_code ec;
    if (fs::exists(file, ec) || !fs::exists(numbered(file, 1), ec)) {
      all.push_back(file);
      continue;
    }
    for (std::uint32_t n = 1; fs::exists(numbered(file, n), ec); ++n) {
      all.push_back(numbered(file, n));
    }
  }
  std::map<std::pair<sync::Micros, sync::BundleId>, BundleFiles> bundles;
  for (const auto& file : all) {
    auto part = look(file);
    if (!part) return fail(part.error());
    auto& bundle = bundles[{part->head.created, part->head.id}];
    if (!bundle.parts_.empty() && !bundle.parts_.front().head.same_bundle(part->head)) {
      return fail(at(file, 0, {Errc::altered, "its head contradicts another part's", {}}));
    }
    bundle.parts_.push_back(std::move(*part));
  }
  std::vector<BundleFiles> joined;
  for (auto& [key, bundle] : bundles) {
    if (auto whole = bundle.join(); !whole) {
      auto error = whole.error();
      if (error.code == Errc::not_found && bundles.size() > 1) {
        error.detail += "; " + bundle.stranger_among(all);
      }
      return fail(error);
    }
    joined.push_back(std::move(bundle));
  }
  return joined;
}

/// Says which of the files are of this bundle, that isn't whole, and not of the one beside it.
std::string BundleFiles::stranger_among(const std::vector<fs::path>& files) const {
  std::string here, there;
  const auto add = [](std::string& list, const fs::path& file) {
    list += (list.empty() ? "" : ", ") + file.string();
  };
  for (const auto& file : files) {
    const bool mine = std::any_of(parts_.begin(), parts_.end(),
                                  [&](const Part& part) { return part.file == file; });
    add(mine ? here : there, file);
  }
  return here + " belongs to another bundle than " + there +
         " (an older one under the same name?): give the files of one bundle, or the whole of both";
}

Result<void> BundleFiles::join() {
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const auto& a, const auto& b) { return a.head.part < b.head.part; });
  const auto same = [](const Part& a, const Part& b) { return a.head.part == b.head.part; };
  parts_.erase(std::unique(parts_.begin(), parts_.end(), same), parts_.end());
  std::uint64_t offset = 0;
  const auto parts = parts_.front().head.parts;
  std::string missing;
  for (std::uint32_t number = 1, i = 0; number <= parts && missing.size() < 40; ++number) {
    if (i < parts_.size() && parts_[i].head.part == number) {
      ++i;
    } else {
      missing += (missing.empty() ? "" : ", ") + std::to_string(number);
    }
  }
  if (!missing.empty()) {
    return fail(Errc::not_found, "part " + missing + " of " + std::to_string(parts) +
                                     " is missing; given is " + parts_.front().file.string() +
                                     (parts_.size() > 1 ? " and others" : ""));
  }
  for (const auto& part : parts_) {
    if (part.head.offset != offset) {
      return fail(at(part.file, 0, {Errc::altered, "it doesn't follow the part before it", {}}));
    }
    offset += part.head.size;
  }
  head_ = parts_.front().head;
  head_.parts = 1;
  head_.size = offset;
  return {};
}

Result<void> BundleFiles::read(const std::function<Result<void>(std::string_view)>& sink) const {
  if (auto done = sink(head_.encode()); !done) return done;
  std::string piece(kPieceBytes, '\0');
  for (const auto& part : parts_) {
    const File in(::open(part.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.fd() < 0) return fail(failed("can't open", part.file));
    for (std::uint64_t done = 0; done < part.head.size;) {
      const auto want = std::min<std::uint64_t>(kPieceBytes, part.head.size - done);
      const auto place = sync::kBundleHeadBytes + done;
      const auto got = read_at(in.fd(), part.file, piece.data(), want, place);
      if (!got) return fail(got.error());
      if (*got < want) {
        return fail(at(part.file, place + *got, {Errc::truncated, "the file ends here", {}}));
      }
      if (auto sunk = sink(std::string_view(piece).substr(0, *got)); !sunk) return sunk;
      done += *got;
    }
  }
  return {};
}

Error BundleFiles::placed(Error error) const {
  std::uint64_t place = 0;
  const auto& field = error.field;
  const auto [end, bad] = std::from_chars(field.data(), field.data() + field.size(), place);
  if (field.empty() || bad != std::errc() || end != field.data() + field.size()) return error;
  for (const auto& part : parts_) {
    if (place < part.head.offset + part.head.size || &part == &parts_.back()) {
      return at(part.file, place - part.head.offset + sync::kBundleHeadBytes, std::move(error));
    }
  }
  return error;
}

}  // namespace linli::node
