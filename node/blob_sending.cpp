// Attachments on their way up: what the upstream lacks, in pieces as large as the line carries.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "node/blob_run.h"

namespace linli::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLargestChunk = 4 << 20;
constexpr auto kQuickChunk = 20s;  ///< A chunk that took less may be followed by a larger one.
/// Whether the hub has it by now, a relay is asked after this long, doubled each time.
constexpr auto kAskAgainFirst = 30s, kAskAgainMost = std::chrono::seconds(1h);
constexpr std::string_view kMetaFullAbove = "blobs.full_above";

}  // namespace

Result<void> BlobRun::note_held(const Hash& hash, const sync::BlobAnswer& answer) {
  if (!answer.at_hub) {
    // Only a relay has it: our copy stays until the hub does, and the relay is asked again.
    auto& wait = blobs_.talk.patience[hash];
    wait = std::clamp(2 * wait, kAskAgainFirst, kAskAgainMost);
    blobs_.talk.not_before[hash] = Clock::now() + wait;
    return {};
  }
  blobs_.talk.patience.erase(hash);
  return replica_.write([&, this]() -> Result<void> {
    store::mark_safe(replica_.store().database(), hash);
    return {};
  });
}

/// For people to be told: the upstream has no room for so many.
Result<void> BlobRun::note_full_above() {
  const auto now = static_cast<std::int64_t>(blobs_.talk.full.size());
  const auto before = [&] {
    const auto lease = replica_.store().read();
    return full_above(*lease);
  }();
  if (now == before) return {};
  if (now > 0) spdlog::warn("the upstream has no room for {} attachments of ours", now);
  return replica_.write([&, this]() -> Result<void> {
    replica_.store().log().set_meta_int(kMetaFullAbove, now);
    return {};
  });
}

Result<void> BlobRun::send_all() {
  std::set<Hash> not_now;
  const auto now = Clock::now();
  std::erase_if(blobs_.talk.not_before, [&](const auto& entry) { return entry.second <= now; });
  for (const auto& [hash, until] : blobs_.talk.not_before) not_now.insert(hash);
  const auto list = [&] {
    const auto lease = replica_.store().read();
    return store::blobs_to_send(*lease, *above_, not_now, sync::kBlobAskMax);
  }();
  if (list.empty()) {
    if (not_now.empty()) blobs_.talk.full.clear();
    return {};
  }
  sync::BlobRequest request;
  for (const auto& blob : list) {
    sync::BlobOffer offer{blob.hash, static_cast<std::uint64_t>(blob.size), blob.authors, {}};
    if (offer.authors.size() > sync::kBlobAuthorsMax) offer.authors.resize(sync::kBlobAuthorsMax);
    if (offer.authors == std::vector{replica_.identity().author}) offer.authors.clear();
    request.offers.push_back(std::move(offer));
  }
  const auto response = ask(request);
  if (!response) return fail(response.error());
  std::vector<std::pair<sync::BlobOffer, std::uint64_t>> to_send;
  std::vector<sync::BlobOffer> to_prove;
  for (std::size_t i = 0; i < request.offers.size(); ++i) {
    const auto& answer = response->answers[i];
    auto& offer = request.offers[i];
    if (answer.state != State::full) blobs_.talk.full.erase(offer.hash);
    if (answer.state == State::held) {
      if (auto noted = note_held(offer.hash, answer); !noted) return noted;
    } else if (answer.state == State::send && answer.number <= offer.size) {
      left_ += offer.size - answer.number;
      to_send.emplace_back(offer, answer.number);
    } else if (answer.state == State::prove) {
      to_prove.push_back(std::move(offer));
    } else {
      ++report_.refused;
      if (answer.state == State::full) blobs_.talk.full.insert(offer.hash);
      blobs_.talk.not_before[offer.hash] =
          now + (answer.state == State::full ? std::chrono::minutes(1) : std::chrono::minutes(10));
    }
  }
  if (auto proven = prove(std::move(to_prove)); !proven) return proven;
  // What is nearest to being complete first, then small before large.
  std::sort(to_send.begin(), to_send.end(), [](const auto& a, const auto& b) {
    return a.first.size - a.second < b.first.size - b.second;
  });
  for (const auto& [offer, from] : to_send) {
    if (pause()) return {};
    if (auto sent = send(offer, from); !sent) return sent;
  }
  return {};
}

