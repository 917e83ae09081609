// blobs: photos and files of records, into the node and out of it.
#include "sync/blobs.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <thread>

#include "node/agent.h"
#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/out_file.h"
#include "node/app/writer.h"
#include "node/blob_transfer.h"
#include "node/store/blobs.h"

namespace linli::app {
namespace {

using crypto::Hash;

constexpr std::size_t kRange = 4 << 20;
constexpr int kTriesMax = 5;

Result<Hash> hash_named(const std::string& text) {
  const auto bytes = crypto::from_hex(text);
  if (!bytes || bytes->size() != Hash::size()) {
    return fail(Errc::bad_value,
                "an attachment is named by 64 hexadecimal digits, as `linli blobs "
                "put` printed them");
  }
  return Hash::of(*bytes);
}

std::string path_of(const Hash& hash) { return "/api/v1/blobs/" + crypto::to_hex(hash.view()); }

/// A file to be put: its content's name, then the content from any byte on.
class Source {
 public:
  static Result<Source> open(const std::string& name) {
    Source source;
    source.file_.open(name, std::ios::binary);
    if (!source.file_) return fail(Errc::io, "can't read " + name);
    crypto::Hasher hasher;
    std::string block(kRange, '\0');
    for (;;) {
      source.file_.read(block.data(), static_cast<std::streamsize>(block.size()));
      const auto n = static_cast<std::size_t>(source.file_.gcount());
      if (n == 0) break;
      hasher.update({block.data(), n});
      if ((source.size_ += n) > sync::kBlobBytesMax) {
        return fail(Errc::too_large, name + " is over 64 MiB: shrink or split it");
      }
    }
    if (source.size_ == 0) return fail(Errc::bad_value, name + " is empty");
    source.hash_ = hasher.result();
    return source;
  }
  [[nodiscard]] const Hash& hash() const { return hash_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Up to kRange bytes from `at` on. Errors: io (it changed meanwhile).
  Result<std::string> read(std::uint64_t at) {
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(kRange, size_ - at)), '\0');
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (static_cast<std::size_t>(file_.gcount()) != bytes.size()) {
      return fail(Errc::io, "the file became shorter while it was read");
    }
    return bytes;
  }

