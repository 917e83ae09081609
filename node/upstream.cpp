#include "node/upstream.h"

#include <algorithm>
#include <charconv>

#include "node/store/news.h"
#include "sync/policy.h"

namespace linli::node {
namespace {

constexpr std::size_t kUpstreamsMax = 8, kUrlBytesMax = 300;
constexpr std::string_view kPaused = "sync.paused", kMetered = "sync.metered";

std::string peer_key(const std::string& url) { return "peer at " + url; }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Result<void> keep(Replica& replica, std::string_view key, const std::string& value) {
  return replica.write([&]() -> Result<void> {
    replica.store().log().set_meta(key, value);
    return {};
  });
}

Result<void> check_url(const std::string& url) {
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  if (web && plain && url.size() <= kUrlBytesMax && url.find("//") + 2 < url.size()) return {};
  return fail(Errc::bad_value,
              "上级地址写作 http://主机:端口 或 https://主机 an upstream's address is "
              "http://host:port or https://host",
              "urls");
}

}  // namespace

SyncSettings sync_settings(store::Store& store) {
  auto lease = store.read();
  store::Log log(*lease);
  SyncSettings settings;
  settings.upstreams = lines_of(log.meta("upstream").value_or(""));
  settings.metered = log.meta(kMetered).value_or("") == "1";
  const auto paused = log.meta(kPaused).value_or("");
  sync::Micros until = 0;
  std::from_chars(paused.data(), paused.data() + paused.size(), until);
  if (until > 0) settings.paused_until = until;
  return settings;
}

std::optional<std::string> upstream(Replica& replica) {
  const auto all = sync_settings(replica).upstreams;
  if (all.empty()) return std::nullopt;
  return all.front();
}

Result<void> set_upstreams(Replica& replica, const std::vector<std::string>& urls) {
  if (replica.identity().role == crypto::Role::hub) {
    return fail(Errc::forbidden, "市局中心没有上级 the hub has no upstream");
  }
  if (urls.size() > kUpstreamsMax)
    return fail(Errc::bad_value, "最多 8 个地址 at most 8 addresses", "urls");
  std::string lines;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    if (auto good = check_url(urls[i]); !good) return good;
    if (std::find(urls.begin(), urls.begin() + static_cast<std::ptrdiff_t>(i), urls[i]) !=
        urls.begin() + static_cast<std::ptrdiff_t>(i)) {
      return fail(Errc::bad_value, "地址重复 " + urls[i] + " stands there twice", "urls");
    }
    lines += (i ? "\n" : "") + urls[i];
  }
  return keep(replica, "upstream", lines);
}

Result<void> pause_sync(Replica& replica, sync::Micros until) {
  return keep(replica, kPaused, std::to_string(until));
}

Result<void> resume_sync(Replica& replica) { return keep(replica, kPaused, ""); }

Result<void> set_metered(Replica& replica, bool metered) {
  return keep(replica, kMetered, metered ? "1" : "");
}

std::optional<Hash> peer_at(Replica& replica, const std::string& url) {
  auto lease = replica.store().read();
  const auto kept = store::Log(*lease).meta(peer_key(url));
  if (!kept || kept->size() != Hash{}.view().size()) return std::nullopt;
  return Hash::of(*kept);
}

Result<void> remember_peer_at(Replica& replica, const std::string& url, const Hash& certificate) {
  return keep(replica, peer_key(url), std::string(certificate.view()));
}

std::vector<std::string> paths_elsewhere(Replica& replica, const Hash& peer) {
  const auto trust = replica.trust();
  const auto* above = trust->book.find(trust->book.newest_after(peer));
  std::vector<std::string> paths;
  if (!above) return paths;
  for (const auto& path : trust->book.find(replica.identity().certificate)->paths) {
    if (!above->covers(path)) paths.push_back(path);
  }
  const auto* own = trust->book.find(replica.identity().certificate);
  auto lease = replica.store().read();
  for (const auto& left : store::unconfirmed(*lease, replica.identity().author)) {
    if (own->covers(left.scope) || sync::may_read(*above, left.scope, left.audience)) continue;
    paths.push_back(left.scope);
  }
  return paths;
}

std::uint64_t to_send(Replica& replica, const Hash& peer) {
  const auto trust = replica.trust();  // Held: what find() answers with lives in it.
  const auto* above = peer.is_zero() ? nullptr : trust->book.find(trust->book.newest_after(peer));
  std::uint64_t after = 0;
  if (above) {
    const auto memory = replica.peer(peer);
    if (memory) after = memory->pushed;
  }
  auto lease = replica.store().read();
  return store::still_to_send(*lease, above, after, replica.identity().author);
}

std::string elsewhere_text(const std::vector<std::string>& paths) {
  std::string list;
  for (const auto& path : paths) list += (list.empty() ? "" : ", ") + path;
  if (list.empty()) return {};
  return "上级不管 " + list +
         "：那里的内容不经它收发，请用 linli upstream set 改设管得到的上级，最后是市局 the "
         "upstream "
         "doesn't work in " +
         list +
         ": what belongs there neither goes to it nor comes from it; set an upstream that does "
         "(`linli upstream set URL`), at last the hub";
}

bool may_be_upstream(const Replica& replica, const crypto::Certificate& candidate) {
  using crypto::Role;
  const bool node = candidate.role == Role::hub || candidate.role == Role::district ||
                    candidate.role == Role::street || candidate.role == Role::office;
  if (!node || candidate.subject == replica.identity().author) return false;
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  return std::all_of(own->paths.begin(), own->paths.end(),
                     [&](const auto& path) { return candidate.covers(path); });
}

}  // namespace linli::node
