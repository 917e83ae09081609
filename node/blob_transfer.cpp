#include "node/blob_transfer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "node/blobs_detail.h"
#include "node/replica.h"
#include "node/upstream.h"
#include "sync/blobs.h"

namespace linli::node {
namespace {

using Clock = std::chrono::steady_clock;
using State = sync::BlobAnswer::State;
using namespace std::chrono_literals;

constexpr const char* kPath = "/api/v1/sync/blobs";
constexpr const char* kWireType = "application/vnd.linli+cbor";
constexpr std::uint64_t kFirstChunk = 256 << 10, kLargestChunk = 4 << 20;
constexpr auto kQuickChunk = 20s;   ///< A chunk that took less may be followed by a larger one.
constexpr auto kRecordsWait = 60s;  ///< After this long, records have their turn.
constexpr int kTriesMax = 4;        ///< In a row without a byte of progress.
constexpr auto kFirstPause = 50ms;
/// Whether the hub has it by now, a relay is asked after this long, doubled each time.
constexpr auto kAskAgainFirst = 30s, kAskAgainMost = std::chrono::seconds(1h);
constexpr std::string_view kMetaFullAbove = "blobs.full_above";
constexpr std::string_view kMetaHubEpoch = "blobs.hub_epoch";

/// One run of transfer_blobs.
class Transfer {
 public:
  Transfer(Replica& replica, HttpClient& client, const BlobPolicy& policy,
           const BlobProgress& progress, const std::function<bool()>& stop)
      : replica_(replica),
        client_(client),
        policy_(policy),
        progress_(progress),
        stop_(stop),
        blobs_(replica.blobs()),
        trust_(replica.trust()) {}

  Result<BlobReport> run();

 private:
  struct Wanted {
    Hash hash{};
    std::uint64_t size = 0;
    std::vector<AuthorId> authors;
    bool at_hub = false;
  };
  Result<sync::BlobResponse> ask(const sync::BlobRequest& request);
  Result<sync::BlobResponse> ask_patiently(const sync::BlobRequest& request);
  Result<sync::BlobResponse> open(const HttpAnswer& answer, const Hash& request);
  std::string sign(sync::BlobRequest request, Hash* name);
  Result<void> heed(std::uint64_t hub_epoch);
  [[nodiscard]] bool below_hub() const { return above_->role == crypto::Role::hub; }

  Result<void> ask_for_epoch();
  Result<void> note_full_above();
  Result<void> send_all();
  Result<void> send(const sync::BlobOffer& offer, std::uint64_t from);
  Result<std::uint64_t> send_chunk(const sync::BlobOffer& offer, std::uint64_t from,
                                   const Blobs::Reading& reading,
                                   std::optional<sync::BlobAnswer>& complete);
  Result<void> note_held(const Hash& hash, const sync::BlobAnswer& answer);
  Result<void> prove(std::vector<sync::BlobOffer> offers);

  Result<void> fetch_wanted();
  Result<void> fetch_these(const std::vector<Hash>& hashes, std::vector<Hash>& coming);
  Result<void> fetch_ahead();
  Result<std::vector<Wanted>> wish(const std::vector<Hash>& hashes,
                                   std::vector<Hash>* coming = nullptr);
  Result<void> fetch(const Wanted& wanted, bool may_evict);

  [[nodiscard]] bool stopped() const { return stop_ && stop_(); }
  [[nodiscard]] bool pause() {
    report_.more = stopped() || Clock::now() - began_ > kRecordsWait;
    return report_.more;
  }
  void tell() {
    if (progress_) progress_(report_, left_);
  }

