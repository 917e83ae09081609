// sync: one exchange with the upstream, by this process or by the node that runs.
#include "node/app/commands.h"
#include "node/app/exchange_now.h"
#include "node/app/said.h"
#include "node/blob_transfer.h"
#include "node/connection.h"
#include "node/exchange.h"
#include "node/last_found.h"
#include "node/renewal.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

Result<Json> exchange_here(node::Replica& replica) {
  const auto url = node::upstream(replica);
  if (!url) {
    return fail(
        Errc::not_found,
        "this node has no upstream: it is the hub, or joined by file (`linli upstream set URL`)");
  }
  node::HttpClient upstream(*url);
  ProgressLine progress("交换 exchanging");
  node::Portions portions;
  node::Findings findings;
  const auto exchanged = [&] {
    return node::exchange_through_cuts(
        replica, upstream, portions,
        [&](const auto& so_far, std::uint64_t left) {
          const auto moved = so_far.sent + so_far.received;
          progress.show(static_cast<std::int64_t>(moved), static_cast<std::int64_t>(moved + left));
        },
        &findings);
  };
  // Nothing is handed out under a certificate that has ended: the next one is asked for first.
  auto renewed = node::certificate_end(replica).ended ? node::renew_if_due(replica, upstream)
                                                      : Result<bool>(false);
  auto report = exchanged();
  const auto keep = [&] { node::keep_last_found(replica, report, findings); };
  if (!report && report.error().code != Errc::revoked) {
    keep();
    return fail(report.error());
  }
  if (renewed && !*renewed) renewed = node::renew_if_due(replica, upstream);
  if (!renewed) note("证书未续签 the certificate wasn't renewed: " + describe(renewed.error()));
  // In a copy of before the key was changed nothing works without the next key's certificate.
  if (!report && renewed && *renewed) report = exchanged();
  keep();
  if (!report) return fail(report.error());
  // Records went first; a photo that is cut off goes on next time where it broke.
  const auto blobs = node::transfer_blobs(replica, upstream, replica.blobs().policy());
  if (!blobs) note("附件 attachments: " + describe(blobs.error()));
  return node::exchange_json(replica, *report, findings.peer,
                             node::clock_json(findings.clock, replica.now()));
}

Result<Json> exchange_there(node::HttpClient& node) {
  const auto answer = ask(node, "POST", "/api/v1/agent/exchange");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
  return json;
}

/// What the upstream didn't take as it came. Answers with the exit code.
int tell_refusals(const Json& report) {
  std::size_t held = 0, refused = 0;
  for (const auto& refusal : report.value("refusals", Json::array())) {
    const auto code = refusal.value("code", "");
    const bool is_held = code == info(Errc::held).name;
    ++(is_held ? held : refused);
    // What is held back names the reason in its detail.
    const auto detail = harmless(refusal.value("detail", ""));
    note((is_held ? "暂缓 held: " : "拒收 refused: ") +
         (is_held ? detail : code_text(code) + " " + detail));
  }
  const auto count = [](std::size_t n) { return std::to_string(n); };
  if (held > 0 && refused == 0) {
    return refuse(Errc::held, count(held) +
                                  " 份已送达上级并由其暂缓：运行 linli held list 查看，linli held "
                                  "appeal 说明理由，由上级批准 change sets are with the upstream, "
                                  "which holds them back: `linli held list` shows them, `linli "
                                  "held appeal` says why they should stand; approving is up to it");
  }
  const auto also = held == 0 ? std::string()
                              : "；另有 " + count(held) + " 份被暂缓，见 linli held list, " +
                                    count(held) + " more are held back: `linli held list`";
  return refuse(
      Errc::forbidden,
      "上级拒收 " + count(refused) +
          " 份，内容仍在本机：请联系上级，并运行 linli verify the upstream refused so many "
          "change sets; they stay here: ask it, and run `linli verify`" +
          also);
}

}  // namespace

Result<Json> exchange_through(Door& door) {
  if (!door.replica) return exchange_there(*door.node);
  auto report = exchange_here(*door.replica);
  door.replica->keep_contacts();  // What this process counted: the next one begins where it ended.
  return report;
}

int sync_once(const SyncOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto report = exchange_through(*door);
  if (!report) return refuse(report.error());
  const auto number = [&](const char* name) {
    return std::to_string(report->value(name, std::uint64_t{0}));
  };
  if (options.json) {
    print_json(*report);
  } else {
    print("发出 " + number("sent") + " 份，收到 " + number("received") + " 份，往返 " +
          number("round_trips") + " 次，上行 " + number("bytes_out") + " 字节，下行 " +
          number("bytes_in") + " 字节");
  }
  if (const auto full = attachments_full(options.data); !full.empty()) note("注意 " + full);
  const auto elsewhere = report->value("elsewhere", std::vector<std::string>());
  if (!elsewhere.empty()) note("注意 " + harmless(node::elsewhere_text(elsewhere)));
  if (const auto compared = report->value("clock", Json(nullptr)); clock_is_wrong(compared)) {
    note("注意 " + clock_text(compared));
  }
  if (report->value("refusals", Json::array()).empty()) return 0;
  return tell_refusals(*report);
}

}  // namespace linli::app