 private:
  Source() = default;
  std::ifstream file_;
  Hash hash_{};
  std::uint64_t size_ = 0;
};

Result<void> put_here(node::Replica& replica, Source& source) {
  const auto self = replica.identity().author;
  auto& blobs = replica.blobs();
  if (blobs.state(source.hash(), self).complete) return blobs.deliver(source.hash(), {self});
  auto receiving =
      blobs.receive(source.hash(), source.size(), std::nullopt, {self, {self}, false, true});
  if (!receiving) return fail(receiving.error());
  ProgressLine progress("存入 storing");
  while (receiving->held() < source.size()) {
    const auto piece = source.read(receiving->held());
    if (!piece) return fail(piece.error());
    if (auto written = receiving->write(*piece); !written) return written;
    progress.show(static_cast<std::int64_t>(receiving->held()),
                  static_cast<std::int64_t>(source.size()));
  }
  const auto complete = receiving->finish();
  if (!complete) return fail(complete.error());
  return {};
}

std::uint64_t offset_in(const node::HttpAnswer& answer) {
  const auto header = answer.headers.find("upload-offset");
  if (header == answer.headers.end()) return 0;
  return std::strtoull(header->second.c_str(), nullptr, 10);
}

Result<void> put_there(node::HttpClient& node, Source& source) {
  const auto path = path_of(source.hash());
  const auto state = node.send("HEAD", path);
  if (!state) return fail(state.error());
  auto at = state->status == 200 ? 0 : std::min(offset_in(*state), source.size());
  if (at == source.size()) at = 0;  // Complete, and to be checked: the last range once more.
  ProgressLine progress("存入 storing");
  for (int tries = 0;;) {
    const auto piece = source.read(at);
    if (!piece) return fail(piece.error());
    const auto range = "bytes " + std::to_string(at) + "-" +
                       std::to_string(at + piece->size() - 1) + "/" + std::to_string(source.size());
    const auto answer =
        node.send("PATCH", path, *piece, "application/octet-stream", {{"Content-Range", range}});
    if (!answer) return fail(answer.error());
    if (answer->status == 201) return {};
    const auto held = std::min(offset_in(*answer), source.size());
    if (answer->status == 200 && held == source.size()) return {};
    if (answer->status != 200 && (answer->status != 409 || ++tries == kTriesMax)) {
      return fail(problem_of(*answer));
    }
    at = held;
    progress.show(static_cast<std::int64_t>(at), static_cast<std::int64_t>(source.size()));
  }
}

/// Where a content goes: a file that gets its name once it is complete, or stdout.
class Target {
 public:
  explicit Target(OutFile file) : file_(std::move(file)) {}
  bool write(std::string_view bytes) {
    hasher_.update(bytes);
    size_ += bytes.size();
    return file_.sink()(bytes).has_value();
  }
  Result<void> end(const Hash& hash) {
    if (hasher_.result() != hash) return fail(Errc::altered, "what came isn't what its name says");
    return file_.finish();
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  OutFile file_;
  crypto::Hasher hasher_;
  std::uint64_t size_ = 0;
};

Result<void> get_here(node::Replica& replica, const Hash& hash, Target& target) {
  auto& blobs = replica.blobs();
  const auto url = node::upstream(replica);
  if (!blobs.state(hash, replica.identity().author).complete && url) {
    node::HttpClient client(*url);
    blobs.want(hash);
    const auto moved = node::transfer_blobs(replica, client, blobs.policy());
    if (!moved) return fail(moved.error());
  }
  const auto reading = blobs.open(hash);
  if (!reading) return fail(reading.error());
  std::string block(kRange, '\0');
  for (std::uint64_t at = 0; at < reading->size();) {
    const auto n = reading->read(at, block.data(), block.size());
    if (!n) return fail(n.error());
    if (!target.write({block.data(), *n})) return fail(Errc::io, "can't write it down");
    at += *n;
  }
  return {};
}

/// A signature, a proxy's paper: who takes it out is noted. (A running node notes it by itself.)
Result<void> note_if_personal(const std::filesystem::path& data, node::Replica& replica,
                              const Hash& hash) {
  const auto lease = replica.store().read();
  if (!store::is_personal(*lease, hash)) return {};
  return note_act(data, {.act = "attachment", .what = crypto::to_hex(hash.view()).substr(0, 12)});
}

Result<void> get_there(node::HttpClient& node, const Hash& hash, std::int64_t wait_s,
                       Target& target) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
  for (;;) {
    const auto state = node.send("HEAD", path_of(hash));
    if (!state) return fail(state.error());
    if (state->status == 200) break;
    // It asks the upstream, for some seconds.
    const auto asked = node.send("GET", path_of(hash), {}, {}, {{"Range", "bytes=0-0"}});
    if (!asked) return fail(asked.error());
    if (asked->status == 206 || asked->status == 200) break;
    if (asked->status != 202) return fail(problem_of(*asked));
    if (std::chrono::steady_clock::now() > until) {
      return fail(Errc::unreachable, "it is still on its way from the upstream: ask again later");
    }
  }
  const auto answer = node.get_range(path_of(hash), {},
                                     [&](std::string_view piece) { return target.write(piece); });
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(problem_of(*answer));
  return {};
}

/// "500M", "20G", or bytes.
Result<std::int64_t> size_in(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto shift = unit.empty() ? 0 : unit == "M" ? 20 : unit == "G" ? 30 : unit == "T" ? 40 : -1;
  if (error != std::errc() || shift < 0 || value < 0 || value > (1LL << 50) >> shift) {
    return fail(Errc::bad_usage, "--quota: a number with M, G or T, such as 20G");
  }
  return value << shift;
}

std::string mib(std::int64_t bytes) {
  return bytes < 1 << 20 ? std::to_string((bytes + 1023) / 1024) + " KiB"
                         : std::to_string(bytes >> 20) + " MiB";
}

Json policy_json(const node::BlobPolicy& policy) {
  return {{"policy", policy.ahead ? "ahead" : "demand"},
          {"quota", policy.quota},
          {"metered", policy.metered}};
}

}  // namespace

std::string without_attachments(const std::filesystem::path& data) {
  auto store = open_to_read(data);
  if (!store) return {};
  const auto lease = (*store)->read();
  const auto counts = store::blob_counts(*lease);
  if (counts.held == 0) return {};
  return "备份不含附件（" + std::to_string(counts.held) + " 个，" +
         std::to_string((counts.bytes >> 20) + 1) + " MiB" +
         "）：恢复后由持有它们的节点送回；请另行备份 blobs 目录，或恢复时用 --before 原目录。 "
         "Attachments aren't in it: after a restore the nodes that hold them send them back; copy "
         "blobs/ as well, or restore with --before.";
}

std::string attachments_full(const std::filesystem::path& data) {
  auto store = open_to_read(data);
  if (!store) return {};
  const auto lease = (*store)->read();
  return node::full_text(*lease);
}

