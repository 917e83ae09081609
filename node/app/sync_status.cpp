// sync status: the connection with the upstream, and what is still to go.
#include "node/app/commands.h"
#include "node/app/said.h"
#include "node/app/writer.h"
#include "node/connection.h"
#include "node/history.h"
#include "node/renewal.h"
#include "node/store/blobs.h"

namespace linli::app {
namespace {

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// " 至 2026-…", if it is known.
std::string until(const Json& json, const char* name, const std::string& word) {
  const auto at = text(json, name);
  return at.empty() ? std::string() : "，" + word + " " + local_time(at);
}

/// The peer answered, and what it said.
std::string refusal_text(const Json& upstream) {
  const auto code = text(upstream, "last_error_code");
  if (code.empty() || code == info(Errc::unreachable).name) return {};
  return "上级有应答但不予同步 the upstream answers, but doesn't sync" +
         until(upstream, "offline_since", "自 since");
}

std::string mode_text(const Json& upstream) {
  const auto mode = text(upstream, "mode");
  if (mode == "live") return "在线，有新数据即到 live";
  if (mode == "polling") return "在线，定时查询 polling" + until(upstream, "next_try", "下次 next");
  if (mode == "slow_down")
    return "上级繁忙，稍后再来 told to wait" + until(upstream, "next_try", "至 until");
  if (mode == "paused") {
    return "已暂停 paused" + until(upstream.value("paused", Json::object()), "until", "至 until");
  }
  if (mode == "offline") {
    if (const auto refused = refusal_text(upstream); !refused.empty()) return refused;
    return "离线 offline" + until(upstream, "offline_since", "自 since") +
           until(upstream, "next_try", "下次 next");
  }
  if (mode == "revoked") return "密钥已被吊销，上级不再接收 the key was revoked, nothing is taken";
  if (mode == "connecting") return "正在连接 connecting";
  return "节点未运行 the node isn't running";
}

std::string exchange_text(const Json& exchange) {
  auto line = "发出 sent " + std::to_string(number(exchange, "sent")) + "，收到 received " +
              std::to_string(number(exchange, "received")) + "，待收 to fetch " +
              std::to_string(number(exchange, "to_fetch"));
  if (exchange["bytes_per_s"].is_number()) {
    line += "，" + std::to_string(number(exchange, "bytes_per_s")) + " 字节/秒 B/s";
  }
  if (exchange["seconds_left"].is_number()) {
    line += "，约需 left " + shown_period(std::chrono::seconds(number(exchange, "seconds_left")));
  }
  if (const auto request = exchange.value("request", Json()); request.is_object()) {
    line += "，本次请求 this request " + std::to_string(number(request, "gone")) + "/" +
            std::to_string(number(request, "bytes")) + " 字节 bytes";
  }
  return line;
}

/// Behind whatever the state is: it holds until this node has a new key.
void note_revoked(const Json& upstream) {
  if (!upstream.value("revoked", false)) return;
  note(
      "注意 本节点的密钥已被吊销：数据仍在本机，新内容不再被接收；请联系签发单位，并重新办理接入 "
      "this node's key was revoked: its data stays here, and nothing new of it is taken; ask who "
      "enrolled it, and join anew");
}

/// Records go first, so they may wait long on a metered line.
void print_photos(const Json& blobs) {
  const auto count = number(blobs, "to_send");
  if (count == 0) return;
  print(fitted("照片待发 photos", 20) + std::to_string(count) + " 个，" +
        std::to_string(number(blobs, "to_send_bytes")) + " 字节 to send: " + std::to_string(count) +
        ", " + std::to_string(number(blobs, "to_send_bytes")) + " bytes");
}

void print_connection(const Json& upstream) {
  const auto line = [](const std::string& name, const std::string& value) {
    print(fitted(name, 20) + harmless(value));
  };
  if (!upstream.is_object()) return line("上级 upstream", "无 none");
  line("上级 upstream", text(upstream, "url"));
  for (const auto& url : upstream.value("addresses", Json::array())) {
    if (url != upstream["url"]) line("备用 also", url.get<std::string>());
  }
  line("状态 state", mode_text(upstream));
  const auto contact = text(upstream, "last_contact");
  line("上次联系 contact", contact.empty() ? "从未 never" : local_time(contact));
  line("待发 to send", std::to_string(number(upstream, "to_send")) + " 份 change sets");
  if (const auto& exchange = upstream["exchange"]; exchange.is_object()) {
    line("正在交换 under way", exchange_text(exchange));
  }
  line("计费线路 metered", upstream.value("metered", false) ? "是 yes" : "否 no");
  line("时钟 clock", clock_text(upstream["clock"]));
  if (const auto flagged = number(upstream, "flagged_sets"); flagged > 0) {
    line("", std::to_string(flagged) +
                 " 份改动的时间被市级标为不可信，内容已保存 the hub holds "
                 "the time of these change sets for unsure; they are kept");
  }
  if (const auto error = text(upstream, "last_error"); !error.empty()) {
    line("错误 last error", error);
  }
  note_revoked(upstream);
  const auto elsewhere = upstream.value("elsewhere", std::vector<std::string>());
  if (!elsewhere.empty()) note("注意 " + harmless(node::elsewhere_text(elsewhere)));
}

/// Also where there is no upstream: the hub's certificate ends as well.
void print_certificate(const Json& certificate) {
  if (!certificate.is_object()) return;
  auto line = "至 until " + local_time(text(certificate, "until"));
  if (certificate.value("ended", false)) {
    line += "，已过期：请签发单位运行 linli nodes renew ended: have it renewed";
  } else if (certificate.value("soon", false)) {
    line +=
        "，只剩 " + std::to_string(number(certificate, "days_left")) +
        " 天：请保持联网以自动续签，或请签发单位续签 ends soon: stay on line, or have it renewed";
  }
  if (certificate.value("next_key", false)) line += "；新密钥待启用 a new key waits";
  print(fitted("证书 certificate", 20) + line);
}

void print_history(const Json& history) {
  if (!history.is_object()) return;
  const auto trouble = node::history_trouble(history);
  const auto checked = text(history, "checked");
  std::string line = "未核对 not checked yet";
  if (!checked.empty()) {
    line =
        "已核对 checked " + std::to_string(number(history, "size")) + " 项，" + local_time(checked);
  }
  print(fitted("历史 history", 20) + line);
  if (!trouble.empty()) note("注意 " + harmless(trouble));
}

}  // namespace

int sync_status(const SyncStatusOptions& options) {
  if (options.sets) return own_sets(options);
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  if (const auto full = attachments_full(options.data); !full.empty()) note("注意 " + full);
  Json upstream, certificate, history, blobs;
  if (door->node) {
    const auto answer = ask(*door->node, "GET", "/api/v1/node");
    if (!answer) return refuse(answer.error());
    const auto node = Json::parse(*answer, nullptr, false);
    if (!node.is_object() || !node.contains("upstream")) {
      return refuse(Errc::internal, "the running node's answer can't be read");
    }
    upstream = node["upstream"];
    certificate = node.value("certificate", Json(nullptr));
    history = node.value("history", Json(nullptr));
    blobs = node.value("blobs", Json::object());
  } else {
    upstream = node::connection(*door->replica);
    certificate = node::certificate_json(*door->replica);
    auto lease = door->replica->store().read();
    history = node::history_state(*lease);
    const auto counts = store::blob_counts(*lease);
    const bool is_hub = door->replica->identity().role == crypto::Role::hub;
    blobs = {{"to_send", is_hub ? 0 : counts.unsafe},
             {"to_send_bytes", is_hub ? 0 : counts.unsafe_bytes}};
  }
  if (options.json) {
    print_json(Json{{"connection", upstream},
                    {"certificate", certificate},
                    {"history", history},
                    {"photos",
                     {{"to_send", number(blobs, "to_send")},
                      {"to_send_bytes", number(blobs, "to_send_bytes")}}}});
  } else {
    print_connection(upstream);
    print_photos(blobs);
    print_certificate(certificate);
    print_history(history);
  }
  return 0;
}

}  // namespace linli::app
