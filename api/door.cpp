#include "api/door.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "api/app_pages.h"
#include "node/audit.h"

namespace linli::api {
namespace {

using httplib::Request;
using node::Act;

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "::ffff:127.0.0.1";
}

/// "127.0.0.1:8080", "localhost", "[::1]:80" → the host.
std::string_view host_of(std::string_view header) {
  if (header.starts_with('[')) return header.substr(0, header.find(']') + 1);
  return header.substr(0, header.find(':'));
}

bool is_forwarded(const Request& request) {
  return request.has_header("X-Forwarded-For") || request.has_header("Forwarded");
}

/// A header that comes in several lines is one list: the last line is the proxy's own.
std::string last_line(const Request& request, const char* name) {
  const auto lines = request.get_header_value_count(name);
  return lines == 0 ? std::string() : request.get_header_value(name, lines - 1);
}

bool writes(const Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

bool starts(const Request& request, std::string_view prefix) {
  return std::string_view(request.path).starts_with(prefix);
}

/// The owner's notice board: read by everybody, and where everybody may ask (api/public.cpp).
constexpr std::string_view kBoard = "/api/v1/public/";

bool asks_question(const Request& request) {
  return request.path == "/api/v1/public/questions" && request.method == "POST";
}

/// Hashes that tell nothing of what was written, the page that checks proofs by them, what pages
/// are made of, what records are (a phone knows it before anybody logs in there), and the city's
/// authority for certificates: the same at every node.
bool is_public(const Request& request) {
  if (starts(request, kBoard)) return !writes(request);
  return is_open_page(request.path) || request.path == "/api/v1/schema" ||
         request.path == "/checkpoint" || starts(request, "/tile/") || request.path == "/proof" ||
         starts(request, "/assets/") || request.path == "/trust" || starts(request, "/trust/");
}

/// What logging in needs before anybody has.
bool is_for_everybody(const Request& request) {
  return request.path == "/login" || request.path == "/setup" || request.path == "/api/v1/setup" ||
         (request.path == "/api/v1/session" && request.method != "DELETE");
}

/// What each route does; for whom stands in node/roles.cpp. What isn't named here and changes
/// something is an administrator's.
Act act_of(const Request& request) {
  const bool write = writes(request);
  struct Rule {
    std::string_view prefix;
    Act reading, writing;
  };
  static constexpr Rule kRules[] = {
      {"/api/v1/session", Act::own, Act::own},
      {"/api/v1/accounts", Act::accounts, Act::accounts},
      {"/api/v1/audit", Act::audit, Act::audit},
      {"/api/v1/records/", Act::read, Act::write},
      {"/api/v1/batch", Act::read, Act::write},
      {"/api/v1/draws", Act::read, Act::write},
      {"/api/v1/conflicts", Act::read, Act::settle},
      {"/api/v1/bundles/", Act::carry, Act::carry},
      {"/api/v1/blobs/collect", Act::tend, Act::tend},
      {"/api/v1/blobs/", Act::read, Act::write},
      {"/api/v1/blobs", Act::read, Act::tend},
      {"/api/v1/agent/", Act::tend, Act::tend},
      {"/api/v1/snapshots", Act::read, Act::tend},
      {"/api/v1/prune", Act::tend, Act::tend},
      {"/api/v1/retention", Act::read, Act::tend},
      {"/api/v1/person", Act::person, Act::person},
      {"/api/v1/invites", Act::enrol, Act::enrol},
      {"/api/v1/admissions", Act::enrol, Act::enrol},
      {"/api/v1/held", Act::read, Act::trust},
      {"/api/v1/history", Act::read, Act::tend},
      {"/api/v1/nodes", Act::read, Act::trust},
  };
  for (const auto& rule : kRules) {
    if (starts(request, rule.prefix)) return write ? rule.writing : rule.reading;
  }
  return write ? Act::accounts : Act::read;
}

/// Of which type a request for records is; null: it isn't for any.
const model::RecordType* type_asked_for(const Request& request) {
  constexpr std::string_view kRecords = "/api/v1/records/";
  if (!starts(request, kRecords)) return nullptr;
  const auto rest = std::string_view(request.path).substr(kRecords.size());
  return model::schema().type(rest.substr(0, rest.find('/')));
}

/// What a company may not look at: everything that isn't about what companies write.
bool is_others_business(const Request& request, const node::Account& account) {
  if (const auto* type = type_asked_for(request)) return !node::may_read(account.role, *type);
  const auto* role = node::account_role(account.role);
  if (!role || role->writes != sync::mask(crypto::Role::company)) return false;
  return starts(request, "/api/v1/search") || starts(request, "/api/v1/worklist") ||
         starts(request, "/api/v1/conflicts") || starts(request, "/api/v1/votes") ||
         starts(request, "/api/v1/held") || starts(request, "/api/v1/figures/") ||
         starts(request, "/api/v1/own-sets") || request.path == "/api/v1/blobs" ||
         std::string_view(request.path).ends_with("/provenance");
}

std::optional<Error> refusal_by_role(const Request& request, const node::Account& account) {
  const auto act = act_of(request);
  if (node::may(account.role, account.admin, act) && !is_others_business(request, account)) {
    return std::nullopt;
  }
  const auto* type = type_asked_for(request);
  if (type && !node::may_read(account.role, *type) && type->audience == sync::Audience::street) {
    return node::confined_refusal(account.role);
  }
  const auto* role = node::account_role(account.role);
  const std::string zh = role ? std::string(role->label.zh) : account.role;
  return Error{Errc::forbidden,
               "账号角色“" + zh + "”不能这样做，请找本单位管理员 an account of role " +
                   account.role + " may not do this: ask this node's administrator",
               {}};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // Hashes of both are compared: what differs says nothing about where.
  return crypto::hash({"linli/compare/1", a}) == crypto::hash({"linli/compare/1", b});
}

std::string new_token() { return crypto::to_base64url(crypto::random<crypto::Hash>().view()); }

/// Twelve characters that nobody mixes up, in threes of four.
std::string new_code() {
  constexpr std::string_view kLetters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";  // 32 of them.
  const auto random = crypto::random<crypto::Hash>();
  std::string code;
  for (std::size_t i = 0; i < 12; ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += kLetters[random.data[i] & 31];
  }
  return code;
}

}  // namespace

bool names_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

node::By Caller::by() const {
  if (!account) return {};
  const auto* role = node::account_role(account->role);
  return {.actor = account->actor, .roles = role ? role->writes : 0};
}

std::string Caller::name() const {
  switch (kind) {
    case Kind::account:
      return account->name;
    case Kind::console:
      return system_user.empty() ? "console" : node::system_user_text(system_user);
    case Kind::machine:
      return "本机（尚无账号） this machine, no accounts yet";
    case Kind::nobody:
      break;
  }
  return "—";
}

store::AuditEntry Caller::entry(sync::Micros now, std::string act) const {
  store::AuditEntry entry{.at = now, .who = name(), .act = std::move(act)};
  if (account) entry.actor = account->actor;
  entry.origin = kind == Kind::console ? "console" : address;
  return entry;
}

Door::Door(const node::Replica& replica, node::Accounts& accounts)
    : replica_(replica),
      accounts_(accounts),
      cookie_name_("linli_" + crypto::to_hex(replica.identity().author.view().substr(0, 6))),
      console_token_(new_token()),
      set_up_code_(new_code()) {}

/// The token in our cookie. A cookie of our name may stand there twice (set by another port of this
/// machine for a path below): then none counts.
std::string Door::token_in(const Request& request) const {
  const auto header = request.get_header_value("Cookie");
  std::string_view rest = header;
  std::string token;
  int found = 0;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || part.substr(0, equals) != cookie_name_) continue;
    token = part.substr(equals + 1);
    ++found;
  }
  return found == 1 && token.size() <= 64 ? token : std::string();
}

