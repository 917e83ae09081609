#include "node/blob_transfer.h"

#include <spdlog/spdlog.h>

#include <thread>

#include "node/blob_run.h"
#include "node/upstream.h"

namespace linli::node {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWireType = "application/vnd.linli+cbor";
constexpr auto kFirstPause = 50ms;
constexpr std::string_view kMetaHubEpoch = "blobs.hub_epoch";

}  // namespace

std::string BlobRun::sign(sync::BlobRequest request, Hash* name) {
  request.city = replica_.identity().city;
  request.certificate = replica_.identity().certificate;
  request.session = blobs_.talk.session;
  request.counter = ++blobs_.talk.counter;
  const auto body = request.encode();
  *name = crypto::hash({body});
  return sync::pack(body, replica_.key(), crypto::kDomainBlobRequest);
}

/// What the upstream said, if it is the upstream and this answers the request.
Result<sync::BlobResponse> BlobRun::open(const HttpAnswer& answer, const Hash& request) {
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

Result<sync::BlobResponse> BlobRun::ask(const sync::BlobRequest& request) {
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
Result<sync::BlobResponse> BlobRun::ask_patiently(const sync::BlobRequest& request) {
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
Result<void> BlobRun::heed(std::uint64_t epoch) {
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
Result<void> BlobRun::ask_for_epoch() {
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

Result<BlobReport> BlobRun::run() {
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

std::uint64_t hub_epoch(Replica& replica) {
  const auto lease = replica.store().read();
  return static_cast<std::uint64_t>(store::Log(*lease).meta_int(kMetaHubEpoch, 0));
}

Result<BlobReport> transfer_blobs(Replica& replica, HttpClient& client, const BlobPolicy& policy,
                                  const BlobProgress& progress, const std::function<bool()>& stop) {
  const std::unique_lock one(replica.blobs().transfer_guard, std::try_to_lock);
  if (!one) return BlobReport{};
  return BlobRun(replica, client, policy, progress, stop).run();
}

}  // namespace linli::node