/// The upstream has these from others: showing that we have them too saves sending them.
Result<void> BlobRun::prove(std::vector<sync::BlobOffer> offers) {
  constexpr std::size_t kProofsAtOnce = 32;
  for (std::size_t at = 0; at < offers.size(); at += kProofsAtOnce) {
    sync::BlobRequest request;
    for (std::size_t i = at; i < std::min(offers.size(), at + kProofsAtOnce); ++i) {
      const auto proof = blobs_.proof(offers[i].hash, replica_.identity().author);
      if (!proof) return fail(proof.error());
      offers[i].proof = *proof;
      request.offers.push_back(offers[i]);
    }
    const auto response = ask(request);
    if (!response) return fail(response.error());
    for (std::size_t i = 0; i < request.offers.size(); ++i) {
      if (response->answers[i].state != State::held) continue;
      if (auto noted = note_held(request.offers[i].hash, response->answers[i]); !noted) {
        return noted;
      }
      ++report_.sent;
    }
  }
  return {};
}

Result<void> BlobRun::send(const sync::BlobOffer& offer, std::uint64_t from) {
  const auto reading = blobs_.open(offer.hash);
  if (!reading) return fail(reading.error());
  int tries = 0;
  for (;;) {
    std::optional<sync::BlobAnswer> complete;
    const auto began = Clock::now();
    const auto next = send_chunk(offer, from, *reading, complete);
    if (next) {
      if (complete) {
        ++report_.sent;
        return note_held(offer.hash, *complete);
      }
      if (Clock::now() - began < kQuickChunk) chunk_ = std::min(2 * chunk_, kLargestChunk);
      if (*next > from) tries = 0;
      from = *next;
      if (pause()) return {};
      continue;
    }
    if (pause()) return {};
    const auto code = next.error().code;
    if (code == Errc::altered || code == Errc::disk_full || code == Errc::quota) {
      spdlog::warn("an attachment wasn't taken: {}", describe(next.error()));
      ++report_.refused;
      if (code == Errc::quota || code == Errc::disk_full) blobs_.talk.full.insert(offer.hash);
      blobs_.talk.not_before[offer.hash] = Clock::now() + std::chrono::minutes(1);
      return {};
    }
    ++report_.cuts;
    client_.close();
    // What it kept of what it got decides where to go on: never from the beginning.
    sync::BlobRequest question;
    question.offers = {offer};
    const auto where = ask_patiently(question);
    if (!where) return fail(where.error());
    const auto& answer = where->answers.front();
    if (answer.state == State::held) {
      ++report_.sent;
      return note_held(offer.hash, answer);
    }
    if (answer.state != State::send || answer.number > offer.size) return {};
    tries = answer.number > from ? 0 : tries + 1;
    from = answer.number;
    if (tries == kTriesMax) return fail(next.error());
  }
}

/// Up to where the upstream has it then.
Result<std::uint64_t> BlobRun::send_chunk(const sync::BlobOffer& offer, std::uint64_t from,
                                          const Blobs::Reading& reading,
                                          std::optional<sync::BlobAnswer>& complete) {
  sync::BlobRequest request;
  request.offers.push_back(offer);
  request.from = from;
  Hash name{};
  const auto wire = sign(request, &name);
  const auto length = static_cast<std::size_t>(std::min(chunk_, offer.size - from));
  ++report_.round_trips;
  const auto source = [&](std::size_t offset, std::size_t most) -> std::optional<std::string> {
    if (stopped()) return std::nullopt;
    std::string piece(most, '\0');
    const auto n = reading.read(from + offset, piece.data(), most);
    if (!n) return std::nullopt;
    piece.resize(*n);
    report_.bytes_out += *n;
    left_ -= std::min<std::uint64_t>(left_, *n);
    tell();
    return piece;
  };
  const auto answer =
      client_.put_range(kPath, {{"Linli-Request", crypto::to_base64url(wire)}}, length, source);
  if (!answer) return fail(answer.error());
  const auto response = open(*answer, name);
  if (!response) return fail(response.error());
  if (response->answers.size() != 1) return fail(Errc::malformed, "no answer to an attachment");
  const auto& said = response->answers.front();
  if (said.state == State::held) {
    complete = said;
    return offer.size;
  }
  if (said.state != State::send || said.number > offer.size) {
    return fail(Errc::malformed, "an answer that contradicts itself");
  }
  return said.number;
}

std::int64_t full_above(store::Database& db) { return store::Log(db).meta_int(kMetaFullAbove, 0); }

std::string full_text(store::Database& db) {
  std::string text;
  if (const auto above = full_above(db); above > 0) {
    text =
        "上级附件空间已满，" + std::to_string(above) +
        " 个附件仍在本机待送：请上级运行 linli blobs policy --quota 放宽限额 the upstream has no "
        "room for these attachments, which stay here: its quota has to be raised";
  }
  if (const auto at = store::Log(db).meta_int(kMetaTurnedAway, 0); at > 0) {
    text += (text.empty() ? "" : "；") +
            std::string(
                "本机附件空间已满，下级的附件收不进来：用 linli blobs policy --quota "
                "放宽限额 no room here for attachments of other nodes since ") +
            model::instant_text(at / 1000) + ": raise the quota";
  }
  return text;
}

}  // namespace linli::node