namespace {

/// Who may read the data folder could write into the audit log what it likes: so its word is taken.
/// But one name, not a line that looks like something else.
std::string system_user_in(const Request& request) {
  constexpr std::size_t kNameMax = 64;
  auto name = request.get_header_value("X-Linli-System-User");
  const bool good = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._-@$+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return good && name.size() <= kNameMax ? name : std::string();
}

}  // namespace

std::string Door::address_of(const Request& request) {
  if (!is_loopback(request.remote_addr) || !is_forwarded(request)) return request.remote_addr;
  // A proxy on this machine says for whom it speaks; the last entry is the one it added itself.
  const auto list = last_line(request, "X-Forwarded-For");
  auto last = list.substr(list.rfind(',') == std::string::npos ? 0 : list.rfind(',') + 1);
  std::erase(last, ' ');
  return last.substr(0, 64);
}

Caller Door::caller(const Request& request) const {
  Caller caller;
  const bool near = is_loopback(request.remote_addr);
  const bool forwarded = is_forwarded(request);
  caller.here = near && !forwarded;
  caller.address = address_of(request);
  caller.tls = near && forwarded ? last_line(request, "X-Forwarded-Proto") == "https"
                                 : request.ssl != nullptr;
  const auto bearer = request.get_header_value("Authorization");
  if (bearer.starts_with("Bearer ") && caller.here &&
      equal_in_constant_time(std::string_view(bearer).substr(7), console_token_)) {
    caller.kind = Caller::Kind::console;
    caller.system_user = system_user_in(request);
    return caller;
  }
  if (!accounts_.any()) {
    if (caller.here) caller.kind = Caller::Kind::machine;
    return caller;
  }
  caller.token = token_in(request);
  if (caller.token.empty()) return caller;
  caller.account = accounts_.who(caller.token, replica_.now());
  if (caller.account) caller.kind = Caller::Kind::account;
  return caller;
}