  Replica& replica_;
  HttpClient& client_;
  const BlobPolicy& policy_;
  const BlobProgress& progress_;
  const std::function<bool()>& stop_;
  Blobs& blobs_;
  const TrustPtr trust_;
  const crypto::Certificate* above_ = nullptr;
  BlobReport report_;
  std::uint64_t left_ = 0;
  std::uint64_t hub_epoch_ = 0;  ///< That what is noted as safe is about.
  std::uint64_t chunk_ = kFirstChunk;
  Clock::time_point began_ = Clock::now();
};

// ---- Talking ------------------------------------------------------------------------------------

std::string Transfer::sign(sync::BlobRequest request, Hash* name) {
  request.city = replica_.identity().city;
  request.certificate = replica_.identity().certificate;
  request.session = blobs_.talk.session;
  request.counter = ++blobs_.talk.counter;
  const auto body = request.encode();
  *name = crypto::hash({body});
  return sync::pack(body, replica_.key(), crypto::kDomainBlobRequest);
}

/// What the upstream said, if it is the upstream and this answers the request.
Result<sync::BlobResponse> Transfer::open(const HttpAnswer& answer, const Hash& request) {
  if (answer.status == 429 || answer.status == 503) {
    return fail(Errc::slow_down, "the upstream is busy");
  }
  if (answer.status != 200) {
    return fail(Errc::unreachable,
                "it answered " + std::to_string(answer.status) + " about attachments");
  }
  const auto body = sync::unpack(answer.body);
  if (!body) return fail(body.error());
  if (!crypto::verify(above_->signing_key, crypto::kDomainBlobResponse, body->body,
                      body->signature)) {
    return fail(Errc::bad_signature, "what answers isn't this node's upstream");
  }
  auto response = sync::BlobResponse::decode(body->body);
  if (!response) return fail(response.error());
  if (response->request != request) return fail(Errc::malformed, "an answer to something else");
  if (response->error == Errc::unauthorised) {
    blobs_.talk.session = response->session;
    blobs_.talk.counter = response->counter;
  }
  if (response->error) return fail(*response->error, response->detail);
  const auto hub_epoch = below_hub() ? response->epoch : response->hub_epoch;
  if (auto heeded = heed(hub_epoch); !heeded) return fail(heeded.error());
  // The hub speaks for itself. What a relay says of it counts if it is about the hub of now.
  const bool of_now = hub_epoch != 0 && hub_epoch == hub_epoch_;
  for (auto& said : response->answers) {
    const bool there = said.state == State::held || said.state == State::available;
    said.at_hub = there && (below_hub() || (of_now && said.at_hub));
  }
  return response;
}

Result<sync::BlobResponse> Transfer::ask(const sync::BlobRequest& request) {
  for (int tries = 0;; ++tries) {
    Hash name{};
    const auto wire = sign(request, &name);
    ++report_.round_trips;
    const auto answer = client_.send("POST", kPath, wire, kWireType);
    if (!answer) return fail(answer.error());
    auto response = open(*answer, name);
    if (!response) {
      // A server that was restarted, or a program that was: it gave us a new session.
      if (response.error().code == Errc::unauthorised && tries < 2) continue;
      return response;
    }
    if (response->answers.size() != request.offers.size() + request.wishes.size()) {
      return fail(Errc::malformed, "not an answer to each question");
    }
    return response;
  }
}

/// The same across a line that was just cut.
Result<sync::BlobResponse> Transfer::ask_patiently(const sync::BlobRequest& request) {
  auto wait = std::chrono::milliseconds(kFirstPause);
  for (int tries = 1;; ++tries) {
    auto response = ask(request);
    if (response || response.error().code != Errc::unreachable || tries == kTriesMax || stopped()) {
      return response;
    }
    client_.close();
    std::this_thread::sleep_for(wait);
    wait *= 4;
  }
}

/// A hub put back from a copy may have lost what it had: everything is offered again. A relay that
/// hasn't heard of it yet names an earlier epoch; 0: it doesn't know.
Result<void> Transfer::heed(std::uint64_t epoch) {
  if (epoch == 0 || epoch == hub_epoch_) return {};
  const auto seen = hub_epoch(replica_);
  hub_epoch_ = seen;
  if (seen == epoch || (!below_hub() && epoch < seen)) return {};
  auto noted = replica_.write([&, this]() -> Result<void> {
    auto& log = replica_.store().log();
    store::forget_safe(log.database());
    log.set_meta_int(kMetaHubEpoch, static_cast<std::int64_t>(epoch));
    return {};
  });
  if (noted) hub_epoch_ = epoch;
  blobs_.talk.patience.clear();
  blobs_.talk.not_before.clear();
  return noted;
}

/// Below a relay, news of the hub comes with its answers: now and then one is asked for.
Result<void> Transfer::ask_for_epoch() {
  constexpr auto kNowAndThen = std::chrono::hours(1);
  auto& asked = blobs_.talk.asked_epoch;
  if (below_hub() || (asked && Clock::now() - *asked < kNowAndThen)) return {};
  const bool has_any = [&] {
    const auto lease = replica_.store().read();
    return !store::evictable_blobs(*lease, 1).empty();
  }();
  if (!has_any) return {};
  const auto answer = ask({});
  if (!answer) return fail(answer.error());
  asked = Clock::now();
  return {};
}

// ---- Up -----------------------------------------------------------------------------------------

Result<void> Transfer::note_held(const Hash& hash, const sync::BlobAnswer& answer) {
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
Result<void> Transfer::note_full_above() {
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

Result<void> Transfer::send_all() {
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
Result<void> Transfer::prove(std::vector<sync::BlobOffer> offers) {
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

Result<void> Transfer::send(const sync::BlobOffer& offer, std::uint64_t from) {
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
Result<std::uint64_t> Transfer::send_chunk(const sync::BlobOffer& offer, std::uint64_t from,
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

// ---- Down ---------------------------------------------------------------------------------------

/// Which of them are to be had; `coming`: which the upstream fetches from its own.
Result<std::vector<Transfer::Wanted>> Transfer::wish(const std::vector<Hash>& hashes,
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
Result<void> Transfer::fetch_wanted() {
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

Result<void> Transfer::fetch_these(const std::vector<Hash>& hashes, std::vector<Hash>& coming) {
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
Result<void> Transfer::fetch_ahead() {
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

Result<void> Transfer::fetch(const Wanted& wanted, bool may_evict) {
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

Result<BlobReport> Transfer::run() {
  const auto* own = trust_->book.find(replica_.identity().certificate);
  // Whoever answers at that address; the node that enrolled us, as long as that isn't known.
  const auto peer = peer_at(replica_, client_.url()).value_or(own->issuer);
  above_ = trust_->book.find(peer);
  if (!above_) return report_;  // The hub: nobody is above.
  // The exchange of records may have found out that it is another store by now.
  const auto memory = replica_.peer(peer);
  if (!memory) return fail(memory.error());
  if (below_hub()) {
    if (auto heeded = heed(memory->pulled.epoch); !heeded) return fail(heeded.error());
  }
  auto done = fetch_wanted();
  if (done && !policy_.metered) done = ask_for_epoch();
  if (done && !policy_.metered && !pause()) {
    done = send_all();
    if (auto noted = note_full_above(); !noted && done) done = noted;
  }
  if (done && !policy_.metered && policy_.ahead && !pause()) done = fetch_ahead();
  if (!done) return fail(done.error());
  return report_;
}

}  // namespace

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

std::uint64_t hub_epoch(Replica& replica) {
  const auto lease = replica.store().read();
  return static_cast<std::uint64_t>(store::Log(*lease).meta_int(kMetaHubEpoch, 0));
}

Result<BlobReport> transfer_blobs(Replica& replica, HttpClient& client, const BlobPolicy& policy,
                                  const BlobProgress& progress, const std::function<bool()>& stop) {
  const std::unique_lock one(replica.blobs().transfer_guard, std::try_to_lock);
  if (!one) return BlobReport{};
  return Transfer(replica, client, policy, progress, stop).run();
}

}  // namespace linli::node
