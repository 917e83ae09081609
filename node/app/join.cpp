// join: a folder becomes a node, by an invitation or by a request that somebody answers.
#include <fstream>
#include <thread>

#include "node/admitting.h"
#include "node/app/commands.h"
#include "node/app/letters.h"
#include "node/app/terminal.h"
#include "node/app/writer.h"
#include "node/enrolment.h"
#include "node/exchange.h"
#include "node/joining.h"
#include "node/pinning.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

constexpr auto kAskAgain = std::chrono::seconds(2);

/// Says that it is a member, and fetches what there is, if there is a line.
int welcome(const JoinOptions& options, const sync::WallClock& clock) {
  auto replica = node::Replica::open(options.data, clock);
  if (!replica) return refuse(replica.error());
  const auto& own = (*replica)->identity();
  const auto url = node::upstream(**replica);
  Json answer{{"name", own.name},
              {"scope", own.scope},
              {"role", crypto::name_of(own.role)},
              {"upstream", url ? Json(*url) : Json(nullptr)},
              {"received", nullptr}};
  std::optional<Error> failed;
  if (url) {
    node::HttpClient upstream(*url);
    ProgressLine progress("接收 receiving");
    node::Portions portions;
    auto report = node::exchange_through_cuts(
        **replica, upstream, portions, [&](const auto& so_far, std::uint64_t left) {
          progress.show(static_cast<std::int64_t>(so_far.received),
                        static_cast<std::int64_t>(so_far.received + left));
        });
    if (report) answer["received"] = report->received;
    if (!report) failed = report.error();
  }
  if (options.json) {
    print_json(answer);
  } else {
    print("已接入：" + own.name + "（" + own.scope + "）");
    if (!answer["received"].is_null()) {
      print("已收到上级数据 " + answer["received"].dump() + " 份。 Joined.");
    }
  }
  // It is a member already; a line that fails now costs nothing but a later `linli sync`.
  if (failed)
    note("linli: joined, but the first sync failed: " + describe(*failed) +
         "; try `linli sync` later");
  return 0;
}

int by_invite(const JoinOptions& options, const sync::WallClock& clock) {
  const auto invite = node::Invite::parse(options.invite);
  if (!invite) return refuse(invite.error());
  if (auto joined = node::join(options.data, *invite, options.hub, clock); !joined) {
    return refuse(joined.error());
  }
  return welcome(options, clock);
}

void print_own_words(const crypto::Words& words) {
  print("本机核对词 this machine's words:");
  print("    " + words.zh());
  print("    " + words.en());
}

int by_request(const JoinOptions& options, const sync::WallClock& clock) {
  const auto asked = node::ask_to_join(options.data, options.name, options.hub, {}, clock);
  if (!asked) return refuse(asked.error());
  const auto request = node::JoinRequest::decode(asked->request);
  if (!request) return refuse(request.error());
  const auto words = request->words();
  const auto text = "邻里接入申请 Linli join request: " + harmless(request->name) + "\n" +
                    node::letter_text(node::kRequestPrefix, asked->request);
  if (auto kept = write_letter(options.request, text); !kept) return refuse(kept.error());
  if (options.json) {
    print_json({{"request", options.request}, {"words", {{"zh", words.zh()}, {"en", words.en()}}}});
  } else if (options.request != "-") {
    print("申请已写入 " + options.request + "，请发给上级单位，并打电话核对下面的词。");
    print_own_words(words);
    print("上级答复后：linli join --data … --answer 答复文件");
  }
  return 0;
}

/// The last step of both ways: a person has to know who admits.
int accept(const JoinOptions& options, const std::string& admission, const std::string& url,
           const sync::WallClock& clock) {
  const auto admitted = node::check_answer(options.data, admission, clock);
  if (!admitted) return refuse(admitted.error());
  const auto& own = admitted->certificate;
  const auto whose = "答复来自 admitted by: " + harmless(admitted->city_name) + " / " +
                     harmless(admitted->issuer_name) +
                     "\n本机将成为 this will be: " + harmless(own.name) + "（" +
                     std::string(crypto::name_of(own.role)) + " " + own.paths.front() +
                     "）\n对方核对词 the other side's words:";
  if (auto same = compare_words(admitted->by.words(), options.words, whose); !same) {
    return refuse(same.error());
  }
  if (auto done = node::accept_answer(options.data, *admitted, url, clock); !done) {
    return refuse(done.error());
  }
  return welcome(options, clock);
}