namespace {

/// Is it a page of another site that calls?
std::optional<Error> from_elsewhere(const Request& request, const Caller& caller) {
  const Error told{Errc::forbidden,
                   "其他网站的页面不能访问本节点 a page from elsewhere may not call this node",
                   {}};
  const auto origin = request.get_header_value("Origin");
  const auto host = request.get_header_value("Host");
  if (!origin.empty() && origin != (caller.tls ? "https://" : "http://") + host) return told;
  const auto site = request.get_header_value("Sec-Fetch-Site");
  if (writes(request) && !site.empty() && site != "same-origin" && site != "none") return told;
  return std::nullopt;
}

}  // namespace

/// Callers that a browser was tricked into, and lines that anybody may listen to.
std::optional<Error> Door::wrong_way(const Request& request, const Caller& caller) const {
  const auto host = request.get_header_value("Host");
  if (caller.here) {
    if (!names_loopback(host_of(host))) {
      return Error{Errc::forbidden,
                   "本机请用 127.0.0.1 或 localhost 打开 call it by 127.0.0.1 or localhost",
                   {}};
    }
  } else if (!accounts_.any() && !is_for_everybody(request)) {
    return Error{
        Errc::forbidden,
        "本节点还没有账号，其他电脑不能打开 from other machines only nodes may sync and enrol",
        {}};
  } else if (!caller.tls) {
    return Error{
        Errc::forbidden,
        "从其他电脑登录须用 https:// 地址 from other machines people come by https:// only",
        {}};
  }
  return from_elsewhere(request, caller);
}

std::optional<Error> Door::refusal(const Request& request) const {
  if (is_for_nodes(request) || is_public(request)) return std::nullopt;
  const auto caller = this->caller(request);
  if (asks_question(request)) {
    // No cookie stands for anybody here, so a line may be plain; but no page elsewhere asks.
    if (caller.here && !names_loopback(host_of(request.get_header_value("Host")))) {
      return Error{Errc::forbidden,
                   "本机请用 127.0.0.1 或 localhost 打开 call it by 127.0.0.1 or localhost",
                   {}};
    }
    return from_elsewhere(request, caller);
  }
  if (auto why = wrong_way(request, caller)) return why;
  if (is_for_everybody(request)) return std::nullopt;
  switch (caller.kind) {
    case Caller::Kind::console:
    case Caller::Kind::machine:
      return std::nullopt;
    case Caller::Kind::nobody:
      // Counters for a monitoring on this machine; no personal values are among them.
      if (request.path == "/metrics" && caller.here) return std::nullopt;
      return Error{Errc::unauthorised, "请先登录 log in first: /login", {}};
    case Caller::Kind::account:
      break;
  }
  if (writes(request) && !equal_in_constant_time(request.get_header_value("X-Linli-Csrf"),
                                                 node::Accounts::csrf_of(caller.token))) {
    return Error{Errc::forbidden,
                 "缺少本页面的凭证，请刷新页面 the X-Linli-Csrf header is missing or wrong: reload "
                 "the page (GET /api/v1/session tells it)",
                 {}};
  }
  return refusal_by_role(request, *caller.account);
}

bool Door::is_for_nodes(const Request& request) {
  return request.path == "/api/v1/sync" || starts(request, "/api/v1/sync/") ||
         request.path == "/api/v1/enrol" || request.path == "/api/v1/enrol/ask" ||
         request.path == "/api/v1/enrol/renew" || request.path == "/healthz";
}

bool Door::is_page(const Request& request) {
  return request.method == "GET" && !starts(request, "/api/") && !starts(request, "/assets/") &&
         request.path != "/metrics";
}

bool Door::is_set_up_code(std::string_view code) const {
  return equal_in_constant_time(code, set_up_code_);
}

httplib::Headers::value_type Door::cookie(const Caller& caller, const std::string& token) const {
  auto value = cookie_name_ + "=" + token + "; Path=/; HttpOnly; SameSite=Strict";
  if (caller.tls) value += "; Secure";
  if (token.empty()) value += "; Max-Age=0";
  return {"Set-Cookie", value};
}

}  // namespace linli::api
