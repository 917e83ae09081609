// held export, held appeal, held import: what is held back, and why it should stand, go to those
// who decide.
#include <set>

#include "node/admission.h"
#include "node/app/commands.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/app/writer.h"
#include "node/appealing.h"
#include "node/bundle_files.h"
#include "node/held_export.h"
#include "node/store/reading.h"

namespace linli::app {

using crypto::Hash;
namespace {

/// Change sets held back here, by an upstream, or kept as evidence, whose hash begins so. Errors:
/// not_found, bad_usage (several).
Result<std::string> held_named(const std::filesystem::path& data, const std::string& beginning) {
  auto store = open_to_read(data);
  if (!store) return fail(store.error());
  const auto list = store::list_held(**store, 10'000);
  std::set<std::string> found;
  for (const auto* part : {"held", "evidence"}) {
    for (const auto& item : list[part]) {
      const auto set = item.value("set", "");
      if (beginning.size() >= 8 && set.starts_with(beginning)) found.insert(set);
    }
  }
  if (found.empty()) {
    return fail(
        Errc::not_found,
        "没有这样的暂缓数据 nothing held back here begins so: at least 8 digits, `linli held "
        "list` shows them");
  }
  if (found.size() > 1) {
    return fail(Errc::bad_usage, "有几份以此开头，请多写几位 several begin so: give more of it");
  }
  return *found.begin();
}

Result<Json> export_there(node::HttpClient& node, const HeldExportOptions& options,
                          const std::string& set, const node::BundleExport::Sink& sink) {
  auto path = "/api/v1/bundles/held?for=" + percent_encoded(options.recipient);
  if (!set.empty()) path += "&set=" + set;
  const auto answer = node.download(path, sink);
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(problem_of(*answer));
  const auto header = answer->headers.find("linli-bundle");
  auto json =
      header == answer->headers.end() ? Json() : Json::parse(header->second, nullptr, false);
  if (!json.is_object())
    return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
  return json;
}

Result<Json> export_here(node::Replica& replica, const HeldExportOptions& options,
                         const std::string& set, const node::BundleExport::Sink& sink) {
  const auto recipient = node::find_node(replica, options.recipient);
  if (!recipient) return fail(recipient.error());
  std::vector<Hash> sets;
  if (!set.empty()) sets.push_back(Hash::of(*crypto::from_hex(set)));
  auto report = node::export_held(replica, *recipient, sets, sink);
  if (!report) return report;
  const auto what = "暂缓数据 held: " + options.recipient;
  if (auto noted = note_act(options.data, {.act = "bundle", .what = what}); !noted) {
    return fail(noted.error());
  }
  return report;
}

/// Makes the letter, and hands it on if nobody carries it.
Result<std::string> appeal(Door& door, const AppealOptions& options, const std::string& set) {
  if (door.replica) {
    auto made = node::make_appeal(*door.replica, Hash::of(*crypto::from_hex(set)), options.reason);
    if (!made) return made;
    if (options.out.empty()) {
      if (auto sent = node::hand_on_appeal(*door.replica, *made); !sent) return fail(sent.error());
    }
    const Noted act{.act = "appeal", .what = set, .why = options.reason};
    if (auto noted = note_act(options.data, act); !noted) return fail(noted.error());
    return made;
  }
  const auto said = ask_json(*door.node, "/api/v1/held/" + set + "/appeal",
                             {{"reason", options.reason}, {"send", options.out.empty()}});
  if (!said) return fail(said.error());
  auto bytes = crypto::from_base64url(said->value("letter", ""));
  if (!bytes)
    return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
  return std::move(*bytes);
}

}  // namespace

int export_held(const HeldExportOptions& options) {
  if (options.all == !options.set.empty()) {
    return refuse(Errc::bad_usage,
                  "请用 --set 指定一份，或用 --all name one with --set, or take --all");
  }
  std::string set;
  if (!options.all) {
    const auto named = held_named(options.data, options.set);
    if (!named) return refuse(named.error());
    set = *named;
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  node::BundleWriter writer(options.file, 0);
  const auto sink = [&](std::string_view bytes) { return writer.write(bytes); };
  auto report = door->replica ? export_here(*door->replica, options, set, sink)
                              : export_there(*door->node, options, set, sink);
  if (!report) return refuse(report.error());
  if (const auto files = writer.finish(); !files) return refuse(files.error());
  (*report)["file"] = options.file;
  if (options.json) {
    print_json(*report);
    return 0;
  }
  print("已导出 exported: " + options.file + "，暂缓 held " + (*report)["sets"].dump() +
        "，裁定 rulings " + (*report)["rulings"].dump() + "，留存 evidence " +
        (*report)["evidence"].dump());
  print("由 " + harmless(report->value("for", "")) +
        " 用 linli bundle import 读入；理由用 linli held appeal 另行说明。 There: `linli bundle "
        "import`; say why with `linli held appeal`.");
  return 0;
}

int appeal_held(const AppealOptions& options) {
  const auto set = held_named(options.data, options.set);
  if (!set) return refuse(set.error());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto made = appeal(*door, options, *set);
  if (!made) return refuse(made.error());
  if (!options.out.empty()) {
    const auto text = "邻里申诉 Linli appeal: " + set->substr(0, 16) + "\n" +
                      node::letter_text(node::kAppealPrefix, *made);
    if (auto kept = write_letter(options.out, text); !kept) return refuse(kept.error());
  }
  if (options.json) {
    print_json({{"set", *set}, {"sent", options.out.empty()}, {"file", options.out}});
  } else if (options.out.empty()) {
    print("申诉已送达市局，在其 linli held list 中可见。 The appeal is with those who decide.");
  } else if (options.out != "-") {
    print("申诉已写入 " + options.out +
          "，由上级用 linli held import 读入。 Have it read in above: `linli held import`.");
  }
  return 0;
}

int import_appeal(const HeldImportOptions& options) {
  const auto text = read_letter(options.file);
  if (!text) return refuse(text.error());
  const auto letter = node::letter_of(node::kAppealPrefix, *text);
  if (!letter) return refuse(letter.error());
  const auto read = node::Appeal::decode(*letter);
  if (!read) return refuse(read.error());
  const auto set = crypto::to_hex(read->appeal.set.view());
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  if (door->replica) {
    if (auto taken = node::hand_on_appeal(*door->replica, *letter); !taken) {
      return refuse(taken.error());
    }
  } else {
    const auto answer =
        ask(*door->node, "POST", "/api/v1/sync/appeal", *letter, "application/vnd.linli+cbor");
    if (!answer) return refuse(answer.error());
  }
  if (auto noted = note_act(options.data, {.act = "appeal read", .what = set}); !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json({{"set", set}, {"reason", read->appeal.reason}});
  } else {
    print("已收下申诉 taken in: " + set.substr(0, 16) + " " + harmless(read->appeal.reason));
  }
  return 0;
}

}  // namespace linli::app