int by_answer(const JoinOptions& options, const sync::WallClock& clock) {
  const auto text = read_letter(options.answer);
  if (!text) return refuse(text.error());
  const auto admission = node::letter_of(node::kAdmissionPrefix, *text);
  if (!admission) return refuse(admission.error());
  const auto asked = node::joining(options.data);
  if (!asked && node::is_joined_by(options.data, *admission)) {
    if (!options.json) print("本机早已接入，无需再做任何事。 Joined already.");
    if (options.json) print_json({{"joined", true}});
    return 0;
  }
  const auto url = options.hub.empty() && asked ? asked->url : options.hub;
  return accept(options, *admission, url, clock);
}

/// Who is asked; over https the key of the line must be the one in its certificate, whose words
/// people compare later.
Result<node::Introduced> meet(node::HttpClient& hub) {
  hub.meet();
  auto said = hub.send("GET", "/api/v1/enrol/ask");
  if (!said) return fail(said.error());
  if (said->status != 200) return fail(problem_of(*said));
  auto who = node::read_introduction(said->body);
  if (!who) return who;
  if (auto pinned = node::pin_met(hub, who->tls_key); !pinned) return fail(pinned.error());
  return who;
}

int by_asking(const JoinOptions& options, const sync::WallClock& clock) {
  const auto wait = period(options.wait);
  if (!wait)
    return refuse(
        Errc::bad_usage,
        "等待时间须为数字加 s、m、h 或 d，如 30m --wait is a number with s, m, h or d: 30m");
  node::HttpClient hub(options.hub);
  const auto met = meet(hub);
  if (!met) return refuse(met.error());
  const auto asked = node::ask_to_join(options.data, options.name, options.hub, met->issuer, clock);
  if (!asked) return refuse(asked.error());
  const auto request = node::JoinRequest::decode(asked->request);
  if (!request) return refuse(request.error());
  if (!options.json) {
    print_own_words(request->words());
    print("上级核对词 words of " + harmless(met->name) + ":");
    print("    " + met->issuer.words().zh());
    print("    " + met->issuer.words().en());
    print("请打电话给上级，双方核对这两组词；上级批准后本机即接入。");
    flush();
  }
  const auto until = std::chrono::steady_clock::now() + *wait;
  for (;;) {
    const auto said = node::ask_once(hub, asked->request);
    if (said && *said) return accept(options, **said, options.hub, clock);
    // A line that is down for a moment is no refusal.
    if (!said && said.error().code != Errc::unreachable && said.error().code != Errc::slow_down) {
      return refuse(said.error());
    }
    if (std::chrono::steady_clock::now() + kAskAgain > until) {
      if (!said) return refuse(said.error());
      return refuse(Errc::held,
                    "对方尚未批准，请稍后再运行同一命令 nobody there has decided yet: run the same "
                    "command again later");
    }
    std::this_thread::sleep_for(kAskAgain);
  }
}

}  // namespace

int join(const JoinOptions& options) {
  const int ways = !options.invite.empty() + !options.request.empty() + !options.answer.empty() +
                   (options.ask ? 1 : 0);
  if (ways != 1) {
    return refuse(Errc::bad_usage,
                  "须给出其中之一：邀请、--request、--answer、--hub 与 --ask one of: an "
                  "invitation, --request FILE, --answer FILE, --hub URL --ask");
  }
  const sync::SystemClock clock;
  if (!options.invite.empty()) return by_invite(options, clock);
  if (!options.request.empty()) return by_request(options, clock);
  if (!options.answer.empty()) return by_answer(options, clock);
  if (options.hub.empty())
    return refuse(Errc::bad_usage, "须与 --hub 一起用 --ask needs --hub http://…");
  return by_asking(options, clock);
}

}  // namespace linli::app
