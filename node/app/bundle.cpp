// bundle: export, import and inspect what travels on a stick instead of a line.
#include <filesystem>

#include "node/app/commands.h"
#include "node/app/writer.h"
#include "node/bundle_files.h"
#include "node/bundles.h"

namespace linli::app {
namespace {

constexpr const char* kBundleType = "application/vnd.linli-bundle";

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? harmless(found->get<std::string>()) : "";
}

std::string number_of(const Json& json, const char* name) {
  return std::to_string(json.value(name, std::uint64_t{0}));
}

/// "示例社区 410700/… (0a1b2c3d4e5f)"
std::string node_text(const Json& json) {
  auto text = text_of(json, "name");
  if (const auto scope = text_of(json, "scope"); !scope.empty()) text += " " + scope;
  const auto digits = "(" + text_of(json, "certificate").substr(0, 12) + ")";
  return text.empty() ? digits : text + " " + digits;
}

// ---- Export -------------------------------------------------------------------------------------

/// `--since`: a bundle's id, or a file of it.
Result<std::optional<sync::BundleId>> since_of(const std::string& text) {
  if (text.empty()) return std::optional<sync::BundleId>();
  const auto id = crypto::from_hex(text);
  if (id && id->size() == sync::BundleId::size()) return sync::BundleId::of(*id);
  std::error_code ec;
  if (!std::filesystem::exists(text, ec)) {
    return fail(Errc::bad_value,
                "--since 须为数据包的完整编号（" + std::to_string(2 * sync::BundleId::size()) +
                    " 位十六进制，导出与 inspect 时显示）或该包的一个文件 --since takes a bundle's "
                    "whole id, as export and inspect show it, or one of its files",
                "since");
  }
  auto head = node::read_bundle_head(text);
  if (!head) return fail(head.error().code, "--since: " + head.error().detail);
  return head->id;
}

Result<Json> export_here(node::Replica& replica, const BundleExportOptions& options,
                         const std::optional<sync::BundleId>& since,
                         const node::BundleExport::Sink& sink) {
  const auto recipient = node::find_node(replica, options.recipient);
  if (!recipient) return fail(recipient.error());
  auto bundle =
      node::BundleExport::prepare(replica, {*recipient, since, options.all, options.photos});
  if (!bundle) return fail(bundle.error());
  ProgressLine progress("导出 exporting");
  const auto done = bundle->run(
      sink, [&](std::int64_t so_far, std::int64_t total) { progress.show(so_far, total); });
  if (!done) return fail(done.error());
  return bundle->json();
}

Result<Json> export_there(node::HttpClient& node, const BundleExportOptions& options,
                          const std::optional<sync::BundleId>& since,
                          const node::BundleExport::Sink& sink) {
  auto path = "/api/v1/bundles/export?for=" + percent_encoded(options.recipient);
  if (since) path += "&since=" + crypto::to_hex(since->view());
  if (options.all) path += "&all=1";
  if (options.photos) path += "&photos=1";
  ProgressLine progress("导出 exporting");
  std::int64_t bytes = 0;
  const auto answer = node.download(path, [&](std::string_view piece) {
    bytes += static_cast<std::int64_t>(piece.size());
    progress.show(bytes, 0);
    return sink(piece);
  });
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(problem_of(*answer));
  const auto header = answer->headers.find("linli-bundle");
  auto json =
      header == answer->headers.end() ? Json() : Json::parse(header->second, nullptr, false);
  if (!json.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
  return json;
}

// ---- Import and inspect -------------------------------------------------------------------------

/// Runs a bundle through the replica, here or in the running node: its report.
Result<Json> pass(Door& door, const node::BundleFiles& files, node::BundleIntake::Mode mode,
                  const std::string& what) {
  ProgressLine progress(what);
  const auto total = static_cast<std::int64_t>(files.head().size + sync::kBundleHeadBytes);
  std::int64_t bytes = 0;
  const auto shown = [&](std::string_view piece) {
    bytes += static_cast<std::int64_t>(piece.size());
    progress.show(bytes, total);
  };
  if (door.replica) {
    node::BundleIntake intake(*door.replica, mode);
    const auto fed = files.read([&](std::string_view piece) {
      shown(piece);
      return intake.feed(piece);
    });
    if (!fed) return fail(files.placed(fed.error()));
    auto report = intake.finish();
    if (!report) return fail(files.placed(report.error()));
    return report;
  }
  const bool check = mode == node::BundleIntake::Mode::check;
  const auto answer = door.node->upload(check ? "/api/v1/bundles/check" : "/api/v1/bundles/import",
                                        kBundleType, [&](const node::HttpClient::Sink& sink) {
                                          return files.read([&](std::string_view piece) {
                                            shown(piece);
                                            return sink(piece);
                                          });
                                        });
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(files.placed(problem_of(*answer)));
  auto report = Json::parse(answer->body, nullptr, false);
  if (!report.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
  return report;
}

void print_head(const Json& json) {
  print("数据包 bundle " + text_of(json, "id"));
  print("  收件 for     " + node_text(json.value("for", Json::object())));
  print("  来自 from    " + node_text(json.value("from", Json::object())));
  const auto city = json.value("city", Json::object());
  print("  城市 city    " + text_of(city, "name") + " (" + text_of(city, "hash").substr(0, 12) +
        ")");
  print("  时间 created " + local_time(text_of(json, "created")));
  print("  分卷 part    " + number_of(json, "part") + " / " + number_of(json, "parts") + "，" +
        number_of(json, "bytes") + " 字节 bytes");
}

void print_counts(const char* label, const Json& counts) {
  for (const auto& [name, n] : counts.items()) {
    print(std::string("  ") + label + " " + harmless(name) + "  " + n.dump());
  }
}

void print_content(const Json& json) {
  print("  内容 content " + number_of(json, "parcels") + " 份变更 change sets，" +
        number_of(json, "changes") + " 处改动 changes，" + number_of(json, "receipts") +
        " 份回执 receipts");
  if (json.value("blobs", std::uint64_t{0}) > 0) {
    print("  附件 photos  " + number_of(json, "blobs") + " 个，" + number_of(json, "blob_bytes") +
          " 字节 bytes");
  }
  const auto since = text_of(json, "since");
  print("  起点 since   " + (json.value("all", false) ? "全部 everything"
                             : !since.empty()         ? since
                             : json.value("after", std::uint64_t{0})
                                 ? "已确认的部分 what was confirmed"
                                 : "最初 the beginning"));
  if (json.contains("first") && json["first"].is_string()) {
    print("  期间 between " + local_time(text_of(json, "first")) + " – " +
          local_time(text_of(json, "last")));
  }
  print_counts("类型 kind  ", json.value("kinds", Json::object()));
  print_counts("范围 scope ", json.value("scopes", Json::object()));
  print_counts("作者 author", json.value("authors", Json::object()));
}

int import_one(Door& door, const node::BundleFiles& files, bool json) {
  using Mode = node::BundleIntake::Mode;
  const auto checked = pass(door, files, Mode::check, "核验 checking");
  if (!checked) return refuse(checked.error());
  const auto report = pass(door, files, Mode::take, "导入 importing");
  if (!report) return refuse(report.error());
  if (json) {
    print_json(*report);
  } else {
    print("已导入 imported " + text_of(*report, "id") + "，来自 from " +
          node_text(report->value("from", Json::object())) + "：新收 " +
          number_of(*report, "accepted") + " 份，已有 " + number_of(*report, "known") +
          " 份，等待 " + number_of(*report, "waiting") + " 份");
  }
  if (report->value("waiting", std::uint64_t{0}) > 0) {
    note("等待之前的数据包或同步 some of it waits for what an earlier bundle or a sync brings");
  }
  if (report->value("rolled_back", false) && !report->value("all", false)) {
    note(
        "本机曾恢复到旧状态，请对方用 --all 再导出一次 this node was put back to an older state: "
        "ask for a "
        "bundle made with --all to get back what it lost");
  }
  const auto refused = report->value("refused", std::uint64_t{0});
  if (refused == 0) return 0;
  for (const auto& refusal : report->value("refusals", Json::array())) {
    note("refused: " + text_of(refusal, "code") + ": " + text_of(refusal, "detail"));
  }
  return end_badly(
      "其余已导入；" + std::to_string(refused) +
      " 份未采信，原因见上，已留作证据，请联系出包方。 Everything else was taken in; " +
      std::to_string(refused) +
      " objects were refused for the reasons above and kept as evidence: ask who made "
      "the bundle.");
}

/// The head of one file, with the names that the node at `data` knows.
Result<Json> head_of(const std::filesystem::path& file, Door* door) {
  const auto head = node::read_bundle_head(file);
  if (!head) return fail(head.error());
  if (!door) return node::head_json(*head, nullptr);
  if (door->replica) return node::head_json(*head, door->replica->trust().get());
  auto answer =
      ask(*door->node, "POST", "/api/v1/bundles/head", head->encode(), "application/octet-stream");
  if (!answer) return fail(answer.error());
  return Json::parse(*answer, nullptr, false);
}

void show(const Json& json, bool as_json, bool content) {
  if (as_json) return print_json(json);
  print_head(json);
  if (content) print_content(json);
}

/// Whatever can be said of the files from outside. Exit code 0, or why a head can't be read.
int inspect_outside(const BundleInspectOptions& options, Door* door) {
  for (const auto& file : options.files) {
    const auto head = head_of(file, door);
    if (!head) return refuse(head.error());
    show(*head, options.json, false);
  }
  return 0;
}

std::vector<std::filesystem::path> paths_of(const std::vector<std::string>& files) {
  return {files.begin(), files.end()};
}

}  // namespace

int bundle_export(const BundleExportOptions& options) {
  if (options.split != 0 && options.split < node::kPartBytesMin) {
    return refuse(Errc::bad_usage, "--split: at least 4096 bytes, e.g. 100M");
  }
  if (options.all && !options.since.empty()) {
    return refuse(Errc::bad_usage, "--all and --since exclude each other");
  }
  const auto since = since_of(options.since);
  if (!since) return refuse(since.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  node::BundleWriter writer(options.file, options.split);
  const auto sink = [&](std::string_view bytes) { return writer.write(bytes); };
  auto report = door->replica ? export_here(*door->replica, options, *since, sink)
                              : export_there(*door->node, options, *since, sink);
  if (!report) return refuse(report.error());
  const auto files = writer.finish();
  if (!files) return refuse(files.error());
  (*report)["bytes"] = writer.bytes();
  (*report)["files"] = Json::array();
  for (const auto& file : *files) (*report)["files"].push_back(file.string());
  if (options.json) {
    print_json(*report);
  } else {
    print("已导出 exported " + text_of(*report, "id") + "，收件 for " +
          node_text(report->value("for", Json::object())) + "，" + std::to_string(writer.bytes()) +
          " 字节 bytes");
    for (const auto& file : *files) print("  " + file.string());
  }
  return 0;
}

int bundle_import(const BundleImportOptions& options) {
  const auto bundles = node::BundleFiles::open(paths_of(options.files));
  if (!bundles) return refuse(bundles.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  int code = 0;
  for (const auto& files : *bundles) code = std::max(code, import_one(*door, files, options.json));
  return code;
}

int bundle_inspect(const BundleInspectOptions& options) {
  if (options.data.empty()) return inspect_outside(options, nullptr);
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto bundles = node::BundleFiles::open(paths_of(options.files));
  if (!bundles && bundles.error().code == Errc::not_found) {
    return inspect_outside(options, &*door);  // One part of several: what its head says.
  }
  if (!bundles) return refuse(bundles.error());
  for (const auto& files : *bundles) {
    const auto report = pass(*door, files, node::BundleIntake::Mode::check, "核验 checking");
    const bool closed = !report && (report.error().code == Errc::wrong_recipient ||
                                    report.error().code == Errc::other_city);
    if (closed) return inspect_outside(options, &*door);
    if (!report) return refuse(report.error());
    show(*report, options.json, true);
  }
  return 0;
}

}  // namespace linli::app
