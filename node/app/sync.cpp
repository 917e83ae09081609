// sync: one exchange with the upstream, by this process or by the node that runs.
#include "node/app/commands.h"
#include "node/app/exchange_now.h"
#include "node/blob_transfer.h"
#include "node/exchange.h"
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
  if (!report && report.error().code != Errc::revoked) return fail(report.error());
  if (renewed && !*renewed) renewed = node::renew_if_due(replica, upstream);
  if (!renewed) note("证书未续签 the certificate wasn't renewed: " + describe(renewed.error()));
  // In a copy of before the key was changed nothing works without the next key's certificate.
  if (!report && renewed && *renewed) report = exchanged();
  if (!report) return fail(report.error());
  // Records went first; a photo that is cut off goes on next time where it broke.
  const auto blobs = node::transfer_blobs(replica, upstream, replica.blobs().policy());
  if (!blobs) note("附件 attachments: " + describe(blobs.error()));
  Json refusals = Json::array();
  for (const auto& verdict : report->refusals) {
    if (!verdict.refused) continue;
    refusals.push_back({{"code", info(*verdict.refused).name}, {"detail", verdict.detail}});
  }
  return Json{{"sent", report->sent},
              {"refused", report->refused},
              {"received", report->received},
              {"round_trips", report->round_trips},
              {"bytes_out", report->bytes_out},
              {"bytes_in", report->bytes_in},
              {"refusals", std::move(refusals)},
              {"elsewhere", node::paths_elsewhere(replica, findings.peer)}};
}

Result<Json> exchange_there(node::HttpClient& node) {
  const auto answer = ask(node, "POST", "/api/v1/agent/exchange");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
  return json;
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
  const auto refused = report->value("refused", std::uint64_t{0});
  if (refused == 0) return 0;
  for (const auto& refusal : report->value("refusals", Json::array())) {
    note("refused: " + refusal.value("code", "") + ": " + harmless(refusal.value("detail", "")));
  }
  return refuse(Errc::forbidden,
                "the upstream refused " + std::to_string(refused) +
                    " change sets; they stay here: ask the bureau, and run `linli verify`");
}

}  // namespace linli::app