int put_blob(const BlobPutOptions& options) {
  auto source = Source::open(options.file);
  if (!source) return refuse(source.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto done =
      door->replica ? put_here(*door->replica, *source) : put_there(*door->node, *source);
  if (!done) return refuse(done.error());
  const auto hash = crypto::to_hex(source->hash().view());
  if (options.json) {
    print_json({{"hash", hash}, {"size", source->size()}});
  } else {
    print(hash);
    note("已存入 stored, " + mib(static_cast<std::int64_t>(source->size())) +
         "；写入记录 in a record: {\"photos\":[\"" + hash + "\"]}");
  }
  return 0;
}

int get_blob(const BlobGetOptions& options) {
  const auto hash = hash_named(options.hash);
  if (!hash) return refuse(hash.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  auto file = OutFile::open(options.out, OutFile::For::all);
  if (!file) return refuse(file.error());
  Target target(std::move(*file));
  auto done = door->replica ? get_here(*door->replica, *hash, target)
                            : get_there(*door->node, *hash, options.wait_s, target);
  if (done && door->replica) done = note_if_personal(options.data, *door->replica, *hash);
  if (done) done = target.end(*hash);
  if (!done) return refuse(done.error());
  if (options.out != "-" && options.json) {
    print_json({{"hash", options.hash}, {"size", target.size()}, {"file", options.out}});
  } else if (options.out != "-") {
    print("已取出 got " + mib(static_cast<std::int64_t>(target.size())) + "：" + options.out);
  }
  return 0;
}

int list_blobs(const BlobListOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto lease = (*store)->read();
  const auto counts = store::blob_counts(*lease);
  Table table({"附件 attachment", "大小 size", "到达 arrived", "状态 state"});
  std::size_t shown = 0;
  Hash after{};
  for (bool more = true; more && shown < options.limit;) {
    const auto rows = store::list_blobs(*lease, after, std::min<std::size_t>(options.limit, 200));
    more = !rows.empty();
    for (const auto& row : rows) {
      after = row.hash;
      if (shown++ == options.limit) break;
      const bool referred = store::is_referred_to(*lease, row.hash);
      const auto hash = crypto::to_hex(row.hash.view());
      const auto arrived = model::instant_text(row.arrived / 1000);
      if (options.json) {
        print_json({{"hash", hash},
                    {"size", row.size},
                    {"arrived", arrived},
                    {"safe", row.safe},
                    {"referred", referred}});
        continue;
      }
      table.add({hash, mib(row.size), local_time(arrived),
                 !referred  ? "无记录引用 no record"
                 : row.safe ? "中心已有 at the hub"
                            : "本机 here"});
    }
  }
  if (options.json) return 0;
  if (counts.held > 0) table.print(64);
  print("附件 " + std::to_string(counts.held) + " 个 " + mib(counts.bytes) + "，正在接收 " +
        std::to_string(counts.parts) + " 个，尚未取回 " + std::to_string(counts.missing) +
        " 个，无记录引用 " + std::to_string(counts.idle) +
        " 个。 here, on their way, missing, nobody's.");
  return 0;
}

int collect_blobs(const BlobCollectOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  Json report;
  if (door->replica) {
    const auto collected = door->replica->blobs().collect();
    if (!collected) return refuse(collected.error());
    report = {
        {"blobs", collected->blobs}, {"parts", collected->parts}, {"bytes", collected->bytes}};
  } else {
    const auto answer = ask(*door->node, "POST", "/api/v1/blobs/collect");
    if (!answer) return refuse(answer.error());
    report = Json::parse(*answer, nullptr, false);
    if (!report.is_object()) return refuse(Errc::internal, "the node's answer can't be read");
  }
  if (options.json) {
    print_json(report);
  } else {
    print("清理 " + std::to_string(report.value("blobs", 0)) + " 个附件、" +
          std::to_string(report.value("parts", 0)) + " 个残件，腾出 " +
          mib(report.value("bytes", std::int64_t{0})) +
          "；无记录引用的附件保留七个清点日。 Removed what nothing referred to on seven counted "
          "days.");
  }
  return 0;
}

int blob_policy(const BlobPolicyOptions& options) {
  std::optional<bool> ahead;
  if (options.policy == "ahead" || options.policy == "demand") ahead = options.policy == "ahead";
  if (!options.policy.empty() && !ahead) {
    return refuse(Errc::bad_usage, "a policy is `ahead` or `demand`");
  }
  std::optional<std::int64_t> quota;
  if (!options.quota.empty()) {
    const auto size = size_in(options.quota);
    if (!size) return refuse(size.error());
    quota = *size;
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  Json shown;
  if (door->replica) {
    auto& blobs = door->replica->blobs();
    if (auto set = blobs.set_policy(ahead, quota); !set) return refuse(set.error());
    shown = policy_json(blobs.policy());
  } else {
    Json wish = Json::object();
    if (ahead) wish["policy"] = options.policy;
    if (quota) wish["quota"] = *quota;
    const auto answer = ask(*door->node, "PATCH", "/api/v1/blobs", wish.dump(), "application/json");
    if (!answer) return refuse(answer.error());
    shown = Json::parse(*answer, nullptr, false);
    if (!shown.is_object()) return refuse(Errc::internal, "the node's answer can't be read");
  }
  if (options.json) {
    print_json(shown);
  } else {
    const bool all = shown.value("policy", "") == "ahead";
    print(std::string(all ? "预先取回全部 ahead" : "需要时取回 demand") + "，限额 quota " +
          mib(shown.value("quota", std::int64_t{0})) +
          (shown.value("metered", false) ? "，计费线路 metered" : ""));
  }
  return 0;
}

}  // namespace linli::app
