// Attachments on their way down: those that somebody waits for, and ahead if the policy says so.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "node/blob_run.h"

namespace linli::node {
namespace {

using namespace std::chrono_literals;

}  // namespace

/// Which of them are to be had; `coming`: which the upstream fetches from its own.
Result<std::vector<BlobRun::Wanted>> BlobRun::wish(const std::vector<Hash>& hashes,
                                                   std::vector<Hash>* coming) {
  sync::BlobRequest request;
  request.wishes = hashes;
  const auto response = ask(request);
  if (!response) return fail(response.error());
  std::vector<Wanted> list;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto& answer = response->answers[i];
    if (answer.state == State::coming && coming) coming->push_back(hashes[i]);
    if (answer.state != State::available || answer.number > sync::kBlobBytesMax) continue;
    list.push_back({hashes[i], answer.number, answer.authors, answer.at_hub});
  }
  return list;
}

/// What a relay has to fetch itself is waited for some seconds, and asked for again in the next
/// run.
Result<void> BlobRun::fetch_wanted() {
  constexpr auto kPatience = 20s;
  constexpr auto kLook = 500ms;
  auto hashes = blobs_.wanted();
  if (hashes.size() > sync::kBlobAskMax) hashes.resize(sync::kBlobAskMax);
  const auto until = Clock::now() + kPatience;
  while (!hashes.empty()) {
    std::vector<Hash> coming;
    if (auto fetched = fetch_these(hashes, coming); !fetched) return fetched;
    hashes = std::move(coming);
    if (hashes.empty() || pause()) break;
    if (Clock::now() > until) {
      report_.more = true;
      break;
    }
    std::this_thread::sleep_for(kLook);
  }
  return {};
}

Result<void> BlobRun::fetch_these(const std::vector<Hash>& hashes, std::vector<Hash>& coming) {
  const auto list = wish(hashes, &coming);
  if (!list) return fail(list.error());
  for (const auto& hash : hashes) {
    if (std::find(coming.begin(), coming.end(), hash) != coming.end()) continue;
    const auto given = std::find_if(list->begin(), list->end(),
                                    [&](const Wanted& wanted) { return wanted.hash == hash; });
    if (given == list->end()) {
      blobs_.stop_wanting(hash);
    } else if (auto fetched = fetch(*given, true); !fetched) {
      // Whoever waits is told; the others may have better luck.
      if (fetched.error().code != Errc::quota) return fetched;
      blobs_.stop_wanting(hash);
      spdlog::warn("an attachment that was asked for: {}", describe(fetched.error()));
    }
  }
  return {};
}

/// Everything that may be read, newest first, as long as there is room.
Result<void> BlobRun::fetch_ahead() {
  constexpr auto kAskAgain = 60s;
  auto& talk = blobs_.talk;
  const auto arrival = replica_.arrival();
  if (arrival == talk.looked_at && Clock::now() - talk.looked < kAskAgain) return {};
  const auto hashes = [&] {
    const auto lease = replica_.store().read();
    return store::missing_blobs(*lease, sync::kBlobAskMax);
  }();
  talk.looked = Clock::now();
  if (!hashes.empty()) {
    const auto list = wish(hashes);
    if (!list) return fail(list.error());
    for (const auto& wanted : *list) left_ += wanted.size;
    for (const auto& wanted : *list) {
      if (pause()) return {};
      if (auto fetched = fetch(wanted, false); !fetched) {
        if (fetched.error().code == Errc::quota) break;  // The rest stays there, on demand.
        return fetched;
      }
    }
  }
  talk.looked_at = arrival;
  return {};
}

Result<void> BlobRun::fetch(const Wanted& wanted, bool may_evict) {
  const Blobs::Deliverer deliverer{above_->subject, wanted.authors, true, may_evict, wanted.at_hub};
  std::uint64_t last = 0;
  for (int tries = 0;; ++tries) {
    auto receiving = blobs_.receive(wanted.hash, wanted.size, std::nullopt, deliverer);
    if (!receiving) return fail(receiving.error());
    const auto from = receiving->held();
    if (from > last) tries = 0;
    last = from;
    std::optional<Error> failed;
    if (from < wanted.size) {
      sync::BlobRequest request;
      request.wishes = {wanted.hash};
      request.from = from;
      Hash name{};
      const auto wire = sign(request, &name);
      ++report_.round_trips;
      const auto sink = [&](std::string_view piece) {
        if (auto written = receiving->write(piece); !written) failed = written.error();
        report_.bytes_in += piece.size();
        left_ -= std::min<std::uint64_t>(left_, piece.size());
        tell();
        return !failed && !stopped();
      };
      const auto answer =
          client_.get_range(kPath, {{"Linli-Request", crypto::to_base64url(wire)}}, sink);
      if (failed) return fail(*failed);
      if (answer && answer->status == 404) return {};  // No longer for us.
      if (!answer || (answer->status != 200 && answer->status != 206)) ++report_.cuts;
    }
    const auto complete = receiving->finish();
    if (!complete) return fail(complete.error());
    if (*complete) {
      ++report_.received;
      return {};
    }
    if (pause()) return {};
    if (tries == kTriesMax) return fail(Errc::unreachable, "the upstream gives no more of it");
    // Before going on: is the line there, and the session?
    client_.close();
    sync::BlobRequest again;
    again.wishes = {wanted.hash};
    const auto there = ask_patiently(again);
    if (!there) return fail(there.error());
  }
}

}  // namespace linli::node
