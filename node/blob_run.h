// node/blob_run.h: one run of transfer_blobs. Only for blob_transfer.cpp, blob_sending.cpp and
// blob_fetching.cpp.
#pragma once

#include <chrono>

#include "node/blob_transfer.h"
#include "node/blobs_detail.h"
#include "node/replica.h"
#include "sync/blobs.h"

namespace linli::node {

/// One run of transfer_blobs.
class BlobRun {
 public:
  BlobRun(Replica& replica, HttpClient& client, const BlobPolicy& policy,
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
  using Clock = std::chrono::steady_clock;
  using State = sync::BlobAnswer::State;
  static constexpr const char* kPath = "/api/v1/sync/blobs";
  static constexpr int kTriesMax = 4;  ///< In a row without a byte of progress.
  static constexpr std::uint64_t kFirstChunk = 256 << 10;
  static constexpr std::chrono::seconds kRecordsWait{60};  ///< Then records have their turn.

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

}  // namespace linli::node
